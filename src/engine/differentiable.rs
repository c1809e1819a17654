//! Whether a recording and a cotangent belong to a problem, and which of its spikes graze.

use std::ops::Range;

use super::{Cotangent, Direction, GradientOptions};
use crate::event::Recording;
use crate::network::{PopulationId, check_slope_floor};
use crate::problem::Problem;
use crate::{Error, Result};

impl Problem<'_> {
    /// How many of a recording's spikes in `range` are slower than the slope floor of their neuron.
    pub(crate) fn grazing_spikes(
        &self,
        recording: &Recording,
        range: Range<usize>,
        options: &GradientOptions,
    ) -> usize {
        let floors = self.slope_floors(options);
        let highest = floors.iter().copied().fold(0.0, f64::max);
        let slopes = recording.slopes()[range.clone()].iter();
        let units = &recording.neurons()[range];
        slopes
            .zip(units)
            // Most spikes are faster than any floor, and are done with one comparison.
            .filter(|&(&slope, _)| slope < highest)
            .filter(|&(&slope, &unit)| slope < floors[unit as usize])
            .count()
    }

    /// The slope floor of every neuron; zero for those of readouts.
    fn slope_floors(&self, options: &GradientOptions) -> Vec<f64> {
        let populations = self.network.populations().iter().enumerate();
        populations
            .flat_map(|(ix, population)| {
                let values = self.parameters.neurons(self.network, PopulationId(ix));
                let is_spiking = population.is_spiking();
                (0..population.size).map(move |neuron| match is_spiking {
                    true => options.slope_floor * values.dynamics(neuron).slope_scale(),
                    false => 0.0,
                })
            })
            .collect()
    }

    /// Checks that a recording belongs to this problem.
    ///
    /// # Errors
    /// A recording of other neurons, parameters or inputs, of another run, or of other sizes.
    pub fn check_recording(&self, recording: &Recording) -> Result<()> {
        recording.check_whole()?;
        self.check_sizes(recording)
    }

    fn check_sizes(&self, recording: &Recording) -> Result<()> {
        let n_samples = self.inputs.n_samples();
        expect("recording", recording.n_samples(), n_samples)?;
        self.check_fingerprint(recording.made_of.as_ref())?;
        if recording.duration() != self.options.duration {
            return Err(Error::invalid(
                "recording",
                format!("of a run of {} ms", recording.duration()),
                format!("this problem's lasts {} ms", self.options.duration),
            ));
        }
        let n_readouts = self.readout_sizes().count();
        expect("recording.readouts", recording.readouts().len(), n_readouts)?;
        for (readout, size) in recording.readouts().iter().zip(self.readout_sizes()) {
            let field = |name: &str| format!("recording.readouts.{name}");
            expect(&field("integrals"), readout.integrals.len(), size.integrals)?;
            expect(&field("voltages"), readout.voltages.len(), size.voltages)?;
            expect(&field("maxima"), readout.maxima.len(), size.maxima)?;
        }
        let n_neurons = self.network.n_neurons();
        let mut neurons = recording.neurons().iter();
        match neurons.find(|&&neuron| neuron as usize >= n_neurons) {
            None => Ok(()),
            Some(neuron) => Err(Error::invalid(
                "recording",
                format!("of a network with a neuron {neuron}"),
                format!("this network has {n_neurons} neurons"),
            )),
        }
    }

    /// Checks that a recording and a cotangent belong to this problem.
    ///
    /// # Errors
    /// As [`check_recording`](Self::check_recording); a cotangent of other sizes than the recording, or with an entry that
    /// is not finite; a slope floor that is not above zero.
    pub fn check_gradient(
        &self,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<()> {
        recording.check_whole()?;
        self.check_share(recording, cotangent, options)
    }

    /// As [`check_gradient`](Self::check_gradient), of which the recording may be one rank's.
    pub(crate) fn check_share(
        &self,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<()> {
        self.check_sizes(recording)?;
        check_slope_floor(options.slope_floor)?;
        let field = |name: &str| format!("cotangent.{name}");
        let n_spikes = recording.n_spikes();
        expect(&field("spike_times"), cotangent.spike_times.len(), n_spikes)?;
        let n_readouts = recording.readouts().len();
        expect(&field("integrals"), cotangent.integrals.len(), n_readouts)?;
        expect(&field("voltages"), cotangent.voltages.len(), n_readouts)?;
        expect(&field("maxima"), cotangent.maxima.len(), n_readouts)?;
        for (ix, size) in self.readout_sizes().enumerate() {
            expect(
                &field("integrals"),
                cotangent.integrals[ix].len(),
                size.integrals,
            )?;
            expect(
                &field("voltages"),
                cotangent.voltages[ix].len(),
                size.voltages,
            )?;
            expect(&field("maxima"), cotangent.maxima[ix].len(), size.maxima)?;
        }
        match cotangent.entries().find(|entry| !entry.is_finite()) {
            None => Ok(()),
            Some(entry) => {
                let remedy = "give finite derivatives; look at what the loss divides by";
                Err(Error::invalid("an entry of the cotangent", entry, remedy))
            }
        }
    }

    /// Checks that a recording and a direction belong to this problem.
    ///
    /// # Errors
    /// As [`check_recording`](Self::check_recording); a direction of other sizes than the parameters and inputs, or with an
    /// entry that is not finite; a slope floor that is not above zero.
    pub fn check_direction(
        &self,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<()> {
        self.check_recording(recording)?;
        check_slope_floor(options.slope_floor)?;
        let check = |name: &str, values: &[f64], expected: usize, is_optional: bool| {
            let field = format!("direction.{name}");
            if !(is_optional && values.is_empty()) {
                expect(&field, values.len(), expected)?;
            }
            match values.iter().position(|value| !value.is_finite()) {
                None => Ok(()),
                Some(ix) => {
                    let remedy = "give finite numbers";
                    Err(Error::invalid(format!("{field}[{ix}]"), values[ix], remedy))
                }
            }
        };
        let n_parameters = self.network.layout().len();
        check("parameters", &direction.parameters, n_parameters, false)?;
        check(
            "input_times",
            &direction.input_times,
            self.inputs.n_spikes(),
            true,
        )
    }

    /// How much is recorded of each readout.
    fn readout_sizes(&self) -> impl Iterator<Item = ReadoutSizes> {
        let populations = self.network.populations().iter();
        let readouts = populations.filter(|population| !population.is_spiking());
        readouts.map(|population| {
            let integrals = self.inputs.n_samples() * population.size;
            ReadoutSizes {
                integrals,
                voltages: integrals * self.options.voltage_times.len(),
                maxima: integrals * usize::from(self.options.record_maxima),
            }
        })
    }
}

struct ReadoutSizes {
    integrals: usize,
    voltages: usize,
    maxima: usize,
}

fn expect(field: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let remedy = format!("give {expected}, as this problem has");
    Err(Error::invalid(format!("length of {field}"), found, remedy))
}
