//! `shaders/sort_lists.wgsl` against a sort on the host.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::gpu::kernels::sort_lists::{SOURCE, SortListsParameters};
use spikefront::gpu::layout::{Arrival, OVERFLOW, OWN_ARRIVALS_NEEDED, SPIKES_NEEDED, Sizes};

use super::harness::{Device, device, uniform, written};
use super::mutant;

const SLOTS: usize = 2;
/// Lists of one neuron each; before them there is one that others share.
const LISTS: usize = 140;
const SHARED: usize = 90;
/// For how many arrivals a list has room.
const ROOM: usize = 300;

fn sizes() -> Sizes {
    Sizes {
        n_slots: SLOTS as u32,
        n_sources: 1,
        n_lists: 1 + LISTS as u32,
        n_shared_lists: 1,
        arrivals_capacity: SHARED as u32,
        own_capacity: ROOM as u32,
        ..Sizes::default()
    }
}

fn first_of(slot: usize, neuron: usize) -> usize {
    slot * (SHARED + LISTS * ROOM) + SHARED + neuron * ROOM
}

fn counter_of(slot: usize, neuron: usize) -> usize {
    SPIKES_NEEDED as usize + 1 + slot * (1 + LISTS) + 1 + neuron
}

/// Arrivals of which no two are the same; many at one time, and many of one spike. Weights lie below zero modulo 2^32, too.
fn draw(rng: &mut ChaCha8Rng, neuron: usize, n: usize) -> Vec<Arrival> {
    let mut all: Vec<Arrival> = (0..n)
        .map(|k| Arrival {
            time: match neuron % 2 {
                0 => rng.random_range(0..6) as f32,
                _ => rng.random_range(0.0..5.0f32),
            },
            weights: (k as u32).wrapping_sub(neuron as u32),
            origin: rng.random_range(0..4),
            over: rng.random_range(0..2) | rng.random_range(0..4) << 30,
            delays: 0,
        })
        .collect();
    all.shuffle(rng);
    all
}

/// What differs after the kernel: with one list that holds more than there is room for where that is asked.
fn differences(device: &Device, text: &str, overflows: bool) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut arrivals = vec![Arrival::default(); SLOTS * (SHARED + LISTS * ROOM)];
    let mut counters = vec![0_u32; counter_of(SLOTS, 0)];
    for slot in 0..SLOTS {
        for neuron in 0..LISTS {
            let n = match neuron {
                0 => ROOM,
                1..70 => neuron - 1,
                _ => rng.random_range(0..ROOM),
            };
            counters[counter_of(slot, neuron)] = n as u32;
            let first = first_of(slot, neuron);
            arrivals[first..first + n].copy_from_slice(&draw(&mut rng, neuron, n));
        }
    }
    if overflows {
        counters[counter_of(1, 0)] += 17;
    }
    let parameters = SortListsParameters {
        first_list: 1,
        n_lists: LISTS as u32,
    };
    let bindings = [
        (0, uniform(&parameters)),
        (6, written(&arrivals)),
        (7, written(&counters)),
        (30, uniform(&sizes())),
    ];
    // In two rows, of which the second is not full.
    let workgroups = [LISTS.div_ceil(2) as u32 + 3, 2, SLOTS as u32];
    let found = device.run("sort_lists", text, &bindings, workgroups);
    let sorted: Vec<Arrival> = bytemuck::pod_collect_to_vec(&found[0]);
    let after: Vec<u32> = bytemuck::pod_collect_to_vec(&found[1]);
    let mut expected = counters.clone();
    if overflows {
        expected[counter_of(1, 0)] = ROOM as u32;
        expected[OVERFLOW as usize] = 1;
        expected[OWN_ARRIVALS_NEEDED as usize] = ROOM as u32 + 17;
    }
    let mut faults = Vec::new();
    if after != expected {
        faults.push("counters".to_owned());
    }
    for slot in 0..SLOTS {
        for neuron in 0..LISTS {
            let first = first_of(slot, neuron);
            let n = expected[counter_of(slot, neuron)] as usize;
            arrivals[first..first + n].sort_by_key(|arrival| {
                let projection = arrival.over & ((1 << 29) - 1);
                let weight = arrival.weights.wrapping_add(neuron as u32);
                (arrival.time.to_bits(), projection, arrival.origin, weight)
            });
        }
    }
    let places = sorted.iter().zip(&arrivals).enumerate();
    faults.extend(
        places
            .filter(|(_, (x, y))| x != y)
            .map(|(ix, _)| format!("place {ix}")),
    );
    faults
}

#[test]
fn lists_are_in_order_as_a_sort_puts_them() {
    let Some(device) = device() else { return };
    for overflows in [false, true] {
        let faults = differences(&device, SOURCE.text, overflows);
        assert!(faults.is_empty(), "{} faults, {}", faults.len(), faults[0]);
    }
    for (right, wrong) in [
        ("return x.time > y.time;", "return x.time > y.time + 0.5;"),
        (
            "return projection_of(x) > projection_of(y);",
            "return x.over > y.over;",
        ),
        ("return x.origin > y.origin;", "return false;"),
        (
            "return x.weights + neuron > y.weights + neuron;",
            "return x.weights > y.weights;",
        ),
        ("2u * half - 1u", "half"),
        ("min(list, sizes.n_shared_lists)", "list"),
        (
            "if (neuron < parameters.n_lists)",
            "if (neuron + 1u < parameters.n_lists)",
        ),
        ("atomicMax(&counters[OWN_ARRIVALS_NEEDED], n);", ""),
    ] {
        let text = mutant(SOURCE.text, right, wrong);
        let faults = differences(&device, &text, true);
        assert!(!faults.is_empty(), "{wrong:?} passes for {right:?}");
    }
}
