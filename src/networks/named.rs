//! Networks that ship with the crate, by name.

use super::{brunel, cuba, microcircuit};
use crate::network::NetworkBuilder;
use crate::{Error, Result};

/// A network that ships with the crate.
#[derive(Debug, Clone, Copy)]
pub struct NamedNetwork {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What can be set of it by name.
    pub parameters: &'static [NetworkParameter],
    /// What its receptors are called.
    pub receptors: &'static [&'static str],
    /// Mean rates of its populations in Hz, where they were published for the full network; else none.
    pub published_rates: &'static [f64],
    describe: fn(f64, u64, &[f64]) -> NetworkBuilder,
    /// The least scale at which in-degrees can be kept.
    least_scale: f64,
}

/// A number that a network depends on.
#[derive(Debug, Clone, Copy)]
pub struct NetworkParameter {
    /// What it is called.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What it is unless it is set.
    pub default: f64,
    /// The least that it may be, and the greatest.
    pub range: (f64, f64),
}

/// All of them.
pub const NETWORKS: [NamedNetwork; 3] = [
    NamedNetwork {
        name: "cuba",
        about: "Vogels and Abbott 2005, current-based synapses: 4,000 neurons, 320,000 synapses",
        parameters: &[],
        receptors: &["excitatory", "inhibitory"],
        published_rates: &[],
        describe: |scale, seed, _| cuba(scale, seed),
        least_scale: 0.02,
    },
    NamedNetwork {
        name: "brunel",
        about: "Brunel 2000, exponential currents: 12,500 neurons, 15.6 million synapses",
        parameters: &[
            NetworkParameter {
                name: "g",
                about: "how many times as strong inhibition is as excitation",
                default: brunel::INHIBITION,
                range: (0.0, 1000.0),
            },
            NetworkParameter {
                name: "eta",
                about: "Poisson input, in what would hold the mean potential at the threshold",
                default: brunel::ETA,
                range: (0.0, 1000.0),
            },
        ],
        receptors: &["synaptic"],
        published_rates: &[],
        describe: |scale, seed, values| brunel::brunel_at(scale, seed, values[0], values[1]),
        least_scale: 0.01,
    },
    NamedNetwork {
        name: "microcircuit",
        about: "Potjans and Diesmann 2014, a cortical column: 77,169 neurons, 299 million synapses",
        parameters: &[NetworkParameter {
            name: "in_degree_scale",
            about: "how many times the synapses of a neuron, with the mean and the variance of its input kept",
            default: 1.0,
            range: (1e-3, 1.0),
        }],
        receptors: &["synaptic"],
        published_rates: &microcircuit::MICROCIRCUIT_RATES,
        describe: |scale, seed, values| microcircuit::microcircuit_scaled(scale, values[0], seed),
        least_scale: 0.001,
    },
];

impl NamedNetwork {
    /// The network of this name.
    ///
    /// # Errors
    /// An unknown name; the message names the nearest and lists those there are.
    pub fn find(name: &str) -> Result<Self> {
        let found = NETWORKS.iter().find(|network| network.name == name);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = NETWORKS.iter().map(|network| network.name).collect();
            Error::unknown("network", name, &names)
        })
    }

    /// Describes it with `scale` times its neurons. In-degrees and weights are kept, so that every neuron has the
    /// input of the full network, but inputs share more of their sources the smaller it is.
    ///
    /// # Errors
    /// A scale that leaves a population too small for its in-degrees, or none at all.
    pub fn describe(&self, scale: f64, seed: u64) -> Result<NetworkBuilder> {
        self.describe_at(scale, seed, &[])
    }

    /// Describes it with some of its [`parameters`](Self::parameters) set, each by its name.
    ///
    /// # Errors
    /// As [`describe`](Self::describe); a parameter that it does not have, or a value out of its range.
    pub fn describe_at(
        &self,
        scale: f64,
        seed: u64,
        set: &[(&str, f64)],
    ) -> Result<NetworkBuilder> {
        if !(scale.is_finite() && scale >= self.least_scale) || scale > 1e4 {
            return Err(Error::invalid(
                "scale",
                scale,
                format!(
                    "{} can be scaled from {} to 10000",
                    self.name, self.least_scale
                ),
            ));
        }
        let mut values: Vec<f64> = self.parameters.iter().map(|p| p.default).collect();
        for &(name, value) in set {
            let Some(ix) = self.parameters.iter().position(|p| p.name == name) else {
                let names: Vec<&str> = self.parameters.iter().map(|p| p.name).collect();
                let remedy = match names.is_empty() {
                    true => format!("{} has none", self.name),
                    false => format!("give one of {}", names.join(", ")),
                };
                return Err(Error::invalid("parameter", format!("\"{name}\""), remedy));
            };
            let (least, most) = self.parameters[ix].range;
            if !(least..=most).contains(&value) {
                let remedy = format!("give a number from {least} to {most}");
                return Err(Error::invalid(name, value, remedy));
            }
            values[ix] = value;
        }
        Ok((self.describe)(scale, seed, &values))
    }
}

#[cfg(feature = "files")]
impl NamedNetwork {
    /// The file that describes it: to be read, changed and simulated.
    ///
    /// # Errors
    /// As [`describe_at`](Self::describe_at).
    pub fn file(
        &self,
        scale: f64,
        seed: u64,
        set: &[(&str, f64)],
    ) -> Result<super::SimulationFile> {
        let run = super::RunSettings {
            duration: 1000.0,
            from: None,
            seed,
            window: None,
        };
        let described = self.describe_at(scale, seed, set)?;
        super::SimulationFile::of(&described, self.receptors, run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_named_and_bounded() -> Result<()> {
        let brunel = NamedNetwork::find("brunel")?;
        brunel.describe_at(0.1, 0, &[("g", 4.5), ("eta", 0.9)])?;
        for (set, named) in [
            (("h", 1.0), "give one of g, eta"),
            (("g", -1.0), "g is -1: give a number from 0"),
            (("eta", f64::NAN), "eta is NaN"),
        ] {
            let error = brunel
                .describe_at(0.1, 0, &[set])
                .expect_err("it is faulty");
            assert!(error.to_string().contains(named), "{error}");
        }
        let cuba = NamedNetwork::find("cuba")?;
        assert!(cuba.describe_at(0.1, 0, &[("g", 1.0)]).is_err());
        Ok(())
    }

    #[test]
    fn what_cannot_be_scaled_is_refused() {
        let cuba = NamedNetwork::find("cuba").expect("there is one");
        for scale in [0.0, -1.0, f64::NAN, 0.001, 1e9] {
            assert!(cuba.describe(scale, 0).is_err(), "{scale}");
        }
        assert!(NamedNetwork::find("cubs").is_err());
    }
}
