//! What `bench networks` found, for a terminal.

use std::fmt::Write;

use super::measure::Row;
use super::networks::Report;
use super::predict::UPDATE;

/// The report as text.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |args: std::fmt::Arguments<'_>| writeln!(text, "{args}").unwrap_or_default();
    match (
        &report.device,
        report.bytes_per_second,
        report.multiply_adds_per_second,
    ) {
        (Some(device), Some(bytes), Some(multiply_adds)) => line(format_args!(
            "{device}\nceilings, measured now: copy {:.1} GB/s, multiply-add {:.1} G/s",
            bytes / 1e9,
            multiply_adds / 1e9
        )),
        _ => line(format_args!("CPU engine only")),
    }
    line(format_args!(
        "{} CPU threads, medians of {}\n",
        report.threads, report.repeats
    ));
    line(format_args!(
        "{:<15} {:>5} {:<4} {:>9} {:>10} {:>10} {:>7} {:>9} {:>10} {:>10} {:>10}",
        "network",
        "batch",
        "",
        "spikes",
        "simulate",
        "adjoint",
        "adj/sim",
        "Mspike/s",
        "Mupdate/s",
        "forward",
        "Gsens/s"
    ));
    line(format_args!(
        "{:<15} {:>5} {:<4} {:>9} {:>10} {:>10} {:>7} {:>9} {:>10} {:>10} {:>10}",
        "", "", "", "", "ms", "ms", "", "", "", "ms", ""
    ));
    for row in &report.rows {
        line(format_args!("{}", row_text(row)));
    }
    for row in report.rows.iter().filter(|row| !row.kernels_ms.is_empty()) {
        line(format_args!("{}", kernels(report, row)));
    }
    text
}

/// The kernels of a row: what each took, of that how much of the ceilings its counts make, and what they predict.
fn kernels(report: &Report, row: &Row) -> String {
    let mut text = format!(
        "\n{}, batch {}: device time of each kernel, and its share of the ceilings by the counts of docs/cost-model.md",
        row.network, row.batch
    );
    let total: f64 = row.kernels_ms.values().sum();
    for (name, ms) in &row.kernels_ms {
        let of_total = 100.0 * ms / total;
        let _ = write!(text, "\n  {name:<24} {ms:>10.3} ms {of_total:>5.1} %");
        let own = row.predicted.iter().filter_map(|run| run.kernels.get(name));
        let (mut multiply_adds, mut bytes, mut predicted, mut bound) = (0.0, 0.0, 0.0, "");
        for counted in own {
            multiply_adds += counted.multiply_adds;
            bytes += counted.bytes;
            for on in counted.devices.values() {
                predicted += on.ms;
                bound = on.bound;
            }
        }
        let share = |counted: f64, most: Option<f64>| {
            100.0 * counted / (ms / 1e3) / most.unwrap_or(f64::NAN)
        };
        let _ = write!(
            text,
            "  multiply-add {:>5.1} %  copy {:>5.1} %",
            share(multiply_adds, report.multiply_adds_per_second),
            share(bytes, report.bytes_per_second),
        );
        if report.is_predicted {
            let _ = write!(text, "  predicted {predicted:>10.3} ms, {bound}");
        }
    }
    if report.is_predicted {
        for run in row.predicted.iter().filter(|run| run.run != UPDATE) {
            let ms: f64 = run.total_ms.values().sum();
            let _ = write!(text, "\n  predicted {:<20} {ms:>10.3} ms", run.run);
        }
    }
    text
}

fn row_text(row: &Row) -> String {
    let (simulate, adjoint) = (row.simulate_ms.median(), row.adjoint_ms.median());
    let forward = row.forward_ms.map(|spread| spread.median());
    let text = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let rate = row
        .sensitivity_updates
        .zip(forward)
        .map(|(n, ms)| n / ms / 1e6);
    format!(
        "{:<15} {:>5} {:<4} {:>9} {:>10.2} {:>10.2} {:>7.2} {:>9.2} {:>10.1} {:>10} {:>10}",
        row.network,
        row.batch,
        row.engine,
        row.spikes,
        simulate,
        adjoint,
        adjoint / simulate,
        row.spikes as f64 / simulate / 1e3,
        row.neuron_updates / simulate / 1e3,
        text(forward),
        text(rate),
    )
}
