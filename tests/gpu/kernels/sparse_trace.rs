//! `shaders/sparse_trace.wgsl` and `shaders/sparse_meet.wgsl`: what arrives in a window, from where, in order.

use spikefront::gpu::kernels::sparse_meet::{self, SparseMeetParameters};
use spikefront::gpu::kernels::sparse_trace::{self, SparseTraceParameters};
use spikefront::gpu::layout::{NONE, WORKGROUP};
use spikefront::gpu::stream::layout::{
    QUEUED, SparseDrive, SparseEvent, SparseNext, SparseOrigin, SparsePiece, SparsePopulation,
    SparseSource,
};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;
use super::sparse_back::{NEURONS, WINDOW, population, random, row, sources};

const NUMBER: u32 = 9;
const REACH: u32 = 4;
const SHIFT: u32 = 12;
const CAPACITY: u32 = 80;
/// How many synapses lie in parts before.
const BEFORE: u32 = 1000;
const GENERATOR: u32 = NEURONS;

struct Case {
    events: Vec<SparseEvent>,
    starts: Vec<u32>,
    sources: [SparseSource; 3],
    pieces: Vec<SparsePiece>,
    synapses: Vec<u32>,
}

/// Neurons whose synapses have weights and delays of their own, in two pieces; a generator whose synapses share them.
fn case() -> Case {
    let mut draw = random(2);
    let (mut events, mut starts) = (Vec::new(), vec![0]);
    // A window more on either side, from which nothing arrives.
    for window in NUMBER - REACH - 1..=NUMBER {
        for unit in (window % 3..NEURONS)
            .step_by(3)
            .chain(GENERATOR..GENERATOR + 3)
        {
            events.push(SparseEvent {
                window,
                offset: draw(0.0, WINDOW),
                unit,
                is_release: u32::from(unit % 5 == 1 && unit < NEURONS),
                ..SparseEvent::default()
            });
        }
        starts.push(events.len() as u32);
    }
    let (mut synapses, mut pieces, mut first) = (Vec::new(), Vec::new(), 0);
    for (first_unit, n_units, own) in [(0, 30, 9_u32), (30, 40, 7), (GENERATOR, 3, 80)] {
        let starts = synapses.len() as u32;
        synapses.extend((0..=n_units).map(|unit| unit * own));
        let n = n_units * own;
        let targets = synapses.len() as u32;
        synapses.extend((0..n).map(|_| draw(0.0, NEURONS as f32) as u32));
        let (mut weights, mut delays) = (NONE, NONE);
        if first_unit < NEURONS {
            weights = synapses.len() as u32;
            synapses.extend((0..n).map(|_| draw(-1.0, 1.0).to_bits()));
            delays = synapses.len() as u32;
            for _ in 0..n_units {
                let longest = 2.9 * (1 << SHIFT) as f32;
                let mut row: Vec<u32> = (0..own)
                    .map(|_| draw((1 << SHIFT) as f32, longest) as u32)
                    .collect();
                row.sort_unstable();
                synapses.extend(row);
            }
        }
        pieces.push(SparsePiece {
            first_unit,
            n_units,
            starts,
            targets,
            weights,
            delays,
            weight: 0.75,
            delay: (3 << SHIFT) / 2,
            receptor: first_unit % 2,
            derivatives: first,
            ..SparsePiece::default()
        });
        first += n;
    }
    Case {
        events,
        starts,
        sources: sources(GENERATOR),
        pieces,
        synapses,
    }
}

/// The arrivals of each neuron in order.
fn expected(case: &Case) -> Vec<Vec<SparseOrigin>> {
    let mut all = vec![Vec::new(); NEURONS as usize];
    for (at, event) in case.events.iter().enumerate() {
        for piece in &case.pieces {
            if event.is_release != 0 {
                continue;
            }
            for synapse in row(piece, &case.synapses, event.unit) {
                let delay = synapse.delay;
                // As sparse_delay.wgsl rounds.
                let rest = (delay & ((1 << SHIFT) - 1)) as f32 * (WINDOW / (1 << SHIFT) as f32);
                let sum = event.offset + rest;
                let is_carried = sum >= WINDOW;
                if event.window + (delay >> SHIFT) + u32::from(is_carried) == NUMBER {
                    all[synapse.target as usize].push(SparseOrigin {
                        offset: if is_carried { sum - WINDOW } else { sum },
                        weight: synapse.weight,
                        receptor: piece.receptor,
                        event: at as u32,
                        synapse: BEFORE + piece.derivatives + synapse.place,
                    });
                }
            }
        }
    }
    for own in &mut all {
        own.sort_by(|a, b| {
            a.offset
                .total_cmp(&b.offset)
                .then(a.synapse.cmp(&b.synapse))
        });
    }
    all
}

/// One drive of neurons from 30 on.
fn populations() -> [SparsePopulation; 2] {
    let mut populations = [population(0, false), population(30, true)];
    populations[1].n_drives = 1;
    populations
}

type Met = (Vec<Vec<SparseOrigin>>, Vec<SparseNext>);

fn found(device: &Device, trace: &str, meet: &str, case: &Case) -> Met {
    let parameters = SparseTraceParameters {
        window: NUMBER,
        window_length: WINDOW,
        first_window: 1,
        reach: REACH,
        capacity: CAPACITY,
        first_source: 1,
        n_sources: 2,
        most_pieces: 2,
        first_synapse: BEFORE,
        delay_shift: SHIFT,
        delay_unit: WINDOW / (1 << SHIFT) as f32,
    };
    let none = SparseOrigin::default();
    let origins = vec![none; (NEURONS * (CAPACITY + 1)) as usize];
    let counters = vec![0_u32; (QUEUED + NEURONS) as usize];
    let bindings = [
        (0, uniform(&parameters)),
        (5, read(&case.starts)),
        (7, written(&counters)),
        (27, read(&case.sources)),
        (28, read(&case.pieces)),
        (29, read(&case.synapses)),
        (31, read(&case.events)),
        (36, written(&origins)),
    ];
    // Fewer workgroups than spikes: they take turns.
    let traced = device.run(sparse_trace::SOURCE.name, trace, &bindings, [5, 1, 1]);
    let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&traced[0]);
    let origins: Vec<SparseOrigin> = bytemuck::pod_collect_to_vec(&traced[1]);
    let drive = SparseDrive {
        mean: 0.3,
        first: 0_u32.wrapping_sub(30),
        ..SparseDrive::default()
    };
    let next = |ix: u32| SparseNext {
        window: NUMBER - 2 + ix % 4,
        offset: 0.1,
        number: ix,
    };
    let parameters = SparseMeetParameters {
        window: NUMBER,
        window_length: WINDOW,
        n_neurons: NEURONS,
        n_populations: 2,
        capacity: CAPACITY,
    };
    let upcoming: Vec<SparseNext> = (0..NEURONS - 30).map(next).collect();
    let bindings = [
        (0, uniform(&parameters)),
        (7, written(&counters)),
        (20, read(&populations())),
        (23, read(&[drive])),
        (24, written(&upcoming)),
        (36, written(&origins)),
    ];
    let groups = [NEURONS.div_ceil(WORKGROUP), 1, 1];
    let met = device.run(sparse_meet::SOURCE.name, meet, &bindings, groups);
    let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&met[0]);
    assert!(counters.iter().all(|count| *count == 0));
    let origins: Vec<SparseOrigin> = bytemuck::pod_collect_to_vec(&met[2]);
    let own = origins.chunks((CAPACITY + 1) as usize);
    let own = own.map(|own| {
        own.iter()
            .take_while(|o| o.event != NONE)
            .copied()
            .collect()
    });
    (own.collect(), bytemuck::pod_collect_to_vec(&met[1]))
}

#[test]
fn arrivals_are_noted_again_with_where_they_come_from() {
    let Some(device) = device() else { return };
    let (case, trace, meet) = (case(), sparse_trace::SOURCE.text, sparse_meet::SOURCE.text);
    let expected = expected(&case);
    let n: usize = expected.iter().map(Vec::len).sum();
    assert!(n > 100 && expected.iter().any(|own| own.len() > 5), "{n}");
    let (origins, upcoming) = found(&device, trace, meet, &case);
    assert!(origins == expected);
    // Arrivals of drives before the window are passed over, others stay.
    let is_there = |(ix, next): (usize, &SparseNext)| match ix % 4 {
        0 | 1 => next.window >= NUMBER && next.number > ix as u32,
        _ => next.number == ix as u32 && next.offset == 0.1,
    };
    assert!(upcoming.iter().enumerate().all(is_there));
    for (right, wrong) in [
        ("if (event.is_release != 0u ||", "if ("),
        (
            "parameters.first_synapse + piece.derivatives + ix",
            "piece.derivatives + ix",
        ),
        ("origin.offset = delay_offset(delay, event.offset);", ""),
        (
            "origin.weight = bitcast<f32>(synapses[piece.weights + ix]);",
            "",
        ),
        (
            "let at = first + pair / parameters.most_pieces;",
            "let at = pair / parameters.most_pieces;",
        ),
        (
            "let source = source_of(event.unit);",
            "let source = sparse_sources[parameters.first_source];",
        ),
        ("if (piece.delays == NONE) {", "if (true) {"),
        (
            "(delay_windows(delay, offset) < age)",
            "(delay_windows(delay, offset) <= age)",
        ),
        ("low += n * step;", "low += step;"),
    ] {
        let (origins, _) = found(&device, &mutant(trace, right, wrong), meet, &case);
        assert!(origins != expected, "{wrong:?} instead of {right:?}");
    }
    for (right, wrong) in [
        ("return a.offset < b.offset;", "return a.offset > b.offset;"),
        ("    sort_origins(first, n);\n", ""),
        (
            "let first = neuron * (parameters.capacity + 1u);",
            "let first = neuron * parameters.capacity;",
        ),
    ] {
        let (origins, _) = found(&device, trace, &mutant(meet, right, wrong), &case);
        assert!(origins != expected, "{wrong:?} instead of {right:?}");
    }
    let stays = mutant(meet, "upcoming[at].window < parameters.window", "false");
    let (_, upcoming) = found(&device, trace, &stays, &case);
    assert!(!upcoming.iter().enumerate().all(is_there));
}
