//! What a simulation's file cannot say, by the keys that it says it with.

use super::{PopulationSettings, RecordSettings, ResetSettings, SimulationFile, ValueSettings};
use crate::network::{Distribution, PoissonRate};
use crate::{Error, Result};

const OWN_NAME: &str = "give each a name of its own";
const BELOW_ZERO: &str = "a distribution that goes to zero and below";
const POSITIVE: &str = "give a finite time in ms above zero";

impl SimulationFile {
    /// Refuses what the builder would call by names that the file has not, and records that nothing could be written of.
    pub(super) fn check(&self) -> Result<()> {
        for (ix, population) in self.populations.iter().enumerate() {
            let others = &self.populations[..ix];
            if population.name.is_empty() || others.iter().any(|p| p.name == population.name) {
                let name = format!("\"{}\"", population.name);
                let field = format!("name of population {ix}");
                return Err(Error::invalid(field, name, OWN_NAME));
            }
            population.check()?;
        }
        for drive in &self.drives {
            let field = format!("rate of poisson \"{}\"", drive.target);
            PoissonRate::from(&drive.rate).check(&field)?;
            let weights = [
                ("weight", drive.weight),
                ("weight_of_peak", drive.weight_of_peak),
            ];
            for (key, value) in weights {
                if let Some(value) = value.filter(|value| !value.is_finite()) {
                    let field = format!("{key} of poisson \"{}\"", drive.target);
                    return Err(Error::invalid(field, value, "give a finite value"));
                }
            }
        }
        for record in &self.records {
            if let RecordSettings::States {
                population, every, ..
            } = record
                && !is_time(*every)
            {
                let field = format!("every of a record of \"{population}\"");
                return Err(Error::invalid(field, every, POSITIVE));
            }
        }
        Ok(())
    }
}

impl PopulationSettings {
    fn check(&self) -> Result<()> {
        let field = |key: &str| format!("{key} of population \"{}\"", self.name);
        if self.size == 0 {
            let remedy =
                "give one neuron or more, or leave the population out with all that names it";
            return Err(Error::invalid(field("size"), self.size, remedy));
        }
        self.check_readout()?;
        check_time(field("tau_membrane"), self.tau_membrane)?;
        self.rest.values(|value| value).check(&field("rest"))?;
        let threshold = self.threshold.map(|threshold| ("threshold", threshold));
        for (key, values) in threshold.into_iter().chain(self.of_reset()) {
            // What is one for all the builder names in the same words.
            if values.one().is_none() {
                values.values(|value| value).check(&field(key))?;
            }
        }
        if let Some(ResetSettings::To { refractory, .. }) = self.reset
            && refractory.one().is_none()
            && refractory.values(|value| value).least() < 0.0
        {
            let remedy = "give it an at_least of zero or more: a refractory time is";
            let field = field("reset.refractory");
            return Err(Error::invalid(field, BELOW_ZERO, remedy));
        }
        if self.receptors.is_empty() {
            let remedy = "give one or more, such as { name = \"fast\", tau = 5.0 }";
            return Err(Error::invalid(field("receptors"), "an empty list", remedy));
        }
        for (ix, receptor) in self.receptors.iter().enumerate() {
            let others = &self.receptors[..ix];
            let is_twice = others.iter().any(|other| other.name == receptor.name);
            if receptor.name.is_empty() || is_twice {
                let name = format!("\"{}\"", receptor.name);
                return Err(Error::invalid(field("name of a receptor"), name, OWN_NAME));
            }
            let field = field(&format!("tau of receptor \"{}\"", receptor.name));
            check_time(field, receptor.tau)?;
        }
        for (receptor, values) in &self.initial_currents {
            values
                .values(|value| value)
                .check(&field(&format!("initial_currents.{receptor}")))?;
        }
        Ok(())
    }

    /// Refuses neurons that fire without a threshold or a reset, and readouts that have one.
    fn check_readout(&self) -> Result<()> {
        for (key, is_given, what) in [
            (
                "threshold",
                self.threshold.is_some(),
                "the potential at which a neuron fires",
            ),
            (
                "reset",
                self.reset.is_some(),
                "what a spike does, such as { kind = \"subtract\" }",
            ),
        ] {
            let field = format!("{key} of population \"{}\"", self.name);
            if !is_given && !self.readout {
                let remedy = format!("give {what}, or readout = true for neurons that never fire");
                return Err(Error::invalid(field, "missing", remedy));
            }
            if is_given && self.readout {
                let remedy =
                    "leave it out, as a readout never fires, or leave out `readout = true`";
                return Err(Error::invalid(field, "given", remedy));
            }
        }
        Ok(())
    }

    /// What the reset is given by, with its keys.
    pub(super) fn of_reset(&self) -> Vec<(&'static str, ValueSettings)> {
        match self.reset {
            None | Some(ResetSettings::Subtract {}) => Vec::new(),
            Some(ResetSettings::To {
                potential,
                refractory,
            }) => vec![
                ("reset.potential", potential),
                ("reset.refractory", refractory),
            ],
        }
    }
}

/// Refuses a time constant that a neuron cannot have, and a distribution from which one might be drawn.
fn check_time(field: String, values: ValueSettings) -> Result<()> {
    match values.one() {
        Some(value) if is_time(value) => Ok(()),
        Some(value) => Err(Error::invalid(field, value, POSITIVE)),
        None => {
            let values = values.values(|value| value);
            values.check(&field)?;
            if values.least() > 0.0 || matches!(values.distribution, Distribution::LogNormal { .. })
            {
                return Ok(());
            }
            let remedy = "give it an at_least above zero: a time constant is";
            Err(Error::invalid(field, BELOW_ZERO, remedy))
        }
    }
}

fn is_time(value: f64) -> bool {
    value.is_finite() && value > 0.0
}
