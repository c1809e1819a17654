//! The largest voltage of readouts on both engines: how large, when, and how it moves.

use ndarray::{Array2, array};
use spikefront::cpu::CpuEngine;
use spikefront::event::{Maximum, Recording, Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection};
use spikefront::{
    Cotangent, Engine, GradientOptions, Jacobian, Method, Problem, Result, SimulationOptions,
};

use crate::common::{agree, draw};
use crate::device::gpu;
use crate::mutants::mutated;

const NETWORKS: u64 = 600;
const METHODS: [Method; 2] = [Method::Adjoint, Method::Forward];
/// Maxima further apart than this, in ms, are two of one height, of which rounding chose.
const FAR: f64 = 1e-3;

fn maxima(recording: &Recording) -> &[Maximum] {
    &recording.readouts()[0].maxima
}

fn voltages(recording: &Recording) -> Vec<f64> {
    maxima(recording).iter().map(|m| m.voltage).collect()
}

/// Where a maximum lies, of those that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Smooth,
    Arrival,
    End,
}

fn place(maximum: &Maximum, recording: &Recording) -> Place {
    match maximum.time {
        0.0 => Place::Start,
        time if time >= recording.duration() => Place::End,
        // A peak that rounding puts at the end of an interval has a slope that is rounding too.
        _ if maximum.slope > 1e-6 => Place::Arrival,
        _ => Place::Smooth,
    }
}

/// A loss of maxima alone, a different weight for each.
fn of_maxima(recording: &Recording) -> Cotangent {
    let mut cotangent = Cotangent::zeros(recording);
    for (ix, value) in cotangent.maxima[0].iter_mut().enumerate() {
        *value = 1.0 - 0.3 * ix as f64;
    }
    cotangent
}

/// The project's bars: a median of 1e-5 and a 99.9th percentile of 1e-3.
fn is_green(mut errors: Vec<f64>) -> bool {
    errors.sort_by(f64::total_cmp);
    let at = |share: f64| errors[((errors.len() - 1) as f64 * share) as usize];
    println!(
        "median {:.1e}, 99.9th percentile {:.1e}",
        at(0.5),
        at(0.999)
    );
    at(0.5) <= 1e-5 && at(0.999) <= 1e-3
}

/// Differences relative to the largest entry of the reference.
fn add_errors(reference: &[f64], found: &[f64], into: &mut Vec<f64>) {
    let largest = reference.iter().fold(1e-12_f64, |m, v| m.max(v.abs()));
    let pairs = reference.iter().zip(found);
    into.extend(pairs.map(|(x, y)| (x - y).abs() / largest));
}

#[test]
fn random_networks_have_the_same_maxima_and_gradients() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let (mut errors, mut controls) = ([Vec::new(), Vec::new()], Vec::new());
    let (mut n_unresolved, mut latest) = (0, 0.0_f64);
    let mut found_at = Vec::new();
    for seed in 0..NETWORKS {
        let mut drawn = draw(seed)?;
        drawn.options.record_maxima = true;
        drawn.options.longest_window = [f64::MAX, 7.0, 0.9][seed as usize % 3];
        let problem = drawn.problem();
        let (x, y) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
        if x.neurons() != y.neurons() {
            n_unresolved += 1;
            continue;
        }
        agree("maxima", &voltages(&x), &voltages(&y), 1e-5)
            .unwrap_or_else(|e| panic!("{seed}: {e}"));
        let pairs = || maxima(&x).iter().zip(maxima(&y));
        let apart = pairs().map(|(x, y)| (x.time - y.time).abs());
        let apart = apart.fold(0.0, f64::max);
        if apart > FAR {
            n_unresolved += 1;
            continue;
        }
        latest = latest.max(apart);
        for (here, there) in pairs() {
            assert_eq!(
                place(here, &x),
                place(there, &y),
                "{seed}: {here:?} {there:?}"
            );
            assert!(
                (here.slope - there.slope).abs() < 1e-4,
                "{seed}: {here:?} {there:?}"
            );
        }
        found_at.extend(maxima(&x).iter().map(|maximum| place(maximum, &x)));
        for (ix, method) in METHODS.into_iter().enumerate() {
            // Forward propagation on a software driver is slow.
            if method == Method::Forward && !seed.is_multiple_of(10) {
                continue;
            }
            let options = GradientOptions::everything(method);
            let reference = cpu.gradient(&problem, &x, &of_maxima(&x), &options)?;
            let found = gpu.gradient(&problem, &y, &of_maxima(&y), &options)?;
            add_errors(&reference.parameters, &found.parameters, &mut errors[ix]);
            add_errors(&reference.input_times, &found.input_times, &mut errors[ix]);
            // Negative control: one weight of the loss is off.
            let mut wrong = of_maxima(&y);
            wrong.maxima[0][0] *= 1.01;
            let wrong = gpu.gradient(&problem, &y, &wrong, &options)?;
            add_errors(&reference.parameters, &wrong.parameters, &mut controls);
        }
    }
    let n = |place| found_at.iter().filter(|&&found| found == place).count();
    let counts = [Place::Smooth, Place::Arrival, Place::End].map(n);
    println!(
        "smooth, at an arrival, at the end: {counts:?}; {n_unresolved} left out; {latest:.1e} ms apart"
    );
    assert!(counts.into_iter().all(|n| n > 10));
    assert!(n_unresolved <= 2, "{n_unresolved}");
    for errors in errors {
        assert!(is_green(errors));
    }
    assert!(!is_green(controls));
    Ok(())
}

/// Six readouts of four inputs that arrive at 2, 5, 6 and 6 ms, or a little apart; with all times `unit` times as long.
fn by_hand(has_own_delays: bool, unit: f64) -> Result<(Network, SpikeBatch)> {
    let mut builder = Network::builder();
    let input = builder.input("input", 4);
    let neuron = Neuron::leaky_integrator()
        .tau_membrane(10.0 * unit)
        .tau_synapse(5.0 * unit);
    let readout = builder.population("readout", 6, neuron.rest(0.2).initial(0.2));
    // One that is held down, one that ends high, one with a smooth peak, one that an arrival turns down, one that
    // only two at once turn down, one that nothing reaches.
    let weights = array![
        [-0.4, 0.05, 0.5, 0.6, 0.6, 0.0],
        [-0.1, 0.05, -0.01, -0.9, 0.1, 0.0],
        [-0.1, 0.3, 0.0, 0.1, -0.06, 0.0],
        [-0.2, 0.4, -0.1, 0.0, -0.3, 0.0]
    ];
    let projection = Projection::dense(weights / unit);
    let projection = match has_own_delays {
        false => projection.delay(unit),
        true => projection.delays(Array2::from_shape_fn((4, 6), |(row, column)| {
            unit + 0.05 * unit * (row / 2 * column) as f64
        })),
    };
    builder.connect(input, readout, projection);
    let mut inputs = SpikeBatch::new();
    let at = [1.0, 4.0, 5.0, 5.0].map(|time| unit * time);
    inputs.push_sample(&std::array::from_fn::<_, 4, _>(|unit| Spike {
        unit,
        time: at[unit],
    }))?;
    Ok((builder.build()?, inputs))
}

const EXPECTED: [Place; 6] = [
    Place::Start,
    Place::End,
    Place::Smooth,
    Place::Arrival,
    Place::Arrival,
    Place::Start,
];

/// The derivatives of a maximum.
fn row(jacobian: &Jacobian, n_times: usize, neuron: usize) -> Vec<f64> {
    // Behind spikes, voltages and integrals.
    let row = jacobian.n_spikes + 6 * n_times + 6 + neuron;
    let (x, y) = (jacobian.parameters.row(row), jacobian.input_times.row(row));
    x.iter().chain(y).copied().collect()
}

/// In one window, in windows that begin with the arrivals, and in others; with and without voltages requested at the
/// moments of the maxima.
#[test]
fn wherever_a_maximum_lies_its_derivative_is_that_of_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let mut n_told_apart = 0;
    for (has_own_delays, unit, window) in [
        (false, 1.0, f64::MAX),
        (false, 1.0, 1.0),
        (false, 1.0, 0.7),
        // A length that single precision rounds down, and one that it rounds up.
        (false, 0.7, 0.7),
        (false, 0.3, 0.3),
        (true, 1.0, f64::MAX),
        (true, 1.0, 1.0),
    ] {
        let (network, inputs) = by_hand(has_own_delays, unit)?;
        let parameters = network.parameters(0);
        let mut options = SimulationOptions::new(8.0 * unit);
        options.longest_window = window;
        options.record_maxima = true;
        for is_looked_at in [false, true] {
            let problem = Problem {
                network: &network,
                parameters: &parameters,
                inputs: &inputs,
                options: &options,
            };
            let (x, y) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
            let what = format!("{has_own_delays} {unit} {window} {is_looked_at}");
            agree("voltages", &voltages(&x), &voltages(&y), 1e-6).expect(&what);
            for (ix, (here, there)) in maxima(&x).iter().zip(maxima(&y)).enumerate() {
                assert_eq!(place(here, &x), EXPECTED[ix], "{what} {ix}: {here:?}");
                assert_eq!(place(there, &y), EXPECTED[ix], "{what} {ix}: {there:?}");
                assert!(
                    (here.time - there.time).abs() < 1e-5,
                    "{what}: {here:?} {there:?}"
                );
                assert!(
                    (here.slope - there.slope).abs() < 1e-6,
                    "{what}: {here:?} {there:?}"
                );
            }
            let n_times = options.voltage_times.len();
            let mut distinct: Vec<f64> = maxima(&x).iter().map(|m| m.time).collect();
            for method in METHODS {
                let everything = GradientOptions::everything(method);
                let reference = cpu.jacobian(&problem, &x, 0, &everything)?;
                // Of either engine's recording: moments differ in their last digits.
                for recording in [&x, &y] {
                    let found = gpu.jacobian(&problem, recording, 0, &everything)?;
                    let by_cpu = cpu.jacobian(&problem, recording, 0, &everything)?;
                    for (neuron, expected) in EXPECTED.into_iter().enumerate() {
                        let [x, y, z] = [&reference, &found, &by_cpu]
                            .map(|jacobian| row(jacobian, n_times, neuron));
                        for other in [&y, &z] {
                            agree("derivatives", &x, other, 1e-5)
                                .unwrap_or_else(|e| panic!("{what} {method} {neuron}: {e}"));
                        }
                        assert_eq!(expected == Place::Start, y.iter().all(|&d| d == 0.0));
                    }
                    // Negative control: V at a fixed time is not enough where an arrival made the maximum.
                    if n_times > 0 {
                        for neuron in [3, 4] {
                            let time = options
                                .voltage_times
                                .iter()
                                .position(|&t| t == maxima(&x)[neuron].time);
                            let fixed = found.n_spikes + 6 * time.expect("requested") + neuron;
                            let moving = row(&found, n_times, neuron);
                            let fixed = found.parameters.row(fixed).to_vec();
                            let differs = agree("", &fixed, &moving[..fixed.len()], 1e-2).is_err();
                            n_told_apart += usize::from(differs);
                        }
                    }
                }
            }
            distinct.retain(|&time| time > 0.0);
            options.add_voltage_times(&distinct);
        }
    }
    assert_eq!(n_told_apart, 7 * 2 * 2 * 2);
    Ok(())
}

/// More arrivals in one window than a dispatch works through.
#[test]
fn a_maximum_among_thousands_of_arrivals_is_found_again() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let mut builder = Network::builder();
    let input = builder.input("input", 3);
    let readout = builder.population("readout", 2, Neuron::leaky_integrator());
    let weights = array![[0.02, -0.01], [0.01, 0.03], [-0.025, 0.01]];
    builder.connect(input, readout, Projection::dense(weights).delay(0.5));
    let network = builder.build()?;
    let spike = |k: usize| Spike {
        unit: (k * k + k / 300) % 3,
        time: 0.01 * k as f64,
    };
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&(0..2900).map(spike).collect::<Vec<_>>())?;
    let mut options = SimulationOptions::new(30.0);
    options.record_maxima = true;
    let problem = Problem {
        network: &network,
        parameters: &network.parameters(0),
        inputs: &inputs,
        options: &options,
    };
    let (x, y) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
    agree("maxima", &voltages(&x), &voltages(&y), 1e-5).expect("maxima");
    for (here, there) in maxima(&x).iter().zip(maxima(&y)) {
        println!("{here:?} {there:?}");
        assert!((here.time - there.time).abs() < 1e-3, "{here:?} {there:?}");
    }
    for method in METHODS {
        for options in [
            GradientOptions::everything(method),
            GradientOptions::default().method(method),
        ] {
            let reference = cpu.gradient(&problem, &x, &of_maxima(&x), &options)?;
            let found = gpu.gradient(&problem, &y, &of_maxima(&y), &options)?;
            let same = |x: &[f64]| agree("gradient", &reference.parameters, x, 1e-4);
            same(&found.parameters).unwrap_or_else(|e| panic!("{method}: {e}"));
            // Negative control: a maximum that counts a thousandth more than it should.
            let (right, wrong) = match method {
                Method::Adjoint => (
                    "+= maximum_adjoint(slot, ix);",
                    "+= 1.001 * maximum_adjoint(slot, ix);",
                ),
                Method::Forward => (
                    "var sum = (*carried).potential;",
                    "var sum = 1.001 * (*carried).potential;",
                ),
            };
            let Some(mutant) = mutated(right, wrong) else {
                return Ok(());
            };
            let found = mutant.gradient(&problem, &y, &of_maxima(&y), &options)?;
            assert!(same(&found.parameters).is_err(), "{wrong:?} passes");
        }
    }
    Ok(())
}
