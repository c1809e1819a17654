//! Files of potentials and currents.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use spikefront::cpu::stream::{StateRecorder, StateSample};
use spikefront::data::{Grown, KeptParts, StateWriter};
use spikefront::network::PopulationInRows;
use spikefront::networks::{RecordSettings, SimulationFile};
use spikefront::{Error, Result};

use super::recorded::{Chosen, named, within};

/// One population's.
struct StateFile {
    /// The population's neurons, counted through the network.
    population: Range<u32>,
    name: String,
    /// Those that are recorded, counted within it.
    neurons: Chosen,
    /// One for each range of them.
    recorders: Vec<StateRecorder>,
    every: f64,
    receptors: usize,
    writer: StateWriter,
}

/// All of a run.
#[derive(Default)]
pub struct StateFiles(Vec<StateFile>);

/// How far a file had grown when a checkpoint was written.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatesSoFar {
    population: String,
    neurons: Chosen,
    every: f64,
    grown: Vec<Grown>,
    times: usize,
}

/// Whether a file asks for states.
pub fn are_asked(file: &SimulationFile) -> bool {
    let is_states = |record: &RecordSettings| matches!(record, RecordSettings::States { .. });
    file.records.iter().any(is_states)
}

impl StateFiles {
    /// Those that a simulation's file asks for, of `time` in ms, in `folder`; to be gone on with where they are kept, and from
    /// where a checkpoint says.
    pub fn new(
        populations: &[PopulationInRows],
        file: &SimulationFile,
        time: &Range<f64>,
        folder: &Path,
        is_kept: bool,
        so_far: Option<&[StatesSoFar]>,
    ) -> Result<Self> {
        let mut all: Vec<StateFile> = Vec::new();
        for record in &file.records {
            let RecordSettings::States {
                population: name,
                neurons,
                every,
            } = record
            else {
                continue;
            };
            let ix = named(&file.populations, name)?;
            let population = &populations[ix];
            let own = within(&file.populations[ix], neurons)?;
            let first = population.neurons.start;
            let recorders = own.ranges().iter().map(|range| StateRecorder {
                neurons: first + range.start..first + range.end,
                every: *every,
                from: time.start,
                until: time.end,
            });
            let recorders: Vec<StateRecorder> = recorders.collect();
            let refuse = |remedy: &str| {
                let field = "population of a record of states";
                Err(Error::invalid(field, format!("\"{name}\""), remedy))
            };
            if all
                .iter()
                .any(|other| population.neurons == other.population)
            {
                return refuse("record the states of a population once");
            }
            if name.contains(['/', '\\']) {
                return refuse("its name is part of a file's name: give it one without / and \\");
            }
            let receptors: Vec<String> = file.populations[ix]
                .receptors
                .iter()
                .map(|r| r.name.clone())
                .collect();
            let path = folder.join(format!("states-{name}.npz"));
            let n_receptors = receptors.len();
            let writer = match so_far {
                None => StateWriter::create(path, own.neurons(), receptors, is_kept)?,
                Some(so_far) => {
                    let same = |s: &&StatesSoFar| {
                        s.neurons == own && s.every == *every && s.population == *name
                    };
                    let Some(so_far) = so_far.iter().find(same) else {
                        return refuse(
                            "the run that is resumed did not record these: leave it as it was",
                        );
                    };
                    StateWriter::resume(
                        path,
                        own.neurons(),
                        receptors,
                        &so_far.grown,
                        so_far.times,
                    )?
                }
            };
            all.push(StateFile {
                population: population.neurons.clone(),
                name: name.clone(),
                neurons: own,
                recorders,
                every: *every,
                receptors: n_receptors,
                writer,
            });
        }
        Ok(Self(all))
    }

    /// What a simulation is to record, in order.
    pub fn recorders(&self) -> impl Iterator<Item = &StateRecorder> {
        self.0.iter().flat_map(|file| &file.recorders)
    }

    /// Notes states as they come: those of whole windows, in the order of recorders.
    pub fn note(&mut self, samples: &[StateSample]) -> Result<()> {
        let (mut rest, mut n_recorders) = (samples, 0);
        for file in &mut self.0 {
            n_recorders += file.recorders.len();
            let n_own = rest.partition_point(|sample| sample.recorder < n_recorders);
            let (own, others) = rest.split_at(n_own);
            rest = others;
            let mut own = own.to_vec();
            // All neurons at a time, whichever range they are in.
            own.sort_by_key(|sample| (sample.number, sample.neuron));
            for sample in own {
                let time = sample.number as f64 * file.every;
                let currents = &sample.currents[..file.receptors];
                file.writer.push(time, sample.potential, currents)?;
            }
        }
        Ok(())
    }

    /// Makes sure that all of it is on disk.
    pub fn so_far(&mut self) -> Result<Vec<StatesSoFar>> {
        let of = self.0.iter_mut().map(|file| {
            Ok(StatesSoFar {
                population: file.name.clone(),
                neurons: file.neurons.clone(),
                every: file.every,
                grown: file.writer.sync()?,
                times: file.writer.times(),
            })
        });
        of.collect()
    }

    /// Puts the files in their places.
    pub fn finish(self) -> Result<KeptParts> {
        let mut files = self.0.into_iter();
        files.try_fold(KeptParts::default(), |kept, file| {
            Ok(kept.and(file.writer.finish()?))
        })
    }
}
