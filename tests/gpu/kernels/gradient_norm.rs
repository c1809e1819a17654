//! `shaders/gradient_parts.wgsl` and `shaders/gradient_norm.wgsl` against norms in f64.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::gpu::kernels;
use spikefront::gpu::kernels::gradient_norm::GradientNormParameters;
use spikefront::gpu::kernels::gradient_parts::GradientPartsParameters;
use spikefront::gpu::layout::{AS_IT_IS, LOGARITHM, NORM_PART, NOT_FINITE};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// Parameters before the tensor, which are not its own.
const FIRST: usize = 3;

struct Norm {
    gradient: Vec<f32>,
    values: Vec<f32>,
    form: u32,
    most: f32,
}

struct Found {
    gradient: Vec<f32>,
    norm: f32,
    factor: f32,
    is_finite: bool,
}

impl Norm {
    fn run(&self, device: &Device, [parts, norm]: [&str; 2]) -> Found {
        let n = self.gradient.len() - FIRST;
        let n_parts = n.div_ceil(NORM_PART as usize);
        let parameters = GradientPartsParameters {
            first: FIRST as u32,
            n: n as u32,
            form: self.form,
            first_part: 1,
        };
        let bindings = [
            (0, uniform(&parameters)),
            (3, read(&self.values)),
            (7, written(&[0_u32; 16])),
            (16, written(&self.gradient)),
            (39, written(&vec![7.0_f32; 2 * (1 + n_parts)])),
        ];
        let workgroups = [n_parts as u32, 1, 1];
        let found = device.run("gradient_parts", parts, &bindings, workgroups);
        let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&found[0]);
        let norms: Vec<f32> = bytemuck::pod_collect_to_vec(&found[2]);
        let parameters = GradientNormParameters {
            n_parts: n_parts as u32,
            most: self.most,
        };
        let bindings = [(0, uniform(&parameters)), (39, written(&norms))];
        let norms = device.run("gradient_norm", norm, &bindings, [1, 1, 1]);
        let norms: Vec<f32> = bytemuck::pod_collect_to_vec(&norms[0]);
        Found {
            gradient: bytemuck::pod_collect_to_vec(&found[1]),
            norm: norms[0],
            factor: norms[1],
            is_finite: counters[NOT_FINITE as usize] == 0,
        }
    }

    fn faults(&self, device: &Device, shaders: [&str; 2]) -> Vec<String> {
        let found = self.run(device, shaders);
        let own = |ix: usize| {
            let factor = match self.form == LOGARITHM && ix >= FIRST {
                true => f64::from(self.values[ix]),
                false => 1.0,
            };
            f64::from(self.gradient[ix]) * factor
        };
        let is_finite = (FIRST..self.gradient.len()).all(|ix| own(ix).is_finite());
        if is_finite != found.is_finite {
            return vec![format!("finite: {}", found.is_finite)];
        }
        if !is_finite {
            return Vec::new();
        }
        let mut faults = Vec::new();
        let squares = (FIRST..self.gradient.len()).map(|ix| own(ix).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        let factor = (f64::from(self.most) / norm).min(1.0);
        let is_near = |found: f32, exact: f64| (f64::from(found) - exact).abs() <= 1e-5 * exact;
        if !is_near(found.norm, norm) || !is_near(found.factor, factor) {
            faults.push(format!(
                "{} of {norm}, {} of {factor}",
                found.norm, found.factor
            ));
        }
        for (ix, &found) in found.gradient.iter().enumerate() {
            if (f64::from(found) - own(ix)).abs() > 1e-6 * own(ix).abs() {
                faults.push(format!("entry {ix}: {found}, not {}", own(ix)));
            }
        }
        faults
    }
}

/// Gradients of all sizes, some of whose squares overflow or vanish in f32, short and long ones, and one that is not finite.
fn drawn() -> Vec<Norm> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut all = Vec::new();
    for n in [1, 64, 5000, 9000] {
        for scale in [1e-25_f32, 1.0, 1e25] {
            for form in [AS_IT_IS, LOGARITHM] {
                for share in [0.1, 10.0] {
                    let gradient: Vec<f32> = (0..FIRST + n)
                        .map(|_| scale * rng.random_range(-1.0..1.0_f32))
                        .collect();
                    all.push(Norm {
                        most: share * scale * (n as f32).sqrt(),
                        values: (0..FIRST + n).map(|_| rng.random_range(1.0..5.0)).collect(),
                        gradient,
                        form,
                    });
                }
            }
        }
    }
    let mut gradient = vec![1.0; 5000];
    gradient[4500] = f32::NAN;
    all.push(Norm {
        values: vec![1.0; 5000],
        gradient,
        form: AS_IT_IS,
        most: 1.0,
    });
    all
}

const SHADERS: [&str; 2] = [
    kernels::gradient_parts::SOURCE.text,
    kernels::gradient_norm::SOURCE.text,
];

#[test]
fn norms_are_those_of_f64() {
    let Some(device) = device() else { return };
    for norm in drawn() {
        let mut faults = norm.faults(&device, SHADERS);
        faults.truncate(5);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn a_norm_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (of, right, wrong) in [
        (
            0,
            "own = norm_plus(own, vec2<f32>(abs(gradient), 1.0));",
            "own = vec2<f32>(abs(gradient), 1.0);",
        ),
        (0, "let of_y = y.x / largest;", "let of_y = 1.0;"),
        (
            0,
            "parameters.form == LOGARITHM",
            "parameters.form != LOGARITHM",
        ),
        (0, "parameters.first + k", "k"),
        (
            0,
            "norms[parameters.first_part + part]",
            "norms[parameters.first_part]",
        ),
        (0, "== EXPONENT)", "== 1u)"),
        (1, "norms[1u + part]", "norms[part]"),
        (1, "is_long));", "false));"),
    ] {
        let mut shaders = SHADERS.map(str::to_owned);
        shaders[of] = mutant(&shaders[of], right, wrong);
        let faults = |norm: Norm| norm.faults(&device, [&shaders[0], &shaders[1]]).len();
        let n: usize = drawn().into_iter().map(faults).sum();
        println!("{n:>6} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}
