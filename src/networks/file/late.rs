//! Spikes of generators and arrivals of Poisson drives that a run does not have, or has too early.

use super::{RateSettings, SimulationFile};
use crate::count;
use crate::data::spikes_in_seconds;
use crate::network::NetworkBuilder;

/// So many spikes of a channel are a train: fewer may well come at the start of a run alone.
const TRAIN: usize = 3;

impl SimulationFile {
    /// What looks as if times were in another unit than ms or the run too short, in a sentence each:
    ///
    /// * spikes of a generator that come after the end of the run;
    /// * a generator with a channel of three spikes or more, all spikes of which lie in the first 500th of the run;
    /// * a Poisson drive whose rate begins after the end.
    ///
    /// `described` is what [`describe`](Self::describe) has made of the file.
    pub fn time_warnings(&self, described: &NetworkBuilder) -> Vec<String> {
        let duration = self.simulation.duration;
        let mut told = Vec::new();
        for (name, trains) in described.trains() {
            let times: Vec<f64> = trains.iter().flatten().copied().collect();
            let late = times.iter().filter(|&&time| time > duration).count();
            if late > 0 {
                let (all, come) = (times.len(), if late == 1 { "comes" } else { "come" });
                told.push(format!(
                    "{late} of {} of generator \"{name}\" {come} after the end of the run, {duration} ms, and {} no effect: \
                     give times in ms, or a duration that reaches them",
                    count(all, "spike"),
                    if late == 1 { "has" } else { "have" },
                ));
            }
            let is_train = trains.iter().any(|train| train.len() >= TRAIN);
            let what = format!("the spikes of generator \"{name}\"");
            told.extend(spikes_in_seconds(&what, &times, duration).filter(|_| is_train));
        }
        for drive in &self.drives {
            if let RateSettings::Changing(changes) = &drive.rate
                && let Some((first, _)) = changes.first()
                && *first >= duration
            {
                told.push(format!(
                    "the rate of poisson \"{}\" begins at {first} ms, after the end of the run, {duration} ms: give times in \
                     ms, or a duration that reaches it",
                    drive.target
                ));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::networks::NETWORKS;

    /// The example, in which the stimulus has four spikes and the run 200 ms.
    fn warnings(settings: &[&str]) -> Result<Vec<String>> {
        let file = SimulationFile::from_toml(SimulationFile::every_key(), "every key")?;
        let set = |file: SimulationFile, setting: &&str| file.set(setting);
        let file = settings.iter().try_fold(file, set)?;
        Ok(file.time_warnings(&file.describe()?))
    }

    #[test]
    fn nothing_is_told_of_what_ships() -> Result<()> {
        assert_eq!(warnings(&[])?, [""; 0]);
        for network in NETWORKS {
            let file = network.file(0.02, 0, &[])?;
            let told = file.time_warnings(&file.describe()?);
            assert_eq!(told, [""; 0], "{}", network.name);
        }
        Ok(())
    }

    #[test]
    fn what_comes_after_the_end_is_counted() -> Result<()> {
        let told = warnings(&["simulation.duration=100"])?;
        assert!(
            told.len() == 1
                && told[0].starts_with(
                    "1 of 4 spikes of generator \"stimulus\" comes after the end of the run, 100 ms, and has no effect"
                ),
            "{told:?}"
        );
        let all = warnings(&["generator.stimulus.times=[[10000, 50000], [20000], [], []]"])?;
        assert!(
            all.len() == 1 && all[0].starts_with("3 of 3 spikes"),
            "{all:?}"
        );
        let at_the_end = warnings(&["generator.stimulus.times=[[200], [], [], []]"])?;
        assert_eq!(at_the_end, [""; 0]);
        let rate = warnings(&["poisson.excitatory.rate=[[200, 1]]"])?;
        assert!(
            rate.len() == 1 && rate[0].contains("poisson \"excitatory\" begins at 200 ms"),
            "{rate:?}"
        );
        assert_eq!(warnings(&["poisson.excitatory.rate=[[199, 1]]"])?, [""; 0]);
        Ok(())
    }

    #[test]
    fn seconds_are_told() -> Result<()> {
        let told = warnings(&["generator.stimulus.times=[[0.01, 0.05, 0.09], [], [0.1205]]"])?;
        assert!(
            told.len() == 1 && told[0].contains("generator \"stimulus\" end at 0.1205 ms"),
            "{told:?}"
        );
        Ok(())
    }
}
