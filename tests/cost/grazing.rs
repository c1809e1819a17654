//! The slope floor is relative to each neuron's own scale, and what it bounded is counted.

use spikefront::case::{Comparison, Group};
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::{Engine, GradientOptions, Jacobian, Method, Result};

use super::fault;

const METHODS: [Method; 2] = [Method::Forward, Method::Adjoint];

/// The Jacobian of the case with its potentials in another unit.
fn scaled(unit: f64, method: Method, slope_floor: f64) -> Result<Jacobian> {
    let mut case = fault("exactness/slope-floor-silent.json")?;
    for group in [Group::Weights, Group::Thresholds] {
        let value = case.value(group, 0).expect("one synapse, one neuron");
        case = case.with_value(group, 0, value * unit)?;
    }
    let network = case.network()?;
    let problem = network.problem();
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let options = GradientOptions::everything(method).slope_floor(slope_floor);
    engine.jacobian(&problem, &recording, 0, &options)
}

/// An absolute floor made these derivatives up to 6.5 times too small.
#[test]
fn small_thresholds_have_their_exact_derivatives() -> Result<()> {
    let case = fault("exactness/slope-floor-silent.json")?;
    let expected = case.expected().expect("the case says what it gives");
    for kernel in [Kernel::Auto, Kernel::Plain] {
        for method in METHODS {
            let found = case.run(&CpuEngine::new().kernel(kernel), method)?;
            let comparison = Comparison::new(&found, expected)?;
            assert!(comparison.times < 1e-12, "{method} {comparison:?}");
            assert!(
                comparison.largest_relative() < 1e-11,
                "{method} {comparison:?}"
            );
            assert_eq!(found.grazing_spikes, 0);
        }
    }
    Ok(())
}

/// A power of two is exact: nothing may change but the unit of the derivatives.
#[test]
fn no_count_depends_on_the_unit_of_the_potential() -> Result<()> {
    let unit = 2f64.powi(40);
    for method in METHODS {
        for slope_floor in [1e-5, 0.5, 10.0] {
            let (small, large) = (
                scaled(1.0, method, slope_floor)?,
                scaled(unit, method, slope_floor)?,
            );
            assert_eq!(small.grazing_spikes, large.grazing_spikes);
            let in_other_unit = large.parameters.mapv(|value| value * unit);
            let weights = 0..small.parameters.ncols();
            for (row, column) in (0..small.n_spikes).flat_map(|row| {
                let weights = weights.clone();
                weights.map(move |column| (row, column))
            }) {
                let (x, y) = (
                    small.parameters[[row, column]],
                    in_other_unit[[row, column]],
                );
                // The shared delay's derivative has no unit of the potential.
                let same = large.parameters[[row, column]];
                assert!(x == y || x == same, "{method} {slope_floor}: {x} {y}");
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_bounded_is_counted_and_smaller() -> Result<()> {
    for method in METHODS {
        let exact = scaled(1.0, method, 1e-5)?;
        let bounded = scaled(1.0, method, 1e3)?;
        assert_eq!((exact.grazing_spikes, bounded.grazing_spikes), (0, 7));
        let (x, y) = (exact.parameters[[0, 0]], bounded.parameters[[0, 0]]);
        assert!(x != 0.0 && y.abs() < 0.5 * x.abs(), "{method}: {x} {y}");
    }
    Ok(())
}
