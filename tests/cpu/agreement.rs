//! Two thousand random networks: forward propagation, the adjoint, the plain kernel and
//! central differences must tell the same story; each comparison has a control that must fail.

mod synaptic_delays;

use crate::common::{Drawn, agree, cotangent, draw};
use crate::differences::difference;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{ReadoutRecording, Recording};
use spikefront::{Cotangent, Engine, Gradient, GradientOptions, Method, Result};

const NETWORKS: u64 = 2_000;

/// Forward and adjoint are sums of the same terms in another order.
const METHODS: f64 = 1e-12;

/// The frame and the plain kernel place a spike by different roundings; a spike's error is
/// that of the potential over the slope, and is handed on to later spikes.
const KERNELS: f64 = 1e-9;

/// With the largest voltage of each readout recorded, which is off unless asked for.
fn with_maxima(seed: u64) -> Result<Drawn> {
    let mut drawn = draw(seed)?;
    drawn.options.record_maxima = true;
    Ok(drawn)
}

fn everything(
    engine: &CpuEngine,
    drawn: &Drawn,
    recording: &Recording,
    cotangent: &Cotangent,
    method: Method,
) -> Result<Gradient> {
    let options = GradientOptions::everything(method);
    engine.gradient(&drawn.problem(), recording, cotangent, &options)
}

fn same_gradient(x: &Gradient, y: &Gradient, tolerance: f64) -> std::result::Result<(), String> {
    agree("parameters", &x.parameters, &y.parameters, tolerance)?;
    agree("input times", &x.input_times, &y.input_times, tolerance)
}

fn smallest_slope(recording: &Recording) -> f64 {
    recording.slopes().iter().copied().fold(f64::MAX, f64::min)
}

#[test]
fn forward_adjoint_and_plain_agree() -> Result<()> {
    let (auto, plain) = (CpuEngine::new(), CpuEngine::new().kernel(Kernel::Plain));
    let (mut spikes, mut grazing) = (0, 0);
    for seed in 0..NETWORKS {
        let drawn = with_maxima(seed)?;
        let recording = auto.simulate(&drawn.problem())?;
        spikes += recording.n_spikes();
        let cotangent = cotangent(&recording, seed);
        let adjoint = everything(&auto, &drawn, &recording, &cotangent, Method::Adjoint)?;
        let forward = everything(&auto, &drawn, &recording, &cotangent, Method::Forward)?;
        same_gradient(&adjoint, &forward, METHODS).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        // A spike that nearly grazes magnifies rounding by one over its slope.
        if smallest_slope(&recording) < 1e-3 {
            grazing += 1;
            continue;
        }
        let other = plain.simulate(&drawn.problem())?;
        assert_eq!(recording.neurons(), other.neurons(), "seed {seed}");
        let compare = |what: &str, x: &[f64], y: &[f64]| {
            agree(what, x, y, KERNELS).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        };
        compare("times", recording.times(), other.times());
        compare("slopes", recording.slopes(), other.slopes());
        for (x, y) in recording.readouts().iter().zip(other.readouts()) {
            compare("integrals", &x.integrals, &y.integrals);
            compare("voltages", &x.voltages, &y.voltages);
            compare("maxima", &voltages(x), &voltages(y));
        }
        let witness = everything(&plain, &drawn, &recording, &cotangent, Method::Adjoint)?;
        compare("gradient", &adjoint.parameters, &witness.parameters);
    }
    println!("{NETWORKS} networks, {spikes} spikes, {grazing} with a slope below 1e-3");
    assert!(spikes > 20 * NETWORKS as usize && grazing < NETWORKS / 10);
    Ok(())
}

#[test]
fn a_weight_off_by_a_millionth_turns_the_comparisons_red() -> Result<()> {
    let engine = CpuEngine::new();
    let mut drawn = draw(5)?;
    let recording = engine.simulate(&drawn.problem())?;
    let cotangent = cotangent(&recording, 5);
    let before = everything(&engine, &drawn, &recording, &cotangent, Method::Adjoint)?;
    for weight in drawn.parameters.values_mut().iter_mut().take(6) {
        *weight *= 1.0 + 1e-6;
    }
    let moved = engine.simulate(&drawn.problem())?;
    assert!(agree("times", recording.times(), moved.times(), KERNELS).is_err());
    let mut after = everything(&engine, &drawn, &moved, &cotangent, Method::Forward)?;
    assert!(same_gradient(&before, &after, METHODS).is_err());
    after.parameters[0] = f64::NAN;
    assert!(same_gradient(&after, &after, 1.0).is_err());
    Ok(())
}

/// The largest voltages themselves.
fn voltages(readout: &ReadoutRecording) -> Vec<f64> {
    readout.maxima.iter().map(|m| m.voltage).collect()
}

#[test]
fn central_differences_agree() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut compared, mut passed_over, mut told_apart) = (0, 0, 0);
    for seed in 0..NETWORKS {
        let drawn = with_maxima(seed)?;
        let recording = engine.simulate(&drawn.problem())?;
        let cotangent = cotangent(&recording, seed);
        let gradient = everything(&engine, &drawn, &recording, &cotangent, Method::Adjoint)?;
        // One parameter of each kind by turns; a delay of zero has no other side.
        let tensors = drawn.network.layout().tensors().iter();
        let asked = GradientOptions::everything(Method::Adjoint);
        let tensors: Vec<_> = tensors.filter(|tensor| asked.asks(tensor.kind)).collect();
        let tensor = tensors[seed as usize % tensors.len()];
        let ix = tensor.range.start + seed as usize % tensor.range.len();
        let value = drawn.parameters.values()[ix];
        if tensor.name.ends_with("delay") && value < 1e-3 {
            passed_over += 1;
            continue;
        }
        let found = (&recording, &cotangent);
        let Some(fine) = difference(&engine, &drawn, found, ix, 2e-6)? else {
            passed_over += 1;
            continue;
        };
        let scale = 1.0 + fine.abs();
        let exact = gradient.parameters[ix];
        assert!(
            (exact - fine).abs() < 1e-5 * scale,
            "seed {seed}, {}: {exact} against {fine}",
            tensor.name
        );
        // Negative control: the derivative with respect to the next parameter of the tensor is another.
        let next = tensor.range.start + (seed as usize + 1) % tensor.range.len();
        told_apart += u64::from((gradient.parameters[next] - fine).abs() > 1e-5 * scale);
        compared += 1;
    }
    println!("{compared} networks compared, {passed_over} without a difference to trust");
    assert!(compared > NETWORKS / 2);
    assert!(told_apart > compared / 2, "{told_apart} of {compared}");
    Ok(())
}
