//! The work of kernels, dispatch by dispatch.

use std::collections::BTreeMap;

use super::cost::Cost;

/// One dispatch of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Launch {
    /// What all of its invocations do.
    pub cost: Cost,
    /// How many bytes the weights that it reads are, each read once.
    pub distinct_weight_bytes: f64,
    /// Turns of the invocation that has most to do, one after another.
    pub chain: f64,
    /// Multiply-adds of all of these turns.
    pub chain_multiply_adds: f64,
}

/// Everything that a device is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Work {
    /// The dispatches of each kernel.
    pub kernels: BTreeMap<&'static str, Vec<Launch>>,
    /// How often the host hands dispatches over.
    pub submissions: usize,
    /// How often it waits for the device and reads from it.
    pub readbacks: usize,
}

impl Work {
    /// All work of a kernel.
    pub fn cost(&self, kernel: &str) -> Cost {
        let mut sum = Cost::default();
        for launch in self.kernels.get(kernel).into_iter().flatten() {
            sum += launch.cost;
        }
        sum
    }

    /// How many dispatches there are.
    pub fn dispatches(&self) -> usize {
        self.kernels.values().map(Vec::len).sum()
    }

    /// Adds other work to this.
    pub fn extend(&mut self, other: Self) {
        for (kernel, launches) in other.kernels {
            self.kernels.entry(kernel).or_default().extend(launches);
        }
        self.submissions += other.submissions;
        self.readbacks += other.readbacks;
    }
}
