//! A list of dispatches, as plain data.

use std::ops::Range;

use crate::gpu::kernel::Parameters;
use crate::gpu::layout::Sizes;
use crate::gpu::receptors::Receptors;

/// One dispatch.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gpu) struct Dispatch {
    pub kernel: &'static str,
    /// For neurons of how many receptors the kernel is.
    pub receptors: Receptors,
    /// Of a large network: which part of its synapses.
    pub part: usize,
    pub workgroups: [u32; 3],
    /// Where its parameters lie among those of the schedule.
    parameters: Range<usize>,
}

/// The dispatches of a run, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::gpu) struct Schedule {
    /// What they share; the default where no kernel asks.
    pub sizes: Sizes,
    /// How many receptors the neurons have.
    receptors: Receptors,
    pub dispatches: Vec<Dispatch>,
    parameters: Vec<u8>,
}

impl Schedule {
    /// An empty one.
    pub fn new(sizes: Sizes, receptors: Receptors) -> Self {
        Self {
            sizes,
            receptors,
            ..Self::default()
        }
    }

    /// Adds a dispatch of the kernel that has these parameters.
    pub fn push<P: Parameters>(&mut self, parameters: P, workgroups: [u32; 3]) {
        self.push_part(parameters, workgroups, 0);
    }

    /// As [`push`](Self::push), over a part of the synapses of a large network.
    pub fn push_part<P: Parameters>(&mut self, parameters: P, workgroups: [u32; 3], part: usize) {
        let start = self.parameters.len();
        self.parameters
            .extend_from_slice(bytemuck::bytes_of(&parameters));
        self.dispatches.push(Dispatch {
            kernel: P::SOURCE.name,
            receptors: P::SOURCE.variant(self.receptors),
            part,
            workgroups,
            parameters: start..self.parameters.len(),
        });
    }

    /// Takes all dispatches out; what they share stays.
    pub fn clear(&mut self) {
        self.dispatches.clear();
        self.parameters.clear();
    }

    /// Adds the dispatches of another, of which the sizes are the same or not asked for.
    pub fn append(&mut self, other: &Self) {
        let before = self.parameters.len();
        self.parameters.extend_from_slice(&other.parameters);
        self.dispatches
            .extend(other.dispatches.iter().map(|dispatch| Dispatch {
                parameters: before + dispatch.parameters.start..before + dispatch.parameters.end,
                ..dispatch.clone()
            }));
    }

    /// The parameters of a dispatch.
    pub fn parameters(&self, dispatch: &Dispatch) -> &[u8] {
        &self.parameters[dispatch.parameters.clone()]
    }

    /// The parameters of all dispatches of a kernel, in order.
    #[cfg(test)]
    pub fn of<P: Parameters>(&self) -> Vec<P> {
        let dispatches = self.dispatches.iter();
        dispatches
            .filter(|dispatch| dispatch.kernel == P::SOURCE.name)
            .map(|dispatch| bytemuck::pod_read_unaligned(self.parameters(dispatch)))
            .collect()
    }
}

/// Which of several dispatches over one window it is: the first, the last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pass {
    pub is_first: u32,
    pub is_last: u32,
}

/// So many dispatches over one window.
pub(super) fn passes(n: u64) -> impl Iterator<Item = Pass> {
    (0..n).map(move |pass| Pass {
        is_first: u32::from(pass == 0),
        is_last: u32::from(pass + 1 == n),
    })
}
