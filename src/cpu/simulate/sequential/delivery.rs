//! Where the spikes of a sequential stage arrive in it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::simulate::bank::Bank;
use crate::cpu::simulate::calendar::{Arrival, EVERYONE};

/// Hands a spike of the stage to its own members: at once, or into the queue.
pub(super) struct Delivery<'a, 'b> {
    pub compiled: &'a Compiled<'a>,
    pub members: &'a [usize],
    pub banks: &'a mut [Bank<'b>],
    pub later: &'a mut BinaryHeap<Reverse<Arrival>>,
    /// The window's end, in ms.
    pub end: f64,
}

impl Delivery<'_, '_> {
    pub fn spike(&mut self, source: usize, neuron: usize, time: f64) {
        for (member, &ix) in self.members.iter().enumerate() {
            let target: &CompiledPopulation = &self.compiled.populations[ix];
            for incoming in target.incoming.iter().filter(|i| i.source == Some(source)) {
                let row = incoming.first_row + neuron;
                match incoming.shared_delay {
                    Some(0.0) if time < self.end => self.banks[member].add_row(row),
                    Some(delay) => self.queue(time + delay, member, row, EVERYONE),
                    None => {
                        for neuron in 0..target.size {
                            let delay = self.compiled.values()[target.delay_of(row, neuron)];
                            if delay == 0.0 {
                                self.banks[member].add_one(row, neuron);
                            } else {
                                self.queue(time + delay, member, row, neuron as u32);
                            }
                        }
                    }
                }
            }
        }
    }

    /// What arrives after the window is found again at the start of the next.
    fn queue(&mut self, time: f64, member: usize, row: usize, neuron: u32) {
        if time < self.end {
            self.later.push(Reverse(Arrival {
                time,
                member: member as u32,
                row: row as u32,
                neuron,
            }));
        }
    }
}
