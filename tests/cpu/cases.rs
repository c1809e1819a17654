//! Every case file on the CPU engine with both methods, against a 70-digit oracle.

use crate::case_files::cases;
use spikefront::case::{Case, CaseResult, Comparison, Differences, Group};
use spikefront::cpu::CpuEngine;
use spikefront::{Method, Result};

/// Spike times, relative to the time.
const TIMES: f64 = 1e-12;
/// Jacobian entries, relative to the largest of their group.
const ENTRIES: f64 = 1e-11;
/// Forward against adjoint, likewise.
const METHODS: f64 = 1e-12;

const METHOD: [Method; 2] = [Method::Forward, Method::Adjoint];

fn is_green(found: &CaseResult, reference: &CaseResult, times: f64, entries: f64) -> Result<bool> {
    let comparison = Comparison::new(found, reference)?;
    Ok(comparison.times <= times && comparison.largest_relative() <= entries)
}

#[test]
fn every_case_is_met_by_both_methods() -> Result<()> {
    let cases = cases();
    assert_eq!(cases.len(), 24);
    let (mut n_spikes, mut n_entries) = (0, 0);
    for case in &cases {
        let expected = case.expected().expect("every case says what it gives");
        for method in METHOD {
            let found = case.run(&CpuEngine::new(), method)?;
            let comparison = Comparison::new(&found, expected)?;
            println!(
                "{} {method}: {} spikes, times {:.1e}, Jacobian {:.1e}",
                case.name(),
                comparison.n_spikes,
                comparison.times,
                comparison.largest_relative()
            );
            assert!(comparison.times <= TIMES, "{} {method}", case.name());
            for group in &comparison.groups {
                let relative = group.relative();
                assert!(relative <= ENTRIES, "{} {method} {group:?}", case.name());
                n_entries += group.n_entries;
            }
            let n_groups = 3 + usize::from(case.has_delay_derivatives());
            assert_eq!(comparison.groups.len(), n_groups, "{}", case.name());
            n_spikes += comparison.n_spikes;
        }
    }
    println!("{n_spikes} spikes and {n_entries} derivatives compared");
    assert!(n_spikes > 400 && n_entries > 5000);
    Ok(())
}

#[test]
fn forward_and_adjoint_agree() -> Result<()> {
    for case in cases() {
        let forward = case.run(&CpuEngine::new(), Method::Forward)?;
        let adjoint = case.run(&CpuEngine::new(), Method::Adjoint)?;
        assert_eq!(forward.spikes, adjoint.spikes);
        assert!(
            is_green(&forward, &adjoint, 0.0, METHODS)?,
            "{}",
            case.name()
        );
    }
    Ok(())
}

/// Negative control: the comparisons above must see a change of 1e-9 in one weight.
#[test]
fn a_weight_that_is_off_by_a_billionth_turns_the_comparison_red() -> Result<()> {
    for case in cases() {
        let expected = case.expected().expect("every case says what it gives");
        let entries = expected
            .jacobian
            .weights
            .iter()
            .flat_map(|row| row.iter().enumerate());
        let (synapse, _) = entries
            .max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()))
            .expect("every case has a spike and a synapse");
        let weight = case
            .value(Group::Weights, synapse)
            .expect("the synapse exists");
        let wrong = case.with_value(Group::Weights, synapse, weight * (1.0 + 1e-9))?;
        for method in METHOD {
            let right = case.run(&CpuEngine::new(), method)?;
            let found = wrong.run(&CpuEngine::new(), method)?;
            assert!(is_green(&right, expected, TIMES, ENTRIES)?);
            let comparison = Comparison::new(&found, expected)?;
            assert!(comparison.times > TIMES, "{}: {comparison:?}", case.name());
            assert!(
                comparison.largest_relative() > ENTRIES,
                "{}: {comparison:?}",
                case.name()
            );
        }
    }
    Ok(())
}

/// Negative control of the second kind: a single wrong entry.
#[test]
fn one_wrong_entry_turns_the_comparison_red() -> Result<()> {
    let case = &cases()[0];
    let right = case.run(&CpuEngine::new(), Method::Adjoint)?;
    for value in [f64::NAN, f64::INFINITY, 0.0] {
        let mut wrong = right.clone();
        wrong.jacobian.weights[3][0] = value;
        assert!(right.jacobian.weights[3][0] != 0.0);
        assert!(!is_green(&wrong, &right, TIMES, ENTRIES)?, "{value}");
        assert!(!is_green(&right, &wrong, TIMES, ENTRIES)?, "{value}");
    }
    Ok(())
}

/// What the files do not have: both resets in one network, two synapses from one
/// unit to one other, delays of which some are zero, input spikes at one time.
#[test]
fn a_case_of_everything_agrees_with_finite_differences() -> Result<()> {
    let text = r#"{
        "inputs": 3,
        "neurons": [
            {"tau_membrane": 12, "tau_synapse": 6, "threshold": 0.8, "drive": 0.1,
             "reset": {"kind": "hard", "potential": -0.2, "refractory": 1.5}},
            {"tau_membrane": 20, "tau_synapse": 5, "threshold": 1, "reset": {"kind": "soft"}},
            {"tau_membrane": 9, "tau_synapse": 9, "threshold": 0.6, "initial": 0.3,
             "reset": {"kind": "hard", "potential": 0, "refractory": 0}},
            {"tau_membrane": 15, "tau_synapse": 4, "threshold": 0.7, "reset": {"kind": "soft"}}
        ],
        "synapses": [
            {"source": {"input": 0}, "target": 0, "weight": 0.5, "delay": 1},
            {"source": {"input": 0}, "target": 0, "weight": 0.3, "delay": 2.5},
            {"source": {"input": 1}, "target": 1, "weight": 0.9, "delay": D},
            {"source": {"input": 2}, "target": 2, "weight": 0.6, "delay": 0.5},
            {"source": {"neuron": 0}, "target": 1, "weight": 0.4, "delay": 0.25},
            {"source": {"neuron": 0}, "target": 3, "weight": 0.7, "delay": D},
            {"source": {"neuron": 1}, "target": 2, "weight": -0.2, "delay": 1.25},
            {"source": {"neuron": 2}, "target": 3, "weight": 0.5, "delay": 0.75},
            {"source": {"neuron": 3}, "target": 0, "weight": 0.6, "delay": 2},
            {"source": {"neuron": 3}, "target": 0, "weight": -0.1, "delay": 1.75},
            {"source": {"neuron": 2}, "target": 2, "weight": 0.1, "delay": 3}
        ],
        "input_spikes": [[1, 8, 14], [0.5, 8.5], [3, 12, 20]],
        "end": 40
    }"#;
    for delay in ["0", "0.4"] {
        let case = Case::parse(&text.replace('D', delay), "everything")?;
        let engine = CpuEngine::new();
        let forward = case.run(&engine, Method::Forward)?;
        let adjoint = case.run(&engine, Method::Adjoint)?;
        assert!(is_green(&forward, &adjoint, 0.0, METHODS)?);
        let fired = |neuron| forward.spikes.iter().any(|spike| spike.neuron == neuron);
        assert!((0..4).all(fired), "{:?}", forward.spikes);
        let differences = Differences::new(&case, &engine)?;
        let comparison = Comparison::with_differences(&forward, &differences)?;
        println!("delay {delay}: {comparison:?}");
        assert_eq!(comparison.groups.len(), if delay == "0" { 3 } else { 4 });
        for group in &comparison.groups {
            assert_eq!(group.n_unknown, 0, "{group:?}");
            assert!(group.relative() < 1e-7, "{group:?}");
        }
    }
    Ok(())
}
