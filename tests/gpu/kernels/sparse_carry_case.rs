//! What `shaders/sparse_carry.wgsl` is tested with.

use spikefront::gpu::layout::NONE;
use spikefront::gpu::stream::layout::{
    DRIVE_WEIGHT, NO_EVENT, SOME_THRESHOLD, SYNAPSE_DELAY, SYNAPSE_WEIGHT, SparseColumn,
    SparseDrive, SparseEvent, SparseNext, SparseOrigin, SparsePopulation,
};

use super::sparse_back::{NEURONS, RECEPTORS, WINDOW, population, random};

pub const NUMBER: u32 = 12;
/// The first neuron of the second population, which is held after spikes and has drives.
pub const SECOND: u32 = 33;
pub const CAPACITY: u32 = 6;
/// Spikes of windows before.
pub const EARLIER: u32 = 6;
/// dV/dp, dI/dp, what rounding took from them, how the last spike moves, and whether it holds.
pub const WORDS: usize = 4 + 2 * RECEPTORS as usize;

const fn column(kind: u32, first: u32, end: u32) -> SparseColumn {
    SparseColumn { kind, first, end }
}

pub const COLUMNS: [SparseColumn; 5] = [
    column(NO_EVENT, 0, 0),
    column(SYNAPSE_WEIGHT, 5, 0),
    column(SYNAPSE_DELAY, 7, 0),
    column(SOME_THRESHOLD, 20, 50),
    column(DRIVE_WEIGHT, 1, 0),
];

pub struct Case {
    pub populations: [SparsePopulation; 2],
    pub drives: [SparseDrive; 2],
    pub upcoming: Vec<SparseNext>,
    pub events: Vec<SparseEvent>,
    pub origins: Vec<SparseOrigin>,
    pub sensitivities: Vec<f32>,
    pub rows: Vec<f32>,
}

pub fn place(column: usize, word: usize, neuron: u32) -> usize {
    (column * WORDS + word) * NEURONS as usize + neuron as usize
}

/// Whether a neuron is held at the window's start.
pub fn is_held(neuron: u32) -> bool {
    neuron >= SECOND && neuron.is_multiple_of(2)
}

pub fn case() -> Case {
    let mut draw = random(3);
    let mut populations = [population(0, false), population(SECOND, true)];
    populations[1].n_drives = 2;
    let n_driven = NEURONS - SECOND;
    let drive = |receptor: u32, place: u32, stream: u32| SparseDrive {
        mean: 0.2,
        weight: 1.0,
        receptor,
        first: place.wrapping_sub(SECOND),
        key0: 7,
        key1: 1,
        stream,
        ..SparseDrive::default()
    };
    let next = |ix: u32| SparseNext {
        window: NUMBER + u32::from(ix % 4 == 3),
        offset: 0.011 * (ix % 40) as f32,
        number: ix,
    };
    let event = |unit, window, offset, is_release, slope| SparseEvent {
        window,
        offset,
        unit,
        is_release,
        slope,
        ..SparseEvent::default()
    };
    let mut events: Vec<_> = (0..EARLIER)
        .map(|k| event(k, NUMBER - 1, 0.05, 0, 1.0))
        .collect();
    let mut origins = Vec::new();
    for neuron in 0..NEURONS {
        let at = [draw(0.05, 0.2), draw(0.25, 0.45)];
        if neuron.is_multiple_of(3) {
            for (k, offset) in at.into_iter().enumerate() {
                let is_release = neuron >= SECOND && (k == 0) == is_held(neuron);
                events.push(event(
                    neuron,
                    NUMBER,
                    offset,
                    is_release.into(),
                    draw(0.5, 2.0),
                ));
            }
        }
        let mut own: Vec<_> = (0..neuron % 4 * 2)
            .map(|_| SparseOrigin {
                offset: draw(0.0, WINDOW),
                weight: draw(-1.0, 1.0),
                receptor: u32::from(draw(0.0, 1.0) > 0.5),
                event: draw(0.0, EARLIER as f32) as u32,
                synapse: draw(4.0, 9.0) as u32,
            })
            .collect();
        if let (Some(first), true) = (own.first_mut(), neuron % 9 == 0) {
            // At the time of an event, which comes before.
            first.offset = at[1];
        }
        own.sort_by(|a, b| a.offset.total_cmp(&b.offset));
        own.resize(
            CAPACITY as usize + 1,
            SparseOrigin {
                event: NONE,
                ..SparseOrigin::default()
            },
        );
        origins.extend(own);
    }
    let mut sensitivities = vec![0.0; COLUMNS.len() * WORDS * NEURONS as usize];
    for column in 0..COLUMNS.len() {
        for neuron in 0..NEURONS {
            for word in (0..=RECEPTORS as usize).chain([WORDS - 2]) {
                sensitivities[place(column, word, neuron)] = draw(-1.0, 1.0);
            }
            let held = if is_held(neuron) { 1.0 } else { 0.0 };
            sensitivities[place(column, WORDS - 1, neuron)] = held;
        }
    }
    let earlier = EARLIER as usize * COLUMNS.len();
    let mut rows: Vec<f32> = (0..earlier).map(|_| draw(-1.0, 1.0)).collect();
    rows.resize(events.len() * COLUMNS.len(), 0.0);
    Case {
        populations,
        drives: [drive(0, 0, 0), drive(1, n_driven, 1)],
        upcoming: (0..2 * n_driven).map(next).collect(),
        events,
        origins,
        sensitivities,
        rows,
    }
}
