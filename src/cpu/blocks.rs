//! Rows of synapses cut into blocks of neurons, so that a block's columns lie together.
//!
//! A block's weights over all rows stay in a core's cache while many samples pass.

use super::aligned::Aligned;
use super::registers::VECTORS;
use super::threads::Threads;

/// Numbers of a sum that one task adds up: few enough to stay in the nearest cache.
const SUM_AT_ONCE: usize = 2048;

/// Neurons in a block: four registers of AVX-512, eight of AVX2.
pub(super) const BLOCK: usize = 32;

/// How far apart the rows of a block are that is walked through in registers: a layer of few neurons, as outputs
/// are, has rows of as many registers as it fills, with no padding between them to load and to add up.
pub(super) fn row_width(n_lanes: usize) -> usize {
    n_lanes.next_power_of_two().clamp(BLOCK / VECTORS, BLOCK)
}

/// `[block][row][lane]`, the last block padded with zeros.
///
/// Where a population is advanced as a whole, from event to event, it is one block as wide as itself,
/// so that a row lies in one piece.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    n_rows: usize,
    n_lanes: usize,
    width: usize,
    values: Aligned,
}

impl Blocks {
    pub fn zeros(n_rows: usize, n_lanes: usize, width: usize) -> Self {
        let n_blocks = n_lanes.div_ceil(width);
        Self {
            n_rows,
            n_lanes,
            width,
            values: Aligned::zeros(n_blocks * n_rows * width),
        }
    }

    /// Zeros of the same shape, in memory that was used before.
    pub fn zeros_within(&self, mut memory: Aligned) -> Self {
        memory.refill(&[], self.values.len(), 0.0);
        Self {
            values: memory,
            ..*self
        }
    }

    /// What can be used again.
    pub fn into_memory(self) -> Aligned {
        self.values
    }

    /// Gathers rows that begin at `row_starts` of a flat vector, each `n_lanes` long.
    pub fn pack(row_starts: &[usize], n_lanes: usize, width: usize, flat: &[f64]) -> Self {
        let mut blocks = Self::zeros(row_starts.len(), n_lanes, width);
        for (block, first) in (0..n_lanes).step_by(width).enumerate() {
            let used = width.min(n_lanes - first);
            let rows = blocks.block_mut(block).chunks_exact_mut(width);
            for (row, &start) in rows.zip(row_starts) {
                row[..used].copy_from_slice(&flat[start + first..start + first + used]);
            }
        }
        blocks
    }

    /// Adds every row to its place in a flat vector.
    pub fn add_to(&self, row_starts: &[usize], flat: &mut [f64]) {
        for (block, first) in (0..self.n_lanes).step_by(self.width).enumerate() {
            let used = self.width.min(self.n_lanes - first);
            let rows = self.block(block).chunks_exact(self.width);
            for (row, &start) in rows.zip(row_starts) {
                let target = &mut flat[start + first..start + first + used];
                for (sum, value) in target.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        }
    }

    /// Adds blocks of the same shape, each entry in the order given.
    pub fn add(&mut self, parts: &[Self], threads: &Threads) {
        threads.for_pieces(&mut self.values, SUM_AT_ONCE, |ix, values| {
            for part in parts {
                let part = &part.values[ix * SUM_AT_ONCE..];
                for (sum, value) in values.iter_mut().zip(part) {
                    *sum += value;
                }
            }
        });
    }

    /// All of them, padding and all.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All of them, to write.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Lanes from one row of a block to the next.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One block, `[row][lane]`.
    pub fn block(&self, block: usize) -> &[f64] {
        let len = self.n_rows * self.width;
        &self.values[block * len..(block + 1) * len]
    }

    /// One row of a population that is one block.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// One row of a population that is one block, to write.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.width..(row + 1) * self.width]
    }

    /// One block, `[row][lane]`, to write.
    pub fn block_mut(&mut self, block: usize) -> &mut [f64] {
        let len = self.n_rows * self.width;
        &mut self.values[block * len..(block + 1) * len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::registers::n_registers;

    /// Whether walks over the last block of `n_lanes` stay within its rows, in registers of any size.
    fn is_within(n_lanes: usize, row_width: usize) -> bool {
        [1, 2, 4, 8].into_iter().all(|per_register| {
            let used = n_lanes - (n_lanes - 1) / BLOCK * BLOCK;
            let mut firsts = (0..used).step_by(VECTORS * per_register);
            firsts.all(|first| {
                first + n_registers(used - first, per_register) * per_register <= row_width
            })
        })
    }

    #[test]
    fn a_row_holds_the_registers_that_walk_over_it() {
        for n_lanes in 1..100 {
            assert!(is_within(n_lanes, row_width(n_lanes)), "{n_lanes}");
        }
        assert_eq!((row_width(3), row_width(10), row_width(33)), (8, 16, 32));
        assert!(!is_within(9, 8) && !is_within(17, 16), "a control");
    }

    #[test]
    fn unpacking_what_was_packed_gives_it_back() {
        let flat: Vec<f64> = (0..3 * 70 + 5).map(|x: i32| f64::from(x)).collect();
        let starts = [5, 75, 145];
        let blocks = Blocks::pack(&starts, 70, BLOCK, &flat);
        assert_eq!(blocks.block(2)[BLOCK + 5], flat[75 + 69]);
        assert_eq!(blocks.block(2)[BLOCK + 6], 0.0);
        let whole = Blocks::pack(&starts, 70, 3 * BLOCK, &flat);
        assert_eq!(whole.row(2)[..70], flat[145..215]);
        for blocks in [blocks, whole] {
            let mut back = vec![0.0; flat.len()];
            blocks.add_to(&starts, &mut back);
            assert_eq!(back[5..], flat[5..]);
        }
    }
}
