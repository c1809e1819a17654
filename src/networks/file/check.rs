//! What a simulation's file cannot say, by the keys that it says it with.

use super::{PopulationSettings, RecordSettings, SimulationFile};
use crate::network::PoissonRate;
use crate::{Error, Result};

const OWN_NAME: &str = "give each a name of its own";
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
        if !is_time(self.tau_membrane) {
            return Err(Error::invalid(
                field("tau_membrane"),
                self.tau_membrane,
                POSITIVE,
            ));
        }
        if !self.rest.is_finite() {
            return Err(Error::invalid(
                field("rest"),
                self.rest,
                "give a finite value",
            ));
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
            if !is_time(receptor.tau) {
                let field = field(&format!("tau of receptor \"{}\"", receptor.name));
                return Err(Error::invalid(field, receptor.tau, POSITIVE));
            }
        }
        for (receptor, values) in &self.initial_currents {
            values
                .values(|value| value)
                .check(&field(&format!("initial_currents.{receptor}")))?;
        }
        Ok(())
    }
}

fn is_time(value: f64) -> bool {
    value.is_finite() && value > 0.0
}
