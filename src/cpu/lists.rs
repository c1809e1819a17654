//! What arrives over projections that are lists of synapses, neuron by neuron.

use super::arrivals::{
    Arrival, Sources, for_each_listed, gather_neuron, gather_rows, gather_with_lists,
};
use super::compiled::CompiledPopulation;

/// The arrivals of a window at each neuron of a population.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// For each neuron where its arrivals end; the next one's begin there.
    ends: Vec<usize>,
    arrivals: Vec<Arrival>,
}

impl Lists {
    /// Begins a window: `arrivals` become those that all neurons share, where they do not differ.
    pub fn begin(
        &mut self,
        target: &CompiledPopulation,
        values: &[f64],
        sources: &impl Sources,
        window: (f64, f64),
        arrivals: &mut Vec<Arrival>,
    ) {
        if target.has_lists {
            self.fill(target, values, sources, window);
        } else {
            gather_rows(target, sources, window, arrivals);
        }
    }

    /// Replaces `arrivals` by those at one neuron in the window that has begun, where neurons differ.
    pub fn gather(
        &self,
        target: &CompiledPopulation,
        neuron: usize,
        values: &[f64],
        sources: &impl Sources,
        window: (f64, f64),
        arrivals: &mut Vec<Arrival>,
    ) {
        if target.has_lists {
            gather_with_lists(target, neuron, (values, self), sources, window, arrivals);
        } else if target.has_synaptic_delays {
            gather_neuron(target, neuron, values, sources, window, arrivals);
        }
    }

    /// Replaces the arrivals by those at `target` with `from <= time < to`.
    fn fill(
        &mut self,
        target: &CompiledPopulation,
        values: &[f64],
        sources: &impl Sources,
        window: (f64, f64),
    ) {
        const NONE: Arrival = Arrival {
            time: 0.0,
            row: 0,
            origin: 0,
        };
        self.ends.clear();
        self.ends.resize(target.size, 0);
        for_each_listed(target, values, sources, window, |_, neuron| {
            self.ends[neuron] += 1;
        });
        let mut total = 0;
        for end in &mut self.ends {
            total += std::mem::replace(end, total);
        }
        self.arrivals.clear();
        self.arrivals.resize(total, NONE);
        for_each_listed(target, values, sources, window, |arrival, neuron| {
            self.arrivals[self.ends[neuron]] = arrival;
            self.ends[neuron] += 1;
        });
    }

    /// Those at one neuron: a run for each projection, in order of time where that has one delay.
    pub fn of(&self, neuron: usize) -> &[Arrival] {
        let first = neuron.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.arrivals[first..self.ends[neuron]]
    }
}
