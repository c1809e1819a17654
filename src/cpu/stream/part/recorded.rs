//! States of recorded neurons within a window.

use super::Part;
use crate::cpu::stream::kinds::Kinds;
use crate::cpu::stream::sampled::Sampling;
use crate::network::NetworkInRows;

impl Part {
    /// Takes the samples of window number `now`, whose end is known and whose start is still there.
    pub(super) fn sample(
        &mut self,
        network: &NetworkInRows,
        kinds: &Kinds,
        samplings: &[Sampling],
        now: u64,
        window: f64,
    ) {
        self.samples.clear();
        let (first, end) = (self.neurons.start, self.neurons.end);
        let own = |sampling: &Sampling| {
            sampling.neurons.start.clamp(first, end)..sampling.neurons.end.clamp(first, end)
        };
        if samplings.iter().all(|sampling| own(sampling).is_empty()) {
            return;
        }
        let mut is_recorded = vec![false; self.is_flagged.len()];
        for neuron in samplings.iter().flat_map(own) {
            is_recorded[(neuron - first) as usize] = true;
        }
        let arrivals = self.arrivals_at(network, &is_recorded, Vec::new());
        for sampling in samplings {
            for neuron in own(sampling) {
                let local = neuron - first;
                let from = arrivals.partition_point(|a| a.neuron < local);
                let to = arrivals.partition_point(|a| a.neuron <= local);
                let release = self.release_at_start(local, now, window);
                let start = self.state.of(local as usize, release);
                let it = (neuron, kinds.of(neuron));
                let own = &arrivals[from..to];
                sampling.take(it, start, own, window, &mut self.samples);
            }
        }
    }

    /// When a neuron that is held at the start of window number `now` is released.
    fn release_at_start(&self, neuron: u32, now: u64, window: f64) -> Option<f64> {
        let within = self.flagged.iter().find(|flagged| flagged.neuron == neuron);
        if let Some(release) = within.and_then(|flagged| flagged.release) {
            return Some(release);
        }
        // What fired in this window was free at its start.
        let is_it = |held: &&super::Held| held.neuron == neuron && held.window < now;
        let held = self.state.held.iter().find(is_it)?;
        Some(held.release - (now - held.window) as f64 * window)
    }
}
