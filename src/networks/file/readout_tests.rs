//! Populations that never fire.

use super::*;
use crate::Result;
use crate::cpu::stream::{CpuStream, StreamOptions};
use crate::network::PerNeuron;
use crate::stream::StateRecorder;

const READOUT: &str = "
[[population]]
name = \"probe\"
size = 3
tau_membrane = 20.0
rest = -65.0
receptors = [{ name = \"fast\", tau = 5.0 }]
readout = true

[[projection]]
source = \"excitatory\"
target = \"probe\"
rule = { kind = \"fixed_in_degree\", in_degree = 10 }
weight = 0.2
delay = 1.5
";

fn with_readout() -> Result<SimulationFile> {
    let text = format!("{EVERY_KEY}{READOUT}");
    SimulationFile::from_toml(&text, "every key and a readout")
}

#[test]
fn a_readout_follows_its_input_and_never_fires() -> Result<()> {
    let network = with_readout()?.describe()?.build_in_rows()?;
    let probe = &network.populations()[2];
    assert!(!probe.is_spiking() && network.populations()[0].is_spiking());
    assert_eq!(probe.neuron.initial, PerNeuron::Same(-65.0));
    let mut simulation = CpuStream::new(&network, StreamOptions::default())?;
    simulation.record(StateRecorder {
        neurons: probe.neurons.clone(),
        every: 1.0,
        from: 0.0,
        until: 200.0,
    })?;
    let (mut potentials, mut fired) = (Vec::new(), 0);
    simulation.run_recording(
        200.0,
        |spikes| {
            let own = spikes
                .iter()
                .filter(|spike| probe.neurons.contains(&spike.neuron));
            fired += own.count();
            Ok(())
        },
        |samples| {
            potentials.extend(samples.iter().map(|sample| sample.potential));
            Ok(())
        },
    )?;
    let highest = potentials.iter().copied().fold(f64::MIN, f64::max);
    assert_eq!((fired, potentials[0]), (0, -65.0));
    // Far above what would be a threshold of its sources, and not at rest.
    assert!(highest > -60.0, "{highest}");
    Ok(())
}

#[test]
fn a_readout_is_written_as_it_is_read() -> Result<()> {
    let file = with_readout()?;
    let again = SimulationFile::from_toml(&file.to_toml("it")?, "written")?;
    assert_eq!(again, file);
    let described = file.describe()?;
    let of = SimulationFile::of(&described, &["fast", "slow"], file.simulation.clone())?;
    let probe = &of.populations[2];
    assert!(probe.readout && probe.threshold.is_none() && probe.reset.is_none());
    assert_eq!(probe.initial_potential, None);
    assert_eq!(of.describe()?.build_in_rows()?.neurons(), 103);
    Ok(())
}

#[test]
fn what_a_readout_cannot_have_is_refused() -> Result<()> {
    let told = |setting: &str| -> Result<String> {
        let error = with_readout()?.set(setting)?.describe()?.build_in_rows();
        Ok(error.map_or_else(|error| error.to_string(), |_| String::new()))
    };
    assert_eq!(told("simulation.seed=2")?, "");
    let refused = |setting: &str| -> Result<String> {
        let error = with_readout()?.set(setting)?.describe();
        Ok(error.map_or_else(|error| error.to_string(), |_| String::new()))
    };
    let threshold = refused("population.probe.threshold=-50")?;
    assert!(
        threshold.contains("threshold of population \"probe\" is given: leave it out"),
        "{threshold}"
    );
    let reset = refused("population.probe.reset={ kind = \"subtract\" }")?;
    assert!(reset.contains("a readout never fires"), "{reset}");
    let missing = refused("population.probe.readout=false")?;
    assert!(
        missing.contains("threshold of population \"probe\" is missing"),
        "{missing}"
    );
    let source = told("projection.excitatory->probe.source=\"probe\"")?;
    assert!(source.contains("never fires"), "{source}");
    Ok(())
}
