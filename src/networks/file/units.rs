//! Values that look as if they were given in another unit.

use super::{PopulationSettings, ResetSettings, SimulationFile, ValueSettings};
use crate::data::{SECONDS, is_tau_in_seconds};
use crate::network::weight_of_peak;

/// Potentials below so many mV may be volts: those of neurons are tens of mV, or hundredths of a volt.
const SMALL: f64 = 1.0;
/// So many times from rest to threshold no spike raises a potential, unless one of them is in mV and the other in volts.
const STRONG: f64 = 5.0;
/// So many times as large as another no potential of a neuron is, unless one of them is in mV and the other in volts.
const APART: f64 = 300.0;

const VOLTS: &str = "which looks like volts; potentials are in mV";

impl SimulationFile {
    /// What looks like another unit than ms and mV, in a sentence each:
    ///
    /// * a time constant below 0.2 ms in a run of at least 200 of them;
    /// * threshold, rest or reset of which one that is not zero is 300 times smaller than another;
    /// * threshold, rest and reset all below 1 mV where even the weakest input raises the potential five times as far as from
    ///   rest to threshold.
    ///
    /// A file that has all of its values in other units is right as it is, and nothing is said of it.
    pub fn unit_warnings(&self) -> Vec<String> {
        let duration = self.simulation.duration;
        let mut told = Vec::new();
        for population in &self.populations {
            let name = &population.name;
            let receptors = population.receptors.iter();
            let taus = receptors.map(|r| (format!("tau of receptor \"{}\"", r.name), r.tau.mean()));
            let membrane = ("tau_membrane".to_owned(), population.tau_membrane.mean());
            for (what, tau) in std::iter::once(membrane).chain(taus) {
                if is_tau_in_seconds(tau, duration) {
                    told.push(format!(
                        "{what} of population \"{name}\" is {tau} ms in a run of {duration} ms, {SECONDS}"
                    ));
                }
            }
            told.extend(self.volts(population));
        }
        told
    }

    fn volts(&self, population: &PopulationSettings) -> Option<String> {
        let name = &population.name;
        let (threshold, rest) = (population.threshold?.mean(), population.rest.mean());
        let mut potentials = vec![threshold, rest];
        if let Some(ResetSettings::To { potential, .. }) = population.reset {
            potentials.push(potential.mean());
        }
        let sizes = || potentials.iter().map(|v| v.abs()).filter(|v| *v > 0.0);
        let (least, most) = (
            sizes().fold(f64::INFINITY, f64::min),
            sizes().fold(0.0, f64::max),
        );
        if least < SMALL && most >= APART * least {
            return Some(format!(
                "threshold, rest and reset of population \"{name}\" have one of {least} beside one of {most} mV, {VOLTS}"
            ));
        }
        let weakest = self.weakest_peak(population)?;
        let distance = (threshold - rest).abs();
        (most < SMALL && distance > 0.0 && weakest >= STRONG * distance).then(|| {
            format!(
                "threshold of population \"{name}\" is {distance:.3} mV from its rest, and one spike of its weakest input \
                 moves the potential by {weakest:.3} mV, {VOLTS}"
            )
        })
    }

    /// By how many mV a spike of the weakest input of a population moves its potential at most; none where there is none.
    fn weakest_peak(&self, population: &PopulationSettings) -> Option<f64> {
        let peak = |receptor: Option<&str>, weight: Option<f64>, peak: Option<f64>| {
            let mut receptors = population.receptors.iter();
            let receptor = receptors.find(|r| receptor.is_none_or(|name| r.name == name))?;
            let (membrane, synapse) = (population.tau_membrane.mean(), receptor.tau.mean());
            let of_one = weight_of_peak(1.0, membrane, synapse).ok()?;
            peak.or(weight.map(|weight| weight / of_one)).map(f64::abs)
        };
        let is_own = |target: &str| target == population.name;
        let projections = self.projections.iter().filter(|p| is_own(&p.target));
        let projections = projections.map(|p| {
            let mean = |values: Option<ValueSettings>| values.map(ValueSettings::mean);
            peak(
                p.receptor.as_deref(),
                mean(p.weight),
                mean(p.weight_of_peak),
            )
        });
        let drives = self.drives.iter().filter(|d| is_own(&d.target));
        let drives = drives.map(|d| peak(d.receptor.as_deref(), d.weight, d.weight_of_peak));
        let peaks = projections.chain(drives).flatten();
        peaks.filter(|peak| *peak > 0.0).min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::networks::NETWORKS;

    fn warnings(settings: &[&str]) -> Result<Vec<String>> {
        let file = SimulationFile::from_toml(SimulationFile::every_key(), "every key")?;
        let set = |file: SimulationFile, setting: &&str| file.set(setting);
        Ok(settings.iter().try_fold(file, set)?.unit_warnings())
    }

    #[test]
    fn what_ships_has_the_right_units() -> Result<()> {
        assert_eq!(warnings(&[])?, [""; 0]);
        for network in NETWORKS {
            let file = network.file(1.0, 0, &[])?;
            assert_eq!(file.unit_warnings(), [""; 0], "{}", network.name);
        }
        Ok(())
    }

    #[test]
    fn seconds_and_volts_are_told() -> Result<()> {
        let tau = warnings(&["population.excitatory.tau_membrane=0.02"])?;
        assert!(
            tau.len() == 1
                && tau[0].contains("tau_membrane of population \"excitatory\" is 0.02 ms"),
            "{tau:?}"
        );
        let tau = warnings(&["population.*.receptors.fast.tau=0.005"])?;
        assert!(
            tau.len() == 2 && tau[1].contains("tau of receptor \"fast\""),
            "{tau:?}"
        );
        let volts = [
            "population.inhibitory.threshold=-0.05",
            "population.inhibitory.rest=-0.06",
            "population.inhibitory.reset.potential=-0.06",
        ];
        let told = warnings(&volts)?;
        assert!(
            told.len() == 1 && told[0].contains("0.010 mV from its rest"),
            "{told:?}"
        );
        // Weights in volts as well: all is right.
        let all = [
            "projection.excitatory->inhibitory.weight_of_peak=0.0005",
            "poisson.inhibitory.weight=0.0002",
        ];
        assert_eq!(warnings(&[&volts[..], &all].concat())?, [""; 0]);
        let told = warnings(&volts[..1])?;
        assert!(
            told.len() == 1 && told[0].contains("one of 0.05 beside one of 60 mV"),
            "{told:?}"
        );
        Ok(())
    }
}
