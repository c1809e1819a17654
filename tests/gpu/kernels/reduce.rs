//! `shaders/reduce.wgsl` against sums in f64, and against f32 sums in the order that it states.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::gpu::kernels;
use spikefront::gpu::kernels::reduce::ReduceParameters;
use spikefront::gpu::layout::{Sizes, WORKGROUP};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// Half a unit in the last place.
const U: f64 = 1.0 / (1 << 24) as f64;
/// Workgroups in a row of a dispatch.
const ROW: u32 = 65535;
/// Behind the totals, where nothing must be written.
const UNTOUCHED: f32 = 12345.0;

/// Gradients of slots, and what chunks before have brought; none at the start.
struct Sums {
    n_slots: usize,
    n_values: usize,
    slots: Vec<f32>,
    before: Option<Vec<f32>>,
}

impl Sums {
    fn run(&self, device: &Device, shader: &str) -> Vec<f32> {
        let n_values = self.n_values as u32;
        let parameters = ReduceParameters {
            is_first_chunk: u32::from(self.before.is_none()),
        };
        let sizes = Sizes {
            n_slots: self.n_slots as u32,
            n_values,
            ..Sizes::default()
        };
        // At the start what lies there is old.
        let mut totals = self
            .before
            .clone()
            .unwrap_or(vec![UNTOUCHED; self.n_values]);
        totals.extend([UNTOUCHED; 70]);
        let bindings = [
            (0, uniform(&parameters)),
            (13, read(&self.slots)),
            (16, written(&totals)),
            (30, uniform(&sizes)),
        ];
        let n = n_values.div_ceil(WORKGROUP);
        let workgroups = [n.min(ROW), n.div_ceil(ROW), 1];
        let found = device.run("reduce", shader, &bindings, workgroups);
        bytemuck::pod_collect_to_vec(&found[0])
    }

    /// The terms of a value in the order in which they are to be added.
    fn terms(&self, ix: usize) -> impl Iterator<Item = f32> {
        let slots = (0..self.n_slots).map(move |slot| self.slots[slot * self.n_values + ix]);
        slots.chain(self.before.as_ref().map(|before| before[ix]))
    }

    /// What is wrong with `found`: further from the sum in f64 than one rounding for each addition, or
    /// another number than additions in that order give.
    fn faults(&self, found: &[f32]) -> Vec<String> {
        let mut faults = Vec::new();
        for (ix, &found) in found.iter().enumerate().take(self.n_values) {
            let exact: f64 = self.terms(ix).map(f64::from).sum();
            let scale: f64 = self.terms(ix).map(|term| f64::from(term).abs()).sum();
            let k = self.terms(ix).count() as f64;
            if (f64::from(found) - exact).abs() > k * U * scale {
                faults.push(format!("value {ix}: {found} is off from {exact}"));
            }
            let in_order = self.terms(ix).fold(0f32, |sum, term| sum + term);
            if found != in_order {
                faults.push(format!("value {ix}: {found}, in order {in_order}"));
            }
        }
        if found[self.n_values..] != [UNTOUCHED; 70] {
            faults.push("what lies behind was written".into());
        }
        faults
    }
}

/// Numbers of one size, of all sizes, that cancel, and that are mostly zero, by turns.
fn term(rng: &mut ChaCha8Rng, ix: usize, slot: usize) -> f32 {
    let sign = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    match ix % 4 {
        0 => rng.random_range(-1.0..1.0),
        1 => sign * rng.random_range(-20.0..20.0f32).exp(),
        // In pairs that differ in their last places.
        2 if slot.is_multiple_of(2) => 1e6 + ix as f32,
        2 => -1e6 - ix as f32 + rng.random_range(-1.0..1.0),
        _ if rng.random_bool(0.9) => 0.0,
        _ => sign,
    }
}

fn drawn() -> Vec<Sums> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut all = Vec::new();
    for n_slots in [1, 2, 33, 1000] {
        for n_values in [1, 63, 64, 1001] {
            for is_start in [true, false] {
                let mut values = |n_slots: usize| -> Vec<f32> {
                    let places = (0..n_slots * n_values).map(|at| (at % n_values, at / n_values));
                    places.map(|(ix, slot)| term(&mut rng, ix, slot)).collect()
                };
                all.push(Sums {
                    n_slots,
                    n_values,
                    slots: values(n_slots),
                    before: (!is_start).then(|| values(1)),
                });
            }
        }
    }
    all
}

#[test]
fn slots_are_added_in_their_order() {
    let Some(device) = device() else { return };
    let shader = kernels::reduce::SOURCE.text;
    let mut n_values = 0;
    for sums in drawn() {
        let mut faults = sums.faults(&sums.run(&device, shader));
        faults.truncate(10);
        let of = (sums.n_slots, sums.n_values, sums.before.is_some());
        assert!(faults.is_empty(), "{of:?}:\n{}", faults.join("\n"));
        n_values += sums.n_values;
    }
    println!("{n_values} sums");
}

#[test]
fn more_values_than_a_row_of_workgroups_takes() {
    let Some(device) = device() else { return };
    let n_values = (WORKGROUP * ROW) as usize + 100;
    let sums = Sums {
        n_slots: 1,
        n_values,
        slots: (0..n_values).map(|ix| ix as f32).collect(),
        before: None,
    };
    let faults = sums.faults(&sums.run(&device, kernels::reduce::SOURCE.text));
    assert!(faults.is_empty(), "{:?}", &faults[..faults.len().min(10)]);
}

#[test]
fn a_sum_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        (
            "var left = sizes.n_slots;",
            "var left = sizes.n_slots - 1u;",
        ),
        ("for (; left > 0u;", "for (; left > 1u;"),
        (
            "parameters.is_first_chunk == 0u",
            "parameters.is_first_chunk != 0u",
        ),
        ("ix >= sizes.n_values", "ix > sizes.n_values"),
        // The same numbers in another order.
        (
            "(((sum + b.x) + b.y) + b.z) + b.w",
            "(((sum + b.w) + b.z) + b.y) + b.x",
        ),
    ] {
        let shader = mutant(kernels::reduce::SOURCE.text, right, wrong);
        let faults = |sums: Sums| sums.faults(&sums.run(&device, &shader)).len();
        let n: usize = drawn().into_iter().map(faults).sum();
        println!("{n:>6} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}
