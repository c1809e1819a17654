//! How many Poisson arrivals a run has, before it begins.

use super::{PoissonSettings, RateSettings, SimulationFile};
use crate::{Error, Result};

/// The most arrivals of a run: more are not worked off in months.
const MOST: f64 = 1e12;
/// From so many on they are told, as they take minutes or more.
const MANY: f64 = 2e9;
/// A rate per ms from which on a neuron's arrivals are told: a hundred thousand a second, ten times what the thousands of
/// synapses of a cortical neuron have together.
const FAST: f64 = 100.0;

/// Rates are often given in another unit.
const UNIT: &str = "rates are per ms: 1,500 spikes a second are 1.5";

impl RateSettings {
    /// How many arrivals a neuron has on average until a time in ms.
    fn expected(&self, until: f64) -> f64 {
        match self {
            Self::One(rate) => rate * until,
            Self::Changing(changes) => {
                let ends = changes.iter().skip(1).map(|(time, _)| *time);
                let ends = ends.chain([f64::INFINITY]);
                let parts = changes.iter().zip(ends).map(|(&(time, rate), end)| {
                    let lasts = end.min(until) - time.max(0.0);
                    if lasts > 0.0 { rate * lasts } else { 0.0 }
                });
                parts.sum()
            }
        }
    }

    /// The highest there is, per ms.
    fn highest(&self) -> f64 {
        match self {
            Self::One(rate) => *rate,
            Self::Changing(changes) => changes.iter().map(|(_, rate)| *rate).fold(0.0, f64::max),
        }
    }
}

impl SimulationFile {
    /// How many Poisson arrivals the run has on average: each rate times the neurons of its population times the duration.
    pub fn expected_arrivals(&self) -> f64 {
        self.drives.iter().map(|drive| self.arrivals(drive)).sum()
    }

    fn arrivals(&self, drive: &PoissonSettings) -> f64 {
        let target = self.populations.iter().find(|p| p.name == drive.target);
        let neurons = target.map_or(0.0, |target| f64::from(target.size));
        let arrivals = neurons * drive.rate.expected(self.simulation.duration);
        // What is no rate is refused when the network is built.
        if arrivals > 0.0 { arrivals } else { 0.0 }
    }

    /// Refuses a run with more Poisson arrivals than could be simulated, 1e12; says, in a sentence each, which rates are above
    /// 100 a ms, and how many arrivals there are where they are more than 2e9.
    ///
    /// # Errors
    /// Too many arrivals: the Poisson section with most of them.
    pub fn check_arrivals(&self) -> Result<Vec<String>> {
        let all = self.expected_arrivals();
        if all > MOST {
            let more = |x: &&PoissonSettings, y: &&PoissonSettings| {
                self.arrivals(x).total_cmp(&self.arrivals(y))
            };
            let drive = self.drives.iter().max_by(more);
            let drive = drive.expect("arrivals have a drive");
            return Err(Error::invalid(
                format!("rate of poisson \"{}\"", drive.target),
                format!("{:e} per ms", drive.rate.highest()),
                format!(
                    "there would be {all:.0e} arrivals (rate x neurons x duration), and {MOST:.0e} are simulated at most; {UNIT}"
                ),
            ));
        }
        let fast = self.drives.iter().filter(|d| d.rate.highest() > FAST);
        let mut told: Vec<String> = fast
            .map(|drive| {
                let (rate, arrivals) = (drive.rate.highest(), self.arrivals(drive));
                format!(
                    "rate of poisson \"{}\" is {rate} per ms: about {arrivals:.0e} arrivals in all; {UNIT}",
                    drive.target
                )
            })
            .collect();
        if all > MANY && told.is_empty() {
            told.push(format!(
                "about {all:.0e} Poisson arrivals in all (rate x neurons x duration), which may take long; {UNIT}"
            ));
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::NETWORKS;

    fn with(rate: &str) -> Result<SimulationFile> {
        let file = SimulationFile::from_toml(SimulationFile::every_key(), "every key")?;
        file.set("poisson.inhibitory.rate=0")?
            .set(&format!("poisson.excitatory.rate={rate}"))
    }

    #[test]
    fn arrivals_are_expected_by_rate_neurons_and_time() -> Result<()> {
        // 80 neurons, 200 ms.
        assert_eq!(with("2")?.expected_arrivals(), 32_000.0);
        let changing = with("[[50, 2], [100, 5], [300, 7]]")?;
        assert_eq!(changing.expected_arrivals(), 80.0 * (100.0 + 500.0));
        assert_eq!(with("-2")?.expected_arrivals(), 0.0);
        Ok(())
    }

    #[test]
    fn what_could_not_be_simulated_is_refused_and_what_takes_long_is_told() -> Result<()> {
        assert_eq!(with("2")?.check_arrivals()?, [""; 0]);
        let told = with("1e12")?.check_arrivals().expect_err("no one waits");
        let told = told.to_string();
        assert!(
            told.starts_with(
                "rate of poisson \"excitatory\" is 1e12 per ms: there would be 2e16 arrivals"
            ) && told.ends_with(UNIT),
            "{told}"
        );
        let told = with("1500")?.check_arrivals()?;
        assert!(
            told.len() == 1 && told[0].contains("is 1500 per ms: about 2e7 arrivals"),
            "{told:?}"
        );
        let long = with("50")?.set("simulation.duration=1e6")?;
        let told = long.check_arrivals()?;
        assert!(
            told[0].starts_with("about 4e9 Poisson arrivals"),
            "{told:?}"
        );
        Ok(())
    }

    #[test]
    fn what_ships_is_told_nothing_of_arrivals() -> Result<()> {
        for network in NETWORKS {
            let file = network.file(1.0, 0, &[])?;
            assert_eq!(file.check_arrivals()?, [""; 0], "{}", network.name);
        }
        Ok(())
    }
}
