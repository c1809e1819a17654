//! Where a large network's synapses lie in device memory: in parts, since an adapter binds only so much at once.

use std::ops::Range;

use super::delays::Delays;
use super::layout::{SparsePiece, SparseSource};
use crate::gpu::layout::NONE;
use crate::network::{Joined, NetworkInRows, PerSynapse, Source};
use crate::{Error, Result};

/// Where some rows of a group were placed.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// Which part they are in.
    pub part: usize,
    /// Rows, counted within the group.
    pub units: Range<usize>,
    pub piece: SparsePiece,
}

/// What one binding holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// With the number of the source that each is of.
    placed: Vec<(usize, SparsePiece)>,
    /// Of 32 bits, in use.
    words: u64,
    /// Of 32 bits, that its buffer holds.
    pub capacity: u64,
    /// The most pieces that any source has here.
    pub most_pieces: u32,
    /// How many are placed.
    pub synapses: u64,
}

/// All parts, and for each part a table of all sources.
#[derive(Debug)]
pub(super) struct Layout {
    pub parts: Vec<Part>,
    /// For each part, for each source: populations, then generators.
    pub sources: Vec<SparseSource>,
    pub pieces: Vec<SparsePiece>,
    /// Of 32 bits, in all.
    pub words: u64,
    first_units: Vec<u32>,
    /// The most words of a part.
    most: u64,
    /// Words of rows of which none has been placed yet.
    left: u64,
}

/// Which source it is among populations, then generators.
fn number(network: &NetworkInRows, source: Source) -> usize {
    match source {
        Source::Population(id) => id.0,
        Source::Input(id) => network.populations().len() + id.0,
    }
}

/// The first unit of each source.
fn first_units(network: &NetworkInRows) -> Vec<u32> {
    let populations = network.populations().iter().map(|p| p.neurons.len());
    let sizes = populations.chain(network.generators.iter().map(|g| g.trains.len()));
    let mut next = 0;
    let first = sizes.map(|size| {
        next += size as u32;
        next - size as u32
    });
    first.collect()
}

/// Words that some rows take: targets, weights and delays where they differ, and where rows begin.
fn words(rows: Joined<'_>, units: &Range<usize>) -> u64 {
    let n = n_synapses(rows, units) as u64;
    let each = |values: &PerSynapse| u64::from(matches!(values, PerSynapse::Each(_)));
    units.len() as u64 + 1 + n * (1 + each(rows.weights()) + each(rows.delays()))
}

/// How many synapses some rows have.
pub(super) fn n_synapses(rows: Joined<'_>, units: &Range<usize>) -> usize {
    rows.start(units.end) - rows.start(units.start)
}

impl Layout {
    /// Room for so many words, of `outline` and its synapses, in parts of at most `most`.
    pub fn new(outline: &NetworkInRows, words: u64, most: u64) -> Self {
        Self {
            parts: Vec::new(),
            sources: Vec::new(),
            pieces: Vec::new(),
            words,
            first_units: first_units(outline),
            most,
            left: words,
        }
    }

    /// Places the rows of one group onto one partition.
    ///
    /// # Errors
    /// A row that no part can hold.
    pub fn place(
        &mut self,
        outline: &NetworkInRows,
        group: usize,
        rows: Joined<'_>,
        delays: &Delays,
    ) -> Result<Vec<Placed>> {
        let mut all = Vec::new();
        self.left -= rows.extent().words();
        let group = &outline.groups[group];
        let source = number(outline, group.source);
        let mut next = if rows.len() == 0 { rows.sources() } else { 0 };
        while next < rows.sources() {
            let free = self.parts.last().map_or(0, |p| p.capacity - p.words);
            let end = fitting(rows, next, free);
            if end == next {
                let one = words(rows, &(next..next + 1));
                let rest = words(rows, &(next..rows.sources())) + self.left;
                if one > self.most {
                    let remedy = "the adapter binds no more at once; use another, or the CPU";
                    return Err(Error::memory(
                        "the synapses of one neuron",
                        4 * one,
                        4 * self.most,
                        remedy.to_owned(),
                    ));
                }
                self.parts.push(Part {
                    capacity: rest.min(self.most),
                    ..Part::default()
                });
                continue;
            }
            let last = self.parts.len() - 1;
            let part = &mut self.parts[last];
            let units = next..end;
            // Kernels look the rates of targets that differ up.
            let [membrane_rate, synapse_rate] = group
                .taus
                .map_or([0.0; 2], |taus| taus.map(|tau| 1.0 / tau));
            let piece = SparsePiece {
                first_unit: self.first_units[source] + next as u32,
                receptor: group.receptor as u32,
                synapse_rate: synapse_rate as f32,
                membrane_rate: membrane_rate as f32,
                derivatives: part.synapses as u32,
                ..place(rows, &units, part.words, delays)
            };
            part.words += words(rows, &units);
            part.synapses += n_synapses(rows, &units) as u64;
            part.placed.push((source, piece));
            all.push(Placed {
                part: last,
                units,
                piece,
            });
            next = end;
        }
        Ok(all)
    }

    /// Makes the tables, once everything is placed.
    pub fn finish(&mut self) {
        for part in &mut self.parts {
            for (source, &first_unit) in self.first_units.iter().enumerate() {
                let first_piece = self.pieces.len();
                let own = part.placed.iter().filter(|(of, _)| *of == source);
                self.pieces.extend(own.map(|(_, piece)| *piece));
                let n_pieces = (self.pieces.len() - first_piece) as u32;
                part.most_pieces = part.most_pieces.max(n_pieces);
                self.sources.push(SparseSource {
                    first_unit,
                    first_piece: first_piece as u32,
                    n_pieces,
                    reserved: 0,
                });
            }
        }
    }
}

/// The end of the most rows from `first` on that fit into so many words.
fn fitting(rows: Joined<'_>, first: usize, free: u64) -> usize {
    let (mut low, mut high) = (first, rows.sources());
    while low < high {
        let middle = (low + high).div_ceil(2);
        if words(rows, &(first..middle)) <= free {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// Where the rows lie whose first word is `at`.
fn place(rows: Joined<'_>, units: &Range<usize>, at: u64, delays: &Delays) -> SparsePiece {
    let n = n_synapses(rows, units) as u32;
    let mut next = at as u32;
    let mut take = |n: u32| {
        next += n;
        next - n
    };
    let starts = take(units.len() as u32 + 1);
    let targets = take(n);
    let mut piece = SparsePiece {
        n_units: units.len() as u32,
        starts,
        targets,
        weights: NONE,
        delays: NONE,
        ..SparsePiece::default()
    };
    match rows.weights() {
        PerSynapse::Same(weight) => piece.weight = *weight,
        PerSynapse::Each(_) => piece.weights = take(n),
    }
    match rows.delays() {
        PerSynapse::Same(delay) => piece.delay = delays.count(*delay),
        PerSynapse::Each(_) => piece.delays = take(n),
    }
    piece
}
