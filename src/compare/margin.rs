//! How near a simulation was to firing other spikes.

use crate::event::{Recording, Spike, SpikeBatch};
use crate::network::{Parameters, TensorKind};
use crate::problem::Problem;
use crate::{Engine, Result};

/// Relative changes below this are lost in single precision: 32 roundings, about as many as a
/// potential goes through on its way to the threshold.
pub const RESOLUTION: f64 = 32.0 * ROUNDING;

/// Half a unit in the last place of a number in single precision.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// Changes are tried from one rounding up to this.
const MOST: f64 = (1 << 14) as f64 * ROUNDING;

/// How many random changes of each size are tried, beside all thresholds up and down.
const DRAWS: u64 = 6;

/// The smallest relative change of parameters and input times that was found to make some neuron
/// of a sample fire another number of times than in the recording; `None` where up to a
/// thousandth does not.
///
/// A spike whose peak hardly reaches the threshold, or that hardly comes before an arrival that
/// prevents it, has a small margin. The engine should be the reference, whose own error is none here.
///
/// # Errors
/// Whatever the engine refuses.
pub fn margin(
    engine: &dyn Engine,
    problem: &Problem<'_>,
    recording: &Recording,
    sample: usize,
) -> Result<Option<f64>> {
    let n_neurons = problem.network.n_neurons();
    let expected = counts(recording, sample, n_neurons);
    smallest_change(engine, problem, sample, MOST, |found| {
        counts(found, 0, n_neurons) != expected
    })
}

/// The smallest relative change up to `most` after which `is_reached` holds, given the sample's recording at each change
/// in turn; `None` where it never does.
pub(super) fn smallest_change(
    engine: &dyn Engine,
    problem: &Problem<'_>,
    sample: usize,
    most: f64,
    mut is_reached: impl FnMut(&Recording) -> bool,
) -> Result<Option<f64>> {
    let inputs = problem.inputs.select(&[sample]);
    let mut change = ROUNDING;
    while change <= most {
        for draw in 0..DRAWS + 2 {
            let (parameters, inputs) = changed(problem, &inputs, change, draw)?;
            let moved = Problem {
                parameters: &parameters,
                inputs: &inputs,
                ..*problem
            };
            // A change that leaves the range of a parameter says nothing.
            if parameters.check(problem.network).is_err() {
                continue;
            }
            if is_reached(&engine.simulate(&moved)?) {
                return Ok(Some(change));
            }
        }
        change *= 2.0;
    }
    Ok(None)
}

fn counts(recording: &Recording, sample: usize, n_neurons: usize) -> Vec<usize> {
    let mut counts = vec![0; n_neurons];
    for spike in recording.sample(sample) {
        counts[spike.unit] += 1;
    }
    counts
}

/// The first two draws move all thresholds up or down, the others everything, each by a sign of its own.
fn changed(
    problem: &Problem<'_>,
    inputs: &SpikeBatch,
    change: f64,
    draw: u64,
) -> Result<(Parameters, SpikeBatch)> {
    let mut parameters = problem.parameters.clone();
    let mut signs = Signs(draw.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let only_thresholds = match draw {
        0 => Some(1.0),
        1 => Some(-1.0),
        _ => None,
    };
    for tensor in problem.network.layout().tensors() {
        for ix in tensor.range.clone() {
            let value = &mut parameters.values_mut()[ix];
            let sign = match (only_thresholds, tensor.kind) {
                (Some(sign), TensorKind::Threshold) => sign,
                (Some(_), _) => continue,
                (None, _) => signs.next(),
            };
            *value += sign * change * value.abs();
        }
    }
    if only_thresholds.is_some() {
        return Ok((parameters, inputs.clone()));
    }
    let duration = problem.options.duration;
    let mut spikes: Vec<Spike> = inputs
        .sample(0)
        .map(|spike| Spike {
            time: (spike.time * (1.0 + signs.next() * change)).min(duration),
            ..spike
        })
        .collect();
    spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
    let mut moved = SpikeBatch::new();
    moved.push_sample(&spikes)?;
    Ok((parameters, moved))
}

/// Signs that look random and are the same each time (xorshift).
struct Signs(u64);

impl Signs {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        if self.0 >> 63 == 0 { 1.0 } else { -1.0 }
    }
}
