//! A run of many windows goes in blocks of them; what had too little room is repeated from the start of its block.
//!
//! At the end of a block the host reads the flags, and with them what a repeat of the next block would start from. When
//! room grows, spikes move: they and the places that name them are laid out anew here, on the
//! host, since that is rare.

use std::ops::Range;

use super::engine::Inner;
use super::kernel::Role;
use super::layout::{NONE, Spike};
use super::tables::{SourceTable, Tables};
use crate::Result;

/// Windows in a block. Feed-forward networks have fewer in a whole run; of more, one round trip for
/// so many is lost among their dispatches.
pub(super) const BLOCK: usize = 64;

/// The block that begins with `window`.
pub(super) fn block(tables: &Tables, window: usize) -> Range<usize> {
    window..(window + BLOCK).min(tables.plan.n_windows())
}

/// What a block starts from, beside the spikes before it.
pub(super) struct Standing {
    pub window: usize,
    pub n_slots: usize,
    /// As words.
    pub states: Vec<u32>,
    pub observed: Vec<f32>,
}

/// The same with those spikes, as they lay when the room ran out.
pub(super) struct Kept {
    pub standing: Standing,
    sources: Vec<SourceTable>,
    spikes: Vec<Spike>,
    windows: Vec<u32>,
}

impl Kept {
    /// Moves everything to the places that `tables` gives, and forgets what came after the block's start.
    fn lay(mut self, tables: &Tables) -> Laid {
        let Standing {
            window, n_slots, ..
        } = self.standing;
        let row = tables.plan.n_windows() + 1;
        let n_sources = tables.sources.len();
        let old_stretch = self.sources.last().map_or(0, |s| s.base + s.capacity) as usize;
        let mut runs = Vec::new();
        for slot in 0..n_slots {
            for (ix, (old, new)) in self.sources.iter().zip(&tables.sources).enumerate() {
                if old.is_input {
                    continue;
                }
                let windows = &mut self.windows[(slot * n_sources + ix) * row..][..row];
                let n = windows[window];
                windows[window + 1..].fill(0);
                let moved = |place: u32| match place.wrapping_sub(old.base) {
                    within if place != NONE && within < n => new.base + within,
                    _ => NONE,
                };
                let first = slot * old_stretch + old.base as usize;
                let spikes = self.spikes[first..first + n as usize].iter();
                let spikes = spikes.map(|&spike| Spike {
                    previous: moved(spike.previous),
                    next: moved(spike.next),
                    ..spike
                });
                let to = slot * tables.stretch() as usize + new.base as usize;
                runs.push((to, spikes.collect()));
            }
            let words = tables.receptors.state_words();
            let states = &mut self.standing.states[slot * tables.neurons.len() * words..];
            for (state, neuron) in states.chunks_exact_mut(words).zip(&tables.neurons) {
                let old = &self.sources[neuron.source as usize];
                for word in tables.receptors.state_places() {
                    let place = &mut state[word];
                    if *place != NONE {
                        *place = *place - old.base + neuron.source_base;
                    }
                }
            }
        }
        Laid {
            standing: self.standing,
            windows: self.windows,
            runs,
        }
    }
}

/// What is written to the device so that a block can be repeated.
struct Laid {
    standing: Standing,
    windows: Vec<u32>,
    /// Where spikes go, among all slots' stretches.
    runs: Vec<(usize, Vec<Spike>)>,
}

impl Inner<'_> {
    /// What the next block starts from becomes what a block can be repeated from: before its
    /// spikes move they are read.
    pub async fn keep(&mut self, tables: &Tables, standing: Standing) -> Result<Kept> {
        let n_slots = standing.n_slots as u64;
        let row = (tables.sources.len() * (tables.plan.n_windows() + 1)) as u64;
        let stretch = u64::from(tables.stretch());
        let wanted = [
            (Role::Spikes, n_slots * stretch * size_of::<Spike>() as u64),
            (Role::Windows, n_slots * row * 4),
        ];
        let read = self.buffers.read(self.context, &wanted).await?;
        Ok(Kept {
            standing,
            sources: tables.sources.clone(),
            spikes: bytemuck::pod_collect_to_vec(&read[0]),
            windows: bytemuck::pod_collect_to_vec(&read[1]),
        })
    }

    /// Where a run of `n_slots` samples goes on: what was kept, written to where it lies now, with inputs there
    /// already. Where fewer samples fit than before, they begin again.
    pub fn go_on(
        &mut self,
        tables: &Tables,
        kept: Option<Kept>,
        n_slots: usize,
    ) -> Result<Option<Standing>> {
        let Some(kept) = kept else {
            return Ok(None);
        };
        if kept.standing.n_slots != n_slots {
            self.statistics.repeated_windows += kept.standing.window;
            return Ok(None);
        }
        let Laid {
            standing,
            windows,
            runs,
        } = kept.lay(tables);
        let (context, buffers) = (self.context, &mut self.buffers);
        for (to, spikes) in &runs {
            buffers.write(context, Role::Spikes, *to as u64, spikes)?;
        }
        buffers.write(context, Role::Windows, 0, &windows)?;
        buffers.write(context, Role::States, 0, &standing.states)?;
        buffers.write(context, Role::Observed, 0, &standing.observed)?;
        Ok(Some(standing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SpikeBatch;
    use crate::network::{Distribution, Network, Neuron, Projection};
    use crate::{Problem, SimulationOptions};

    fn spike(time: f32, previous: u32, next: u32) -> Spike {
        Spike {
            time,
            previous,
            next,
            ..Spike::default()
        }
    }

    /// States of neurons of which the first and the last spike are these.
    fn states<const N: usize>(tables: &Tables, heads: [(u32, u32); N]) -> Vec<u32> {
        let [first_word, last_word] = tables.receptors.state_places();
        let state = |(first, last)| {
            let mut state = vec![0; tables.receptors.state_words()];
            state[first_word] = first;
            state[last_word] = last;
            state
        };
        heads.map(state).concat()
    }

    #[test]
    fn spikes_and_the_places_that_name_them_move_together() -> Result<()> {
        let mut network = Network::builder();
        let input = network.input("input", 1);
        let neuron = Neuron::leaky_integrate_and_fire();
        let ids = ["first", "second"].map(|name| network.population(name, 1, neuron.clone()));
        for id in ids {
            let weights = Distribution::Uniform {
                lowest: 0.0,
                highest: 1.0,
            };
            network.connect(input, id, Projection::random(weights));
        }
        let network = network.build()?;
        let mut inputs = SpikeBatch::new();
        inputs.push_sample(&[])?;
        let mut options = SimulationOptions::new(4.0);
        options.longest_window = 1.0;
        let problem = Problem {
            network: &network,
            parameters: &network.parameters(0),
            inputs: &inputs,
            options: &options,
        };
        let old = Tables::new(&problem, &[1, 3, 3])?;
        let new = Tables::new(&problem, &[1, 6, 6])?;
        assert_eq!((old.sources[2].base, new.sources[2].base), (4, 7));
        // Before the block, which starts with window 2, one spike of the first and two of the second.
        let mut spikes = vec![Spike::default(); 7];
        spikes[1] = spike(0.1, NONE, 2);
        spikes[2] = spike(0.2, 1, NONE);
        spikes[4] = spike(0.3, NONE, 5);
        spikes[5] = spike(0.4, 4, 6);
        spikes[6] = spike(0.5, 5, NONE);
        let [first_word, last_word] = new.receptors.state_places();
        let words = new.receptors.state_words();
        let laid = Kept {
            standing: Standing {
                window: 2,
                n_slots: 1,
                states: states(&new, [(1, 1), (4, 5)]),
                observed: Vec::new(),
            },
            sources: old.sources.clone(),
            spikes,
            windows: [[0; 5], [0, 1, 1, 2, 2], [0, 1, 2, 3, 3]].concat(),
        }
        .lay(&new);
        let first = (1, vec![spike(0.1, NONE, NONE)]);
        let second = (7, vec![spike(0.3, NONE, 8), spike(0.4, 7, NONE)]);
        assert_eq!(laid.runs, [first, second]);
        let states: Vec<_> = laid
            .standing
            .states
            .chunks_exact(words)
            .map(|state| (state[first_word], state[last_word]))
            .collect();
        assert_eq!(states, [(1, 1), (7, 8)]);
        let windows = [[0; 5], [0, 1, 1, 0, 0], [0, 1, 2, 0, 0]].concat();
        assert_eq!(laid.windows, windows);
        Ok(())
    }
}
