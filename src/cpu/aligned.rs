//! Numbers that begin at a cache line, so that no register is loaded from two.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

/// Numbers in a cache line.
const LINE: usize = 8;

#[derive(Debug, Clone, Copy, Zeroable, Pod)]
#[repr(C, align(64))]
struct Line([f64; LINE]);

/// A vector of whole cache lines; used as a slice.
#[derive(Debug, Clone, Default)]
pub(super) struct Aligned(Vec<Line>);

impl Aligned {
    /// Zeros, rounded up to whole lines.
    pub fn zeros(len: usize) -> Self {
        Self(vec![Line([0.0; LINE]); len.div_ceil(LINE)])
    }

    /// Takes on some values and then `padding`, `len` in all, rounded up to whole lines.
    pub fn refill(&mut self, values: &[f64], len: usize, padding: f64) {
        self.0.resize(len.div_ceil(LINE), Line([0.0; LINE]));
        self[..values.len()].copy_from_slice(values);
        self[values.len()..].fill(padding);
    }

    /// Some values and then `padding`, `len` in all, rounded up to whole lines.
    pub fn padded(values: &[f64], len: usize, padding: f64) -> Self {
        let mut aligned = Self::default();
        aligned.refill(values, len, padding);
        aligned
    }
}

impl Deref for Aligned {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        bytemuck::cast_slice(&self.0)
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f64] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}
