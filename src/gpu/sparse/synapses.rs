//! Where a large network's synapses lie in device memory: in parts, since an adapter binds only so much at once.

use std::ops::Range;

use super::delays::Delays;
use super::layout::{SparsePiece, SparseSource as Source};
use crate::gpu::layout::NONE;
use crate::sparse::{PerSynapse, Rows, SparseNetwork, SparseSource};
use crate::{Error, Result};

/// A piece, and which rows of the network it holds.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub partition: usize,
    pub group: usize,
    /// Rows, counted within the group.
    pub units: Range<usize>,
    pub piece: SparsePiece,
}

/// What one binding holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// In order of their sources.
    pub placed: Vec<Placed>,
    /// Of 32 bits.
    pub words: u64,
    /// The most pieces that any source has here.
    pub most_pieces: u32,
}

/// All parts, and for each part a table of all sources.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub parts: Vec<Part>,
    /// For each part, for each source: populations, then generators.
    pub sources: Vec<Source>,
    pub pieces: Vec<SparsePiece>,
}

/// Which source it is among populations, then generators.
fn number(network: &SparseNetwork, source: SparseSource) -> usize {
    match source {
        SparseSource::Population(id) => id.0,
        SparseSource::Generator(id) => network.populations().len() + id.0,
    }
}

/// The first unit of each source.
fn first_units(network: &SparseNetwork) -> Vec<u32> {
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
fn words(rows: &Rows, units: &Range<usize>) -> u64 {
    let n = synapses(rows, units).len() as u64;
    let each = |values: &PerSynapse| u64::from(matches!(values, PerSynapse::Each(_)));
    units.len() as u64 + 1 + n * (1 + each(&rows.weights) + each(&rows.delays))
}

/// The synapses of some rows.
pub(super) fn synapses(rows: &Rows, units: &Range<usize>) -> Range<usize> {
    rows.row(units.start).start..rows.row(units.end - 1).end
}

impl Layout {
    /// Lays a network out in parts of at most `most` words.
    ///
    /// # Errors
    /// A row that no part can hold.
    pub fn new(network: &SparseNetwork, delays: &Delays, most: u64) -> Result<Self> {
        let first_units = first_units(network);
        let mut parts = vec![Part::default()];
        for (partition, described) in network.partitions.iter().enumerate() {
            for (group, rows) in described.rows.iter().enumerate() {
                if rows.len() == 0 {
                    continue;
                }
                let source = number(network, network.groups[group].source);
                let mut next = 0;
                while next < rows.sources() {
                    let last = parts.len() - 1;
                    let free = most - parts[last].words;
                    let end = fitting(rows, next, free);
                    if end > next {
                        let piece = Placed {
                            partition,
                            group,
                            units: next..end,
                            piece: SparsePiece {
                                first_unit: first_units[source] + next as u32,
                                receptor: network.groups[group].receptor as u32,
                                ..place(rows, &(next..end), parts[last].words, delays)
                            },
                        };
                        parts[last].words += words(rows, &piece.units);
                        parts[last].placed.push(piece);
                        next = end;
                    } else if parts[last].words > 0 {
                        parts.push(Part::default());
                    } else {
                        let needed = 4 * words(rows, &(next..next + 1));
                        let remedy = "the adapter binds no more at once; use another, or the CPU";
                        return Err(Error::memory(
                            "the synapses of one neuron",
                            needed,
                            4 * most,
                            remedy.to_owned(),
                        ));
                    }
                }
            }
        }
        parts.retain(|part| !part.placed.is_empty());
        let mut layout = Self::default();
        for mut part in parts {
            part.placed
                .sort_by_key(|placed| number(network, network.groups[placed.group].source));
            for (source, &first_unit) in first_units.iter().enumerate() {
                let first_piece = layout.pieces.len();
                let own = |p: &&Placed| number(network, network.groups[p.group].source) == source;
                let pieces = part.placed.iter().filter(own).map(|placed| placed.piece);
                layout.pieces.extend(pieces);
                let n_pieces = (layout.pieces.len() - first_piece) as u32;
                part.most_pieces = part.most_pieces.max(n_pieces);
                layout.sources.push(Source {
                    first_unit,
                    first_piece: first_piece as u32,
                    n_pieces,
                    reserved: 0,
                });
            }
            layout.parts.push(part);
        }
        Ok(layout)
    }
}

/// The end of the most rows from `first` on that fit into so many words.
fn fitting(rows: &Rows, first: usize, free: u64) -> usize {
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
fn place(rows: &Rows, units: &Range<usize>, at: u64, delays: &Delays) -> SparsePiece {
    let n = synapses(rows, units).len() as u32;
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
    match &rows.weights {
        PerSynapse::Same(weight) => piece.weight = *weight,
        PerSynapse::Each(_) => piece.weights = take(n),
    }
    match &rows.delays {
        PerSynapse::Same(delay) => piece.delay = delays.count(*delay),
        PerSynapse::Each(_) => piece.delays = take(n),
    }
    piece
}
