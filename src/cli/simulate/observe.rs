//! What is kept of a simulation's spikes: statistics, some for the raster, all in the file.

use std::ops::Range;
use std::path::Path;

use spikefront::activity::Activity;
use spikefront::cpu::sparse::SparseSpike;
use spikefront::data::SpikeWriter;
use spikefront::files::{create_folder, write_atomically};
use spikefront::plot::{Raster, RasterGroup, RateGroup, Rates, raster, rates};
use spikefront::sparse::SparsePopulation;
use spikefront::{Error, Result};

use super::recorded::recorded;
use super::results::{PopulationSummary, Summary};

/// So many neurons of a population are drawn, at most.
const DRAWN_NEURONS: u32 = 120;

/// So much of a run is drawn, in ms: its end.
const DRAWN_TIME: f64 = 400.0;

const SPIKES: &str = "spikes.npz";

/// Follows a simulation.
pub struct Observer<'n> {
    populations: &'n [SparsePopulation],
    time: Range<f64>,
    activity: Activity,
    /// For each population the neurons, counted within it, whose spikes are written.
    recorded: Vec<Range<u32>>,
    writer: Option<SpikeWriter>,
    /// For each population (neuron within it, time).
    drawn: Vec<Vec<(usize, f64)>>,
}

impl<'n> Observer<'n> {
    /// Notes spikes within `time`, in ms; writes those of [`recorded`] neurons to `folder`.
    pub fn new(
        populations: &'n [SparsePopulation],
        time: Range<f64>,
        record: &[String],
        folder: Option<&Path>,
    ) -> Result<Self> {
        let recorded = recorded(populations, record)?;
        let is_none = recorded.iter().all(Range::is_empty);
        let writer = match folder {
            Some(folder) => {
                create_folder(folder)?;
                (!is_none)
                    .then(|| SpikeWriter::create(folder.join(SPIKES)))
                    .transpose()?
            }
            None => None,
        };
        Ok(Self {
            populations,
            activity: Activity::new(populations.iter().map(|p| p.neurons.clone()), time.clone())?,
            time,
            recorded,
            writer,
            drawn: vec![Vec::new(); populations.len()],
        })
    }

    /// Notes spikes as they come, in windows of `window` ms.
    pub fn note(&mut self, spikes: &[SparseSpike], window: f64) -> Result<()> {
        let populations = self.populations;
        for spike in spikes {
            let time = spike.window as f64 * window + spike.offset;
            if time < self.time.start {
                continue;
            }
            self.activity.note(time, spike.neuron);
            let ix = populations.partition_point(|p| p.neurons.end <= spike.neuron);
            let within = spike.neuron - populations[ix].neurons.start;
            if within < DRAWN_NEURONS && time >= self.time.end - DRAWN_TIME {
                self.drawn[ix].push((within as usize, time));
            }
            let is_recorded = self.recorded[ix].contains(&within);
            if let (true, Some(writer)) = (is_recorded, &mut self.writer) {
                writer.push(time, spike.neuron)?;
            }
        }
        Ok(())
    }

    /// What each population did until `end` ms.
    pub fn populations(&self, end: f64) -> Result<Vec<PopulationSummary>> {
        let share = (end - self.time.start) / (self.time.end - self.time.start);
        let all = self.populations.iter().zip(self.activity.summary());
        let all = all.map(|(population, mut activity)| {
            // A run that was stopped has counted a part of its time only.
            activity.rate /= share;
            PopulationSummary {
                name: population.name.clone(),
                first_neuron: population.neurons.start,
                activity,
            }
        });
        Ok(all.collect())
    }

    /// Writes the summary, the spikes and the pictures.
    pub fn save(self, folder: &Path, end: f64, summary: &Summary) -> Result<()> {
        if let Some(writer) = self.writer {
            writer.finish()?;
        }
        let populations = self.populations;
        let groups: Vec<RasterGroup> = populations
            .iter()
            .zip(&self.drawn)
            .map(|(population, spikes)| RasterGroup {
                name: &population.name,
                size: population.neurons.len().min(DRAWN_NEURONS as usize),
                of: population.neurons.len(),
                spikes,
                is_input: false,
            })
            .rev()
            .collect();
        if groups.iter().any(|group| !group.spikes.is_empty()) {
            let from = (self.time.end - DRAWN_TIME).max(self.time.start);
            let (title, note) = described(summary.network, from..self.time.end, &groups);
            let picture = raster(&Raster {
                title: &title,
                note: &note,
                groups: &groups,
                time: from..self.time.end,
            })?;
            write_atomically(folder.join("raster.svg"), picture)?;
        }
        let over_time = self.activity.rates();
        let (start, bin) = (self.time.start, over_time.bin);
        // Of a run that was stopped the bins that it has passed.
        let (passed, end) = match end < self.time.end {
            false => (usize::MAX, self.time.end),
            true => {
                let passed = (((end - start) / bin) as usize).max(1);
                (passed, start + passed as f64 * bin)
            }
        };
        let groups: Vec<RateGroup> = populations
            .iter()
            .zip(&over_time.rates)
            .map(|(population, rates)| RateGroup {
                name: &population.name,
                rates: &rates[..passed.min(rates.len())],
            })
            .collect();
        let picture = rates(&Rates {
            title: &format!("{}, rates of its populations", summary.network),
            time: start..end.min(self.time.end),
            bin,
            groups: &groups,
        })?;
        write_atomically(folder.join("rates.svg"), picture)?;
        let text = serde_json::to_string_pretty(summary)
            .map_err(|error| Error::invalid("summary", error, "report this as a fault"))?;
        write_atomically(folder.join("summary.json"), text + "\n")
    }
}

/// The title of a raster, and which neurons it shows.
fn described(network: &str, time: Range<f64>, groups: &[RasterGroup]) -> (String, String) {
    let title = format!("{network}, spikes from {} to {} ms", time.start, time.end);
    let note = match groups.iter().any(|group| group.size < group.of) {
        true => format!(
            "the first {DRAWN_NEURONS} neurons of each population stand for the others, which are wired by the same rules"
        ),
        false => "all neurons".into(),
    };
    (title, note)
}
