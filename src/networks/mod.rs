//! Networks that the field measures itself by, as they were published.

mod brunel;
mod cuba;
mod microcircuit;

pub use brunel::brunel;
pub use cuba::cuba;
pub use microcircuit::{MICROCIRCUIT_RATES, microcircuit};

use crate::dynamics::Flow;
use crate::sparse::SparseNetworkBuilder;
use crate::{Error, Result};

/// A network that ships with the crate.
#[derive(Debug, Clone, Copy)]
pub struct NamedNetwork {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    describe: fn(f64, u64) -> SparseNetworkBuilder,
    /// The least scale at which in-degrees can be kept.
    least_scale: f64,
}

/// All of them.
pub const NETWORKS: [NamedNetwork; 3] = [
    NamedNetwork {
        name: "cuba",
        about: "Vogels and Abbott 2005, current-based synapses: 4,000 neurons, 320,000 synapses",
        describe: cuba,
        least_scale: 0.02,
    },
    NamedNetwork {
        name: "brunel",
        about: "Brunel 2000, exponential currents: 12,500 neurons, 15.6 million synapses",
        describe: brunel,
        least_scale: 0.01,
    },
    NamedNetwork {
        name: "microcircuit",
        about: "Potjans and Diesmann 2014, a cortical column: 77,169 neurons, 299 million synapses",
        describe: microcircuit,
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
    pub fn describe(&self, scale: f64, seed: u64) -> Result<SparseNetworkBuilder> {
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
        Ok((self.describe)(scale, seed))
    }
}

/// `scale` times `full`, at least one.
fn scaled(full: u32, scale: f64) -> u32 {
    ((f64::from(full) * scale).round() as u32).max(1)
}

/// What a spike must add to the current, in mV/ms, for the potential at rest to rise by `peak` mV at most.
fn weight_of_peak(peak: f64, tau_membrane: f64, tau_synapse: f64) -> f64 {
    let (a, b) = (1.0 / tau_synapse, 1.0 / tau_membrane);
    let at = (b / a).ln() / (b - a);
    peak / Flow::new(tau_membrane, tau_synapse).propagator(at).gain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_literature() {
        // The microcircuit's 0.15 mV are 87.8 pA on 250 pF (Potjans and Diesmann 2014, table 5).
        let weight = weight_of_peak(0.15, 10.0, 0.5) * 250.0;
        assert!((weight - 87.8).abs() < 0.05, "{weight}");
    }

    #[test]
    fn sizes_are_those_published() {
        let built = cuba(1.0, 1).build().expect("the description is right");
        assert_eq!(built.neurons(), 4000);
        // 320,000 expected, with a standard deviation of 560.
        assert!((317_000..323_000).contains(&built.synapses()));
        let tenth = microcircuit(0.01, 1)
            .build()
            .expect("the description is right");
        assert_eq!(tenth.neurons(), 207 + 58 + 219 + 55 + 49 + 11 + 144 + 29);
        // 299 million on 77,169 neurons.
        let in_degree = tenth.synapses() as f64 / tenth.neurons() as f64;
        assert!((in_degree - 3870.0).abs() < 40.0, "{in_degree}");
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
