//! `shaders/readout_cross_entropy.wgsl` against the formula in f64.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::gpu::kernels;
use spikefront::gpu::kernels::readout_cross_entropy::ReadoutCrossEntropyParameters;
use spikefront::gpu::layout::{MAXIMUM_WORDS, Sizes};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// A readout before the outputs and one behind them.
const BEFORE: usize = 1;
const CLASSES: usize = 4;
const READOUTS: usize = BEFORE + CLASSES + 2;
/// Samples of the batch before the first slot, and behind the last.
const FIRST: usize = 2;
const SLOTS: usize = 70;
const SAMPLES: usize = FIRST + SLOTS + 1;
const TIMES: usize = 2;
const SCALE: f32 = 1.5;

struct Batch {
    shown: usize,
    has_maxima: bool,
    observed: Vec<f32>,
    labels: Vec<u32>,
}

impl Batch {
    fn drawn(shown: usize, has_maxima: bool) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(shown as u64);
        let words = READOUTS * MAXIMUM_WORDS as usize * usize::from(has_maxima);
        let n = SLOTS * (READOUTS * Self::n_shown(has_maxima) + words);
        // Some are equal, some far apart.
        let number = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
            0 => 1.0,
            1 => 100.0 * rng.random_range(-1.0..1.0_f32),
            _ => rng.random_range(-2.0..2.0),
        };
        Self {
            shown,
            has_maxima,
            observed: (0..n).map(|_| number(&mut rng)).collect(),
            labels: (0..SAMPLES)
                .map(|_| rng.random_range(0..CLASSES as u32))
                .collect(),
        }
    }

    fn n_shown(has_maxima: bool) -> usize {
        1 + TIMES + usize::from(has_maxima)
    }

    fn faults(&self, device: &Device, shader: &str) -> Vec<String> {
        let n_shown = Self::n_shown(self.has_maxima);
        let parameters = ReadoutCrossEntropyParameters {
            readout: BEFORE as u32,
            population_size: CLASSES as u32,
            shown: self.shown as u32,
            scale: SCALE,
            first_sample: FIRST as u32,
            n_samples: SAMPLES as u32,
        };
        let sizes = Sizes {
            n_slots: SLOTS as u32,
            n_readouts: READOUTS as u32,
            n_times: TIMES as u32,
            n_shown: n_shown as u32,
            ..Sizes::default()
        };
        let words = READOUTS * MAXIMUM_WORDS as usize;
        let bindings = [
            (0, uniform(&parameters)),
            (10, written(&vec![3.0_f32; TIMES + SLOTS * words])),
            (11, written(&self.observed)),
            (17, read(&self.labels)),
            (18, written(&vec![9.0_f32; 2 * SAMPLES])),
            (30, uniform(&sizes)),
        ];
        let groups = [SLOTS.div_ceil(64) as u32, 1, 1];
        let found = device.run("readout_cross_entropy", shader, &bindings, groups);
        let of = |ix: usize| -> Vec<f32> { bytemuck::pod_collect_to_vec(&found[ix]) };
        let (requested, observed, results) = (of(0), of(1), of(2));
        let mut faults = Vec::new();
        let behind = SLOTS * READOUTS * n_shown;
        let places = match self.has_maxima {
            true => self.observed[behind..].to_vec(),
            false => vec![3.0; SLOTS * words],
        };
        if requested[..TIMES] != [3.0; TIMES] || requested[TIMES..] != places {
            faults.push("places of maxima".into());
        }
        for slot in 0..SLOTS {
            let label = self.labels[FIRST + slot] as usize;
            let at = |k: usize| (slot * READOUTS + BEFORE + k) * n_shown + self.shown;
            let scores: Vec<f64> = (0..CLASSES)
                .map(|k| f64::from(SCALE) * f64::from(self.observed[at(k)]))
                .collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
            let loss = largest + sum.ln() - scores[label];
            let is_correct = scores.iter().position(|&score| score == largest) == Some(label);
            let [found_loss, found_correct] = [0, 1].map(|k| results[2 * (FIRST + slot) + k]);
            if (f64::from(found_loss) - loss).abs() > 1e-4 * loss.max(0.1)
                || (found_correct != 0.0) != is_correct
            {
                faults.push(format!("{found_loss} of {loss}, {found_correct}"));
            }
            for row in 0..READOUTS {
                for shown in 0..n_shown {
                    let k = row.wrapping_sub(BEFORE);
                    let exact = match k < CLASSES && shown == self.shown {
                        true => {
                            let p = (scores[k] - largest).exp() / sum;
                            f64::from(SCALE) / SAMPLES as f64
                                * (p - f64::from(u8::from(k == label)))
                        }
                        false => 0.0,
                    };
                    let found = f64::from(observed[(slot * READOUTS + row) * n_shown + shown]);
                    if (found - exact).abs() > 1e-6 {
                        faults.push(format!("slope {found}, not {exact}"));
                    }
                }
            }
        }
        if results[..2 * FIRST] != [9.0; 2 * FIRST] || results[2 * (FIRST + SLOTS)..] != [9.0; 2] {
            faults.push("another sample's result".into());
        }
        faults
    }
}

fn all(device: &Device, shader: &str) -> Vec<String> {
    let batches = [(0, false), (2, false), (1 + TIMES, true)];
    batches
        .into_iter()
        .flat_map(|(shown, has_maxima)| Batch::drawn(shown, has_maxima).faults(device, shader))
        .collect()
}

#[test]
fn readouts_are_judged_by_the_formula() {
    let Some(device) = device() else { return };
    let mut faults = all(&device, kernels::readout_cross_entropy::SOURCE.text);
    faults.truncate(10);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_judgement_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        (
            "> observed[shown_at(slot, chosen)]",
            ">= observed[shown_at(slot, chosen)]",
        ),
        (
            "largest - score(slot, label) + log(sum)",
            "largest - score(slot, label)",
        ),
        (
            "sum += exp(score(slot, k) - largest);",
            "sum += exp(score(slot, k));",
        ),
        (
            "parameters.scale / f32(parameters.n_samples)",
            "1.0 / f32(parameters.n_samples)",
        ),
        ("parameters.first_sample + slot", "slot"),
        (
            "is_output = k < parameters.population_size",
            "is_output = true",
        ),
        ("select(0.0, slope, is_meant)", "slope"),
        ("requested[sizes.n_times + word]", "requested[word]"),
        ("observed[behind + word]", "observed[word]"),
    ] {
        let shader = mutant(kernels::readout_cross_entropy::SOURCE.text, right, wrong);
        let n = all(&device, &shader).len();
        println!("{n:>6} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}
