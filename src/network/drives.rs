//! Spikes that a network brings itself: those of generators and of Poisson drives.

use super::arrivals::{Intervals, drive_draws};
use super::structure::Drive;
use super::{Input, Network};
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};

/// The most spikes that generators and drives add to a sample.
const MOST_SPIKES: usize = 1 << 27;

impl Network {
    /// A batch whose samples have, beside their own spikes, those of the network's generators and Poisson drives until
    /// `duration` ms: what a [`Problem`](crate::Problem) of such a network takes. `seeds` has one seed for each sample; arrivals of
    /// drives are a function of it alone, and those of a [network in rows](super::NetworkInRows) of the same seed.
    ///
    /// ```
    /// use spikefront::event::SpikeBatch;
    /// use spikefront::network::{Network, Neuron};
    ///
    /// let mut network = Network::builder();
    /// let cells = network.population("cells", 10, Neuron::leaky_integrate_and_fire());
    /// network.poisson(cells, 0, 0.5, 0.1); // 0.5 arrivals per ms at each neuron
    /// let network = network.build()?;
    /// let mut inputs = SpikeBatch::new();
    /// inputs.push_sample(&[])?;
    /// inputs.push_sample(&[])?;
    /// let inputs = network.complete_inputs(&inputs, 100.0, &[1, 2])?;
    /// assert!(inputs.sample(0).len() > 300 && !inputs.sample(0).eq(inputs.sample(1)));
    /// # Ok::<(), spikefront::Error>(())
    /// ```
    ///
    /// # Errors
    /// A number of seeds that is not the number of samples; a duration that is not finite and above zero; a channel
    /// that the network does not have; a batch that is complete already; more spikes than a batch can hold.
    pub fn complete_inputs(
        &self,
        inputs: &SpikeBatch,
        duration: f64,
        seeds: &[u64],
    ) -> Result<SpikeBatch> {
        if seeds.len() != inputs.n_samples() {
            return Err(Error::invalid(
                "number of seeds",
                seeds.len(),
                format!("give one for each of the {} samples", inputs.n_samples()),
            ));
        }
        if !(duration.is_finite() && duration > 0.0) {
            let remedy = "give a finite time in ms above zero";
            return Err(Error::invalid("duration", duration, remedy));
        }
        if inputs.is_complete() {
            return Err(Error::invalid(
                "inputs",
                "complete already",
                "give the batch of the samples' own spikes",
            ));
        }
        let n_channels = self.n_channels();
        let mut complete = SpikeBatch::new();
        for (sample, &seed) in seeds.iter().enumerate() {
            let mut spikes: Vec<Spike> = inputs.sample(sample).collect();
            if let Some(spike) = spikes.iter().find(|spike| spike.unit >= n_channels) {
                return Err(Error::invalid(
                    format!("unit of an input spike of sample {sample}"),
                    spike.unit,
                    format!("the network has {n_channels} input channels, counted from 0"),
                ));
            }
            for input in self.inputs.iter() {
                input.push_within(duration, &mut spikes);
            }
            for (ix, drive) in self.drives.iter().enumerate() {
                self.push_arrivals((ix, drive), seed, duration, &mut spikes)?;
            }
            spikes.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
            complete.push_sample(&spikes)?;
        }
        complete.set_complete(duration);
        Ok(complete)
    }

    fn push_arrivals(
        &self,
        (number, drive): (usize, &Drive),
        seed: u64,
        duration: f64,
        spikes: &mut Vec<Spike>,
    ) -> Result<()> {
        let described = &drive.described;
        let population = &self.populations[described.population];
        let draws = drive_draws(seed, number);
        for neuron in 0..population.size {
            let unit = (population.first_unit + neuron) as u32;
            let mut intervals = Intervals::new(&draws, unit, 0);
            let mut time = described.first_arrival(intervals.next());
            while time < duration {
                spikes.push(Spike {
                    unit: drive.first_unit + neuron,
                    time,
                });
                if spikes.len() > MOST_SPIKES {
                    return Err(Error::invalid(
                        format!("spikes of a sample with \"{}\"", drive.name),
                        format!("more than {MOST_SPIKES}"),
                        "lower the rate, which is per ms, or shorten the run",
                    ));
                }
                let interval = intervals.next().unwrap_or(f64::INFINITY);
                time = described.rate.next(0.0, time, interval);
            }
        }
        Ok(())
    }
}

impl Input {
    /// Adds the spikes of a generator before the end of a run.
    fn push_within(&self, duration: f64, spikes: &mut Vec<Spike>) {
        let trains = self.trains.iter().flatten().enumerate();
        for (channel, train) in trains {
            let unit = self.first_unit + channel;
            let within = train.iter().take_while(|&&time| time <= duration);
            spikes.extend(within.map(|&time| Spike { unit, time }));
        }
    }
}
