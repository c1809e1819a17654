//! How much agreement is enough.

use super::{Agreement, RESOLUTION};
use crate::count;

/// What an [`Agreement`] must not exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bars {
    /// The share of samples that may fire other spikes where the reference's margin is below [`RESOLUTION`].
    pub unresolved: f64,
    /// The median of spike-time errors, relative to the run's length.
    pub time_median: f64,
    /// The 99.9th percentile of spike-time errors, relative to the run's length.
    pub time_tail: f64,
    /// The median of gradient errors, relative to the gradient's largest entry.
    pub gradient_median: f64,
    /// The 99.9th percentile of gradient errors, relative to the gradient's largest entry.
    pub gradient_tail: f64,
}

impl Bars {
    /// Single precision against double. A spike's time is off by the rounding of the potential over
    /// the slope: about a millionth of the run, and more where a spike grazes.
    pub const SINGLE: Self = Self {
        unresolved: 0.005,
        time_median: 1e-6,
        time_tail: 1e-4,
        gradient_median: 1e-5,
        gradient_tail: 1e-3,
    };

    /// The same of a case with a handful of spikes: all of its gradient may hang on one that grazes, and the
    /// median is then no smaller than the largest error (of random-25 with three spikes, the slowest at
    /// 0.011 / ms, it is 2.6e-5). So one bar holds for all entries, as in `tests/gpu/cases.rs`.
    pub const CASE: Self = Self {
        gradient_median: Self::SINGLE.gradient_tail,
        ..Self::SINGLE
    };
}

impl Agreement {
    /// What exceeds the bars, a line each; none where all is well.
    pub fn shortfalls(&self, bars: &Bars) -> Vec<String> {
        let mut found = Vec::new();
        if self.unequal.len() == self.n_samples {
            found.push("no sample fires the same spikes: nothing was compared".to_owned());
        }
        let n_wrong = self.unequal.len() - self.n_unresolved();
        if n_wrong > 0 {
            found.push(format!(
                "other spikes in {} although the reference's margin is above {RESOLUTION:.0e}",
                count(n_wrong, "sample")
            ));
        }
        // One is allowed in however few samples: a share of them would be none.
        let most = (bars.unresolved * self.n_samples as f64).max(1.0);
        if self.n_unresolved() as f64 > most {
            found.push(format!(
                "{} samples of {} fire other spikes below the resolution of single precision; {most:.0} may",
                self.n_unresolved(),
                self.n_samples
            ));
        }
        let mut limit = |what: String, value: f64, bar: f64| {
            // Written so that a NaN is reported.
            let is_met = value <= bar;
            if !is_met {
                found.push(format!("{what} is {value:.1e}; at most {bar:.0e}"));
            }
        };
        let times = "spike-time errors relative to the run";
        let duration = self.duration;
        limit(
            format!("median of {times}"),
            self.spike_times.median() / duration,
            bars.time_median,
        );
        limit(
            format!("99.9th percentile of {times}"),
            self.spike_times.tail() / duration,
            bars.time_tail,
        );
        for gradient in &self.gradients {
            let (errors, method) = (gradient.errors(), gradient.method);
            limit(
                format!("median of {method} gradient errors"),
                errors.median(),
                bars.gradient_median,
            );
            limit(
                format!("99.9th percentile of {method} gradient errors"),
                errors.tail(),
                bars.gradient_tail,
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Subject, compare};
    use crate::cpu::CpuEngine;
    use crate::event::Recording;
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
        /// Every spike, by this much in ms.
        time: f64,
        /// Whether the last spike is missing.
        drops: bool,
    }

    const RIGHT: Off = Off {
        gradient: 0.0,
        time: 0.0,
        drops: false,
    };

    impl Engine for Off {
        fn name(&self) -> &str {
            "off"
        }

        fn simulate(&self, problem: &Problem<'_>) -> Result<Recording> {
            let mut recording = CpuEngine::new().simulate(problem)?;
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
        agreement.unequal[0].margin = Some(0.0);
        let found = agreement.shortfalls(&Bars::SINGLE);
        assert!(
            !found.is_empty(),
            "no spike and no gradient was compared, yet it agrees"
        );
        Ok(())
    }
}
