//! Shares of the same rows, seen as one.

use super::compressed::{Extent, PerSynapse, Rows};

/// Rows of one group of which each share has a stretch of the synapses: what they are together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined<'a>(&'a [Rows]);

/// A synapse of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct JoinedSynapse {
    pub delay: f32,
    pub target: u32,
    pub weight: f32,
}

impl<'a> Joined<'a> {
    /// Of one share or more.
    pub fn new(shares: &'a [Rows]) -> Self {
        Self(shares)
    }

    pub fn sources(self) -> usize {
        self.0[0].sources()
    }

    pub fn len(self) -> usize {
        self.0.iter().map(Rows::len).sum()
    }

    /// How many synapses come before a source's row, or before the end of all.
    pub fn start(self, source: usize) -> usize {
        let of_share = |rows: &Rows| match source == rows.sources() {
            true => rows.len(),
            false => rows.row(source).start,
        };
        self.0.iter().map(of_share).sum()
    }

    /// The weight that all have, or where each has its own the first share's.
    pub fn weights(self) -> &'a PerSynapse {
        &self.0[0].weights
    }

    /// As [`weights`](Self::weights), of delays.
    pub fn delays(self) -> &'a PerSynapse {
        &self.0[0].delays
    }

    pub fn extent(self) -> Extent {
        Extent {
            synapses: self.len() as u64,
            ..self.0[0].extent()
        }
    }

    /// Lists a row in the order that rows have: by delay, then target, then weight.
    pub fn row(self, source: usize, row: &mut Vec<JoinedSynapse>) {
        row.clear();
        for rows in self.0 {
            row.extend(rows.row(source).map(|ix| JoinedSynapse {
                delay: rows.delays.get(ix),
                target: rows.targets[ix],
                weight: rows.weights.get(ix),
            }));
        }
        if self.0.len() > 1 {
            // Stable sorts find the shares' rows in order and merge them.
            row.sort_by(|a, b| {
                a.delay
                    .total_cmp(&b.delay)
                    .then(a.target.cmp(&b.target))
                    .then(a.weight.total_cmp(&b.weight))
            });
        }
    }
}
