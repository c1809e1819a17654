//! Too little room at first: runs are repeated until there is enough, long ones block by block.

use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::{Engine, Method, Problem, Result, SimulationOptions};

use super::{Found, Open, SEEDS, default, drawn, gradient};
use crate::device::gpu;

pub fn too_little_room(open: Open<'_>) -> Found {
    let (Some(roomy), Some(tight)) = (gpu(), default(open)) else {
        return Ok(None);
    };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        for method in [Method::Adjoint, Method::Forward] {
            tight.start_tight();
            let before = tight.statistics();
            let found = gradient(&tight, &drawn, method, usize::MAX)?;
            let after = tight.statistics();
            if after.repeats <= before.repeats || after.grown_buffers <= before.grown_buffers {
                return Ok(Some(format!("{seed:?} {method}: nothing was repeated")));
            }
            if gradient(&roomy, &drawn, method, usize::MAX)? != found {
                return Ok(Some(format!("{seed:?} {method}: other bits")));
            }
        }
    }
    Ok(None)
}

/// Neurons that act on one another 1 ms later, held for 5 ms after a spike, and a readout; three samples. A window
/// lasts 1 ms.
fn long_run(duration: f64) -> Result<(Network, SpikeBatch, SimulationOptions)> {
    let mut network = Network::builder();
    let input = network.input("input", 4);
    let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::To {
        potential: 0.0.into(),
        refractory: 5.0.into(),
    });
    let hidden = network.population("hidden", 12, neuron.clone());
    // Its spikes lie behind those of the other, and move when that needs more room.
    let second = network.population("second", 8, neuron);
    let readout = network.population("readout", 2, Neuron::leaky_integrator());
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    network.connect(input, hidden, normal(0.2, 0.1));
    network.connect(hidden, hidden, normal(0.01, 0.02).delay(1.0));
    network.connect(hidden, second, normal(0.1, 0.05));
    network.connect(second, second, normal(0.0, 0.02).delay(1.0));
    network.connect(second, readout, normal(0.0, 0.1));
    let mut inputs = SpikeBatch::new();
    for sample in 0..3 {
        let spikes: Vec<Spike> = (0..40)
            .map(|ix| Spike {
                unit: (ix + sample) % 4,
                time: 7.3 * ix as f64 + 0.1 * sample as f64,
            })
            .filter(|spike| spike.time < duration)
            .collect();
        inputs.push_sample(&spikes)?;
    }
    let mut options = SimulationOptions::new(duration);
    options.voltage_times = vec![0.25 * duration, 0.9 * duration];
    options.record_maxima = true;
    Ok((network.build()?, inputs, options))
}

pub fn a_long_run(open: Open<'_>) -> Found {
    let (Some(roomy), Some(tight)) = (gpu(), default(open)) else {
        return Ok(None);
    };
    let mut repeats = Vec::new();
    // A single block, and five.
    for duration in [60.0, 300.0] {
        let (network, inputs, options) = long_run(duration)?;
        let parameters = network.parameters(5);
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        roomy.simulate(&problem)?;
        let before = roomy.statistics().repeats;
        let expected = roomy.simulate(&problem)?;
        assert_eq!(roomy.statistics().repeats, before, "it has enough by now");
        assert!(expected.n_spikes() > 100, "{}", expected.n_spikes());
        assert!(expected.release_slopes().iter().any(|&slope| slope != 0.0));

        tight.start_tight();
        let before = tight.statistics();
        let found = tight.simulate(&problem)?;
        if let Some(what) = difference(&found, &expected) {
            return Ok(Some(format!("{what} of {duration} ms")));
        }
        let after = tight.statistics();
        let n_repeats = after.repeats - before.repeats;
        let n_windows = after.repeated_windows - before.repeated_windows;
        if n_windows > 64 * n_repeats {
            return Ok(Some(format!("{n_windows} windows in {n_repeats} repeats")));
        }
        repeats.push(n_repeats);
    }
    // Later blocks were short too.
    Ok((repeats[1] <= repeats[0]).then(|| format!("{repeats:?} repeats")))
}

/// What of two recordings differs.
fn difference(found: &Recording, expected: &Recording) -> Option<&'static str> {
    let columns = |run: &Recording| {
        let readouts: Vec<f64> = run
            .readouts()
            .iter()
            .flat_map(|readout| [&readout.integrals[..], &readout.voltages].concat())
            .collect();
        [
            ("times", run.times().to_vec()),
            ("slopes", run.slopes().to_vec()),
            ("release slopes", run.release_slopes().to_vec()),
            ("readouts", readouts),
        ]
    };
    let columns = columns(found).into_iter().zip(columns(expected));
    let mut differing = columns.filter(|(x, y)| x != y).map(|(x, _)| x.0);
    let other = (found != expected).then_some("something else");
    differing.next().or(other)
}
