//! The reference beside engines that are wrong in one way.

use super::{Agreement, Bars, RESOLUTION, Subject, Verdict, compare};
use crate::cpu::CpuEngine;
use crate::event::Recording;
use crate::network::{Parameters, TensorKind};
use crate::train::Experiment;
use crate::{
    Cotangent, Direction, Engine, Gradient, GradientOptions, Jacobian, Method, Problem, Result,
    Tangent,
};

/// The reference with one thing off.
#[derive(Clone, Copy)]
struct Off {
    /// Every entry of a gradient, by this share of the largest.
    gradient: f64,
    /// Every threshold, by this share of it.
    threshold: f64,
    /// Every spike, by this much in ms.
    time: f64,
    /// Whether the last spike is missing.
    drops: bool,
}

/// With nothing off.
const RIGHT: Off = Off {
    gradient: 0.0,
    threshold: 0.0,
    time: 0.0,
    drops: false,
};

impl Off {
    fn parameters(&self, problem: &Problem<'_>) -> Parameters {
        let mut parameters = problem.parameters.clone();
        let tensors = problem.network.layout().tensors().iter();
        for tensor in tensors.filter(|tensor| tensor.kind == TensorKind::Threshold) {
            for value in &mut parameters.values_mut()[tensor.range.clone()] {
                *value *= 1.0 + self.threshold;
            }
        }
        parameters
    }
}

impl Engine for Off {
    fn name(&self) -> &str {
        "off"
    }

    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording> {
        let parameters = self.parameters(problem);
        let mut recording = CpuEngine::new().simulate(&Problem {
            parameters: &parameters,
            ..*problem
        })?;
        if self.drops {
            let n = recording.times.len() - 1;
            recording.times.truncate(n);
            recording.neurons.truncate(n);
            *recording.offsets.last_mut().expect("offsets") = n;
        }
        for time in &mut recording.times {
            *time += self.time;
        }
        Ok(recording)
    }

    fn gradient(
        &self,
        problem: &Problem<'_>,
        _: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        let cpu = CpuEngine::new();
        let mut cotangent = cotangent.clone();
        let recording = cpu.simulate(problem)?;
        cotangent.spike_times.resize(recording.n_spikes(), 0.0);
        let mut gradient = cpu.gradient(problem, &recording, &cotangent, options)?;
        let largest = gradient
            .parameters
            .iter()
            .fold(0.0, |m: f64, v| m.max(v.abs()));
        for value in &mut gradient.parameters {
            *value += self.gradient * largest;
        }
        Ok(gradient)
    }

    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        CpuEngine::new().jacobian(problem, recording, sample, options)
    }

    fn jvp(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent> {
        CpuEngine::new().jvp(problem, recording, direction, options)
    }
}

/// The reference beside one with something off, on a case or on a preset.
fn against(name: &str, other: Off) -> Result<Agreement> {
    let subject = match name.ends_with(".json") {
        true => Subject::case(name)?,
        false => Subject::training(name, &Experiment::preset(name.parse()?, "default")?, 4, 0)?,
    };
    let options = GradientOptions::default();
    let loss = |recording: &Recording| subject.cotangent(recording);
    compare(
        &CpuEngine::new(),
        &other,
        &subject.problem(),
        &options,
        &[Method::Adjoint],
        &loss,
    )
}

#[test]
fn an_engine_agrees_with_itself() -> Result<()> {
    for name in [
        "xor",
        "iris",
        "yin-yang",
        "digits",
        "tests/cases/random-7.json",
    ] {
        let agreement = against(name, RIGHT)?;
        assert_eq!(agreement.shortfalls(&Bars::SINGLE), Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn a_perturbed_gradient_turns_it_red() -> Result<()> {
    let found = against(
        "xor",
        Off {
            gradient: 2e-3,
            ..RIGHT
        },
    )?
    .shortfalls(&Bars::SINGLE);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found.iter().all(|line| line.contains("adjoint gradient")),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn a_perturbed_gradient_of_a_case_turns_it_red() -> Result<()> {
    let off = |gradient| {
        let agreement = against("tests/cases/random-7.json", Off { gradient, ..RIGHT })?;
        Ok(agreement.shortfalls(&Bars::CASE))
    };
    assert_eq!(off(2e-3)?.len(), 2);
    assert_eq!(off(0.0)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn late_spikes_turn_it_red() -> Result<()> {
    let found = against("xor", Off { time: 0.1, ..RIGHT })?.shortfalls(&Bars::SINGLE);
    assert!(
        found.iter().any(|line| line.contains("spike-time")),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn a_missing_spike_turns_it_red() -> Result<()> {
    let agreement = against(
        "tests/cases/random-7.json",
        Off {
            drops: true,
            ..RIGHT
        },
    )?;
    let found = agreement.shortfalls(&Bars::SINGLE);
    assert!(!found.is_empty());
    Ok(())
}

/// Nothing left to compare is not agreement.
#[test]
fn nothing_compared_is_not_agreement() -> Result<()> {
    let mut agreement = against(
        "tests/cases/random-7.json",
        Off {
            drops: true,
            ..RIGHT
        },
    )?;
    assert_eq!(agreement.verdict(&Bars::SINGLE), Verdict::Disagree);
    agreement.unequal[0].margin = Some(0.0);
    assert_eq!(agreement.verdict(&Bars::SINGLE), Verdict::Unresolved);
    assert_eq!(agreement.shortfalls(&Bars::SINGLE).len(), 1);
    Ok(())
}

/// An arrival within a rounding of a crossing, which it prevents in double precision: the spike comes 49 ms later.
const NEAR: &str = "tests/faults/exactness/lost-after-inhibition-vector.json";

/// Thresholds lower by one rounding of single precision.
const ROUNDED: Off = Off {
    threshold: -1.0 / (1 << 24) as f64,
    ..RIGHT
};

#[test]
fn an_arrival_at_a_crossing_is_below_the_resolution() -> Result<()> {
    let agreement = against(NEAR, ROUNDED)?;
    let [unequal] = agreement.unequal[..] else {
        panic!("{agreement:?}");
    };
    assert_eq!((unequal.reference, unequal.other), (1, 1));
    assert!(
        unequal.apart.is_some_and(|apart| apart > 49.0),
        "{unequal:?}"
    );
    assert!(unequal.margin.is_some_and(|margin| margin <= RESOLUTION));
    assert_eq!(agreement.verdict(&Bars::CASE), Verdict::Unresolved);
    assert_eq!(against(NEAR, RIGHT)?.verdict(&Bars::CASE), Verdict::Agree);
    Ok(())
}

/// Control: a spike that lies at neither of the two places, and one that is late where nothing is near.
#[test]
fn a_mistake_is_told_where_another_outcome_is_near_too() -> Result<()> {
    let late = |off| Off { time: 1.0, ..off };
    for (name, off) in [
        (NEAR, late(RIGHT)),
        (NEAR, late(ROUNDED)),
        ("tests/cases/random-7.json", late(RIGHT)),
    ] {
        let agreement = against(name, off)?;
        assert_eq!(agreement.unequal, [], "{name}");
        assert_eq!(agreement.verdict(&Bars::CASE), Verdict::Disagree, "{name}");
    }
    Ok(())
}
