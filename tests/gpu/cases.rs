//! Every case file on the GPU with both methods, against the 70-digit oracle.

use spikefront::case::{Comparison, Group};
use spikefront::cpu::CpuEngine;
use spikefront::{Engine, GradientOptions, Method, Result};

use crate::case_files::cases;
use crate::device::gpu;

/// Spike times, relative to the time: a slope of 0.01 / ms makes ten units in the last place of this.
const TIMES: f64 = 2e-5;
/// Jacobian entries, relative to the largest of their group.
const ENTRIES: f64 = 1e-3;

#[test]
fn every_case_is_met_by_both_methods() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    let cases = cases();
    assert_eq!(cases.len(), 24);
    let (mut worst_time, mut worst_entry) = (0.0_f64, 0.0_f64);
    for case in &cases {
        let expected = case.expected().expect("every case says what it gives");
        for method in [Method::Forward, Method::Adjoint] {
            let found = case.run(&engine, method)?;
            let comparison = Comparison::new(&found, expected)?;
            let entry = comparison.largest_relative();
            assert!(
                comparison.times <= TIMES,
                "{} {method} {comparison:?}",
                case.name()
            );
            assert!(entry <= ENTRIES, "{} {method} {comparison:?}", case.name());
            (worst_time, worst_entry) = (worst_time.max(comparison.times), worst_entry.max(entry));
        }
    }
    println!("24 cases, both methods: times {worst_time:.1e}, Jacobian {worst_entry:.1e}");
    Ok(())
}

/// Floors at which some of the cases' spikes are grazing and most are not.
#[test]
fn as_many_spikes_are_grazing_as_on_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let mut counts = [0; 2];
    for case in cases() {
        let network = case.network()?;
        let problem = network.problem();
        for (count, slope_floor) in counts.iter_mut().zip([1e-5, 0.5]) {
            let options = GradientOptions::everything(Method::Adjoint).slope_floor(slope_floor);
            let on = |engine: &dyn Engine| {
                let recording = engine.simulate(&problem)?;
                let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
                Ok::<usize, spikefront::Error>(jacobian.grazing_spikes)
            };
            let (found, expected) = (on(&gpu)?, on(&CpuEngine::new())?);
            assert_eq!(found, expected, "{} {slope_floor}", case.name());
            *count += expected;
        }
    }
    println!("{counts:?} spikes are grazing");
    assert!(counts[0] == 0 && counts[1] > 10, "{counts:?}");
    Ok(())
}

/// Negative control: the comparison above must see a weight that is off by a hundredth.
#[test]
fn a_weight_that_is_off_by_a_hundredth_turns_the_comparison_red() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for case in cases() {
        let expected = case.expected().expect("every case says what it gives");
        let rows = expected
            .jacobian
            .weights
            .iter()
            .flat_map(|row| row.iter().enumerate());
        let (synapse, _) = rows
            .max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()))
            .expect("every case has a spike and a synapse");
        let weight = case
            .value(Group::Weights, synapse)
            .expect("the synapse exists");
        let wrong = case.with_value(Group::Weights, synapse, weight * 1.01)?;
        let found = wrong.run(&engine, Method::Adjoint)?;
        let is_red = match Comparison::new(&found, expected) {
            Ok(comparison) => comparison.times > TIMES,
            // Another number of spikes.
            Err(_) => true,
        };
        assert!(is_red, "{}", case.name());
    }
    Ok(())
}
