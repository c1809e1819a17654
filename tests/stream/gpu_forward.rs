//! Derivatives of spike times with respect to chosen parameters on a GPU: against the CPU's, against the GPU's own adjoint, and
//! against themselves cut in other ways.

use spikefront::Result;
use spikefront::cpu::stream::{StreamGradient, StreamGradientOptions, StreamOptions, StreamSpike};
use spikefront::gpu::stream::{
    GpuStreamOptions, SpikeDerivatives, StreamParameter, stream_derivatives,
    stream_derivatives_async,
};
use spikefront::network::{NetworkBuilder, NetworkInRows};

use crate::gpu::available;
use crate::gpu_gradient;
use crate::networks::{differing, drawn, resets, two_currents};
use crate::spike_loss::{Contraction, UNTIL, deviation};

const FLOOR: f64 = 1e-6;

/// What a run answers: spikes in windows of so many ms, and for each a row.
#[derive(Debug, PartialEq)]
pub struct Found {
    pub spikes: Vec<StreamSpike>,
    pub rows: Vec<f64>,
    pub grazing: u64,
}

pub fn collect(
    run: impl FnOnce(&mut dyn FnMut(SpikeDerivatives) -> Result<()>) -> Result<u64>,
) -> Result<Found> {
    let (mut spikes, mut rows) = (Vec::new(), Vec::new());
    let mut note = |found: SpikeDerivatives| {
        assert!(!found.spikes.is_empty());
        spikes.extend_from_slice(found.spikes);
        rows.extend_from_slice(found.rows);
        Ok(())
    };
    let grazing = run(&mut note)?;
    Ok(Found {
        spikes,
        rows,
        grazing,
    })
}

pub fn on_gpu(
    network: &NetworkInRows,
    parameters: &[StreamParameter],
    device: &GpuStreamOptions,
    until: f64,
) -> Result<Found> {
    collect(|note| stream_derivatives(network, device, parameters, FLOOR, until, note))
}

pub fn on_cpu(network: &NetworkInRows, parameters: &[StreamParameter]) -> Found {
    let options = StreamOptions::default();
    let run = |note: &mut dyn FnMut(SpikeDerivatives) -> Result<()>| {
        spikefront::cpu::stream::stream_derivatives(
            network, options, parameters, FLOOR, UNTIL, note,
        )
    };
    collect(run).unwrap()
}

/// Some parameters of every kind that a network has, which has so many drives.
pub fn chosen(network: &NetworkInRows, drives: usize) -> Vec<StreamParameter> {
    let mut all = Vec::new();
    let (n, neurons) = (network.synapses(), network.neurons() as u32);
    for k in 0..6 {
        all.push(StreamParameter::Weight((n * k / 6 + k) % n));
        all.push(StreamParameter::Delay((n * k / 6 + 2 * k) % n));
    }
    for population in network.populations() {
        let id = network.population_named(&population.name).unwrap();
        if population.neuron.threshold.is_some() {
            let middle = (population.neurons.start + population.neurons.end) / 2;
            all.push(StreamParameter::Threshold(id));
            all.push(StreamParameter::NeuronThreshold(middle));
            all.push(StreamParameter::InitialPotential(middle));
        }
    }
    all.extend((0..drives).map(StreamParameter::Drive));
    for (name, channel, spike) in [
        ("stimulus", 0, 1),
        ("first", 0, 17),
        ("first", 1, 1),
        ("second", 0, 0),
    ] {
        if let Ok(generators) = network.generators_named(name) {
            all.push(StreamParameter::GeneratorTime {
                generators,
                channel,
                spike,
            });
        }
    }
    all.push(StreamParameter::InitialPotential(neurons - 1));
    all
}

/// Entries from which on a column's median is held to the project's bar; below, all may hang on one spike that grazes.
const MANY: usize = 20;

/// Which columns are farther apart than the project's bars for single precision allow: of the largest entry a median of 1e-5 and a
/// 99.9th percentile of 1e-3.
pub fn apart(found: &Found, exact: &Found, n_columns: usize, is_told: bool) -> Vec<String> {
    let rows = |found: &Found| {
        let rows = found.rows.chunks(n_columns).map(<[f64]>::to_vec);
        let mut rows: Vec<(u32, u64, f64, Vec<f64>)> = found
            .spikes
            .iter()
            .zip(rows)
            .map(|(s, row)| (s.neuron, s.window, s.offset, row))
            .collect();
        rows.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        rows
    };
    let (found, exact) = (rows(found), rows(exact));
    if !found
        .iter()
        .map(|row| row.0)
        .eq(exact.iter().map(|row| row.0))
    {
        return vec![format!("{} and {} spikes", found.len(), exact.len())];
    }
    let (mut faults, mut worst) = (Vec::new(), [0.0_f64; 2]);
    for column in 0..n_columns {
        let pairs = found.iter().zip(&exact);
        let pairs = pairs.map(|(a, b)| (a.3[column], b.3[column]));
        let pairs: Vec<_> = pairs.filter(|(a, b)| *a != 0.0 || *b != 0.0).collect();
        let largest = pairs.iter().map(|(_, b)| b.abs()).fold(1e-12, f64::max);
        let mut errors: Vec<f64> = pairs.iter().map(|(a, b)| (a - b).abs() / largest).collect();
        if errors.is_empty() {
            continue;
        }
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| errors[((errors.len() - 1) as f64 * share).ceil() as usize];
        let (median, most) = (at(0.5), at(0.999));
        worst = [worst[0].max(median), worst[1].max(most)];
        let bar = if errors.len() < MANY { 1e-3 } else { 1e-5 };
        // A NaN is within no bar.
        if !(median <= bar && most <= 1e-3) {
            faults.push(format!(
                "column {column}: {} entries, median {median:.1e}, 99.9th percentile {most:.1e}",
                errors.len()
            ));
        }
    }
    if is_told {
        println!(
            "  {} spikes, {n_columns} columns: median {:.1e}, 99.9th percentile {:.1e} at most",
            found.len(),
            worst[0],
            worst[1]
        );
    }
    faults
}

type Build = fn(u64) -> NetworkBuilder;

/// With a seed, and how many drives there are.
const NETWORKS: [(&str, Build, u64, usize); 4] = [
    ("two currents", two_currents, 1, 0),
    ("drawn", drawn, 2, 3),
    ("resets", resets, 1, 2),
    ("differing", differing, 3, 5),
];

#[test]
fn the_gpu_finds_the_derivatives_of_the_cpu() {
    let plain = GpuStreamOptions::default();
    for (name, build, seed, drives) in NETWORKS {
        let network = build(seed).build_in_rows().unwrap();
        let parameters = chosen(&network, drives);
        let Some(found) = available(on_gpu(&network, &parameters, &plain, UNTIL)) else {
            return;
        };
        let exact = on_cpu(&network, &parameters);
        println!("{name}, seed {seed}:");
        let faults = apart(&found, &exact, parameters.len(), true);
        assert!(faults.is_empty(), "{name}: {faults:?}");
        assert_eq!(found.grazing, exact.grazing, "{name}");
        let moved = |column: usize| {
            let column = exact.rows.iter().skip(column).step_by(parameters.len());
            column.filter(|value| **value != 0.0).count()
        };
        let columns = (0..parameters.len()).filter(|&column| moved(column) > 0);
        let columns = columns.count();
        assert!(columns > parameters.len() / 3, "{name}: {columns} move");
        // The comparison can tell one spike from the next.
        let mut shifted = exact;
        shifted.rows.rotate_left(parameters.len());
        assert!(!apart(&found, &shifted, parameters.len(), false).is_empty());
    }
}

/// The derivative of the loss by a parameter.
fn of_adjoint(
    network: &NetworkInRows,
    gradient: &StreamGradient,
    parameter: StreamParameter,
) -> f64 {
    match parameter {
        StreamParameter::Weight(place) => gradient.weights[place as usize],
        StreamParameter::Delay(place) => gradient.delays[place as usize],
        StreamParameter::Threshold(id) => gradient.thresholds[id.index()],
        StreamParameter::NeuronThreshold(neuron) => gradient.neuron_thresholds[neuron as usize],
        StreamParameter::Drive(drive) => gradient.drives[drive],
        StreamParameter::GeneratorTime {
            generators,
            channel,
            spike,
        } => {
            let second = network.generators_named("second");
            let number = usize::from(second.is_ok_and(|second| second == generators));
            gradient.generator_times[number][channel as usize][spike]
        }
        StreamParameter::InitialPotential(neuron) => gradient.initial_potentials[neuron as usize],
    }
}

#[test]
fn the_gpus_adjoint_says_the_same() {
    let plain = GpuStreamOptions::default();
    for (name, build, seed, drives) in NETWORKS {
        let network = build(seed).build_in_rows().unwrap();
        let parameters = chosen(&network, drives);
        let mut contraction = Contraction::new(&network, parameters.len());
        let add = |found: SpikeDerivatives| {
            contraction.add(found);
            Ok(())
        };
        let carried = stream_derivatives(&network, &plain, &parameters, FLOOR, UNTIL, add);
        if available(carried).is_none() {
            return;
        }
        let options = StreamGradientOptions::default().slope_floor(FLOOR);
        let gradient = gpu_gradient::on_gpu(&network, &options, &plain).unwrap();
        // Of one kind each: kinds differ in size.
        let kinds: std::collections::HashSet<_> =
            parameters.iter().map(std::mem::discriminant).collect();
        for kind in kinds {
            let pairs = parameters.iter().zip(&contraction.derivatives);
            let own = pairs.filter(|(parameter, _)| std::mem::discriminant(*parameter) == kind);
            let own: Vec<(f64, f64)> = own
                .map(|(parameter, value)| (*value, of_adjoint(&network, &gradient, *parameter)))
                .collect();
            if own.iter().all(|pair| *pair == (0.0, 0.0)) {
                continue;
            }
            let off = deviation(&own);
            println!(
                "{name}: {} of {kind:?}, {off:.1e} of the largest",
                own.len()
            );
            assert!(off < 1e-3, "{name}: {own:?}");
        }
        let next = contraction.derivatives.iter().zip(&parameters[1..]);
        let next: Vec<_> = next
            .map(|(v, p)| (*v, of_adjoint(&network, &gradient, *p)))
            .collect();
        assert!(
            deviation(&next) > 1e-2,
            "the comparison can tell one parameter from the next"
        );
    }
}

#[test]
fn room_parts_blocks_and_columns_change_no_bit() {
    let plain = GpuStreamOptions::default();
    for (name, build, seed, drives) in NETWORKS {
        let network = build(seed).build_in_rows().unwrap();
        let parameters = chosen(&network, drives);
        let Some(whole) = available(on_gpu(&network, &parameters, &plain, UNTIL)) else {
            return;
        };
        // Room for one of everything, and blocks of a few windows.
        let tight = on_gpu(&network, &parameters, &plain.tight(true), UNTIL).unwrap();
        assert!(tight == whole, "{name}");
        let in_parts = on_gpu(&network, &parameters, &plain.binding(Some(5000)), UNTIL).unwrap();
        assert!(in_parts == whole, "{name}");
        let shorter = on_gpu(&network, &parameters, &plain, 17.3).unwrap();
        let n = shorter.spikes.len();
        assert!(n > 10 && shorter.spikes == whole.spikes[..n], "{name}");
        assert!(shorter.rows == whole.rows[..n * parameters.len()], "{name}");
        // Each column alone is the same column.
        let (few, rest) = parameters.split_at(5);
        let few = on_gpu(&network, few, &plain, UNTIL).unwrap();
        let rest = on_gpu(&network, rest, &plain, UNTIL).unwrap();
        let rows = few
            .rows
            .chunks(5)
            .zip(rest.rows.chunks(parameters.len() - 5));
        let rows: Vec<f64> = rows.flat_map(|(a, b)| [a, b].concat()).collect();
        assert!(rows == whole.rows, "{name}");
        // The comparison can tell.
        let window = Some(network.shortest_delay() / 3.3);
        let other = plain.simulation(StreamOptions::default().window(window));
        let other = on_gpu(&network, &parameters, &other, UNTIL).unwrap();
        assert!(other != whole, "{name}");
    }
}

#[test]
fn without_parameters_or_blocking_spikes_are_the_same() {
    let network = two_currents(1).build_in_rows().unwrap();
    let plain = GpuStreamOptions::default();
    let parameters = chosen(&network, 0);
    let Some(whole) = available(on_gpu(&network, &parameters, &plain, UNTIL)) else {
        return;
    };
    let none = on_gpu(&network, &[], &plain, UNTIL).unwrap();
    assert!(none.spikes == whole.spikes && none.rows.is_empty());
    let awaited = collect(|note| {
        let work = stream_derivatives_async(&network, &plain, &parameters, FLOOR, UNTIL, note);
        pollster::block_on(work)
    });
    assert!(awaited.unwrap() == whole);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let network = drawn(1).build_in_rows().unwrap();
    let plain = GpuStreamOptions::default();
    let weight = StreamParameter::Weight(3);
    let refused =
        |parameters: &[StreamParameter], floor: f64, until: f64, device: &GpuStreamOptions| {
            stream_derivatives(&network, device, parameters, floor, until, |_| Ok(()))
        };
    if available(refused(&[weight], FLOOR, 0.5, &plain)).is_none() {
        return;
    }
    let beyond = StreamParameter::Weight(network.synapses());
    for (parameters, floor, until, named) in [
        ([weight, beyond], FLOOR, 1.0, "parameters[1]"),
        ([weight, weight], 0.0, 1.0, "slope_floor"),
        ([weight, weight], FLOOR, f64::NAN, "until"),
        ([weight, weight], FLOOR, 1e12, "until"),
    ] {
        let error = refused(&parameters, floor, until, &plain).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
    // Ten bytes for each neuron and column are too few; how many columns fit is said, and holds.
    let with = |memory: u64| plain.gpu(plain.gpu.memory(Some(memory)));
    let many = vec![weight; 60];
    let memory = 256 << 10;
    let error = refused(&many, FLOOR, 5.0, &with(memory))
        .unwrap_err()
        .to_string();
    let fit: usize = error
        .split(" parameters fit at once")
        .next()
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|fit| fit.parse().ok())
        .unwrap_or_else(|| panic!("{error}"));
    assert!((1..60).contains(&fit), "{error}");
    assert!(refused(&many[..fit], FLOOR, 0.5, &with(memory)).is_ok());
    assert!(refused(&many[..fit + 1], FLOOR, 0.5, &with(memory)).is_err());
}

const MUTANTS: [(&str, &str); 16] = [
    // What arrives, and where it comes from.
    (
        "parameters.first_synapse + piece.derivatives + ix",
        "piece.derivatives + ix + 1u",
    ),
    (
        "if (event.is_release != 0u || number >= source.n_pieces) {",
        "if (number >= source.n_pieces) {",
    ),
    (
        "origin.offset = delay_offset(delay, event.offset);",
        "origin.offset = event.offset;",
    ),
    (
        "origin.weight = bitcast<f32>(synapses[piece.weights + ix]);",
        "",
    ),
    (
        "origins[first + n].event = NONE;",
        "origins[first].event = NONE;",
    ),
    ("    sort_origins(first, n);\n", ""),
    // Drives.
    (
        "while (upcoming[at].window < parameters.window) {",
        "while (upcoming[at].window <= parameters.window) {",
    ),
    // Events.
    (
        "events[next_event].offset <= until",
        "events[next_event].offset < 0.0",
    ),
    (
        "let moved = spike_time(jump, carried.cell.potential + carried.cell.lost, is_threshold);",
        "let moved = spike_time(jump, 0.0, is_threshold);",
    ),
    ("    next.moved = moved;\n", ""),
    (
        "select(HOLDS, SUBTRACTS, population.is_held == 0u);\n    let amount = population.threshold - population.reset_potential;\n    let jump = spike_jump(rule, population.membrane_rate, amount, event.slope, 0.0);\n    let moved",
        "HOLDS;\n    let amount = population.threshold - population.reset_potential;\n    let jump = spike_jump(rule, population.membrane_rate, amount, event.slope, 0.0);\n    let moved",
    ),
    (
        "neuron >= column.first && neuron < column.end",
        "neuron == column.first",
    ),
    // Arrivals.
    (
        "f32(is_it && column.kind == SYNAPSE_DELAY)",
        "f32(is_it && column.kind == SYNAPSE_WEIGHT)",
    ),
    (
        "population.synapse_rates[origin.receptor], origin, moved, heavier)",
        "population.synapse_rates[0], origin, moved, heavier)",
    ),
    // From window to window.
    (
        "if (!is_met && is_still(carried.cell)) {",
        "if (is_still(carried.cell)) {",
    ),
    ("    store(number, neuron, carried);\n", ""),
];

#[test]
fn shaders_with_one_thing_wrong_are_told() {
    let network = resets(1).build_in_rows().unwrap();
    let parameters = chosen(&network, 2);
    let exact = on_cpu(&network, &parameters);
    let run = |mutation| {
        let device = GpuStreamOptions::default().mutation(mutation);
        available(on_gpu(&network, &parameters, &device, UNTIL))
    };
    let Some(right) = run(None) else { return };
    assert!(apart(&right, &exact, parameters.len(), false).is_empty());
    for (right, wrong) in MUTANTS {
        let mut kernels = spikefront::gpu::kernels::ALL.iter();
        assert!(
            kernels.any(|source| source.text.contains(right)),
            "no kernel has {right:?}"
        );
        let Some(found) = run(Some((right, wrong))) else {
            return;
        };
        let faults = apart(&found, &exact, parameters.len(), false);
        println!(
            "{wrong:?}: {} of {} columns",
            faults.len(),
            parameters.len()
        );
        assert!(!faults.is_empty(), "{wrong:?} instead of {right:?} passes");
    }
}
