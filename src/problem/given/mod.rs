//! Recordings of spikes that another simulator found.
//!
//! The implicit function theorem asks only that each spike time solves `V(t) = threshold` for the spikes before it;
//! who solved it does not matter (Lee, Haghighatshoar and Karbasi 2023, section 4). So the spikes are taken as they are,
//! and the slopes that gradients need come from the flow through them.

mod excursion;
mod work;

use super::Problem;
use crate::dynamics::later;
use crate::event::{Recording, Spike, SpikeBatch};
use crate::network::{Form, Population};
use crate::{Error, Result};
use work::Work;

/// How spikes of another simulator are looked over.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GivenSpikes {
    /// How far from its threshold a potential may be at a spike before the spike is counted, in units of the potential.
    pub tolerance: f64,
    /// Whether to look for spikes that the flow has and the train has not, too: potentials that pass the threshold by
    /// more than the tolerance and fall back without a spike.
    pub missing: bool,
}

impl GivenSpikes {
    /// Counts spikes further than `tolerance` from their thresholds, in units of the potential; looks for no others.
    pub fn within(tolerance: f64) -> Self {
        Self {
            tolerance,
            missing: false,
        }
    }

    /// Looks for missing spikes, too.
    #[must_use]
    pub fn find_missing(mut self) -> Self {
        self.missing = true;
        self
    }
}

/// How well given spikes fit the network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpikeReport {
    /// `V - threshold` just before each spike of the recording, in its order.
    pub residuals: Vec<f64>,
    /// The largest size of a residual.
    pub worst: f64,
    /// How many spikes are further than the tolerance from their thresholds, early and late.
    pub beyond: usize,
    /// Spikes at which V is below the threshold by more than the tolerance, as indices into the recording: the network
    /// would not have fired yet, or not at all.
    pub surplus: Vec<usize>,
    /// How many spikes come while V falls. Their derivatives are bounded by the slope floor and mean little.
    pub falling: usize,
    /// Spikes that the network would have fired and that were not given, by sample and neuron; empty unless asked for.
    pub missing: Vec<MissingSpike>,
}

/// A spike that was not given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissingSpike {
    /// Of which sample.
    pub sample: usize,
    /// Which neuron, counted over all populations.
    pub neuron: usize,
    /// When V reaches the threshold, in ms.
    pub time: f64,
    /// How far beyond the threshold V gets before it falls back or the run ends.
    pub excess: f64,
}

impl Problem<'_> {
    /// A recording of `spikes`, one sample for each of the inputs' (units are neurons, counted over all populations), made by
    /// any simulator of this network on these inputs, and how well they fit.
    ///
    /// The gradient of the recording is that of the given spikes: each one's slope is dV/dt of the exact flow through all
    /// given spikes, at the given time. Readouts are followed through the given spikes.
    ///
    /// # Errors
    /// A problem that does not make sense; another number of samples; a spike of a neuron that cannot fire, after the
    /// run, or within its own refractory time. Of neurons with several receptors missing spikes are not looked for, nor largest
    /// voltages: asking for them is an error.
    pub fn recording_of(
        &self,
        spikes: &SpikeBatch,
        options: GivenSpikes,
    ) -> Result<(Recording, SpikeReport)> {
        let computed = self.computed(Form::Synapses)?;
        if !(options.tolerance.is_finite() && options.tolerance >= 0.0) {
            let remedy = "give a distance in units of the potential, zero or more";
            return Err(Error::invalid("tolerance", options.tolerance, remedy));
        }
        self.check_receptors(options)?;
        let n_samples = self.inputs.n_samples();
        if spikes.n_samples() != n_samples {
            return Err(Error::invalid(
                "samples of spikes",
                spikes.n_samples(),
                format!("give one for each of the {n_samples} samples of the inputs"),
            ));
        }
        let problem = computed.problem();
        let mut work = Work::new(&problem, options);
        for sample in 0..n_samples {
            let mut ordered: Vec<Spike> = spikes.sample(sample).collect();
            ordered.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
            self.check_spikes(&ordered, sample)?;
            work.sample(&ordered, sample);
        }
        let (recording, report) = work.finish();
        Ok((computed.recording(recording), report))
    }

    /// Refuses to look for what is found between the events of neurons with one receptor only.
    fn check_receptors(&self, options: GivenSpikes) -> Result<()> {
        for population in self.network.populations() {
            let receptors = population.neuron.tau_synapse.len();
            let what = match population.is_spiking() {
                true if options.missing => "missing spikes",
                false if self.options.record_maxima => "largest voltages",
                _ => continue,
            };
            if receptors > 1 {
                return Err(Error::invalid(
                    format!("receptors of population \"{}\"", population.name),
                    receptors,
                    format!(
                        "{what} among given spikes are found for one receptor: do not ask for them, or let the CPU engine simulate"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn check_spikes(&self, spikes: &[Spike], sample: usize) -> Result<()> {
        let populations = self.network.populations();
        let mut latest: Vec<Option<f64>> = vec![None; self.network.n_neurons()];
        for (ix, spike) in spikes.iter().enumerate() {
            let name = |what: &str| format!("{what} of spike {ix} of sample {sample}");
            let at = populations.partition_point(|p| p.first_unit <= spike.unit);
            let population = at.checked_sub(1).map(|ix| &populations[ix]);
            let population: &Population = match population {
                Some(found) if found.units().contains(&spike.unit) && found.is_spiking() => found,
                _ => {
                    let remedy = "give a neuron with a threshold, counted over all populations";
                    return Err(Error::invalid(name("neuron"), spike.unit, remedy));
                }
            };
            if spike.time > self.options.duration {
                let remedy = format!("keep it within the run, {} ms", self.options.duration);
                return Err(Error::invalid(name("time"), spike.time, remedy));
            }
            let neuron = spike.unit - population.first_unit;
            let refractory = population.refractory(neuron).unwrap_or(0.0);
            if let Some(before) = latest[spike.unit]
                && spike.time < later(before, refractory)
            {
                return Err(Error::invalid(
                    name("time"),
                    spike.time,
                    format!(
                        "neuron {} fired at {before} ms and may fire again {refractory} ms later at the earliest",
                        spike.unit
                    ),
                ));
            }
            latest[spike.unit] = Some(spike.time);
        }
        Ok(())
    }
}
