//! Jacobians of both methods against central differences of the oracle.

use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::compare::{Case, difference};
use crate::dd::Dd;
use crate::exact::simulate;
use crate::families::Family;
use crate::layout::{Layout, batch, build, input_order};
use crate::net::{Net, Value};
use crate::real::Real;
use crate::rule::{Mutant, Rules};
use crate::tally::networks;
use crate::ways::{FRAME, FRAME_BANK, MIXED_BANK, PLAIN, PLAIN_BANK, SINGLES};

/// Entries, relative to the largest of their group.
pub const ENTRIES: f64 = 1e-11;
/// Networks of each family.
const NETWORKS: usize = 12;
/// More spikes than this and the differences take long.
const MOST_SPIKES: usize = 60;
/// A spike slower than this, relative to its neuron's scale, is ill-conditioned: its derivatives go as the inverse of
/// the slope, and those of what follows as powers of it.
const SLOWEST: f64 = 1e-2;
/// Runs beyond this, in ms, have times that f64 resolves too coarsely for the bar alone; see [`bar`].
const LONG_RUN: f64 = 1000.0;
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

/// What an engine says, with delays summed over the synapses that share one, as `delays` lists them.
pub struct Found {
    columns: Columns,
    delays: Vec<Vec<usize>>,
    pub trains: Vec<Vec<f64>>,
}

impl Found {
    pub fn n_spikes(&self) -> usize {
        self.trains.iter().map(Vec::len).sum()
    }
}

pub fn on_engine(engine: &dyn Engine, net: &Net, layout: Layout, method: Method) -> Result<Found> {
    let built = build(net, layout);
    let inputs = batch(net, 1);
    let options = SimulationOptions::new(net.end);
    let problem = Problem {
        network: &built.network,
        parameters: &built.parameters,
        inputs: &inputs,
        options: &options,
    };
    let recording = engine.simulate(&problem)?;
    let jacobian = engine.jacobian(
        &problem,
        &recording,
        0,
        &GradientOptions::everything(method),
    )?;
    let mut rows: Vec<(usize, usize, f64)> = Vec::new();
    for (row, spike) in recording.sample(0).enumerate() {
        let neuron = built.units.iter().position(|&unit| unit == spike.unit);
        rows.push((neuron.expect("every unit is a neuron"), row, spike.time));
    }
    rows.sort_by(|x, y| x.0.cmp(&y.0).then(x.2.total_cmp(&y.2)));
    let mut trains = vec![Vec::new(); net.neurons.len()];
    for &(neuron, _, time) in &rows {
        trains[neuron].push(time);
    }
    let (_, places) = input_order(net);
    let pick = |matrix: &ndarray::Array2<f64>, columns: &[usize]| -> Rows {
        let row = |&(_, row, _): &(usize, usize, f64)| {
            columns
                .iter()
                .map(|&column| matrix[[row, column]])
                .collect()
        };
        rows.iter().map(row).collect()
    };
    let delay_columns: Vec<usize> = built.delays.iter().map(|(place, _)| *place).collect();
    Ok(Found {
        columns: Columns {
            weights: pick(&jacobian.parameters, &built.weights),
            delays: pick(&jacobian.parameters, &delay_columns),
            thresholds: pick(&jacobian.parameters, &built.thresholds),
            input_times: pick(&jacobian.input_times, &places),
        },
        delays: built
            .delays
            .into_iter()
            .map(|(_, synapses)| synapses)
            .collect(),
        trains,
    })
}

/// The largest difference of each group, relative to the group's largest entry.
pub fn largest(right: &Columns, found: &Found) -> f64 {
    let summed: Rows = right
        .delays
        .iter()
        .map(|row| {
            found
                .delays
                .iter()
                .map(|synapses| synapses.iter().map(|&ix| row[ix]).sum())
                .collect()
        })
        .collect();
    let groups = [
        (&right.weights, &found.columns.weights),
        (&summed, &found.columns.delays),
        (&right.thresholds, &found.columns.thresholds),
        (&right.input_times, &found.columns.input_times),
    ];
    groups
        .into_iter()
        .map(|(right, found)| relative(right, found))
        .fold(0.0, f64::max)
}

fn relative(right: &Rows, found: &Rows) -> f64 {
    let entries = right.iter().flatten();
    let largest = entries.clone().fold(0.0_f64, |m, v| m.max(v.abs()));
    let worst = entries
        .zip(found.iter().flatten())
        .map(|(x, y)| (x - y).abs());
    let worst = worst.fold(
        0.0,
        |m: f64, v| if v.is_nan() { f64::INFINITY } else { m.max(v) },
    );
    if worst == 0.0 { 0.0 } else { worst / largest }
}

/// The bar for a network. In a long run each interval between events is known to a rounding of the time at which it
/// lies only; this moves a derivative by as much of a time constant, more where the potential rises slowly.
pub fn bar(case: &Case<'_>) -> f64 {
    if case.net.end <= LONG_RUN {
        return ENTRIES;
    }
    let neurons = case.net.neurons.iter();
    let taus = neurons.map(|neuron| neuron.tau_membrane.min(neuron.tau_synapse));
    let scale = taus.fold(f64::INFINITY, f64::min) * case.run.smallest_slope().min(1.0);
    let rounding = 0.5 * (case.net.end.next_up() - case.net.end);
    ENTRIES.max(case.run.spikes.len() as f64 * rounding / scale)
}

pub const LAYOUTS: [(&str, Layout, Kernel); 8] = [
    ("frame", FRAME, Kernel::Auto),
    ("frame, plain", FRAME, Kernel::Plain),
    ("frame bank", FRAME_BANK, Kernel::Auto),
    ("frame bank, plain", FRAME_BANK, Kernel::Plain),
    ("own delays", PLAIN, Kernel::Auto),
    ("own delays, bank", PLAIN_BANK, Kernel::Auto),
    ("mixed bank", MIXED_BANK, Kernel::Auto),
    ("singles", SINGLES, Kernel::Auto),
];

#[derive(Debug, Default)]
struct Tally {
    compared: usize,
    /// Of these, in how many the resolution of time in a long run widens the bar.
    wider: usize,
    /// A spike below the slowest slope.
    slow: usize,
    /// An arrival at the time of a spike: derivatives have two sides.
    tied: usize,
    /// Too many spikes.
    long: usize,
    /// A step of the differences changes the number of spikes.
    at_an_edge: usize,
    /// Spikes themselves differ, which other tests say.
    other_spikes: usize,
}

fn check(family: Family) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut off = Vec::new();
    let mut worst = 0.0_f64;
    let (nets, _) = networks(family, 4 * NETWORKS);
    for net in nets {
        if tally.compared == NETWORKS {
            break;
        }
        let case = Case::new(&net);
        let skipped = if case.run.exact_ties + case.run.near_ties > 0 {
            Some(&mut tally.tied)
        } else if case.run.spikes.len() > MOST_SPIKES {
            Some(&mut tally.long)
        } else if case.run.smallest_slope() < SLOWEST {
            Some(&mut tally.slow)
        } else {
            None
        };
        if let Some(count) = skipped {
            *count += 1;
            continue;
        }
        let Some(right) = differences(&case, Mutant::Right) else {
            tally.at_an_edge += 1;
            continue;
        };
        tally.compared += 1;
        let bar = bar(&case);
        tally.wider += usize::from(bar > ENTRIES);
        for (name, layout, kernel) in LAYOUTS {
            for method in [Method::Forward, Method::Adjoint] {
                let engine = CpuEngine::new().kernel(kernel);
                let found = on_engine(&engine, &net, layout, method).expect("the network is sound");
                if difference(&case.trains, &found.trains).is_err() {
                    tally.other_spikes += 1;
                    continue;
                }
                let error = largest(&right, &found);
                worst = worst.max(error);
                if error > bar {
                    off.push(format!(
                        "{} ({name}, {method}): {error:.1e}\n    {}",
                        net.name,
                        net.json()
                    ));
                }
            }
        }
    }
    println!("{family:?}: {tally:?}, largest {worst:.1e}");
    (tally, off)
}

#[test]
fn both_methods_agree_with_differences_in_every_family() {
    let mut off = Vec::new();
    let mut compared = 0;
    for family in Family::ALL {
        let (tally, more) = check(family);
        // Of equal neurons all are tied.
        assert!(
            tally.compared >= NETWORKS / 2 || family == Family::EqualNeurons,
            "{family:?}: {tally:?}"
        );
        compared += tally.compared;
        off.extend(more);
    }
    println!("{compared} networks compared in {} layouts", LAYOUTS.len());
    for line in &off {
        println!("{line}");
    }
    assert_eq!(off.len(), 0, "Jacobians beyond {ENTRIES:e}");
}

/// Control: differences of a mutant are not what the engine says.
#[test]
fn derivatives_of_mutants_are_told_from_the_right_ones() {
    for (mutant, family) in [
        (Mutant::ResetClearsCurrent, Family::ZeroBesideOthers),
        (Mutant::LongDelays, Family::SimultaneousInputs),
        (Mutant::NoAutapses, Family::AutapsesAndMultapses),
        (Mutant::ResetToZero, Family::AllDiffer),
    ] {
        let (mut red, mut compared) = (0, 0);
        for net in networks(family, 12).0 {
            let case = Case::with_rules(
                &net,
                Rules {
                    mutant,
                    ..Rules::default()
                },
            );
            let Some(wrong) = differences(&case, mutant) else {
                continue;
            };
            let found = on_engine(&CpuEngine::new(), &net, FRAME, Method::Adjoint)
                .expect("the network is sound");
            let same_counts = case
                .trains
                .iter()
                .zip(&found.trains)
                .all(|(x, y)| x.len() == y.len());
            compared += 1;
            red += usize::from(!same_counts || largest(&wrong, &found) > ENTRIES);
        }
        println!("{mutant:?}: {red} of {compared} red");
        assert!(2 * red > compared && compared > 5, "{mutant:?}");
    }
}
