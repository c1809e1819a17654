//! What `bench networks` found, for a terminal.

use std::fmt::Write;

use super::measure::Row;
use super::networks::Report;

/// Bytes that an update moves at least: a weight; in the adjoint also a gradient, read and written;
/// in forward propagation a derivative.
const SIMULATION_BYTES: f64 = 4.0;
const ADJOINT_BYTES: f64 = 12.0;

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
        line(format_args!(
            "\n{}, batch {}: device time of each kernel",
            row.network, row.batch
        ));
        let total: f64 = row.kernels_ms.values().sum();
        for (name, ms) in &row.kernels_ms {
            line(format_args!(
                "  {name:<24} {ms:>10.3} ms {:>5.1} %{}",
                100.0 * ms / total,
                share(report, row, name, *ms)
            ));
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

/// How near a kernel comes to the ceilings, where its work is known.
fn share(report: &Report, row: &Row, kernel: &str, ms: f64) -> String {
    let seconds = ms / 1e3;
    let of_bytes = |bytes: f64| {
        let share = report
            .bytes_per_second
            .map(|most| 100.0 * bytes / seconds / most);
        share.map_or(String::new(), |share| {
            format!("  {share:.1} % of the copy ceiling")
        })
    };
    match kernel {
        "advance" | "advance_sequential" => of_bytes(SIMULATION_BYTES * row.neuron_updates),
        "adjoint" | "adjoint_sequential" => of_bytes(ADJOINT_BYTES * row.neuron_updates),
        "sensitivity" | "sensitivity_sequential" => {
            let updates = row.sensitivity_updates.zip(report.multiply_adds_per_second);
            let share = updates.map(|(n, most)| 100.0 * n / seconds / most);
            share.map_or(String::new(), |share| {
                format!("  {share:.1} % of the multiply-add ceiling")
            })
        }
        _ => String::new(),
    }
}
