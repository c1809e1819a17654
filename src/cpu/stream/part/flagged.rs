//! Neurons that a bound could not rule out: found, and taken through their arrivals in order.

use super::{Flagged, Held, Part};
use crate::cpu::stream::StreamSpike;
use crate::cpu::stream::happened::{Arrival, Happened, Origin, Teller};
use crate::cpu::stream::kinds::Kinds;
use crate::network::NetworkInRows;
use crate::{Error, Result};

/// More spikes of one neuron in one window are taken for a runaway.
const SPIKE_BUDGET: usize = 1000;

impl Part {
    /// Flags the neurons whose bound reaches the threshold: few, so that most blocks have none.
    pub(super) fn flag(&mut self) {
        const BLOCK: usize = 32;
        for (number, block) in self.margin.chunks(BLOCK).enumerate() {
            if block
                .iter()
                .fold(false, |any, margin| any | (*margin <= 0.0))
            {
                let flagged = block.iter().enumerate().filter(|(_, m)| **m <= 0.0);
                self.flagged.extend(flagged.map(|(ix, _)| Flagged {
                    neuron: (number * BLOCK + ix) as u32,
                    release: None,
                }));
            }
        }
    }

    /// Collects the arrivals at flagged neurons, by neuron, then time.
    pub(super) fn gather(&mut self, network: &NetworkInRows) {
        self.flagged.sort_unstable_by_key(|flagged| flagged.neuron);
        for flagged in &self.flagged {
            self.is_flagged[flagged.neuron as usize] = true;
        }
        let room = std::mem::take(&mut self.arrivals);
        self.arrivals = self.arrivals_at(network, &self.is_flagged, room);
    }

    /// The arrivals of the window at wanted neurons (counted through the partition), by neuron, then time; in the room of an
    /// empty list.
    pub(super) fn arrivals_at(
        &self,
        network: &NetworkInRows,
        is_wanted: &[bool],
        mut arrivals: Vec<Arrival>,
    ) -> Vec<Arrival> {
        let first = self.neurons.start;
        for (number, run) in self.runs.iter().enumerate() {
            let rows = &network.partitions[self.number].rows[run.group];
            let receptor = network.groups[run.group].receptor as u8;
            for (within, ix) in run.synapses.clone().enumerate() {
                let neuron = rows.targets[ix] - first;
                if is_wanted[neuron as usize] {
                    arrivals.push(Arrival {
                        neuron,
                        receptor,
                        offset: run.base + f64::from(rows.delays.get(ix)),
                        weight: f64::from(rows.weights.get(ix)),
                        from: Origin::Synapse {
                            run: number as u32,
                            within: within as u32,
                        },
                    });
                }
            }
        }
        for (number, (driven, drive)) in self.driven.iter().zip(&network.drives).enumerate() {
            let at_wanted = driven
                .iter()
                .filter(|(neuron, _)| is_wanted[(neuron - first) as usize]);
            arrivals.extend(at_wanted.map(|&(neuron, offset)| Arrival {
                neuron: neuron - first,
                receptor: drive.receptor as u8,
                offset,
                weight: drive.weight,
                from: Origin::Drive(number as u32),
            }));
        }
        arrivals.sort_by(|a, b| a.neuron.cmp(&b.neuron).then(a.offset.total_cmp(&b.offset)));
        arrivals
    }

    /// Takes the flagged neurons through their arrivals.
    pub(super) fn walk(&mut self, kinds: &Kinds, now: u64, window: f64) -> Result<()> {
        let mut arrivals = &self.arrivals[..];
        for flagged in &self.flagged {
            let ix = flagged.neuron as usize;
            self.is_flagged[ix] = false;
            let neuron = self.neurons.start + flagged.neuron;
            let dynamics = kinds.of(neuron).dynamics();
            let mut state = self.state.of(ix, flagged.release);
            let tell = |what: Happened| {
                if let Happened::Spike { offset, .. } = what {
                    self.spikes.push(StreamSpike {
                        window: now,
                        offset,
                        neuron,
                    });
                }
                self.happened.push((neuron, what));
            };
            let mut teller = Teller::new(SPIKE_BUDGET, tell);
            let own = arrivals
                .iter()
                .take_while(|a| a.neuron == flagged.neuron)
                .count();
            let (own, rest) = arrivals.split_at(own);
            arrivals = rest;
            let mut is_bounded = true;
            for arrival in own {
                let offset = arrival.offset.clamp(state.time, window);
                is_bounded &= teller.advance(&dynamics, &mut state, offset);
                state.current[arrival.receptor as usize] += arrival.weight;
            }
            is_bounded &= teller.advance(&dynamics, &mut state, window);
            if !is_bounded {
                return Err(Error::invalid(
                    format!("number of spikes of neuron {neuron} between two arrivals"),
                    format!("more than {SPIKE_BUDGET} within {window} ms"),
                    "give it a refractory time, or lower the drive and the weights",
                ));
            }
            self.next_potential[ix] = state.potential;
            for (all, current) in self.next_currents.iter_mut().zip(state.current) {
                all[ix] = current;
            }
            if let Some(release) = state.release {
                self.state.held.push(Held {
                    neuron: flagged.neuron,
                    window: now,
                    release,
                });
            }
        }
        Ok(())
    }
}
