//! Forward propagation, the adjoint and central differences on a recurrent network.
//!
//! `cargo run --release --example gradient_check [FOLDER]` writes FOLDER/gradient.svg.

use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::files::{create_folder, write_atomically};
use spikefront::network::{Distribution, Network, Neuron, Projection};
use spikefront::plot::{Scatter, ScatterScale, scatter};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

/// The loss: the sum of all spike times, each weighted by its place.
fn loss(recording: &Recording) -> (f64, Cotangent) {
    let mut cotangent = Cotangent::zeros(recording);
    for (ix, weight) in cotangent.spike_times.iter_mut().enumerate() {
        *weight = (ix as f64).cos();
    }
    let times = recording.times().iter().zip(&cotangent.spike_times);
    (times.map(|(time, weight)| time * weight).sum(), cotangent)
}

fn main() -> Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or("target/gradient_check".into());
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    let mut builder = Network::builder();
    let input = builder.input("input", 5);
    let hidden = builder.population("hidden", 20, Neuron::leaky_integrate_and_fire());
    builder.connect(input, hidden, normal(0.12, 0.08));
    builder.connect(hidden, hidden, normal(0.0, 0.03));
    let network = builder.build()?;
    let parameters = network.parameters(7);
    let mut inputs = SpikeBatch::new();
    let spikes: Vec<Spike> = (0..15)
        .map(|k| Spike {
            unit: k % 5,
            time: 2.0 * k as f64,
        })
        .collect();
    inputs.push_sample(&spikes)?;
    let options = SimulationOptions::new(50.0);
    let engine = CpuEngine::new();
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let recording = engine.simulate(&problem)?;
    let (_, cotangent) = loss(&recording);
    let gradient = |method| {
        let options = GradientOptions::default().method(method);
        engine.gradient(&problem, &recording, &cotangent, &options)
    };
    let forward = gradient(Method::Forward)?.parameters;
    let adjoint = gradient(Method::Adjoint)?.parameters;

    let (mut exact, mut differences) = (Vec::new(), Vec::new());
    let step = 1e-7;
    let weights = network
        .layout()
        .tensors()
        .iter()
        .filter(|t| t.name.ends_with("weight"));
    for ix in weights.flat_map(|tensor| tensor.range.clone()) {
        let at = |shift: f64| -> Result<Option<f64>> {
            let mut parameters = parameters.clone();
            parameters.values_mut()[ix] += shift;
            let moved = engine.simulate(&Problem {
                parameters: &parameters,
                ..problem
            })?;
            // A difference across another order of spikes is no derivative.
            Ok((moved.neurons() == recording.neurons()).then(|| loss(&moved).0))
        };
        if let (Some(up), Some(down)) = (at(step)?, at(-step)?) {
            exact.push(adjoint[ix]);
            differences.push((up - down) / (2.0 * step));
        }
    }
    let largest = |x: &[f64], y: &[f64]| {
        let scale = x.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        x.iter()
            .zip(y)
            .fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()))
            / scale
    };
    println!(
        "{} spikes, {} weights compared",
        recording.n_spikes(),
        exact.len()
    );
    println!(
        "forward against adjoint      {:.1e} of the largest entry",
        largest(&adjoint, &forward)
    );
    println!(
        "differences against adjoint  {:.1e}",
        largest(&exact, &differences)
    );
    let picture = scatter(&Scatter {
        x: &exact,
        y: &differences,
        x_name: "adjoint [ms]",
        y_name: "central differences [ms]",
        caption: "d(loss)/d(weight), one dot a weight",
        scale: ScatterScale::Magnitude,
    })?;
    create_folder(&folder)?;
    let path = std::path::Path::new(&folder).join("gradient.svg");
    write_atomically(&path, picture.as_bytes())?;
    println!("scatter in {}", path.display());
    Ok(())
}
