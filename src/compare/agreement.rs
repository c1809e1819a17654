//! Both engines on one problem.

use super::apart::margin_apart;
use super::matching::matched;
use super::{Errors, RESOLUTION, margin};
use crate::event::Recording;
use crate::problem::Problem;
use crate::{Cotangent, Engine, Gradient, GradientOptions, Method, Result};

/// How far one engine agrees with another.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// How many samples were run.
    pub n_samples: usize,
    /// How many spikes the reference has.
    pub n_spikes: usize,
    /// The run's length, in ms.
    pub duration: f64,
    /// The samples that fire other spikes; they take no part in what follows.
    pub unequal: Vec<UnequalSample>,
    /// How far spike times lie apart, in ms.
    pub spike_times: Errors,
    /// The gradients, one for each method.
    pub gradients: Vec<GradientAgreement>,
}

/// A sample in which some neuron fires another number of times, or, below the [resolution](RESOLUTION) of single precision,
/// at other times: beyond [`Bars::SINGLE`](super::Bars::SINGLE), and so does the reference after a change that small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnequalSample {
    /// Its number in the batch.
    pub sample: usize,
    /// How many spikes the reference has.
    pub reference: usize,
    /// How many the other has.
    pub other: usize,
    /// How far spikes lie apart at most, in ms; `None` where some neuron fires another number of times.
    pub apart: Option<f64>,
    /// The reference's own [`margin`]; where spikes lie apart, the smallest change after which its own lie there, too.
    pub margin: Option<f64>,
}

impl UnequalSample {
    /// Whether single precision cannot tell which answer is right.
    pub fn is_unresolved(&self) -> bool {
        self.margin.is_some_and(|margin| margin <= RESOLUTION)
    }
}

/// Two gradients of one loss by one method.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientAgreement {
    /// By which method.
    pub method: Method,
    /// The reference's gradient: parameters that were asked for, then input times if they were.
    pub reference: Vec<f64>,
    /// The other's, in the same order.
    pub other: Vec<f64>,
    /// How many of the entries are of parameters.
    pub n_parameters: usize,
    /// The sum of |dL/d(spike time)|. The derivative with respect to an input time is a sum of such terms, each times how far
    /// a spike moves with the input; where they cancel, what is left is rounding.
    pub cotangent_size: f64,
    /// How many spikes of the reference and of the other were slower than the slope floor.
    pub grazing_spikes: [usize; 2],
}

impl GradientAgreement {
    /// The differences entry by entry, relative to the reference's largest entry among parameters or input times,
    /// without entries that are zero in both: no engine could get those wrong by rounding. Input times that cancel to less
    /// than a thousandth of the terms that they are sums of are compared with that thousandth.
    pub fn relative(&self) -> Vec<f64> {
        let (p, q) = self.reference.split_at(self.n_parameters);
        let (x, y) = self.other.split_at(self.n_parameters);
        let mut errors = relative(p, x, 0.0);
        errors.extend(relative(q, y, 1e-3 * self.cotangent_size));
        errors
    }

    /// As [`relative`](Self::relative), to ask for quantiles.
    pub fn errors(&self) -> Errors {
        Errors::new(self.relative())
    }

    /// The cosine of the angle between the two; one where both are zero.
    pub fn cosine(&self) -> f64 {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (x, y) = (&self.reference, &self.other);
        match (dot(x, x), dot(y, y)) {
            (0.0, 0.0) => 1.0,
            (xx, yy) => dot(x, y) / (xx.sqrt() * yy.sqrt()),
        }
    }
}

fn relative(reference: &[f64], other: &[f64], least: f64) -> Vec<f64> {
    let largest = reference.iter().fold(least, |m: f64, v| m.max(v.abs()));
    let pairs = reference.iter().zip(other);
    let pairs = pairs.filter(|&(&x, &y)| x != 0.0 || y != 0.0);
    pairs
        .map(|(x, y)| match (x - y).abs() {
            0.0 => 0.0,
            error => error / largest,
        })
        .collect()
}

impl Agreement {
    /// How many of the unequal samples are below what single precision resolves.
    pub fn n_unresolved(&self) -> usize {
        self.unequal.iter().filter(|s| s.is_unresolved()).count()
    }
}

/// Runs a problem on both engines and differentiates a loss by each of the methods.
///
/// `loss` says the loss's cotangent for the reference's recording; both engines are given the
/// same, without what belongs to samples whose spikes are unequal.
///
/// # Errors
/// Whatever an engine or the loss refuses.
pub fn compare(
    reference: &dyn Engine,
    other: &dyn Engine,
    problem: &Problem<'_>,
    options: &GradientOptions,
    methods: &[Method],
    loss: &dyn Fn(&Recording) -> Result<Cotangent>,
) -> Result<Agreement> {
    let (x, y) = (reference.simulate(problem)?, other.simulate(problem)?);
    let mut agreement = Agreement {
        n_samples: problem.inputs.n_samples(),
        n_spikes: x.n_spikes(),
        duration: problem.options.duration,
        unequal: Vec::new(),
        spike_times: Errors::default(),
        gradients: Vec::new(),
    };
    let mut cotangent = loss(&x)?;
    let mut others = Cotangent {
        spike_times: vec![0.0; y.n_spikes()],
        ..Cotangent::default()
    };
    let mut errors = Vec::new();
    for sample in 0..agreement.n_samples {
        match examined(reference, problem, &x, &y, sample)? {
            Examined::Unlike(unequal) => {
                agreement.unequal.push(unequal);
                clear(&mut cotangent, &x, sample);
            }
            Examined::Alike(places) => {
                for (ix, place) in x.range(sample).zip(places) {
                    errors.push(x.times()[ix] - y.times()[place]);
                    others.spike_times[place] = cotangent.spike_times[ix];
                }
            }
        }
    }
    agreement.spike_times = Errors::new(errors);
    others.integrals.clone_from(&cotangent.integrals);
    others.voltages.clone_from(&cotangent.voltages);
    others.maxima.clone_from(&cotangent.maxima);
    for &method in methods {
        let options = GradientOptions { method, ..*options };
        let x = reference.gradient(problem, &x, &cotangent, &options)?;
        let y = other.gradient(problem, &y, &others, &options)?;
        let mut gradients = pair(problem, &options, &x, &y);
        gradients.cotangent_size = cotangent.spike_times.iter().map(|c| c.abs()).sum();
        agreement.gradients.push(gradients);
    }
    Ok(agreement)
}

/// A sample on both engines.
enum Examined {
    /// For each spike of the reference the place of the other's.
    Alike(Vec<usize>),
    /// It takes no part in what is compared.
    Unlike(UnequalSample),
}

fn examined(
    engine: &dyn Engine,
    problem: &Problem<'_>,
    reference: &Recording,
    other: &Recording,
    sample: usize,
) -> Result<Examined> {
    let unlike = |apart, margin| {
        Examined::Unlike(UnequalSample {
            sample,
            reference: reference.range(sample).len(),
            other: other.range(sample).len(),
            apart,
            margin,
        })
    };
    let Some(places) = matched(reference, sample, other, sample) else {
        return Ok(unlike(None, margin(engine, problem, reference, sample)?));
    };
    Ok(
        match margin_apart(engine, problem, reference, other, sample)? {
            Some((apart, margin)) => unlike(Some(apart), Some(margin)),
            None => Examined::Alike(places),
        },
    )
}

/// Takes a sample out of a loss.
fn clear(cotangent: &mut Cotangent, recording: &Recording, sample: usize) {
    cotangent.spike_times[recording.range(sample)].fill(0.0);
    let readouts = cotangent
        .integrals
        .iter_mut()
        .chain(&mut cotangent.voltages)
        .chain(&mut cotangent.maxima);
    for values in readouts {
        // Sample after sample.
        let length = values.len() / recording.n_samples();
        values[sample * length..][..length].fill(0.0);
    }
}

/// The entries that were asked for: the others are zero in both, and would make any error look small.
fn pair(
    problem: &Problem<'_>,
    options: &GradientOptions,
    reference: &Gradient,
    other: &Gradient,
) -> GradientAgreement {
    let tensors = problem.network.layout().tensors();
    let asked = || {
        let tensors = tensors.iter().filter(|tensor| options.asks(tensor.kind));
        tensors.flat_map(|tensor| tensor.range.clone())
    };
    let entries = |gradient: &Gradient| -> Vec<f64> {
        let parameters = asked().map(|ix| gradient.parameters[ix]);
        parameters
            .chain(gradient.input_times.iter().copied())
            .collect()
    };
    GradientAgreement {
        method: options.method,
        reference: entries(reference),
        other: entries(other),
        n_parameters: asked().count(),
        cotangent_size: 0.0,
        grazing_spikes: [reference, other].map(|gradient| gradient.grazing_spikes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input whose derivative cancels: all spikes move with it, and what the loss makes of them sums to zero.
    #[test]
    fn what_cancels_to_rounding_is_compared_with_its_terms() {
        let of = |cotangent_size| {
            let agreement = GradientAgreement {
                method: Method::Adjoint,
                reference: vec![1.0, 1e-17],
                other: vec![1.0, 3e-9],
                n_parameters: 1,
                cotangent_size,
                grazing_spikes: [0; 2],
            };
            agreement.errors().largest()
        };
        assert!(of(2.0) < 1e-5);
        assert!(of(0.0) > 1e7);
    }
}
