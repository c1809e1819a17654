//! `shaders/order.wgsl` against a sort on the host: places, links and counters, to the bit.
//!
//! Windows follow one another as in a run; the test fires the spikes.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::gpu::kernels;
use spikefront::gpu::kernels::order::OrderParameters;
use spikefront::gpu::layout::{
    FIRED_NEEDED, NONE, OVERFLOW, SPIKES_NEEDED, Sizes, Spike, State, WORKGROUP,
};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

const SLOTS: u32 = 32;
const WINDOWS: u32 = 4;
const SIZE: u32 = 40;
const FIRED_CAPACITY: u32 = 200;
/// The population is the second of two sources, with units and places of others before its own.
const SOURCES: u32 = 2;
const FIRST_UNIT: u32 = 3;
const BASE: u32 = 5;
const CAPACITY: u32 = 700;
/// What is written where nothing must be.
const UNTOUCHED: Spike = Spike {
    time: -1.0,
    window: 0,
    unit: 0,
    slope: 0.0,
    release_slope: 0.0,
    previous: 0,
    next: 0,
    remainder: 0.0,
};

const SIZES: Sizes = Sizes {
    n_slots: SLOTS,
    sample_stride: 1,
    n_windows: WINDOWS,
    window_length: 0.0,
    n_sources: SOURCES,
    n_inputs: 1,
    n_units: FIRST_UNIT + SIZE,
    n_readouts: 0,
    n_values: 0,
    n_projections: 0,
    n_lists: 1,
    n_shared_lists: 1,
    arrivals_capacity: 0,
    own_capacity: 0,
    fired_capacity: FIRED_CAPACITY,
    spikes_capacity: BASE + CAPACITY,
    n_input_places: 0,
    n_times: 0,
    n_shown: 0,
    n_shares: 0,
    has_own: 0,
};

fn parameters(window: u32) -> OrderParameters {
    OrderParameters {
        window,
        first_unit: FIRST_UNIT,
        source: 1,
        source_base: BASE,
        source_capacity: CAPACITY,
        spike_budget: u32::MAX,
    }
}

/// The buffers that outlive a window.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    spikes: Vec<Spike>,
    windows: Vec<u32>,
    counters: Vec<u32>,
    states: Vec<State>,
}

impl Held {
    fn new() -> Self {
        let state = State {
            first: NONE,
            last: NONE,
            ..State::default()
        };
        Self {
            spikes: vec![UNTOUCHED; (SLOTS * (BASE + CAPACITY)) as usize],
            windows: vec![0; (SLOTS * SOURCES * (WINDOWS + 1)) as usize],
            counters: vec![0; fired_counter(SLOTS)],
            states: vec![state; (SLOTS * (FIRST_UNIT + SIZE)) as usize],
        }
    }

    fn state(&mut self, slot: usize, unit: u32) -> &mut State {
        &mut self.states[slot * (FIRST_UNIT + SIZE) as usize + (FIRST_UNIT + unit) as usize]
    }

    fn spike(&mut self, slot: usize, place: u32) -> &mut Spike {
        &mut self.spikes[slot * (BASE + CAPACITY) as usize + place as usize]
    }
}

/// Where a slot's fired spikes are counted; of the number of slots, the length of all counters.
fn fired_counter(slot: u32) -> usize {
    (SPIKES_NEEDED + SOURCES + SLOTS + slot) as usize
}

/// The start of a slot's window in the population's part.
fn window_at(slot: usize, window: u32) -> usize {
    ((slot as u32 * SOURCES + 1) * (WINDOWS + 1) + window) as usize
}

/// (time, unit) of the spikes of a slot in a window, each once and in no order: none, as many as
/// there is room for, or some; at eight times, at neighbouring numbers, or at any time.
fn fire(rng: &mut ChaCha8Rng, slot: u32, window: u32) -> Vec<(f32, u32)> {
    let n = match slot % 8 {
        0 => 0,
        1 if window == 2 => FIRED_CAPACITY as usize,
        2 if window == 1 => 0,
        _ => rng.random_range(1..160),
    };
    let mut keys = BTreeSet::new();
    while keys.len() < n {
        let time = match slot % 3 {
            0 => 0.5 * rng.random_range(1..=8) as f32,
            1 => f32::from_bits(1f32.to_bits() + rng.random_range(0..16)),
            _ => rng.random_range(1e-6..5.0f32),
        };
        // Positive numbers are in the order of their bits.
        keys.insert((time.to_bits(), rng.random_range(0..SIZE)));
    }
    let mut keys: Vec<(f32, u32)> = keys
        .into_iter()
        .map(|(time, unit)| (f32::from_bits(time), unit))
        .collect();
    keys.shuffle(rng);
    keys
}

/// As `shaders/advance.wgsl` records them: the first of a neuron's in a window follows its last before it.
fn recorded(held: &mut Held, slot: usize, window: u32, keys: &[(f32, u32)]) -> Vec<Spike> {
    let is_first = |time: f32, unit: u32| !keys.iter().any(|key| key.1 == unit && key.0 < time);
    let spikes = keys.iter().map(|&(time, unit)| Spike {
        time,
        window,
        unit,
        slope: time * unit as f32,
        release_slope: time + unit as f32,
        previous: match is_first(time, unit) {
            true => held.state(slot, unit).last,
            false => NONE,
        },
        ..Spike::default()
    });
    spikes.collect()
}

/// What the kernel is to do, by a sort.
fn expected(held: &mut Held, slot: usize, window: u32, mut spikes: Vec<Spike>) {
    let n = spikes.len() as u32;
    let start = held.windows[window_at(slot, window)];
    held.windows[window_at(slot, window + 1)] = start + n;
    let needed = &mut held.counters[FIRED_NEEDED as usize];
    *needed = n.max(*needed);
    let needed = &mut held.counters[SPIKES_NEEDED as usize + 1];
    *needed = (start + n).max(*needed);
    spikes.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
    for (spike, place) in spikes.into_iter().zip(BASE + start..) {
        let state = held.state(slot, spike.unit);
        let previous = std::mem::replace(&mut state.last, place);
        match previous {
            NONE => state.first = place,
            previous => held.spike(slot, previous).next = place,
        }
        *held.spike(slot, place) = Spike {
            previous,
            next: NONE,
            ..spike
        };
    }
}

fn dispatch(device: &Device, shader: &str, held: &mut Held, window: u32, fired: &[Vec<Spike>]) {
    let mut list = Vec::new();
    for (slot, spikes) in fired.iter().enumerate() {
        held.counters[fired_counter(slot as u32)] = spikes.len() as u32;
        list.extend(spikes.iter().take(FIRED_CAPACITY as usize));
        list.resize((slot + 1) * FIRED_CAPACITY as usize, UNTOUCHED);
    }
    let bindings = [
        (0, uniform(&parameters(window))),
        (4, written(&held.spikes)),
        (5, written(&held.windows)),
        (7, written(&held.counters)),
        (8, written(&held.states)),
        (9, read(&list)),
        (30, uniform(&SIZES)),
    ];
    let workgroups = [FIRED_CAPACITY.div_ceil(WORKGROUP), SLOTS, 1];
    let found = device.run("order", shader, &bindings, workgroups);
    *held = Held {
        spikes: bytemuck::pod_collect_to_vec(&found[0]),
        windows: bytemuck::pod_collect_to_vec(&found[1]),
        counters: bytemuck::pod_collect_to_vec(&found[2]),
        states: bytemuck::pod_collect_to_vec(&found[3]),
    };
}

/// What differs after windows that follow one another; how many spikes there were, and how many at the time of another.
fn differences(device: &Device, shader: &str) -> (Vec<String>, usize, usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut found, mut right) = (Held::new(), Held::new());
    let (mut n_spikes, mut n_ties) = (0, 0);
    for window in 0..WINDOWS {
        let mut fired = Vec::new();
        for slot in 0..SLOTS {
            let keys = fire(&mut rng, slot, window);
            let times: BTreeSet<u32> = keys.iter().map(|key| key.0.to_bits()).collect();
            n_spikes += keys.len();
            n_ties += keys.len() - times.len();
            let spikes = recorded(&mut right, slot as usize, window, &keys);
            right.counters[fired_counter(slot)] = spikes.len() as u32;
            expected(&mut right, slot as usize, window, spikes.clone());
            fired.push(spikes);
        }
        dispatch(device, shader, &mut found, window, &fired);
    }
    let mut faults = Vec::new();
    for (ix, (x, y)) in found.spikes.iter().zip(&right.spikes).enumerate() {
        if x != y {
            faults.push(format!("place {ix}: {x:?}, not {y:?}"));
        }
    }
    for (ix, (x, y)) in found.states.iter().zip(&right.states).enumerate() {
        if x != y {
            faults.push(format!("state {ix}: {x:?}, not {y:?}"));
        }
    }
    if found.windows != right.windows {
        faults.push("windows start elsewhere".into());
    }
    if found.counters != right.counters {
        faults.push(format!("{:?}, not {:?}", found.counters, right.counters));
    }
    (faults, n_spikes, n_ties)
}

#[test]
fn spikes_are_placed_and_linked_as_a_sort_does() {
    let Some(device) = device() else { return };
    let (mut faults, n_spikes, n_ties) = differences(&device, kernels::order::SOURCE.text);
    println!("{n_spikes} spikes, {n_ties} at the time of another");
    assert!(n_spikes > 5_000 && n_ties > 3_000);
    let n = faults.len();
    faults.truncate(10);
    assert!(faults.is_empty(), "{n} faults:\n{}", faults.join("\n"));
}

#[test]
fn an_order_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        (
            "mine.time && other.unit < mine.unit)",
            "mine.time && other.unit > mine.unit)",
        ),
        (
            "other.time == before && is_lower",
            "other.time == before && !is_lower",
        ),
        (
            "other.time == later && is_lower",
            "other.time == later && !is_lower",
        ),
        ("later = min(later, other.time)", "later = other.time"),
        ("spike.previous == NONE", "spike.previous != NONE"),
        ("parameters.source_base + start;", "parameters.source_base;"),
    ] {
        let shader = mutant(kernels::order::SOURCE.text, right, wrong);
        let (faults, ..) = differences(&device, &shader);
        println!("{:>6} faults with {wrong:?}", faults.len());
        assert!(!faults.is_empty(), "{wrong:?} passes for {right:?}");
    }
}

/// Too many for the list, and too many for the source: what it would have taken is counted, no place
/// beyond the slot's own is written, and other slots are as they would have been.
#[test]
fn too_little_room_is_flagged_and_harms_no_other_slot() {
    let Some(device) = device() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let (mut found, mut right) = (Held::new(), Held::new());
    // The slot 3 has 690 spikes behind it and room for ten.
    for held in [&mut found, &mut right] {
        held.windows[window_at(3, 0)] = CAPACITY - 10;
    }
    let mut fired = Vec::new();
    for slot in 0..SLOTS as usize {
        let keys = match slot {
            1 => (1..FIRED_CAPACITY + 51)
                .map(|ix| (ix as f32, ix % SIZE))
                .collect(),
            3 => (1..31).map(|ix| (ix as f32, ix)).collect(),
            _ => fire(&mut rng, 11, 0),
        };
        let spikes = recorded(&mut right, slot, 0, &keys);
        if slot != 1 && slot != 3 {
            expected(&mut right, slot, 0, spikes.clone());
        }
        fired.push(spikes);
    }
    dispatch(&device, kernels::order::SOURCE.text, &mut found, 0, &fired);
    let counter = |ix: u32| found.counters[ix as usize];
    assert_eq!(counter(OVERFLOW), 1);
    assert_eq!(counter(FIRED_NEEDED), FIRED_CAPACITY + 50);
    assert_eq!(counter(SPIKES_NEEDED + 1), CAPACITY - 10 + 30);
    assert_eq!(found.windows[window_at(3, 1)], CAPACITY);
    let stretch = (BASE + CAPACITY) as usize;
    for slot in (0..SLOTS as usize).filter(|&slot| slot != 1) {
        let places = slot * stretch..(slot + 1) * stretch;
        assert_eq!(
            found.spikes[places.clone()],
            right.spikes[places],
            "slot {slot}"
        );
    }
}
