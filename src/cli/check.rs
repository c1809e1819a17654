//! `spikefront check`: three ways to one Jacobian, side by side.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use spikefront::case::{Case, CaseResult, Comparison, Differences, GroupDifference};
use spikefront::{Method, Result, count};

use super::budget::BudgetArgs;
use super::engine::EngineArgs;
use super::{Outcome, budget, case_help, nir, output};

/// How far exact answers may lie apart, relative to their group's largest entry.
const EXACT_TOLERANCE: f64 = 1e-10;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_long_help = case_help::with_example("check case.json"))]
#[command(mut_arg("spike_budget", budget::of_case))]
pub struct CheckArgs {
    /// The case, a JSON file
    case: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    /// How far finite differences may lie from the exact methods, relative to the largest entry of a parameter group
    #[arg(long, default_value_t = 1e-6, value_parser = tolerance, allow_negative_numbers = true)]
    tolerance: f64,
}

/// Runs `check`.
pub fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    nir::refuse(&args.case)?;
    let case = Case::read(&args.case)?.spike_budget(args.budget.given());
    let engine = args.engine.make_exact()?;
    let forward = case.run(engine.as_ref(), Method::Forward)?;
    let adjoint = case.run(engine.as_ref(), Method::Adjoint)?;
    let differences = Differences::new(&case, engine.as_ref())?;
    let mut table = Table::new();
    let witness = &differences.result;
    table.add(
        ("forward", &forward),
        ("adjoint", &adjoint),
        Comparison::new(&forward, &adjoint),
        EXACT_TOLERANCE,
    );
    for (name, result) in [("forward", &forward), ("adjoint", &adjoint)] {
        table.add(
            (name, result),
            ("differences", witness),
            Comparison::with_differences(result, &differences),
            args.tolerance,
        );
    }
    if let Some(expected) = case.expected() {
        table.add(
            ("forward", &forward),
            ("expected", expected),
            Comparison::new(&forward, expected),
            EXACT_TOLERANCE,
        );
    }
    if let Some(told) = output::grazing(forward.grazing_spikes) {
        table.line("");
        table.line(&told);
    }
    let (verdict, outcome) = if table.agrees {
        ("agree", Outcome::Success)
    } else {
        ("DISAGREE", Outcome::Negative)
    };
    output::print(&format!(
        "{}: {}, {}, {}, {} in {} ms; engine {}, {}\n\n{}\n{verdict}: relative to a group's largest entry, exact methods may \
         differ by {EXACT_TOLERANCE:e}, finite differences by {:e}\n",
        case.name(),
        count(case.n_neurons(), "neuron"),
        count(case.n_synapses(), "synapse"),
        count(case.n_input_spikes(), "input spike"),
        count(forward.spikes.len(), "spike"),
        case.end(),
        engine.name(),
        count(differences.n_simulations, "simulation"),
        table.text,
        args.tolerance,
    ))?;
    Ok(outcome)
}

struct Table {
    text: String,
    agrees: bool,
}

impl Table {
    fn new() -> Self {
        let text = format!(
            "{:<23} {:<11} {:>7} {:>9} {:>9} {:>9}  {:<14} values there\n",
            "comparison", "group", "entries", "largest", "max abs", "max rel", "worst entry"
        );
        Self { text, agrees: true }
    }

    fn add(
        &mut self,
        (name, found): (&str, &CaseResult),
        (reference_name, reference): (&str, &CaseResult),
        comparison: Result<Comparison>,
        tolerance: f64,
    ) {
        let title = format!("{name}/{reference_name}");
        let comparison = match comparison {
            Ok(comparison) => comparison,
            Err(error) => {
                self.agrees = false;
                self.line(&format!("{title:<23} {error}"));
                return;
            }
        };
        let holds = comparison.times <= tolerance;
        self.agrees &= holds;
        self.line(&format!(
            "{title:<23} {:<11} {:>7} {:>9} {:>9} {:>9.2e}  {}",
            "spike times",
            comparison.n_spikes,
            "",
            "",
            comparison.times,
            mark(holds)
        ));
        for group in &comparison.groups {
            let holds =
                group.relative() <= tolerance && (group.n_entries > 0 || group.n_unknown == 0);
            self.agrees &= holds;
            let worst = worst(group, found, reference);
            self.line(&format!(
                "{title:<23} {:<11} {:>7} {:>9.2e} {:>9.2e} {:>9.2e}  {worst}{}",
                group.group,
                group.n_entries,
                group.largest,
                group.absolute,
                group.relative(),
                mark(holds)
            ));
            if group.n_unknown > 0 {
                self.line(&format!(
                    "{:<23} {} entries of {} have no finite difference: spikes come and go nearby",
                    "", group.n_unknown, group.group
                ));
            }
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }
}

fn mark(holds: bool) -> &'static str {
    if holds { "" } else { "  <-- DISAGREES" }
}

fn worst(group: &GroupDifference, found: &CaseResult, reference: &CaseResult) -> String {
    let mut text = String::new();
    let Some((row, column)) = group.worst else {
        return text;
    };
    let value = |result: &CaseResult| {
        let rows = result.jacobian.group(group.group)?;
        rows.get(row)?.get(column).copied()
    };
    let place = format!("[{row}, {column}]");
    if let Some((x, y)) = value(found).zip(value(reference)) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{place:<14} {x:.12e} {y:.12e}");
    }
    text
}

fn tolerance(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("give a number above zero such as 1e-6".into()),
    }
}
