//! Derivatives of spike times with respect to chosen parameters on a GPU: against the CPU's, against the GPU's own adjoint, and
//! against themselves cut in other ways.

use spikefront::cpu::stream::{StreamGradient, StreamGradientOptions, StreamOptions};
use spikefront::gpu::stream::{
    GpuStreamOptions, SpikeDerivatives, StreamParameter, stream_derivatives,
    stream_derivatives_async,
};
use spikefront::network::{NetworkBuilder, NetworkInRows};

use crate::carried::{FLOOR, apart, chosen, collect, on_cpu, on_gpu};
use crate::gpu::available;
use crate::gpu_gradient;
use crate::networks::{differing, drawn, resets, two_currents};
use crate::spike_loss::{Contraction, UNTIL, deviation};

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
        let window = Some(network.shortest_delay() / 1.7);
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
        "let is_untouched = !is_met && is_still(carried.cell);",
        "let is_untouched = is_still(carried.cell);",
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
