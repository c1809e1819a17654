//! Central differences of the oracle's spike times.

use crate::compare::Case;
use crate::dd::Dd;
use crate::exact::simulate;
use crate::net::Value;
use crate::real::Real;
use crate::rule::{Mutant, Rules};

/// Step of the differences, relative to the value or to 1: its square is far below the bar, and so is what is left of
/// 106 bits after the division.
const STEP: f64 = 1e-10;

/// A matrix of derivatives, a row for each spike in order of neurons and of time.
pub type Rows = Vec<Vec<f64>>;

/// What spike times are differentiated with respect to.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    pub weights: Rows,
    /// For each synapse; zero delays are left out by whoever compares.
    pub delays: Rows,
    pub thresholds: Rows,
    pub input_times: Rows,
}

/// Central differences; `None` where a step changes the number of spikes.
pub fn differences(case: &Case<'_>, mutant: Mutant) -> Option<Columns> {
    let net = case.net;
    let rules = Rules {
        mutant,
        ..Rules::default()
    };
    let inputs = net.input_spikes.iter().enumerate();
    let times: Vec<Value> = inputs
        .flat_map(|(input, times)| {
            (0..times.len()).map(move |spike| Value::InputTime(input, spike))
        })
        .collect();
    let synapses = 0..net.synapses.len();
    let group = |values: Vec<Value>| -> Option<Rows> {
        let mut columns = Vec::new();
        for value in values {
            let base = net.value(value);
            if matches!(value, Value::Delay(_)) && base == 0.0 {
                columns.push(None);
                continue;
            }
            let step = STEP * base.abs().max(1.0);
            let up = simulate::<Dd>(net, Some((value, step)), rules).trains(net.neurons.len());
            let down = simulate::<Dd>(net, Some((value, -step)), rules).trains(net.neurons.len());
            let same = |x: &[Vec<Dd>]| x.iter().zip(&case.trains).all(|(x, y)| x.len() == y.len());
            if !same(&up) || !same(&down) {
                return None;
            }
            let pairs = up.concat().into_iter().zip(down.concat());
            let width = Dd::of(2.0) * Dd::of(step);
            columns.push(Some(
                pairs
                    .map(|(up, down)| ((up - down) / width).near())
                    .collect::<Vec<f64>>(),
            ));
        }
        let n_rows: usize = case.trains.iter().map(Vec::len).sum();
        let entry = |column: &Option<Vec<f64>>, row: usize| {
            column.as_ref().map_or(f64::NAN, |column| column[row])
        };
        Some(
            (0..n_rows)
                .map(|row| columns.iter().map(|column| entry(column, row)).collect())
                .collect(),
        )
    };
    Some(Columns {
        weights: group(synapses.clone().map(Value::Weight).collect())?,
        delays: group(synapses.map(Value::Delay).collect())?,
        thresholds: group((0..net.neurons.len()).map(Value::Threshold).collect())?,
        input_times: group(times)?,
    })
}
