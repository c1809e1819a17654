//! Everything a case must satisfy, each refusal by the path of its field.

use super::columns::Group;
use super::read::Case;
use super::result::CaseResult;
use super::wire::{CaseFile, NeuronEntry, ResetEntry, SourceEntry, SynapseEntry};
use crate::{Error, Result};

/// Sizes that contradict one another inside the file.
pub(super) fn check_file(file: &CaseFile) -> Result<()> {
    if file.input_spikes.len() != file.inputs {
        return Err(Error::invalid(
            "length of input_spikes",
            file.input_spikes.len(),
            format!(
                "give one list of times for each of the {} inputs",
                file.inputs
            ),
        ));
    }
    Ok(())
}

pub(super) fn check_values(case: &Case) -> Result<()> {
    positive("end", case.end)?;
    if case.neurons.is_empty() {
        return Err(Error::invalid(
            "neurons",
            "an empty list",
            "give at least one neuron",
        ));
    }
    for (ix, neuron) in case.neurons.iter().enumerate() {
        check_neuron(&format!("neurons[{ix}]"), neuron)?;
    }
    for (ix, synapse) in case.synapses.iter().enumerate() {
        check_synapse(&format!("synapses[{ix}]"), synapse, case)?;
    }
    for (input, times) in case.input_spikes.iter().enumerate() {
        check_input(input, times, case.end)?;
    }
    Ok(())
}

fn check_neuron(path: &str, neuron: &NeuronEntry) -> Result<()> {
    let field = |member: &str| format!("{path}.{member}");
    time_constant(&field("tau_membrane"), neuron.tau_membrane)?;
    time_constant(&field("tau_synapse"), neuron.tau_synapse)?;
    finite(&field("threshold"), neuron.threshold)?;
    finite(&field("rest"), neuron.rest)?;
    finite(&field("initial"), neuron.initial)?;
    let below_threshold = |member: &str, value: f64| {
        if value < neuron.threshold {
            return Ok(());
        }
        let remedy = format!("keep it below the neuron's threshold, {}", neuron.threshold);
        Err(Error::invalid(field(member), value, remedy))
    };
    below_threshold("initial", neuron.initial)?;
    match neuron.reset {
        ResetEntry::Subtract {} if neuron.threshold > 0.0 => Ok(()),
        ResetEntry::Subtract {} => Err(Error::invalid(
            field("threshold"),
            neuron.threshold,
            "the reset `subtract` takes the threshold off, which must be above zero; \
             use the reset `to` otherwise",
        )),
        ResetEntry::To {
            potential,
            refractory,
        } => {
            finite(&field("reset.potential"), potential)?;
            not_negative(&field("reset.refractory"), refractory)?;
            below_threshold("reset.potential", potential)
        }
    }
}

fn check_synapse(path: &str, synapse: &SynapseEntry, case: &Case) -> Result<()> {
    let in_range = |member: &str, what: &str, ix: usize, count: usize| {
        if ix < count {
            return Ok(());
        }
        let remedy = format!("the case has {count} {what}, counted from 0");
        Err(Error::invalid(format!("{path}.{member}"), ix, remedy))
    };
    match synapse.source {
        SourceEntry::Input(ix) => in_range("source.input", "inputs", ix, case.n_inputs())?,
        SourceEntry::Neuron(ix) => in_range("source.neuron", "neurons", ix, case.n_neurons())?,
    }
    in_range("target", "neurons", synapse.target, case.n_neurons())?;
    finite(&format!("{path}.weight"), synapse.weight)?;
    not_negative(&format!("{path}.delay"), synapse.delay)
}

fn check_input(input: usize, times: &[f64], end: f64) -> Result<()> {
    let mut previous = 0.0;
    for (ix, &time) in times.iter().enumerate() {
        let field = format!("input_spikes[{input}][{ix}]");
        not_negative(&field, time)?;
        if time > end {
            let remedy = format!("keep it within the run, which ends at {end} ms");
            return Err(Error::invalid(field, time, remedy));
        }
        if time < previous {
            let remedy = format!("sort the input's times: the spike before it is at {previous} ms");
            return Err(Error::invalid(field, time, remedy));
        }
        previous = time;
    }
    Ok(())
}

pub(super) fn check_expected(case: &Case, expected: &CaseResult) -> Result<()> {
    let mut previous = 0.0;
    for (ix, spike) in expected.spikes.iter().enumerate() {
        let field = |member: &str| format!("expected.spikes[{ix}].{member}");
        if spike.neuron >= case.n_neurons() {
            let remedy = format!("the case has {} neurons, counted from 0", case.n_neurons());
            return Err(Error::invalid(field("neuron"), spike.neuron, remedy));
        }
        if !(spike.time >= previous && spike.time <= case.end) {
            let remedy = format!(
                "list spikes in order of time, within the run of {} ms",
                case.end
            );
            return Err(Error::invalid(field("time"), spike.time, remedy));
        }
        previous = spike.time;
    }
    if expected.jacobian.delays.is_some() && !case.has_delay_derivatives() {
        return Err(Error::invalid(
            "expected.jacobian.delays",
            "given",
            "leave it out where some delay is zero: there is no derivative",
        ));
    }
    for group in Group::ALL {
        if let Some(rows) = expected.jacobian.group(group) {
            check_matrix(case, group, rows, expected.spikes.len())?;
        }
    }
    Ok(())
}

fn check_matrix(case: &Case, group: Group, rows: &[Vec<f64>], n_spikes: usize) -> Result<()> {
    let path = format!("expected.jacobian.{group}");
    if rows.len() != n_spikes {
        return Err(Error::invalid(
            format!("length of {path}"),
            rows.len(),
            format!("give one row for each of the {n_spikes} expected spikes"),
        ));
    }
    let columns = case.n_columns(group);
    match rows.iter().position(|row| row.len() != columns) {
        None => Ok(()),
        Some(ix) => Err(Error::invalid(
            format!("length of {path}[{ix}]"),
            rows[ix].len(),
            format!("give {columns} columns, as the case has parameters of this kind"),
        )),
    }
}

fn finite(field: &str, value: f64) -> Result<()> {
    accept(field, value, value.is_finite(), "give a finite value")
}

fn positive(field: &str, value: f64) -> Result<()> {
    let remedy = "give a finite time in ms above zero";
    accept(field, value, value.is_finite() && value > 0.0, remedy)
}

fn not_negative(field: &str, value: f64) -> Result<()> {
    let remedy = "give a finite time in ms, zero or more";
    accept(field, value, value.is_finite() && value >= 0.0, remedy)
}

/// Its inverse, the rate, must be finite as well.
fn time_constant(field: &str, value: f64) -> Result<()> {
    positive(field, value)?;
    let remedy = "give a time in ms whose inverse is finite";
    accept(field, value, (1.0 / value).is_finite(), remedy)
}

fn accept(field: &str, value: f64, accepted: bool, remedy: &str) -> Result<()> {
    if accepted {
        return Ok(());
    }
    Err(Error::invalid(field, value, remedy))
}
