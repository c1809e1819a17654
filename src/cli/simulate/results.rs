//! What a simulation comes down to.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use spikefront::activity::{PopulationActivity, SYNCHRONY_BIN};
use spikefront::count;
use spikefront::files::read_text;

use super::simulation::RanksSummary;

pub const SUMMARY: &str = "summary.json";
/// The largest summary that is read, in bytes.
const MOST_BYTES: u64 = 1 << 24;

/// Whether a folder has the results of a run that has ended; one that was stopped says so.
pub fn has_ended(folder: &Path) -> bool {
    let path = folder.join(SUMMARY);
    let text = read_text(&path, MOST_BYTES).unwrap_or_default();
    let summary = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
    path.exists() && summary["stopped"] != true
}

/// One population.
#[derive(Debug, Serialize)]
pub struct PopulationSummary {
    pub name: String,
    /// Its first neuron, as neurons are counted in spikes.npz.
    pub first_neuron: u32,
    /// In Hz, of the full network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_rate: Option<f64>,
    #[serde(flatten)]
    pub activity: PopulationActivity,
}

/// The whole run. Times in ms unless they are called seconds.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    pub network: &'a str,
    pub scale: f64,
    pub seed: u64,
    pub engine: &'static str,
    pub device: Option<String>,
    pub threads: usize,
    pub neurons: usize,
    pub synapses: u64,
    pub synapse_bytes: u64,
    pub window: f64,
    pub simulated: f64,
    /// From when on spikes of populations are counted.
    pub from: f64,
    /// Where a run that was resumed was gone on with: `seconds` and what is made of them are of the part from there.
    #[serde(rename = "resumed_at", skip_serializing_if = "is_zero")]
    pub begun: f64,
    /// Whether it was stopped before its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    pub build_seconds: f64,
    pub seconds: f64,
    /// Seconds of computation for a second of the network's time.
    pub real_time_factor: f64,
    pub spikes: u64,
    /// Arrivals at neurons, those of drives included.
    pub synaptic_events: u64,
    #[serde(skip)]
    pub events_before: u64,
    pub peak_memory_mb: Option<f64>,
    /// Where several processes had a part each; what is said of threads and of memory is of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranks: Option<RanksSummary>,
    pub populations: Vec<PopulationSummary>,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// What the columns mean.
fn legend(from: f64) -> String {
    format!(
        "spikes, rates and what follows them: from {from} ms on. silent: neurons that never fired. irregularity: standard deviation over mean of a neuron's intervals, averaged \
         over neurons; 1 of a Poisson process, 0 of a clock.\nsynchrony: variance over mean of the population's spike count \
         in bins of {SYNCHRONY_BIN} ms; 1 of independent Poisson processes, more where neurons fire together.\n"
    )
}

impl Summary<'_> {
    /// For people.
    pub fn table(&self) -> String {
        let is_published = self.populations.iter().any(|p| p.published_rate.is_some());
        let published = if is_published { "  published/Hz" } else { "" };
        let mut text = format!(
            "{:<12} {:>8} {:>9} {:>9}{published} {:>8} {:>13} {:>10}\n",
            "population", "neurons", "spikes", "rate/Hz", "silent", "irregularity", "synchrony"
        );
        let or_none = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
        for population in &self.populations {
            let PopulationSummary { name, activity, .. } = population;
            let published = match is_published {
                true => format!("{:>14}", or_none(population.published_rate)),
                false => String::new(),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{name:<12} {:>8} {:>9} {:>9.3}{published} {:>6.1} % {:>13} {:>10}",
                activity.neurons,
                activity.spikes,
                activity.rate,
                100.0 * activity.silent,
                or_none(activity.irregularity),
                or_none(activity.synchrony)
            );
        }
        let resumed = match self.begun {
            0.0 => String::new(),
            begun => format!(", resumed at {begun:.0} ms"),
        };
        let events = self.synaptic_events - self.events_before;
        let _ = writeln!(
            text,
            "{:.0} ms in {:.2} s{resumed}: {:.3} times real time; {:.1} ns for each of {}; from the start {}, {}",
            self.simulated - self.begun,
            self.seconds,
            self.real_time_factor,
            1e9 * self.seconds / events.max(1) as f64,
            count(events as usize, "synaptic event"),
            count(self.spikes as usize, "spike"),
            count(self.synaptic_events as usize, "synaptic event"),
        );
        if let Some(ranks) = &self.ranks {
            let _ = writeln!(
                text,
                "{} ranks: {}, {:.2} to {:.2} s of a rank's time and {:.2} to {:.2} s beside computation, {:.3} MB sent in all",
                ranks.ranks,
                count(ranks.exchanges as usize, "exchange"),
                ranks.exchange_seconds[0],
                ranks.exchange_seconds[1],
                ranks.overlapped_seconds[0],
                ranks.overlapped_seconds[1],
                ranks.sent_bytes as f64 / 1e6,
            );
        }
        text + &legend(self.from)
    }
}
