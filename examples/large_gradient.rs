//! The gradient of a loss on some spikes of a recurrent network of 10,000 neurons and a million synapses.
//!
//!     cargo run --release --example large_gradient [-- SCALE]
//!
//! The loss is the mean time of the spikes of a hundred neurons in the last 50 ms of 200. Its gradient with respect to
//! every weight and every delay comes from one sweep backward; a few entries are computed forward in time as well.

use std::cell::Cell;
use std::time::Instant;

use spikefront::Result;
use spikefront::cpu::stream::{
    CpuStream, StreamGradientOptions, StreamOptions, StreamParameter, StreamSpike,
    stream_derivatives, stream_gradient,
};
use spikefront::network::{Network, NetworkInRows, Neuron, Projection, Reset, Rule, Values};

const UNTIL: f64 = 200.0;
const COUNTED_FROM: f64 = 150.0;
const OBSERVED: u32 = 100;

fn main() -> Result<()> {
    let scale: f64 = std::env::args()
        .nth(1)
        .and_then(|arg| arg.parse().ok())
        .unwrap_or(1.0);
    let network = network(scale)?;
    println!(
        "{} neurons, {} synapses",
        network.neurons(),
        network.synapses()
    );

    let start = Instant::now();
    let mut simulation = CpuStream::new(&network, StreamOptions::default())?;
    simulation.run(UNTIL, |_| Ok(()))?;
    let simulate = start.elapsed().as_secs_f64();
    let window = simulation.window();
    println!(
        "{} spikes, {} arrivals in {simulate:.2} s",
        simulation.spikes(),
        simulation.synaptic_events()
    );

    // dL/d(spike time) is one over the number of spikes that count: known at the run's end.
    let counted = Cell::new(0_u32);
    let counts =
        |spike: &&StreamSpike| spike.neuron < OBSERVED && spike.time(window) >= COUNTED_FROM;
    let options = StreamGradientOptions::default();
    let start = Instant::now();
    let gradient = stream_gradient(
        &network,
        &options,
        UNTIL,
        |spikes| {
            counted.set(counted.get() + spikes.iter().filter(counts).count() as u32);
            Ok(())
        },
        |spikes, values| {
            for (spike, value) in spikes.iter().zip(values) {
                if counts(&spike) {
                    *value = 1.0 / f64::from(counted.get());
                }
            }
        },
    )?;
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
        UNTIL,
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
