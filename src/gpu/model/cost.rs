//! What work is counted in.

use std::ops::{AddAssign, Mul};

/// An amount of work, as the text of a kernel asks for it.
///
/// Integer arithmetic, comparisons and jumps are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Cost {
    /// Additions and multiplications in single precision; a multiplication and the addition that takes its result are one.
    pub multiply_adds: f64,
    /// Exponentials, logarithms, square roots and divisions.
    pub exponentials: f64,
    /// Bytes that are read from memory and written to it, but for weights. What all invocations of a workgroup read at the
    /// same place counts once for the workgroup.
    pub memory_bytes: f64,
    /// Bytes of parameter values that are read: all samples read the same.
    pub weight_bytes: f64,
    /// Bytes that are read from workgroup memory and written to it.
    pub workgroup_bytes: f64,
    /// Atomic operations on memory.
    pub atomics: f64,
}

impl Cost {
    /// Bytes of memory, those of weights included.
    pub fn bytes(&self) -> f64 {
        self.memory_bytes + self.weight_bytes
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Self) {
        self.multiply_adds += more.multiply_adds;
        self.exponentials += more.exponentials;
        self.memory_bytes += more.memory_bytes;
        self.weight_bytes += more.weight_bytes;
        self.workgroup_bytes += more.workgroup_bytes;
        self.atomics += more.atomics;
    }
}

impl Mul<f64> for Cost {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            multiply_adds: self.multiply_adds * times,
            exponentials: self.exponentials * times,
            memory_bytes: self.memory_bytes * times,
            weight_bytes: self.weight_bytes * times,
            workgroup_bytes: self.workgroup_bytes * times,
            atomics: self.atomics * times,
        }
    }
}
