//! A loss of spike times, and its gradient.

use spikefront::Result;
use spikefront::cpu::stream::{
    CpuStream, SpikeDerivatives, StreamGradient, StreamGradientOptions, StreamOptions, StreamSpike,
    stream_gradient,
};
use spikefront::network::NetworkInRows;

pub const UNTIL: f64 = 60.0;

/// What the loss gives to the time of a neuron's spike number `k`: on a subset of neurons, of both signs.
pub fn factor(neuron: u32, k: usize) -> f64 {
    if neuron % 3 == 2 {
        return 0.0;
    }
    (f64::from(neuron) * 1.7 + k as f64 * 0.9).sin() / (1.0 + k as f64)
}

/// The loss, and how many spikes each neuron fired.
pub fn loss(network: &NetworkInRows) -> (f64, Vec<usize>) {
    let mut simulation = CpuStream::new(network, StreamOptions::default()).unwrap();
    let window = simulation.window();
    let mut counts = vec![0; network.neurons()];
    let mut total = 0.0;
    let mut note = |spikes: &[StreamSpike]| {
        for spike in spikes {
            let count = &mut counts[spike.neuron as usize];
            total += factor(spike.neuron, *count) * spike.time(window);
            *count += 1;
        }
        Ok(())
    };
    simulation.run(UNTIL, &mut note).unwrap();
    (total, counts)
}

pub fn gradient_of(network: &NetworkInRows, options: &StreamGradientOptions) -> StreamGradient {
    gradient_by(network, |note, cotangent| {
        stream_gradient(network, options, UNTIL, note, cotangent)
    })
    .unwrap()
}

/// What an engine is given to compute the gradient.
pub type Note<'a> = &'a mut dyn FnMut(&[StreamSpike]) -> Result<()>;
pub type Cotangent<'a> = &'a mut dyn FnMut(&[StreamSpike], &mut [f64]);

/// The gradient of the loss by whichever engine.
pub fn gradient_by(
    network: &NetworkInRows,
    engine: impl FnOnce(Note, Cotangent) -> Result<StreamGradient>,
) -> Result<StreamGradient> {
    let counts = std::cell::RefCell::new(vec![0_usize; network.neurons()]);
    let mut note = |spikes: &[StreamSpike]| {
        spikes
            .iter()
            .for_each(|s| counts.borrow_mut()[s.neuron as usize] += 1);
        Ok(())
    };
    let mut cotangent = |spikes: &[StreamSpike], values: &mut [f64]| {
        for (spike, value) in spikes.iter().zip(values).rev() {
            let count = &mut counts.borrow_mut()[spike.neuron as usize];
            *count -= 1;
            *value = factor(spike.neuron, *count);
        }
    };
    engine(&mut note, &mut cotangent)
}

/// The derivatives of the loss, from those of spike times.
pub struct Contraction {
    pub derivatives: Vec<f64>,
    counts: Vec<usize>,
}

impl Contraction {
    pub fn new(network: &NetworkInRows, parameters: usize) -> Self {
        Self {
            derivatives: vec![0.0; parameters],
            counts: vec![0; network.neurons()],
        }
    }

    pub fn add(&mut self, found: SpikeDerivatives) {
        let rows = found.rows.chunks(self.derivatives.len());
        for (spike, row) in found.spikes.iter().zip(rows) {
            let count = &mut self.counts[spike.neuron as usize];
            let factor = factor(spike.neuron, *count);
            *count += 1;
            let each = self.derivatives.iter_mut().zip(row);
            each.for_each(|(sum, moved)| *sum += factor * moved);
        }
    }
}

/// The largest deviation over the largest derivative.
pub fn deviation(pairs: &[(f64, f64)]) -> f64 {
    let largest = pairs.iter().map(|(a, _)| a.abs()).fold(0.0, f64::max);
    let off = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    off / largest
}
