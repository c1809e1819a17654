//! The gradient of a loss on some spikes of a recurrent network of 10,000 neurons and a million synapses.
//!
//!     cargo run --release --example large_gradient [-- SCALE [cpu|gpu [MS]]]
//!
//! The loss is the mean time of the spikes of a hundred neurons in the last quarter of 200 ms. Its gradient with respect to
//! every weight and every delay comes from one sweep backward, on the CPU or on a GPU; a few entries are computed forward in time on the CPU.

use std::cell::Cell;
use std::time::Instant;

use spikefront::cpu::stream::{
    CpuStream, StreamGradientOptions, StreamOptions, StreamParameter, StreamSpike,
    stream_derivatives, stream_gradient,
};
use spikefront::gpu::{
    self,
    stream::{GpuStream, GpuStreamOptions},
};
use spikefront::network::{Network, NetworkInRows, Neuron, Projection, Reset, Rule, Values};
use spikefront::stream::Stream;
use spikefront::{Error, Result};

const OBSERVED: u32 = 100;

fn number(place: usize, otherwise: f64) -> f64 {
    let argument = std::env::args().nth(place);
    argument
        .and_then(|arg| arg.parse().ok())
        .unwrap_or(otherwise)
}

fn main() -> Result<()> {
    let is_on_gpu = match std::env::args().nth(2).as_deref() {
        None | Some("cpu") => false,
        Some("gpu") => true,
        Some(other) => return Err(Error::invalid("engine", other, "give cpu or gpu")),
    };
    let until = number(3, 200.0);
    let network = network(number(1, 1.0))?;
    println!(
        "{} neurons, {} synapses",
        network.neurons(),
        network.synapses()
    );

    let start = Instant::now();
    let on_gpu = GpuStreamOptions::default();
    let mut simulation: Box<dyn Stream> = match is_on_gpu {
        true => Box::new(GpuStream::new(&network, &on_gpu)?),
        false => Box::new(CpuStream::new(&network, StreamOptions::default())?),
    };
    if let Some(device) = simulation.device() {
        println!("{device}");
    }
    simulation.run(until, &mut |_| Ok(()))?;
    let simulate = start.elapsed().as_secs_f64();
    let window = simulation.window();
    println!(
        "{} spikes, {} arrivals in {simulate:.2} s",
        simulation.spikes(),
        simulation.synaptic_events()?
    );
    drop(simulation);

    // dL/d(spike time) is one over the number of spikes that count: known at the run's end.
    let counted = Cell::new(0_u32);
    let counts =
        |spike: &&StreamSpike| spike.neuron < OBSERVED && spike.time(window) >= 0.75 * until;
    let options = StreamGradientOptions::default();
    let start = Instant::now();
    let count = |spikes: &[StreamSpike]| {
        counted.set(counted.get() + spikes.iter().filter(counts).count() as u32);
        Ok(())
    };
    let cotangent = |spikes: &[StreamSpike], values: &mut [f64]| {
        for (spike, value) in spikes.iter().zip(values) {
            if counts(&spike) {
                *value = 1.0 / f64::from(counted.get());
            }
        }
    };
    let gradient = match is_on_gpu {
        true => gpu::stream::stream_gradient(&network, &options, &on_gpu, until, count, cotangent)?,
        false => stream_gradient(&network, &options, until, count, cotangent)?,
    };
    let backward = start.elapsed().as_secs_f64();
    let reached = gradient.weights.iter().filter(|w| **w != 0.0).count();
    println!(
        "gradient of the mean of {} spike times: {backward:.2} s, {:.1} simulations; {reached} weights matter; {} grazing spikes",
        counted.get(),
        backward / simulate,
        gradient.grazing
    );

    let mut largest: Vec<u64> = (0..network.synapses()).collect();
    largest.sort_by(|&a, &b| {
        let size = |place: u64| gradient.weights[place as usize].abs();
        size(b).total_cmp(&size(a))
    });
    largest.truncate(4);
    let parameters: Vec<_> = largest
        .iter()
        .map(|&place| StreamParameter::Weight(place))
        .collect();
    let mut forward = vec![0.0; parameters.len()];
    let start = Instant::now();
    stream_derivatives(
        &network,
        StreamOptions::default(),
        &parameters,
        options.slope_floor,
        until,
        |found| {
            for (spike, row) in found.spikes.iter().zip(found.rows.chunks(parameters.len())) {
                if counts(&spike) {
                    let each = forward.iter_mut().zip(row);
                    each.for_each(|(sum, moved)| *sum += moved / f64::from(counted.get()));
                }
            }
            Ok(())
        },
    )?;
    println!(
        "the four largest, forward in time: {:.2} s",
        start.elapsed().as_secs_f64()
    );
    println!(
        "{:>10} {:>16} {:>16} {:>9}",
        "synapse", "adjoint", "forward", "apart"
    );
    for (&place, forward) in largest.iter().zip(&forward) {
        let adjoint = gradient.weights[place as usize];
        println!(
            "{place:>10} {adjoint:>16.9e} {forward:>16.9e} {:>9.1e}",
            (adjoint / forward - 1.0).abs()
        );
    }
    Ok(())
}

/// Excitation and inhibition in balance, 100 synapses a neuron, a drive just above the threshold.
fn network(scale: f64) -> Result<NetworkInRows> {
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .receptors([5.0, 10.0])
        .threshold(-50.0)
        .rest(-49.0)
        .initial(-60.0)
        .reset(Reset::refractory(-60.0, 5.0));
    let size = |full: f64| (full * scale).max(100.0) as usize;
    let mut network = Network::builder().seed(1);
    let excitatory = network.population("excitatory", size(8000.0), neuron.clone());
    let inhibitory = network.population("inhibitory", size(2000.0), neuron);
    for target in [excitatory, inhibitory] {
        let delay = Values::uniform(0.5, 3.0);
        let excitation = Projection::by_rule(Rule::FixedInDegree(80), Values::normal(0.08, 0.02));
        let inhibition = Projection::by_rule(Rule::FixedInDegree(20), -0.45).receptor(1);
        network.connect(excitatory, target, excitation.delay(delay));
        network.connect(inhibitory, target, inhibition.delay(delay));
        network.initial_potential(target, Values::uniform(-60.0, -50.0));
    }
    network.build_in_rows()
}
