use ndarray::{Array2, array};

use super::*;
use crate::cpu::CpuEngine;
use crate::data::{Dataset, LatencyEncoder};
use crate::loss::FirstSpikeMeanSquare;
use crate::network::{Neuron, Projection};
use crate::optim::OptimiserSettings;
use crate::train::{Samples, SilentRemedy, Trainer, TrainerSettings};

struct Setting {
    network: Network,
    into: ProjectionId,
    onward: ProjectionId,
    hidden: PopulationId,
    output: PopulationId,
}

/// Two inputs, three hidden neurons with delays of their own, one output.
fn setting() -> Result<Setting> {
    let mut network = Network::builder();
    let input = network.input("input", 2);
    let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::to(-0.5));
    let hidden = network.population("hidden", 3, neuron.clone());
    let output = network.population("output", 1, neuron);
    let into = Projection::dense(array![[0.5, 0.4, 0.6], [0.3, 0.5, 0.2]])
        .delays(array![[1.0, 2.0, 0.02], [1.5, 0.5, 1.0]]);
    let into = network.connect(input, hidden, into);
    let onward = Projection::dense(Array2::from_elem((3, 1), 0.35)).delay(1.0);
    let onward = network.connect(hidden, output, onward);
    Ok(Setting {
        network: network.build()?,
        into,
        onward,
        hidden,
        output,
    })
}

fn samples() -> Result<Samples> {
    let set = Dataset::new(
        "two points",
        array![[0.2, 0.7], [0.5, 0.3]],
        vec![0, 0],
        vec!["at 9 ms".into()],
    )?;
    Samples::encode(&set, &LatencyEncoder::new(1.0, 5.0)?)
}

/// Trains the output to fire at `target` ms; what the loss was and became, and the parameters.
fn trained(
    setting: &Setting,
    groups: ParameterGroups,
    steps: usize,
    target: f64,
) -> Result<(f64, f64, Vec<f64>)> {
    let loss = FirstSpikeMeanSquare::new(setting.output, target, 20.0)?;
    let (engine, samples) = (CpuEngine::new().threads(1)?, samples()?);
    let mut settings = TrainerSettings::new(30.0);
    settings.groups = Some(groups);
    settings.optimiser = OptimiserSettings::Sgd { momentum: 0.0 };
    let mut trainer = Trainer::new(setting.network.clone(), engine.clone(), loss, settings, 0)?;
    let before = trainer.evaluate(&samples)?.loss;
    for _ in 0..steps {
        trainer.step(&samples)?;
    }
    let after = trainer.evaluate(&samples)?.loss;
    Ok((before, after, trainer.parameters().values().to_vec()))
}

/// Checks that all values outside of `ranges` are the network's, and some within are not.
fn assert_moved(network: &Network, values: &[f64], ranges: &[Range<usize>]) {
    let initial = network.parameters(0);
    let pairs = values.iter().zip(initial.values()).enumerate();
    let moved: Vec<usize> = pairs
        .filter(|(_, (x, y))| x != y)
        .map(|(ix, _)| ix)
        .collect();
    for ix in &moved {
        assert!(ranges.iter().any(|range| range.contains(ix)), "{ix} moved");
    }
    for range in ranges {
        assert!(
            moved.iter().any(|ix| range.contains(ix)),
            "{range:?} stayed"
        );
    }
}

#[test]
fn delays_alone_are_trained_and_stay_above_zero() -> Result<()> {
    let setting = setting()?;
    let network = &setting.network;
    let groups = || ParameterGroups::new(network).delays(network, setting.into, 300.0);
    let delays = network.layout().delays(setting.into);
    let (before, after, values) = trained(&setting, groups()?, 60, 9.0)?;
    assert!(after < 0.1 * before, "{before} {after}");
    assert_moved(network, &values, std::slice::from_ref(&delays));
    // Earlier than it can: delays come to their end.
    let (before, after, values) = trained(&setting, groups()?, 60, 2.0)?;
    assert!(after < before, "{before} {after}");
    assert!(values[delays.clone()].iter().all(|&delay| delay >= 0.0));
    assert!(values[delays].contains(&0.0), "{values:?}");
    Ok(())
}

#[test]
fn thresholds_alone_are_trained_and_stay_above_their_floor() -> Result<()> {
    let setting = setting()?;
    let network = &setting.network;
    let groups = || ParameterGroups::new(network).thresholds(network, setting.hidden, 5.0);
    let (before, after, values) = trained(&setting, groups()?, 200, 9.0)?;
    assert!(after < 0.1 * before, "{before} {after}");
    let thresholds = network.layout().thresholds(setting.hidden);
    let thresholds = thresholds.expect("they fire");
    assert_moved(network, &values, std::slice::from_ref(&thresholds));
    let mut moved = network.parameters(0).values().to_vec();
    moved[thresholds.clone()].fill(-3.0);
    groups()?.settle(network.parameters(0).values(), &mut moved);
    // Initially 1; the initial potential, 0, is above the reset's, -0.5.
    assert_eq!(moved[thresholds], [0.01; 3]);
    Ok(())
}

#[test]
fn each_group_has_a_rate_of_its_own() -> Result<()> {
    let setting = setting()?;
    let network = &setting.network;
    let step = |weights: f64, delays: f64, thresholds: f64| {
        let groups = ParameterGroups::new(network)
            .weights(network, setting.onward, weights)?
            .delays(network, setting.onward, delays)?
            .thresholds(network, setting.output, thresholds)?;
        trained(&setting, groups, 1, 9.0).map(|(_, _, values)| values)
    };
    let (one, other) = (step(1.0, 1.0, 1.0)?, step(0.5, 4.0, 0.0)?);
    let initial = network.parameters(0);
    let layout = network.layout();
    let thresholds = layout.thresholds(setting.output).expect("they fire");
    let ranges = [
        layout.weights(setting.onward),
        layout.delays(setting.onward),
        thresholds,
    ];
    assert_moved(network, &one, &ranges);
    assert_moved(network, &other, &ranges[..2]);
    for (range, ratio) in ranges.into_iter().zip([0.5, 4.0, 0.0]) {
        for ix in range {
            let start = initial.values()[ix];
            let (x, y) = (one[ix] - start, other[ix] - start);
            assert!((ratio * x - y).abs() < 1e-12 * x.abs().max(1e-3), "{x} {y}");
        }
    }
    Ok(())
}

#[test]
fn a_remedy_leaves_alone_what_is_not_trained() -> Result<()> {
    let setting = setting()?;
    let network = &setting.network;
    let mut high = setting.network.parameters(0);
    let thresholds = network
        .layout()
        .thresholds(setting.output)
        .expect("they fire");
    high.values_mut()[thresholds].fill(50.0);
    let groups = ParameterGroups::new(network).weights(network, setting.into, 1.0)?;
    let loss = FirstSpikeMeanSquare::new(setting.output, 9.0, 20.0)?;
    let engine = CpuEngine::new().threads(1)?;
    let onward = network.layout().weights(setting.onward);
    // The output is silent; without groups the remedy raises its weights.
    for (groups, is_raised) in [(Some(groups), false), (None, true)] {
        let mut settings = TrainerSettings::new(30.0);
        settings.groups = groups;
        settings.silent_remedy = Some(SilentRemedy {
            amount: 0.1,
            spread: 0.0,
            epochs: None,
        });
        let mut trainer = Trainer::new(network.clone(), engine.clone(), loss, settings, 0)?;
        *trainer.parameters_mut() = high.clone();
        trainer.step(&samples()?)?;
        let after = &trainer.parameters().values()[onward.clone()];
        assert_eq!(after != &high.values()[onward.clone()], is_raised);
    }
    Ok(())
}

#[test]
fn misuse_is_an_error() -> Result<()> {
    let setting = setting()?;
    let network = &setting.network;
    let groups = || ParameterGroups::new(network);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(groups().weights(network, setting.into, bad).is_err());
    }
    assert!(groups().delays(network, ProjectionId(2), 1.0).is_err());
    assert!(groups().thresholds(network, PopulationId(2), 1.0).is_err());
    let mut other = Network::builder();
    let readout = other.population("readout", 4, Neuron::leaky_integrator());
    let other = other.build()?;
    assert!(groups().weights(&other, setting.into, 1.0).is_err());
    let of_other = ParameterGroups::new(&other);
    assert!(of_other.clone().thresholds(&other, readout, 1.0).is_err());
    assert!(trained(&setting, of_other, 1, 9.0).is_err());
    Ok(())
}
