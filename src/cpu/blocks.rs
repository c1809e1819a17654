//! Rows of synapses cut into blocks of neurons, so that a block's columns lie together.
//!
//! A block's weights over all rows stay in a core's cache while many samples pass.

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Neurons in a block: four registers of AVX-512, eight of AVX2.
pub(super) const BLOCK: usize = 32;

/// `[block][row][lane]`, the last block padded with zeros.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    n_rows: usize,
    n_lanes: usize,
    lines: Vec<Line>,
}

/// A cache line: a row of a block begins at one, so that no register is loaded from two.
#[derive(Debug, Clone, Copy, Zeroable, Pod)]
#[repr(C, align(64))]
struct Line([f64; 8]);

impl Blocks {
    pub fn zeros(n_rows: usize, n_lanes: usize) -> Self {
        let n_blocks = n_lanes.div_ceil(BLOCK);
        Self {
            n_rows,
            n_lanes,
            lines: vec![Line([0.0; 8]); n_blocks * n_rows * (BLOCK / 8)],
        }
    }

    /// Gathers rows that begin at `row_starts` of a flat vector, each `n_lanes` long.
    pub fn pack(row_starts: &[usize], n_lanes: usize, flat: &[f64]) -> Self {
        let mut blocks = Self::zeros(row_starts.len(), n_lanes);
        for (block, first) in (0..n_lanes).step_by(BLOCK).enumerate() {
            let width = BLOCK.min(n_lanes - first);
            let rows = blocks.block_mut(block).chunks_exact_mut(BLOCK);
            for (row, &start) in rows.zip(row_starts) {
                row[..width].copy_from_slice(&flat[start + first..start + first + width]);
            }
        }
        blocks
    }

    /// Adds every row to its place in a flat vector.
    pub fn add_to(&self, row_starts: &[usize], flat: &mut [f64]) {
        for (block, first) in (0..self.n_lanes).step_by(BLOCK).enumerate() {
            let width = BLOCK.min(self.n_lanes - first);
            let rows = self.block(block).chunks_exact(BLOCK);
            for (row, &start) in rows.zip(row_starts) {
                let target = &mut flat[start + first..start + first + width];
                for (sum, value) in target.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        }
    }

    /// The sum of blocks of one shape, each entry in the order given; `None` of none.
    pub fn sum(parts: &[&Self]) -> Option<Self> {
        let mut sum = (*parts.first()?).clone();
        let len = sum.n_rows.max(1) * (BLOCK / 8);
        sum.lines
            .par_chunks_mut(len)
            .enumerate()
            .for_each(|(ix, block)| {
                for part in &parts[1..] {
                    for (sum, line) in block.iter_mut().zip(&part.lines[ix * len..]) {
                        for (sum, value) in sum.0.iter_mut().zip(line.0) {
                            *sum += value;
                        }
                    }
                }
            });
        Some(sum)
    }

    /// One block, `[row][lane]`.
    pub fn block(&self, block: usize) -> &[f64] {
        let len = self.n_rows * BLOCK;
        &bytemuck::cast_slice(&self.lines)[block * len..(block + 1) * len]
    }

    /// One block, `[row][lane]`, to write.
    pub fn block_mut(&mut self, block: usize) -> &mut [f64] {
        let len = self.n_rows * BLOCK;
        &mut bytemuck::cast_slice_mut(&mut self.lines)[block * len..(block + 1) * len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacking_what_was_packed_gives_it_back() {
        let flat: Vec<f64> = (0..3 * 70 + 5).map(|x: i32| f64::from(x)).collect();
        let starts = [5, 75, 145];
        let blocks = Blocks::pack(&starts, 70, &flat);
        assert_eq!(blocks.block(2)[BLOCK + 5], flat[75 + 69]);
        assert_eq!(blocks.block(2)[BLOCK + 6], 0.0);
        let mut back = vec![0.0; flat.len()];
        blocks.add_to(&starts, &mut back);
        assert_eq!(back[5..], flat[5..]);
    }
}
