//! Spikes on their way.

use crate::network::{NetworkInRows, Rows, Source};
use crate::stream::UnderwaySpike;

/// A spike that has not reached all synapses of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Underway {
    pub id: u64,
    /// The block in which it was fired, and when in it.
    pub window: u64,
    pub offset: f64,
    /// Which partition and which group of the network.
    pub part: u32,
    pub group: u32,
    /// What is left of its row.
    pub next: usize,
    pub end: usize,
}

/// A block: its number, and how long it lasts in ms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub now: u64,
    pub window: f64,
}

impl Block {
    fn age(&self, window: u64) -> f64 {
        (self.now - window) as f64
    }

    /// A time that is known since the start of an earlier block, since this one's start, in ms.
    pub fn since_start(&self, window: u64, offset: f64) -> f64 {
        offset - self.age(window) * self.window
    }

    /// Whether something that was fired is there before the block's end.
    ///
    /// A block ends where the next begins, so that nothing is passed over or met twice, however sums are rounded.
    fn is_before_end(&self, (window, offset): (u64, f64), delay: f64) -> bool {
        offset + delay < (self.age(window) + 1.0) * self.window
    }
}

impl Underway {
    /// The rows of a spike of a source.
    pub fn all(
        network: &NetworkInRows,
        (source, number): (Source, u32),
        (id, window, offset): (u64, u64, f64),
    ) -> impl Iterator<Item = Self> + '_ {
        let parts = network.partitions.iter().enumerate();
        let rows = parts.flat_map(|(part, partition)| {
            let groups = network.groups.iter().zip(&partition.rows).enumerate();
            groups.map(move |(ix, (group, rows))| (part as u32, ix as u32, group, rows))
        });
        rows.filter_map(move |(part, ix, group, rows)| {
            let row = (group.source == source).then(|| rows.row(number as usize))?;
            let spike = Self {
                id,
                window,
                offset,
                part,
                group: ix,
                next: row.start,
                end: row.end,
            };
            (!row.is_empty()).then_some(spike)
        })
    }

    pub fn rows<'n>(&self, network: &'n NetworkInRows) -> &'n Rows {
        &network.partitions[self.part as usize].rows[self.group as usize]
    }

    /// When it reaches its next synapse in a block, since the block's start in ms; `None` where it does not.
    pub fn next_time(&self, network: &NetworkInRows, block: Block) -> Option<f64> {
        if self.next == self.end {
            return None;
        }
        let delay = f64::from(self.rows(network).delays.get(self.next));
        let fired = (self.window, self.offset);
        block.is_before_end(fired, delay).then(|| {
            let base = block.since_start(self.window, self.offset);
            (base + delay).clamp(0.0, block.window)
        })
    }

    /// Where the synapses end that are reached together with the next one.
    pub fn end_of_run(&self, network: &NetworkInRows) -> usize {
        use crate::network::PerSynapse;
        match &self.rows(network).delays {
            PerSynapse::Same(_) => self.end,
            PerSynapse::Each(delays) => {
                let row = &delays[self.next..self.end];
                let same = row.iter().take_while(|delay| **delay == row[0]);
                self.next + same.count()
            }
        }
    }

    /// Passes what was reached before a block.
    pub fn pass_before(&mut self, network: &NetworkInRows, block: Block) {
        let Some(last) = block.now.checked_sub(1) else {
            return;
        };
        let last = Block { now: last, ..block };
        while self.next < self.end {
            let delay = f64::from(self.rows(network).delays.get(self.next));
            if !last.is_before_end((self.window, self.offset), delay) {
                return;
            }
            self.next += 1;
        }
    }

    /// As a state lists it.
    pub fn saved(&self, network: &NetworkInRows, source: u32) -> UnderwaySpike {
        UnderwaySpike {
            id: self.id,
            source,
            number: self.rows(network).source_of(self.next),
            window: self.window,
            offset: self.offset,
        }
    }
}
