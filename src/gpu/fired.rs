//! Spikes on their way from the device: who fired how many, and where each is among those that kernels pack.

use std::ops::Range;

use super::layout::{FIRED_WORDS, Spike};
use super::tables::Tables;

/// What populations fired in some slots.
pub(super) struct Fired<'a> {
    tables: &'a Tables,
    /// Where each window's spikes begin, `[slot x source x (window, and one more)]`.
    windows: &'a [u32],
    /// Where the spikes of each slot and source begin among the packed words, which begin with this.
    firsts: Vec<u32>,
    /// How many words there are.
    n_words: u32,
    /// How many spikes each source fired in a slot, at most; none of inputs.
    most: Vec<u32>,
}

impl<'a> Fired<'a> {
    /// That of a table of windows.
    pub fn new(tables: &'a Tables, windows: &'a [u32], n_slots: usize) -> Self {
        let n_sources = tables.sources.len();
        let n_head = n_slots * n_sources;
        let mut fired = Self {
            tables,
            windows,
            firsts: Vec::with_capacity(n_head),
            n_words: n_head as u32,
            most: vec![0; n_sources],
        };
        for slot in 0..n_slots {
            for source in 0..n_sources {
                fired.firsts.push(fired.n_words);
                let n = fired.n(slot, source);
                fired.n_words += FIRED_WORDS * n;
                fired.most[source] = n.max(fired.most[source]);
            }
        }
        fired
    }

    /// Where the spikes of each slot and source begin among the packed words.
    pub fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// How many spikes each source fired in a slot, at most; none of inputs.
    pub fn most(&self) -> &[u32] {
        &self.most
    }

    /// How many slots there are.
    pub fn n_slots(&self) -> usize {
        self.firsts.len() / self.tables.sources.len().max(1)
    }

    /// How many spikes there are.
    pub fn n_spikes(&self) -> usize {
        (self.n_words as usize - self.firsts.len()) / FIRED_WORDS as usize
    }

    /// How many a slot fired.
    pub fn of_slot(&self, slot: usize) -> u64 {
        let sources = 0..self.tables.sources.len();
        sources.map(|source| u64::from(self.n(slot, source))).sum()
    }

    /// Where they lie among the packed words, in bytes.
    pub fn bytes(&self) -> Range<u64> {
        4 * self.firsts.len() as u64..4 * u64::from(self.n_words)
    }

    /// Where each window's spikes begin.
    fn starts(&self, slot: usize, source: usize) -> &'a [u32] {
        let row = self.tables.plan.n_windows() + 1;
        &self.windows[(slot * self.tables.sources.len() + source) * row..][..row]
    }

    fn n(&self, slot: usize, source: usize) -> u32 {
        match self.tables.sources[source].is_input {
            true => 0,
            false => self.starts(slot, source).last().copied().unwrap_or(0),
        }
    }

    /// What a source fired in a slot, out of what was packed.
    pub fn spikes(
        &self,
        packed: &'a [u8],
        slot: usize,
        source: usize,
    ) -> impl Iterator<Item = Spike> + use<'a> {
        let starts = self.starts(slot, source);
        let first = self.firsts[slot * self.tables.sources.len() + source] as usize;
        let packed = &packed[4 * (first - self.firsts.len())..];
        let spikes = packed.chunks_exact(4 * FIRED_WORDS as usize);
        let mut window = 0;
        (0..self.n(slot, source))
            .zip(spikes)
            .map(move |(number, words)| {
                while starts[window + 1] <= number {
                    window += 1;
                }
                let words: [u32; FIRED_WORDS as usize] = bytemuck::pod_read_unaligned(words);
                Spike {
                    time: f32::from_bits(words[0]),
                    window: window as u32,
                    unit: words[1],
                    slope: f32::from_bits(words[2]),
                    release_slope: f32::from_bits(words[3]),
                    remainder: f32::from_bits(words[4]),
                    ..Spike::default()
                }
            })
    }
}
