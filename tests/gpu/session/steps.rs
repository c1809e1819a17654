//! Steps of a session against the same steps through the host, with the same engine's simulations and gradients.

use std::sync::Arc;

use spikefront::Result;
use spikefront::gpu::GpuEngine;
use spikefront::optim::OptimiserSettings;
use spikefront::train::{SilentRemedy, Trainer, TrainerSettings};

use super::cases::{Case, ON_READOUTS, ON_SPIKES, TRAINED, moved_and_apart, samples};
use crate::device::gpu;
use crate::mutants::mutated;

/// How far apart parameters may be, of how far they moved; and where they hardly do, a rounding of a time constant.
const BAR: f64 = 1e-2;
const ROUNDING: f64 = 2e-6;
const STEPS: usize = 10;

/// What two trainers differ in after some steps.
fn faults(mut host: Trainer, mut device: Trainer, what: &str) -> Result<Vec<String>> {
    let all = samples()?;
    let start = host.parameters().values().to_vec();
    let mut faults = Vec::new();
    for step in 0..STEPS {
        let batch = all.select(&(8 * step..8 * step + 8).collect::<Vec<_>>());
        let (x, y) = (host.step(&batch)?, device.step(&batch)?);
        let is_near = (x.loss - y.loss).abs() < 1e-3 * x.loss.abs().max(1e-3);
        let counts = |m: spikefront::train::BatchMetrics| {
            (m.n_correct, m.raised_neurons, m.is_clipped, m.is_zero)
        };
        if !is_near || counts(x) != counts(y) {
            faults.push(format!("{what}: step {step}: {x:?}, {y:?}"));
        }
    }
    let mut worst = 0.0_f64;
    for (kind, moved, apart) in moved_and_apart(&start, &host, &device) {
        if apart > ROUNDING {
            worst = worst.max(apart / moved);
        }
        if apart > (BAR * moved).max(ROUNDING) {
            faults.push(format!("{what}: {kind:?} {apart:.1e} apart of {moved:.1e}"));
        }
    }
    println!("{what}: {worst:.1e} apart of what moved");
    Ok(faults)
}

fn faults_of(case: Case, engines: [&Arc<GpuEngine>; 2]) -> Result<Vec<String>> {
    faults_with(case, engines, |_| ())
}

fn faults_with(
    case: Case,
    [of_host, of_device]: [&Arc<GpuEngine>; 2],
    change: impl Fn(&mut TrainerSettings),
) -> Result<Vec<String>> {
    let (network, _) = case.network(super::cases::N_CHANNELS)?;
    let mut settings = case.settings(&network)?;
    change(&mut settings);
    let what = format!("{case:?}");
    faults(
        case.host(of_host, &settings)?,
        case.device(of_device, &settings)?,
        &what,
    )
}

#[test]
fn every_loss_with_every_kind_of_parameters() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let of_sessions = Arc::new(crate::device::gpu().expect("there was one"));
    let mut all = Vec::new();
    for loss in ON_SPIKES.into_iter().chain(ON_READOUTS) {
        for trained in TRAINED {
            let case = Case {
                loss,
                trained,
                is_recurrent: false,
                is_sparse: false,
            };
            all.extend(faults_of(case, [&gpu, &of_sessions])?);
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    // Nothing went through recordings on the host: the engine itself was not asked for one.
    assert_eq!(of_sessions.statistics().dispatches, 0);
    Ok(())
}

/// Their plan depends on delays that are trained.
#[test]
fn recurrent_networks_with_trained_delays() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let mut all = Vec::new();
    for loss in ["first spike", "sum", "maximum"] {
        for trained in ["weights", "delays", "each delay", "everything"] {
            let case = Case {
                loss,
                trained,
                is_recurrent: true,
                is_sparse: false,
            };
            all.extend(faults_of(case, [&gpu, &gpu])?);
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    Ok(())
}

/// The device has lists of synapses, whose values are the network's own in another order.
#[test]
fn networks_with_few_synapses() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let of_sessions = Arc::new(crate::device::gpu().expect("there was one"));
    let mut all = Vec::new();
    for (loss, trained) in [
        ("first spike", "everything"),
        ("sum", "each delay"),
        ("maximum", "weights"),
        ("targets", "everything"),
    ] {
        for is_recurrent in [false, true] {
            let case = Case {
                loss,
                trained,
                is_recurrent,
                is_sparse: true,
            };
            all.extend(faults_of(case, [&gpu, &of_sessions])?);
            all.extend(faults_with(case, [&gpu, &of_sessions], |settings| {
                settings.silent_remedy = Some(remedy(2.0));
            })?);
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert_eq!(of_sessions.statistics().dispatches, 0);
    Ok(())
}

type Change = fn(&mut TrainerSettings);

/// Guards and optimisers, each a change of the settings.
const CHANGES: [(&str, Change); 5] = [
    ("clipped", |settings| settings.clip_norm = Some(0.05)),
    ("not clipped", |settings| settings.clip_norm = Some(1e6)),
    ("gradient descent", descend),
    ("raised alike", |settings| {
        settings.silent_remedy = Some(remedy(0.0))
    }),
    ("raised apart", |settings| {
        settings.silent_remedy = Some(remedy(2.0))
    }),
];

/// Steps that depend on how large the gradient is.
fn descend(settings: &mut TrainerSettings) {
    settings.optimiser = OptimiserSettings::Sgd { momentum: 0.9 };
    settings.learning_rate = 1e-3;
}

fn remedy(spread: f64) -> SilentRemedy {
    SilentRemedy {
        amount: 0.01,
        spread,
        epochs: Some(1),
    }
}

#[test]
fn guards_and_optimisers() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let mut all = Vec::new();
    for (what, change) in CHANGES {
        for loss in ["first spike", "integral"] {
            let case = Case {
                loss,
                trained: "everything",
                is_recurrent: false,
                is_sparse: false,
            };
            let (network, _) = case.network(super::cases::N_CHANNELS)?;
            let mut settings = case.settings(&network)?;
            change(&mut settings);
            let (mut host, mut device) =
                (case.host(&gpu, &settings)?, case.device(&gpu, &settings)?);
            if what.starts_with("raised") {
                // Neurons that are held down: half of the first layer.
                for trainer in [&mut host, &mut device] {
                    let values = trainer.parameters_mut().values_mut();
                    values[..40].iter_mut().step_by(2).for_each(|w| *w = -0.3);
                }
            }
            all.extend(faults(host, device, what)?);
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    Ok(())
}

/// Room for one of everything at first, and little memory: a batch goes in chunks, and everything is repeated.
#[test]
fn sessions_that_begin_with_too_little_room() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let tight = Arc::new(crate::device::gpu().expect("there was one"));
    tight.start_tight();
    let small = crate::device::gpu_with(&crate::device::webgpu().memory(Some(60_000)));
    let small = Arc::new(small.expect("there was one"));
    let mut all = Vec::new();
    for loss in ["first spike", "sum", "maximum", "targets"] {
        let case = Case {
            loss,
            trained: "everything",
            is_recurrent: false,
            is_sparse: false,
        };
        all.extend(faults_of(case, [&gpu, &tight])?);
        all.extend(faults_of(case, [&gpu, &small])?);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    Ok(())
}

#[test]
fn steps_with_one_thing_wrong_are_told() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let mut passed = Vec::new();
    for (loss, trained, right, wrong) in [
        // The step and its forms.
        (
            "integral",
            "tau_membrane",
            "value * exp(-moved)",
            "value - moved",
        ),
        (
            "integral",
            "thresholds",
            "parameters.multiple * step",
            "step",
        ),
        ("square", "tau_synapse", "gradient *= values[ix];", ""),
        // Tables made anew.
        (
            "integral",
            "tau_membrane",
            "neuron.membrane_rate = 1.0 / values[neuron.tau_membrane];",
            "",
        ),
        ("square", "tau_synapse", "k < neuron.n_receptors", "k < 0u"),
        (
            "square",
            "rest and initial",
            "neuron.rest_potential = values[neuron.rest];",
            "",
        ),
        (
            "square",
            "rest and initial",
            "neuron.initial = values[neuron.initial_place]",
            "neuron.initial = 0.0",
        ),
        (
            "integral",
            "delays",
            "row.remainder = clamp(left",
            "row.remainder = 0.5 * clamp(left",
        ),
        // Losses on the device.
        (
            "integral",
            "weights",
            "- f32(k == label))",
            "- 0.9 * f32(k == label))",
        ),
        (
            "two readouts",
            "weights",
            "let is_output = k < parameters.population_size;",
            "let is_output = true;",
        ),
        (
            "maximum",
            "weights",
            "requested[sizes.n_times + word] = observed[behind + word];",
            "requested[sizes.n_times + word] = 0.0;",
        ),
        // What the host sees.
        (
            "times",
            "weights",
            "seen[at + 2u] = spike.unit;",
            "seen[at + 2u] = 0u;",
        ),
        (
            "sum",
            "weights",
            "seen[at + 1u] = bitcast<u32>(spike.time);",
            "seen[at + 1u] = bitcast<u32>(spike.time + 0.5);",
        ),
    ] {
        let Some(mutant) = mutated(right, wrong).map(Arc::new) else {
            return Ok(());
        };
        let case = Case {
            loss,
            trained,
            is_recurrent: false,
            is_sparse: false,
        };
        let mut faults = faults_of(case, [&gpu, &mutant])?;
        faults.extend(faults_with(case, [&gpu, &mutant], descend)?);
        println!("{} faults with {wrong:?}", faults.len());
        if faults.is_empty() {
            passed.push(format!("{wrong:?} passes for {right:?}"));
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
    Ok(())
}
