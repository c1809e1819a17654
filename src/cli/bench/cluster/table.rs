//! Costs for people.

use std::fmt::Write;

use super::measured::Measured;
use super::model::Plan;

const GIB: f64 = (1_u64 << 30) as f64;

/// What was measured and counted.
pub fn told(measured: &Measured) -> String {
    let Measured {
        network,
        neurons,
        simulated_ranks,
        exchanges,
        ..
    } = measured;
    let mut text = format!(
        "{network}, {neurons} neurons measured on one thread: {:.0} synapses a neuron; {:.4} spikes and {:.1} arrivals of a neuron for each ms;\n\
         {:.1} ns an arrival; {:.1} bytes a synapse, {:.1} a source for the start of its row in each partition, {:.0} a neuron;\n\
         made in {:.1} ns for each synapse that is gone through and {:.1} ns for each that is kept; exchanges every {:.3} ms.\n\
         Counted on {simulated_ranks} simulated ranks: {exchanges} exchanges of {:.2} spikes, in each of which a rank received {:.1} bytes; {:.1} computed.\n",
        measured.in_degree,
        measured.spikes,
        measured.arrivals,
        1e9 * measured.arrival_seconds,
        measured.synapse_bytes,
        measured.start_bytes,
        measured.neuron_bytes,
        1e9 * measured.draw_seconds,
        1e9 * measured.make_seconds,
        measured.interval,
        measured.spikes_each,
        measured.counted_bytes,
        measured.expected_bytes,
    );
    for pairs in &measured.pairs {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "On {} ranks {} of {} pairs have no synapse from the one to the other.",
            pairs.ranks, pairs.unconnected, pairs.all
        );
    }
    text
}

/// Plans side by side.
pub fn plans(title: &str, plans: &[Plan]) -> String {
    let mut text = format!(
        "\n{title}\n{:>7} {:>10} {:>11} | {:>11} {:>8} {:>11} | {:>9} {:>11} {:>11} {:>10} {:>7} | {:>9} {:>10}\n",
        "ranks",
        "neurons",
        "synapses",
        "synapses",
        "rows",
        "neurons",
        "spikes",
        "received",
        "exchange",
        "compute",
        "x real",
        "made by",
        "made by"
    );
    let _ = writeln!(
        text,
        "{:>7} {:>10} {:>11} | {:>11} {:>8} {:>11} | {:>9} {:>11} {:>11} {:>10} {:>7} | {:>9} {:>10}",
        "",
        "in all",
        "of a rank",
        "GiB",
        "GiB",
        "GiB",
        "interval",
        "kB",
        "us",
        "us",
        "",
        "target s",
        "total s"
    );
    for plan in plans {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:>7} {:>10.3e} {:>11.3e} | {:>11.3} {:>8.3} {:>11.4} | {:>9.1} {:>11.2} {:>11.1} {:>10.1} {:>7.2} | {:>9.1} {:>10.1}",
            plan.ranks,
            plan.neurons,
            plan.own_synapses,
            plan.synapse_bytes / GIB,
            plan.start_bytes / GIB,
            plan.neuron_bytes / GIB,
            plan.spikes,
            plan.received_bytes / 1e3,
            1e6 * plan.exchange,
            1e6 * plan.compute,
            plan.real_time_factor,
            plan.build_by_target,
            plan.build_by_total,
        );
    }
    text
}

/// Whether the numbers that count neurons and synapses are wide enough.
pub fn widths(neurons: u64, measured: &Measured) -> String {
    let synapses = neurons as f64 * measured.in_degree;
    let is_counted = match neurons <= u64::from(u32::MAX) {
        true => "fit",
        false => "do not fit",
    };
    format!(
        "\n{neurons} neurons {is_counted} in the 32 bits that count them (up to {}); their {synapses:.2e} synapses in the 64 bits of rows (up to {:.1e}).\n\
         synapses, rows, neurons in GiB: what a rank holds; rows: where the row of each source begins. made by target: in-degrees or probabilities; by total: a rank goes through \
         all synapses of a fixed total number to find its own.\n",
        u32::MAX,
        u64::MAX as f64,
    )
}
