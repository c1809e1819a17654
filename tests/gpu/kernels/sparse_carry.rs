//! `shaders/sparse_carry.wgsl` against the same derivatives carried in f64.

use spikefront::gpu::kernels::sparse_carry::{SOURCE, SparseCarryParameters};
use spikefront::gpu::layout::{NONE, WORKGROUP};
use spikefront::gpu::stream::layout::{
    DRIVE_WEIGHT, SOME_THRESHOLD, SYNAPSE_DELAY, SYNAPSE_WEIGHT, SparseEvent, SparseOrigin,
};

use super::harness::{Device, device, read, uniform, written};
use super::philox::philox;
use super::sparse_back::{NEURONS, RECEPTORS, WINDOW, assert_told, gain};
use super::sparse_carry_case::{
    CAPACITY, COLUMNS, Case, EARLIER, NUMBER, SECOND, WORDS, case, is_held, place,
};

/// The offsets of the arrivals of drive number 1 at a neuron in the window.
fn driven(case: &Case, neuron: u32) -> Vec<f64> {
    let drive = case.drives[1];
    let next = case.upcoming[drive.first.wrapping_add(neuron) as usize];
    let (mut number, mut offsets) = (next.number, Vec::new());
    let mut offset = f64::from(next.offset) + f64::from(next.window - NUMBER) * f64::from(WINDOW);
    while offset < f64::from(WINDOW) {
        offsets.push(offset);
        number += 1;
        let counter = [number / 4, 0, neuron, drive.stream];
        let word = philox([drive.key0, drive.key1], counter)[(number % 4) as usize];
        let unit = (f64::from(word) + 0.5) / 2_f64.powi(32);
        offset -= f64::from(drive.mean) * unit.ln();
    }
    offsets
}

/// What a neuron meets.
enum Met<'a> {
    Event(usize, &'a SparseEvent),
    Arrival(&'a SparseOrigin),
    Driven,
}

/// For each column, for each neuron dV/dp, dI/dp, how its last spike moves and whether it is held; then the rows of the window's events.
fn expected(case: &Case) -> Vec<f64> {
    let mut rows: Vec<f64> = case.rows.iter().map(|&row| row.into()).collect();
    let mut states = Vec::new();
    for (number, column) in COLUMNS.iter().enumerate() {
        for neuron in 0..NEURONS {
            let population = &case.populations[usize::from(neuron >= SECOND)];
            let word = |word: usize| f64::from(case.sensitivities[place(number, word, neuron)]);
            let (mut v, mut i) = (word(0), [word(1), word(2)]);
            let (mut moved, mut held) = (word(WORDS - 2), is_held(neuron));
            let b = f64::from(population.membrane_rate);
            let a = [0, 1].map(|k| f64::from(population.synapse_rates[k]));
            let events = case.events.iter().enumerate();
            let own = events.filter(|(_, e)| e.unit == neuron && e.window == NUMBER);
            let mut met: Vec<(f64, u8, Met)> = own
                .map(|(at, event)| (event.offset.into(), 0, Met::Event(at, event)))
                .collect();
            let first = (neuron * (CAPACITY + 1)) as usize;
            let arrivals = case.origins[first..].iter().take_while(|o| o.event != NONE);
            met.extend(arrivals.map(|o| (o.offset.into(), 1, Met::Arrival(o))));
            if column.kind == DRIVE_WEIGHT && neuron >= SECOND {
                met.extend(
                    driven(case, neuron)
                        .into_iter()
                        .map(|at| (at, 2, Met::Driven)),
                );
            }
            met.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            let mut time = 0.0;
            let mut flow = |v: &mut f64, i: &mut [f64; 2], held: bool, to: f64| {
                let t = to - time;
                if !held {
                    *v = *v * (-b * t).exp() + (0..2).map(|k| i[k] * gain(a[k], b, t)).sum::<f64>();
                }
                (0..2).for_each(|k| i[k] *= (-a[k] * t).exp());
                time = to;
            };
            let is_own =
                column.kind == SOME_THRESHOLD && (column.first..column.end).contains(&neuron);
            let threshold = if is_own { 1.0 } else { 0.0 };
            for (at, _, met) in met {
                flow(&mut v, &mut i, held, at);
                match met {
                    Met::Event(_, event) if event.is_release != 0 => {
                        v = -f64::from(event.slope) * moved;
                        held = false;
                    }
                    Met::Event(place, event) => {
                        moved = (threshold - v) / f64::from(event.slope);
                        rows[place * COLUMNS.len() + number] = moved;
                        held = neuron >= SECOND;
                        let amount = f64::from(population.threshold - population.reset_potential);
                        v = if held {
                            0.0
                        } else {
                            v - b * amount * moved - threshold
                        };
                    }
                    Met::Arrival(origin) => {
                        let is_it = origin.synapse == column.first;
                        let mut g = rows[origin.event as usize * COLUMNS.len() + number];
                        if is_it && column.kind == SYNAPSE_DELAY {
                            g += 1.0;
                        }
                        let k = origin.receptor as usize;
                        let weight = f64::from(origin.weight);
                        i[k] += a[k] * weight * g;
                        if is_it && column.kind == SYNAPSE_WEIGHT {
                            i[k] += 1.0;
                        }
                        if !held {
                            v -= weight * g;
                        }
                    }
                    Met::Driven => i[1] += 1.0,
                }
            }
            flow(&mut v, &mut i, held, WINDOW.into());
            states.extend([v, i[0], i[1], moved, if held { 1.0 } else { 0.0 }]);
        }
    }
    let own = EARLIER as usize * COLUMNS.len();
    [states, rows[own..].to_vec()].concat()
}

fn found(device: &Device, shader: &str, case: &Case) -> Vec<f64> {
    let mut windows = vec![EARLIER, case.events.len() as u32];
    windows.extend(COLUMNS.iter().flat_map(|c| [c.kind, c.first, c.end]));
    let parameters = SparseCarryParameters {
        window: NUMBER,
        window_length: WINDOW,
        n_neurons: NEURONS,
        n_populations: 2,
        n_receptors: RECEPTORS,
        first_window: 0,
        first_column: 2,
        n_columns: COLUMNS.len() as u32,
        capacity: CAPACITY,
        rows_read: 0,
        rows_written: 0,
        is_last: 1,
        zero: 0,
    };
    let bindings = [
        (0, uniform(&parameters)),
        (5, read(&windows)),
        (15, written(&case.sensitivities)),
        (20, read(&case.populations)),
        (23, read(&case.drives)),
        (24, read(&case.upcoming)),
        (31, read(&case.events)),
        (36, read(&case.origins)),
        (37, written(&case.rows)),
    ];
    let groups = [NEURONS.div_ceil(WORKGROUP), COLUMNS.len() as u32, 1];
    let found = device.run(SOURCE.name, shader, &bindings, groups);
    let after: Vec<f32> = bytemuck::pod_collect_to_vec(&found[0]);
    let rows: Vec<f32> = bytemuck::pod_collect_to_vec(&found[1]);
    let mut all = Vec::new();
    let n = RECEPTORS as usize;
    for column in 0..COLUMNS.len() {
        for neuron in 0..NEURONS {
            let word = |word: usize| f64::from(after[place(column, word, neuron)]);
            all.extend((0..=n).map(|k| word(k) + word(1 + n + k)));
            all.extend([word(WORDS - 2), word(WORDS - 1)]);
        }
    }
    let own = EARLIER as usize * COLUMNS.len();
    all.extend(rows[own..].iter().map(|&row| f64::from(row)));
    all
}

#[test]
fn neurons_carry_derivatives_through_what_they_meet() {
    let Some(device) = device() else { return };
    let case = case();
    let expected = expected(&case);
    assert_told(
        |text| found(&device, text, &case),
        &expected,
        SOURCE.text,
        100.0,
        &[
            (
                "events[next_event].offset <= until",
                "events[next_event].offset < until",
            ),
            ("if (carried.is_held) {", "if (false) {"),
            (
                "release_derivative(event.slope) * carried.moved",
                "release_derivative(event.slope)",
            ),
            ("    next.moved = moved;\n", ""),
            ("    next.is_held = population.is_held != 0u;\n", ""),
            ("        next.is_held = false;\n", ""),
            (
                "select(HOLDS, SUBTRACTS, population.is_held == 0u)",
                "SUBTRACTS",
            ),
            (
                "select(HOLDS, SUBTRACTS, population.is_held == 0u)",
                "HOLDS",
            ),
            ("column.first == origin.synapse", "true"),
            (
                "column.kind == SYNAPSE_DELAY",
                "column.kind == SYNAPSE_WEIGHT",
            ),
            ("neuron >= column.first && neuron < column.end", "true"),
            ("number >= population.n_drives", "false"),
            (
                "currents[drives[driven].receptor] = 1.0;",
                "currents[0] = 1.0;",
            ),
            (
                "next_driven = drawn_after(drives[driven], neuron, next_driven);",
                "next_driven.window = NONE;",
            ),
            (
                "rows[cause * parameters.n_columns + number]",
                "rows[origin.event * parameters.n_columns]",
            ),
            (
                "currents[origin.receptor] = change.y;",
                "currents[0] = change.y;",
            ),
            (
                "let step_up = carried.cell.lost + change.x;",
                "let step_up = carried.cell.lost;",
            ),
            (
                "(next_event + parameters.rows_written) * parameters.n_columns + number;",
                "next_event * parameters.n_columns;",
            ),
            (
                "if (carried.time == 0.0 && !carried.is_held) {",
                "if (carried.time == 0.0) {",
            ),
            ("!is_met && is_still(carried.cell);", "!is_met;"),
            ("    store(number, neuron, carried);\n", ""),
        ],
    );
}
