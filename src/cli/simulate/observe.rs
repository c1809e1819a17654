//! What is kept of a simulation's spikes: statistics, some for the raster, all in the file.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use spikefront::activity::Activity;
use spikefront::cpu::stream::StreamSpike;
use spikefront::data::{Grown, KeptParts, SpikeWriter};
use spikefront::files::{self, write_atomically};
use spikefront::network::PopulationInRows;
use spikefront::plot::{Raster, RasterGroup, RateGroup, Rates, raster, rates};
use spikefront::{Error, Result};

use super::recorded::Chosen;
use super::results::{PopulationSummary, SUMMARY, Summary};
use super::saved::check_time;

/// So many neurons of a population are drawn, at most.
const DRAWN_NEURONS: u32 = 120;

/// So much of a run is drawn, in ms: its end.
const DRAWN_TIME: f64 = 400.0;

const SPIKES: &str = "spikes.npz";

/// Follows a simulation.
pub struct Observer<'n> {
    populations: &'n [PopulationInRows],
    time: Range<f64>,
    activity: Activity,
    /// For each population the neurons, counted within it, whose spikes are written.
    recorded: Vec<Chosen>,
    writer: Option<SpikeWriter>,
    /// For each population (neuron within it, time).
    drawn: Vec<Vec<(usize, f64)>>,
}

/// What was noted when a checkpoint was written.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpikesSoFar {
    time: Range<f64>,
    activity: Activity,
    recorded: Vec<Chosen>,
    drawn: Vec<Vec<(usize, f64)>>,
    /// How far the file had grown, and how many spikes that is.
    written: Option<(Vec<Grown>, u64)>,
}

impl<'n> Observer<'n> {
    /// Notes spikes within `time`, in ms; writes those of the `recorded` neurons of each population to `folder`,
    /// where they can be gone on with if they are to be kept.
    pub fn new(
        populations: &'n [PopulationInRows],
        time: Range<f64>,
        recorded: Vec<Chosen>,
        folder: Option<&Path>,
        is_kept: bool,
    ) -> Result<Self> {
        let is_none = recorded.iter().all(Chosen::is_empty);
        let writer = match folder {
            Some(folder) => {
                let path = folder.join(SPIKES);
                let create = || match is_kept {
                    true => SpikeWriter::create_kept(path),
                    false => SpikeWriter::create(path),
                };
                (!is_none).then(create).transpose()?
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

    /// Goes on where a checkpoint was written: with the same times and the same neurons.
    pub fn resume(
        populations: &'n [PopulationInRows],
        time: Range<f64>,
        recorded: Vec<Chosen>,
        folder: Option<&Path>,
        so_far: SpikesSoFar,
    ) -> Result<Self> {
        check_time(&so_far.time, &time)?;
        if (&so_far.recorded, so_far.written.is_some())
            != (
                &recorded,
                folder.is_some() && !recorded.iter().all(Chosen::is_empty),
            )
        {
            return Err(Error::invalid(
                "what is recorded",
                "another than the run that is resumed began with",
                "give the same",
            ));
        }
        let written = so_far.written.as_ref().zip(folder);
        let writer = written.map(|((grown, count), folder)| {
            SpikeWriter::resume(folder.join(SPIKES), grown, *count)
        });
        Ok(Self {
            populations,
            activity: so_far.activity,
            time,
            recorded,
            writer: writer.transpose()?,
            drawn: so_far.drawn,
        })
    }

    /// What a checkpoint remembers; the spikes so far are on disk.
    pub fn so_far(&mut self) -> Result<SpikesSoFar> {
        let synced =
            |writer: &mut SpikeWriter| -> Result<_> { Ok((writer.sync()?, writer.count())) };
        let written = self.writer.as_mut().map(synced);
        Ok(SpikesSoFar {
            time: self.time.clone(),
            activity: self.activity.clone(),
            recorded: self.recorded.clone(),
            drawn: self.drawn.clone(),
            written: written.transpose()?,
        })
    }

    /// Notes spikes as they come, in windows of `window` ms.
    pub fn note(&mut self, spikes: &[StreamSpike], window: f64) -> Result<()> {
        let populations = self.populations;
        for spike in spikes {
            let time = spike.time(window);
            if time < self.time.start {
                continue;
            }
            self.activity.note(time, spike.neuron);
            let ix = populations.partition_point(|p| p.neurons.end <= spike.neuron);
            let within = spike.neuron - populations[ix].neurons.start;
            if within < DRAWN_NEURONS && time >= self.time.end - DRAWN_TIME {
                self.drawn[ix].push((within as usize, time));
            }
            let is_recorded = self.recorded[ix].contains(within);
            if let (true, Some(writer)) = (is_recorded, &mut self.writer) {
                writer.push(time, spike.neuron)?;
            }
        }
        Ok(())
    }

    /// What each population did until `end` ms, beside the rates in Hz that were published.
    pub fn populations(&self, end: f64, published: &[f64]) -> Result<Vec<PopulationSummary>> {
        let share = (end - self.time.start) / (self.time.end - self.time.start);
        let all = self.populations.iter().zip(self.activity.summary());
        let spiking = all
            .enumerate()
            .filter(|(_, (population, _))| population.is_spiking());
        let all = spiking.map(|(ix, (population, mut activity))| {
            // A run that was stopped has counted a part of its time only.
            activity.rate /= share;
            PopulationSummary {
                name: population.name.clone(),
                first_neuron: population.neurons.start,
                published_rate: published.get(ix).copied(),
                activity,
            }
        });
        Ok(all.collect())
    }

    /// Writes the summary, the spikes and the pictures.
    pub fn save(self, folder: &Path, end: f64, summary: &Summary) -> Result<KeptParts> {
        let mut kept = KeptParts::default();
        if let Some(mut writer) = self.writer {
            for population in self.populations {
                writer.population(&population.name, population.neurons.clone());
            }
            kept = writer.finish()?;
        } else {
            // Those of an earlier run would lie beside the results of this one.
            files::remove(folder.join(SPIKES))?;
        }
        let populations = self.populations;
        let groups: Vec<RasterGroup> = populations
            .iter()
            .zip(&self.drawn)
            .filter(|(population, _)| population.is_spiking())
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
        } else {
            // That of an earlier run would lie beside the results of this one.
            files::remove(folder.join("raster.svg"))?;
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
            .filter(|(population, _)| population.is_spiking())
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
        write_atomically(folder.join(SUMMARY), text + "\n")?;
        Ok(kept)
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
