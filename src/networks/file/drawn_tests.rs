//! Neurons with values of their own, drawn from a distribution.

use super::*;
use crate::network::{Neuron, PerNeuron};
use crate::{Error, Result};

fn explained() -> Result<SimulationFile> {
    SimulationFile::from_toml(EVERY_KEY, "every key")
}

#[test]
fn neurons_may_each_have_values_of_their_own() -> Result<()> {
    let file = explained()?
        .set("population.excitatory.threshold={ kind = \"normal\", mean = -50, deviation = 1, at_least = -53 }")?
        .set("population.excitatory.rest={ kind = \"uniform\", lowest = -61, highest = -60 }")?
        .set("population.inhibitory.reset.refractory={ kind = \"log_normal\", mean = 2, deviation = 0.5 }")?;
    let neuron = |file: &SimulationFile, population: usize| -> Result<Neuron> {
        Ok(file.describe()?.described()?.populations[population]
            .neuron
            .clone())
    };
    let excitatory = neuron(&file, 0)?;
    let Some(PerNeuron::Each(thresholds)) = &excitatory.threshold else {
        return Err(Error::invalid("threshold", "shared", ""));
    };
    let mean = thresholds.iter().sum::<f64>() / thresholds.len() as f64;
    assert!(
        (mean + 50.0).abs() < 0.5 && thresholds.iter().all(|&v| v >= -53.0),
        "{mean}"
    );
    // Its own numbers, not those of the threshold.
    let PerNeuron::Each(rests) = &excitatory.rest else {
        return Err(Error::invalid("rest", "shared", ""));
    };
    assert!(rests.iter().all(|rest| (-61.0..-60.0).contains(rest)));
    let order = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        order
    };
    assert_ne!(order(thresholds), order(rests));
    assert!(
        excitatory.tau_membrane.is_uniform() && neuron(&file, 1)?.threshold != excitatory.threshold
    );
    // By the seed alone, and the same after a way through text.
    let again = SimulationFile::from_toml(&file.to_toml("again")?, "again")?;
    assert_eq!(neuron(&again, 0)?, excitatory);
    assert_ne!(neuron(&file.set("simulation.seed=2")?, 0)?, excitatory);
    assert!(file.expected_bytes(true) > explained()?.expected_bytes(true));
    file.describe()?.build_in_rows()?;
    Ok(())
}

#[test]
fn time_constants_that_could_be_zero_are_refused() -> Result<()> {
    let with = |setting: &str| explained()?.set(setting)?.describe().map(|_| ());
    let normal = |rest: &str| format!("{{ kind = \"normal\", mean = 20, deviation = 2{rest} }}");
    let told = with(&format!(
        "population.excitatory.tau_membrane={}",
        normal("")
    ))
    .unwrap_err();
    assert!(
        told.to_string().contains("give it an at_least above zero"),
        "{told}"
    );
    let told = with(
        "population.excitatory.reset.refractory={ kind = \"normal\", mean = 2, deviation = 1 }",
    )
    .unwrap_err();
    assert!(
        told.to_string().contains("at_least of zero or more"),
        "{told}"
    );
    // The peak of a potential differs with the time constants.
    let bounded = normal(", at_least = 1");
    let told = with(&format!("population.inhibitory.tau_membrane={bounded}")).unwrap_err();
    assert!(told.to_string().contains("give `weight`"), "{told}");
    let file = explained()?
        .set("projection.excitatory->inhibitory.weight=0.1")?
        .set("poisson.inhibitory.weight=0.1")?;
    let file = file.set(&format!("population.inhibitory.tau_membrane={bounded}"))?;
    file.describe()?.build_in_rows().map(|_| ())
}
