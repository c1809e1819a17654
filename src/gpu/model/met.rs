//! What the neurons of a long run meet in each window.

use std::ops::Range;

use crate::network::{NetworkInRows, PerSynapse, Source};
use crate::stream::StreamSpike;

/// What happens in one window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct InWindow {
    /// Spikes of neurons, and of generators.
    pub fired: f64,
    pub generated: f64,
    /// Arrivals over synapses, and the most that a neuron has.
    pub arrivals: f64,
    pub longest: f64,
    /// For each arrival half the logarithm of how many its neuron has in this window: comparisons to put them in order.
    pub comparisons: f64,
    /// How many words of synapses the arrivals read.
    pub words: f64,
    /// Neurons without any arrival, those of drives included: these are drawn, and an expectation is counted.
    pub idle: f64,
}

/// Counts arrivals window by window.
pub(super) struct Meeting<'a> {
    network: &'a NetworkInRows,
    window: f64,
    windows: Range<u64>,
    /// For each population the probability that a neuron has no arrival of a drive in a window.
    undriven: Vec<f64>,
    /// Arrivals of each neuron in each window that has been reached, as many windows as a spike may reach.
    counts: Vec<Vec<u16>>,
    met: Vec<InWindow>,
}

impl<'a> Meeting<'a> {
    pub fn new(network: &'a NetworkInRows, window: f64, windows: Range<u64>) -> Self {
        let mut rates = vec![0.0; network.populations().len()];
        for drive in &network.drives {
            rates[drive.population] += drive.rate.most();
        }
        let reach = (network.longest_delay() / window) as usize + 2;
        Self {
            network,
            window,
            undriven: rates
                .into_iter()
                .map(|rate| (-rate * window).exp())
                .collect(),
            counts: vec![vec![0; network.neurons()]; reach],
            met: vec![InWindow::default(); (windows.end - windows.start) as usize],
            windows,
        }
    }

    /// What all windows meet, given the spikes of neurons in order of their windows.
    pub fn all(mut self, spikes: &[StreamSpike]) -> Vec<InWindow> {
        let generated = self.generated();
        let from = self.windows.start.saturating_sub(self.counts.len() as u64);
        for now in from..self.windows.end {
            let first = spikes.partition_point(|spike| spike.window < now);
            let of_now = spikes[first..]
                .iter()
                .take_while(|spike| spike.window == now);
            let mut n = 0;
            for spike in of_now {
                n += 1;
                let populations = self.network.populations();
                let ix = populations.partition_point(|p| p.neurons.end <= spike.neuron);
                let unit = spike.neuron - populations[ix].neurons.start;
                self.meet(
                    Source::Population(crate::network::PopulationId(ix)),
                    unit,
                    now,
                    spike.offset,
                );
            }
            let first = generated.partition_point(|spike| spike.0 < now);
            let of_now = generated[first..].iter().take_while(|spike| spike.0 == now);
            let mut n_generated = 0;
            for &(_, offset, source, unit) in of_now {
                n_generated += 1;
                self.meet(source, unit, now, offset);
            }
            if self.windows.contains(&now) {
                let met = &mut self.met[(now - self.windows.start) as usize];
                met.fired = f64::from(n);
                met.generated = f64::from(n_generated);
            }
            self.end(now);
        }
        self.met
    }

    /// Spikes of generators: window, offset, source and unit.
    fn generated(&self) -> Vec<(u64, f64, Source, u32)> {
        let mut all = Vec::new();
        for (ix, generators) in self.network.generators.iter().enumerate() {
            let source = Source::Input(crate::network::InputId(ix));
            for (unit, train) in generators.trains.iter().enumerate() {
                all.extend(train.iter().map(|&time| {
                    let window = (time / self.window).floor();
                    (
                        window as u64,
                        time - window * self.window,
                        source,
                        unit as u32,
                    )
                }));
            }
        }
        all.sort_by_key(|spike| spike.0);
        all
    }

    /// A spike reaches its targets.
    fn meet(&mut self, source: Source, unit: u32, now: u64, offset: f64) {
        let network = self.network;
        for partition in network.partitions.iter() {
            let groups = network.groups.iter().zip(&partition.rows);
            for (_, rows) in groups.filter(|(group, _)| group.source == source) {
                let each = |values: &PerSynapse| {
                    f64::from(u8::from(matches!(values, PerSynapse::Each(_))))
                };
                let words = 1.0 + each(&rows.weights) + each(&rows.delays);
                for ix in rows.row(unit as usize) {
                    let delay = f64::from(rows.delays.get(ix));
                    let later = ((offset + delay) / self.window) as u64;
                    let ring = self.counts.len() as u64;
                    let count = &mut self.counts[((now + later) % ring) as usize];
                    let count = &mut count[rows.targets[ix] as usize];
                    *count = count.saturating_add(1);
                    if self.windows.contains(&(now + later)) {
                        self.met[(now + later - self.windows.start) as usize].words += words;
                    }
                }
            }
        }
    }

    /// A window that no spike reaches any more.
    fn end(&mut self, now: u64) {
        let ring = self.counts.len() as u64;
        let counts = &mut self.counts[(now % ring) as usize];
        if self.windows.contains(&now) {
            let met = &mut self.met[(now - self.windows.start) as usize];
            for (population, undriven) in self.network.populations().iter().zip(&self.undriven) {
                let own = population.neurons.start as usize..population.neurons.end as usize;
                for &count in &counts[own] {
                    let n = f64::from(count);
                    met.arrivals += n;
                    met.longest = met.longest.max(n);
                    met.comparisons += if count > 1 { 0.5 * n * n.log2() } else { 0.0 };
                    met.idle += if count == 0 { *undriven } else { 0.0 };
                }
            }
        }
        counts.fill(0);
    }
}
