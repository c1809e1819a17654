//! One neuron: its voltage, its spikes, and how each spike's time changes with the weight.
//!
//! `cargo run --release --example one_neuron [FOLDER]` writes FOLDER/voltage.svg.

use ndarray::Array2;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::files::{create_folder, write_atomically};
use spikefront::network::{Network, Neuron, Projection, Reset};
use spikefront::plot::{Voltage, VoltageSpike, voltage};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

const THRESHOLD: f64 = 1.0;

fn main() -> Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or("target/one_neuron".into());
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .tau_synapse(5.0)
        .threshold(THRESHOLD)
        .reset(Reset::to(0.0));
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let cell = builder.population("neuron", 1, neuron);
    builder.connect(
        input,
        cell,
        Projection::dense(Array2::from_elem((1, 1), 0.45)),
    );
    let network = builder.build()?;
    let parameters = network.parameters(0);
    let mut inputs = SpikeBatch::new();
    let arrivals = [5.0, 12.0, 20.0, 24.0, 40.0].map(|time| Spike { unit: 0, time });
    inputs.push_sample(&arrivals)?;
    let options = SimulationOptions::new(70.0);
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let everything = GradientOptions::everything(Method::Forward);
    let jacobian = engine.jacobian(&problem, &recording, 0, &everything)?;

    println!("spike   time [ms]   d(time)/d(weight) [ms]");
    let mut spikes = Vec::new();
    for (ix, spike) in recording.sample(0).enumerate() {
        let gradient = jacobian.parameters[[ix, 0]];
        println!("{ix:>5}  {:>10.6}  {gradient:>22.6}", spike.time);
        spikes.push(VoltageSpike {
            time: spike.time,
            gradient: Some(gradient),
        });
    }
    let grid: Vec<f64> = (0..=1400).map(|step| f64::from(step) * 0.05).collect();
    let states = problem.states(&recording, 0, &[0], &grid)?;
    let (mut times, mut voltages) = (Vec::new(), Vec::new());
    let mut next = spikes.iter().peekable();
    for (&time, &voltage) in grid.iter().zip(states.voltages.row(0)) {
        // At a spike V is at the threshold, and then at the reset potential.
        while let Some(spike) = next.next_if(|spike| spike.time <= time) {
            times.extend([spike.time, spike.time]);
            voltages.extend([THRESHOLD, 0.0]);
        }
        times.push(time);
        voltages.push(voltage);
    }
    let picture = voltage(&Voltage {
        times: &times,
        voltages: &voltages,
        threshold: THRESHOLD,
        spikes: &spikes,
    })?;
    create_folder(&folder)?;
    let path = std::path::Path::new(&folder).join("voltage.svg");
    write_atomically(&path, picture.as_bytes())?;
    println!("voltage in {}", path.display());
    Ok(())
}
