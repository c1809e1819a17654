//! Networks with several receptors that the random draw does not have.

use ndarray::Array2;
use spikefront::Result;
use spikefront::network::{Neuron, Projection, Reset};

use crate::topologies::{both, matrix};

fn lif(taus: &[f64]) -> Neuron {
    Neuron::leaky_integrate_and_fire()
        .receptors(taus.to_vec())
        .reset(Reset::to(0.0))
}

fn dense(rows: usize, columns: usize, mean: f64, spread: f64) -> Projection {
    Projection::dense(matrix(rows, columns, mean, spread))
}

#[test]
fn a_cycle_without_delay_of_one_receptor_two_and_three_and_a_readout() -> Result<()> {
    both("cycle of receptors", 3, &[0.0, 15.0, 30.0], |b| {
        let input = b.input("input", 3);
        let first = b.population("first", 4, lif(&[5.0, 12.0]));
        let second = b.population("second", 3, lif(&[20.0]));
        let held = lif(&[3.0, 8.0, 1.0]).reset(Reset::To {
            potential: (-0.1).into(),
            refractory: 1.0.into(),
        });
        let third = b.population("third", 2, held);
        let readout = Neuron::leaky_integrator().receptors([2.0, 30.0, 5.0, 5.0]);
        let readout = b.population("readout", 2, readout);
        b.connect(input, first, dense(3, 4, 0.5, 0.2));
        b.connect(input, first, dense(3, 4, 0.1, 0.2).receptor(1).delay(1.0));
        b.connect(first, second, dense(4, 3, 0.15, 0.05));
        b.connect(second, third, dense(3, 2, 0.4, 0.1).receptor(1));
        b.connect(first, third, dense(4, 2, -0.1, 0.05).receptor(2));
        b.connect(third, first, dense(2, 4, -0.05, 0.02).receptor(1));
        b.connect(second, first, dense(3, 4, 0.02, 0.01).delay(2.5));
        for receptor in 0..4 {
            let onto = dense(4, 2, 0.1 - 0.05 * receptor as f64, 0.3);
            b.connect(first, readout, onto.receptor(receptor));
        }
    })
}

#[test]
fn delays_per_synapse_some_of_them_zero() -> Result<()> {
    both("mixed delays of receptors", 3, &[12.0], |b| {
        let input = b.input("input", 3);
        let hidden = b.population("hidden", 5, lif(&[4.0, 9.0]));
        let readout = Neuron::leaky_integrator().receptors([3.0, 6.0]);
        let readout = b.population("readout", 2, readout);
        b.connect(input, hidden, dense(3, 5, 0.5, 0.2));
        let delays = Array2::from_shape_fn((5, 5), |(from, to)| {
            if (from + to) % 3 == 0 {
                0.0
            } else {
                1.0 + 0.3 * from as f64
            }
        });
        let around = dense(5, 5, 0.0, 0.08).delays(delays);
        b.connect(hidden, hidden, around.receptor(1));
        let late = Array2::from_shape_fn((5, 2), |(from, to)| 0.25 * (1 + from + to) as f64);
        b.connect(
            hidden,
            readout,
            dense(5, 2, 0.2, 0.2).delays(late).receptor(1),
        );
    })
}

#[test]
fn a_hold_longer_than_several_windows() -> Result<()> {
    both("long hold of receptors", 3, &[0.0, 2.0, 4.0, 30.0], |b| {
        let input = b.input("input", 3);
        let held = lif(&[5.0, 2.0, 11.0]).reset(Reset::To {
            potential: 0.1.into(),
            refractory: 3.7.into(),
        });
        let hidden = b.population("hidden", 4, held);
        let readout = Neuron::leaky_integrator().receptors([5.0, 1.0]).rest(0.2);
        let readout = b.population("readout", 2, readout);
        b.connect(input, hidden, dense(3, 4, 0.6, 0.2));
        b.connect(input, hidden, dense(3, 4, 0.1, 0.2).receptor(2));
        b.connect(hidden, hidden, dense(4, 4, 0.0, 0.1).delay(1.0).receptor(1));
        b.connect(
            hidden,
            readout,
            dense(4, 2, 0.2, 0.3).delay(0.5).receptor(1),
        );
        b.connect(input, readout, dense(3, 2, -0.2, 0.3));
    })
}

#[test]
fn values_of_each_neuron_and_a_threshold_at_rest() -> Result<()> {
    both("neurons that differ in receptors", 2, &[9.0], |b| {
        let input = b.input("input", 2);
        let differ = Neuron::leaky_integrate_and_fire()
            .receptors([vec![2.0, 6.0, 20.0], vec![7.0, 3.0, 1.0]])
            .tau_membrane(vec![8.0, 20.0, 14.0])
            .threshold(vec![0.8, 1.0, 1.2]);
        let differ = b.population("differ", 3, differ);
        // It falls below rest at first, and fires where it comes back to it.
        let level = lif(&[2.0, 6.0])
            .rest(1.0)
            .threshold(1.0)
            .reset(Reset::to(0.4));
        let level = b.population("level", 2, level.initial(0.5));
        let readout = Neuron::leaky_integrator().receptors([vec![2.0, 4.0], vec![8.0, 3.0]]);
        let readout = b.population("readout", 2, readout);
        b.connect(input, differ, dense(2, 3, 0.8, 0.2));
        b.connect(input, differ, dense(2, 3, -0.1, 0.1).receptor(1).delay(0.5));
        b.connect(differ, level, dense(3, 2, 0.2, 0.05).delay(1.0));
        b.connect(input, level, dense(2, 2, -0.1, 0.02).receptor(1));
        b.connect(level, readout, dense(2, 2, 0.4, 0.1).receptor(1));
        b.connect(differ, readout, dense(3, 2, -0.4, 0.1));
    })
}

#[test]
fn many_neurons_beyond_a_workgroup() -> Result<()> {
    for (what, delay) in [
        ("150 of receptors at once", 0.0),
        ("150 of receptors with a delay", 1.5),
    ] {
        both(what, 4, &[], |b| {
            let input = b.input("input", 4);
            let hidden = b.population("hidden", 150, lif(&[5.0, 3.0]));
            let output = b.population("output", 2, lif(&[5.0]));
            b.connect(input, hidden, dense(4, 150, 0.35, 0.25));
            b.connect(
                hidden,
                hidden,
                dense(150, 150, 0.0, 0.003).delay(delay).receptor(1),
            );
            b.connect(hidden, output, dense(150, 2, 0.01, 0.01));
        })?;
    }
    Ok(())
}
