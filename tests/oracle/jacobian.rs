//! Jacobians of both methods against central differences of the oracle.

use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::compare::{Case, difference};
use crate::differences::{Columns, Rows, differences};
use crate::families::Family;
use crate::layout::{Layout, batch, build, input_order};
use crate::net::Net;
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
