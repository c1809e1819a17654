//! How many Poisson arrivals an invocation draws.

use super::layout::MOST_DRAWN;
use crate::network::NetworkInRows;
use crate::{Error, Result};

/// Arrivals that an invocation draws in one dispatch, on average: each takes a dozen turns of loops, and one software driver ends an
/// invocation's loops after 65,535.
const MOST_EXPECTED: f64 = 4096.0;

/// Changes of a drive's rate, which an invocation may go through between two arrivals; for the same reason.
const MOST_CHANGES: usize = 32_768;

/// How many arrivals drives bring a neuron in a window, on average: the most of any population's, at the highest rates.
fn expected(network: &NetworkInRows, window: f64) -> f64 {
    let mut rates = vec![0.0; network.populations().len()];
    for drive in &network.drives {
        rates[drive.population] += drive.rate.most();
    }
    rates.into_iter().fold(0.0, f64::max) * window
}

/// Whether an invocation can draw what drives bring in one window of `window` ms.
///
/// # Errors
/// More arrivals, or changes of a rate, than it goes through.
pub(super) fn check(network: &NetworkInRows, window: f64) -> Result<()> {
    let n = expected(network, window);
    if n > MOST_EXPECTED {
        return Err(Error::invalid(
            "number of Poisson arrivals at one neuron in one window",
            n,
            format!(
                "at most {MOST_EXPECTED} can be drawn; give lower rates, a shorter window, or use the CPU"
            ),
        ));
    }
    let changes = network
        .drives
        .iter()
        .map(|drive| drive.rate.changes())
        .max();
    if let Some(changes) = changes.filter(|&changes| changes > MOST_CHANGES) {
        return Err(Error::invalid(
            "number of changes of a Poisson drive's rate",
            changes,
            format!(
                "at most {MOST_CHANGES} can be gone through; let it change less often, or use the CPU"
            ),
        ));
    }
    Ok(())
}

/// Of how many windows arrivals are drawn again at once.
pub(in crate::gpu) fn windows_at_once(network: &NetworkInRows, window: f64) -> u32 {
    let n = MOST_EXPECTED / expected(network, window).max(1.0);
    (n as u32).clamp(1, MOST_DRAWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Neuron};

    fn driven(rates: &[f64]) -> NetworkInRows {
        let mut network = Network::builder().seed(1);
        let all = network.population("all", 2, Neuron::leaky_integrate_and_fire());
        network.population("others", 2, Neuron::leaky_integrate_and_fire());
        for &rate in rates {
            network.poisson(all, 0, rate, 1.0);
        }
        network.build_in_rows().expect("it is a network")
    }

    #[test]
    fn many_drives_shorten_what_is_drawn_at_once() {
        let at_once = |rates: &[f64]| windows_at_once(&driven(rates), 0.5);
        assert_eq!(at_once(&[]), MOST_DRAWN);
        assert_eq!(at_once(&[100.0, 156.0]), MOST_DRAWN);
        assert_eq!(at_once(&[100.0, 412.0]), 16);
        assert_eq!(at_once(&[8000.0]), 1);
        assert!(check(&driven(&[4000.0, 4000.0]), 0.5).is_ok());
        let error = check(&driven(&[4000.0, 4400.0]), 0.5).expect_err("they are too many");
        assert!(error.to_string().contains("4200"), "{error}");
    }
}
