//! What a file leaves open: found in its numbers, or refused.

use super::neurons::Neurons;
use super::{NirGraph, NirOptions, NirSpikeJump, NirTimeUnit};
use crate::{Error, Result};

/// Time constants up to so many are in seconds: 200 ms.
const MOST_SECONDS: f64 = 0.2;
/// And from so many on in ms.
const LEAST_MS: f64 = 2.0;
/// How near to one another two numbers are that are one but for single precision.
const SAME: f64 = 1e-6;

/// What times are in, and why.
pub(super) fn time_unit(
    graph: &NirGraph,
    neurons: &[Neurons],
    options: &NirOptions,
    notes: &mut Vec<String>,
) -> Result<NirTimeUnit> {
    let longest = neurons.iter().map(|of| (of.longest(), of.node));
    let longest = longest.max_by(|(x, _), (y, _)| x.total_cmp(y));
    let (tau, node) = longest.unwrap_or_default();
    let why = format!(
        "the longest time constant is {tau} (node {:?})",
        graph.nodes[node].name
    );
    let (unit, why) = match options.time_unit {
        Some(unit) => (unit, "as asked".to_owned()),
        None if tau <= MOST_SECONDS => (NirTimeUnit::Seconds, why),
        None if tau >= LEAST_MS => (NirTimeUnit::Milliseconds, why),
        None => {
            return Err(Error::invalid(
                "time unit of the graph",
                "not said",
                format!("{why}, which may be seconds or ms: say which"),
            ));
        }
    };
    let name = match unit {
        NirTimeUnit::Seconds => "seconds",
        NirTimeUnit::Milliseconds => "ms",
    };
    notes.push(format!("times are in {name}: {why}"));
    Ok(unit)
}

/// What a spike adds to a current, and why; `neurons` are those that spikes arrive at.
pub(super) fn spike_jump(
    graph: &NirGraph,
    neurons: &[&Neurons],
    unit: NirTimeUnit,
    options: &NirOptions,
    notes: &mut Vec<String>,
) -> Result<NirSpikeJump> {
    let (jump, why) = if let Some(jump) = options.spike_jump {
        (jump, "as asked".to_owned())
    } else if is_delta(neurons) {
        (
            NirSpikeJump::Delta,
            "w_in is tau_syn in every neuron, so that it adds its weight".to_owned(),
        )
    } else if let Some(step) = step(neurons) {
        let why = "w_in is tau_syn / step and r is tau_mem / step in every neuron, as snnTorch exports them";
        (NirSpikeJump::Step(step * unit.in_ms()), why.to_owned())
    } else {
        return Err(undecided(graph, neurons));
    };
    if let NirSpikeJump::Step(step) = jump
        && !(step > 0.0 && step.is_finite())
    {
        return Err(Error::invalid(
            "step of the graph's writer",
            step,
            "give a time in ms above zero",
        ));
    }
    notes.push(match jump {
        NirSpikeJump::Weight => format!("a spike adds its weight to the current: {why}"),
        NirSpikeJump::WeightTimesInput => format!("a spike adds weight x w_in to the current: {why}"),
        NirSpikeJump::Delta => format!("a spike adds weight x w_in / tau_syn to the current, as a Dirac delta: {why}"),
        NirSpikeJump::Step(step) => {
            format!("a spike adds weight x w_in x step / tau_syn to the current, the step being {step} ms: {why}")
        }
    });
    Ok(jump)
}

/// Whether every neuron's input weight is its synaptic time constant; not where all are 1, which is what is left unsaid.
fn is_delta(neurons: &[&Neurons]) -> bool {
    let synapses = neurons.iter().filter_map(|of| of.synapse.as_ref());
    let mut pairs = synapses.flat_map(|synapse| synapse.tau.iter().zip(&synapse.input_weight));
    let all = pairs.clone().all(|(tau, weight)| tau == weight);
    all && pairs.any(|(tau, _)| *tau != 1.0)
}

/// The step that every neuron's constants agree on, in the file's unit.
fn step(neurons: &[&Neurons]) -> Option<f64> {
    let mut found: Option<f64> = None;
    for of in neurons {
        let synapse = of.synapse.as_ref()?;
        for neuron in 0..of.size {
            let (weight, resistance) = (synapse.input_weight[neuron], of.resistance[neuron]);
            // A step is shorter than both time constants.
            if !(weight > 1.0 && resistance > 1.0) {
                return None;
            }
            for step in [
                synapse.tau[neuron] / weight,
                of.tau_membrane[neuron] / resistance,
            ] {
                let first = *found.get_or_insert(step);
                if (step / first - 1.0).abs() > SAME {
                    return None;
                }
            }
        }
    }
    // The number that was meant, where single precision is between.
    let step = found?;
    let rounded: f64 = format!("{step:.5e}").parse().ok()?;
    Some(if (step / rounded - 1.0).abs() <= SAME {
        rounded
    } else {
        step
    })
}

fn undecided(graph: &NirGraph, neurons: &[&Neurons]) -> Error {
    let first = neurons
        .iter()
        .find_map(|of| Some((of, of.synapse.as_ref()?)));
    let (name, weight, tau) = first.map_or(("", 1.0, 1.0), |(of, synapse)| {
        let name = graph.nodes[of.node].name.as_str();
        (name, synapse.input_weight[0], synapse.tau[0])
    });
    Error::invalid(
        format!("jump of the current of node {name:?} at a spike"),
        "not said",
        format!(
            "writers differ, and w_in = {weight} with tau_syn = {tau} is none that is known by its constants: say \
             whether a spike of weight 1 adds 1 (its weight), {weight} (times w_in), {} (a Dirac delta in NIR's \
             equation) or w_in x step / tau_syn (of a writer that simulates in steps)",
            weight / tau
        ),
    )
}

/// What a spike of weight 1 adds to dV/dt of each neuron, in mV/ms or whatever potentials are in.
pub(super) fn jumps(neurons: &Neurons, unit: f64, jump: NirSpikeJump) -> Vec<f64> {
    let of = |ix: usize| {
        let Some(synapse) = &neurons.synapse else {
            return 0.0;
        };
        let (weight, tau) = (synapse.input_weight[ix], synapse.tau[ix]);
        let current = match jump {
            NirSpikeJump::Weight => 1.0,
            NirSpikeJump::WeightTimesInput => weight,
            NirSpikeJump::Delta => weight / tau,
            NirSpikeJump::Step(step) => weight * (step / (tau * unit)),
        };
        neurons.resistance[ix] / (neurons.tau_membrane[ix] * unit) * current
    };
    (0..neurons.size).map(of).collect()
}
