//! Whether a problem makes sense.

use super::{Problem, Stop};
use crate::{Error, Result, memory};

impl Problem<'_> {
    /// Checks that options, parameters and inputs fit the network.
    ///
    /// # Errors
    /// The first thing that does not fit, by name.
    pub fn check(&self) -> Result<()> {
        self.check_incomplete()?;
        self.check_completeness()?;
        self.check_voltages()
    }

    /// As [`check`](Self::check), before the spikes of generators and Poisson drives are added and the samples are divided into
    /// batches.
    pub(crate) fn check_incomplete(&self) -> Result<()> {
        let options = self.options;
        check_duration(options.duration)?;
        if options.longest_window.is_nan() || options.longest_window < options.duration * 1e-6 {
            return Err(Error::invalid(
                "longest_window",
                options.longest_window,
                "give at least a millionth of the duration, in ms",
            ));
        }
        if let Stop::AfterFirstSpikes(id) = options.stop {
            let population = self.network.populations().get(id.index());
            if !population.is_some_and(|p| p.is_spiking()) {
                return Err(Error::invalid(
                    "stop",
                    format!("after the first spikes of population {}", id.index()),
                    "name a population of this network that can fire",
                ));
            }
        }
        let mut previous = 0.0;
        for (ix, &time) in options.voltage_times.iter().enumerate() {
            if !(time >= previous && time <= options.duration) {
                return Err(Error::invalid(
                    format!("voltage_times[{ix}]"),
                    time,
                    "give ascending times within the run, in ms",
                ));
            }
            previous = time;
        }
        self.parameters.check(self.network)?;
        self.check_inputs()
    }

    /// Refuses voltages that do not fit into memory.
    fn check_voltages(&self) -> Result<()> {
        let populations = self.network.populations().iter();
        let readouts = populations.filter(|population| !population.is_spiking());
        let neurons: u64 = readouts.map(|population| population.size as u64).sum();
        let samples = self.inputs.n_samples() as u64;
        let a_time = 8 * samples.saturating_mul(neurons);
        let needed = a_time.saturating_mul(self.options.voltage_times.len() as u64);
        memory::check_large("recording the voltages", needed, |there| {
            format!("{} times fit", there / a_time)
        })
    }

    /// Refuses inputs that lack spikes of the network's own.
    fn check_completeness(&self) -> Result<()> {
        if self.network.has_own_spikes() && !self.inputs.is_complete() {
            return Err(Error::invalid(
                "inputs",
                "without the spikes of the network's generators and Poisson drives",
                "add them with Network::complete_inputs",
            ));
        }
        if let Some(until) = self.inputs.complete_until()
            && until < self.options.duration
        {
            return Err(Error::invalid(
                "duration",
                self.options.duration,
                format!(
                    "the network's own spikes are in the inputs until {until} ms: complete them for the whole run"
                ),
            ));
        }
        Ok(())
    }

    fn check_inputs(&self) -> Result<()> {
        if self.inputs.n_samples() == 0 {
            return Err(Error::invalid(
                "inputs",
                "an empty batch",
                "give at least one sample; it may be without spikes",
            ));
        }
        let n_channels = self.network.n_all_channels();
        if self.inputs.is_within(n_channels, self.options.duration) {
            return Ok(());
        }
        for sample in 0..self.inputs.n_samples() {
            for (ix, spike) in self.inputs.sample(sample).enumerate() {
                let field = |what: &str| format!("{what} of input spike {ix} of sample {sample}");
                if spike.unit >= n_channels {
                    return Err(Error::invalid(
                        field("unit"),
                        spike.unit,
                        format!("the network has {n_channels} input channels, counted from 0"),
                    ));
                }
                if spike.time > self.options.duration {
                    return Err(Error::invalid(
                        field("time"),
                        spike.time,
                        format!("keep it within the run, {} ms", self.options.duration),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Refuses what is no length of a run.
pub(crate) fn check_duration(duration: f64) -> Result<()> {
    if duration.is_finite() && duration > 0.0 {
        return Ok(());
    }
    let remedy = "give a finite time in ms above zero";
    Err(Error::invalid("duration", duration, remedy))
}
