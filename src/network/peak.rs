//! Weights by the potentials that they cause.

use crate::dynamics::Flow;
use crate::{Error, Result};

/// What a spike must add to a synaptic current, in mV/ms, for the potential of a neuron at rest to rise by `peak` mV at most.
///
/// A current `w exp(-t/tau_s)` on a membrane at rest causes the potential
/// `w tau_m tau_s/(tau_m - tau_s) (exp(-t/tau_m) - exp(-t/tau_s))`, which is greatest at
/// `t = ln(tau_m/tau_s) tau_m tau_s/(tau_m - tau_s)`; in the limit of equal time constants at `t = tau_s`.
/// (Potjans and Diesmann 2014 and their code in NEST convert potentials to currents in this way; a current of x pA on a
/// membrane of C pF is x/C mV/ms.)
///
/// ```
/// // 0.15 mV are 87.8 pA on 250 pF in the cortical microcircuit.
/// let weight = spikefront::network::weight_of_peak(0.15, 10.0, 0.5)?;
/// assert!((weight * 250.0 - 87.8).abs() < 0.05);
/// # Ok::<(), spikefront::Error>(())
/// ```
///
/// # Errors
/// A peak that is not finite, a time constant that is not finite and above zero.
pub fn weight_of_peak(peak: f64, tau_membrane: f64, tau_synapse: f64) -> Result<f64> {
    for (name, tau) in [("tau_membrane", tau_membrane), ("tau_synapse", tau_synapse)] {
        if !(tau.is_finite() && tau > 0.0 && (1.0 / tau).is_finite()) {
            let remedy = "give a finite time in ms above zero";
            return Err(Error::invalid(name, tau, remedy));
        }
    }
    if !peak.is_finite() {
        let remedy = "give a finite potential in mV";
        return Err(Error::invalid("peak", peak, remedy));
    }
    let (a, b) = (1.0 / tau_synapse, 1.0 / tau_membrane);
    let at = match (b - a) / a {
        0.0 => tau_synapse,
        relative => relative.ln_1p() / (b - a),
    };
    Ok(peak / Flow::new(tau_membrane, tau_synapse).propagator(at).gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_peak() -> Result<()> {
        for (membrane, synapse) in [
            (10.0, 0.5),
            (20.0, 5.0),
            (5.0, 20.0),
            (7.0, 7.0),
            (7.0, 7.0 * (1.0 + 1e-12)),
        ] {
            let weight = weight_of_peak(0.15, membrane, synapse)?;
            let flow = Flow::new(membrane, synapse);
            let most = (1..200_000)
                .map(|step| weight * flow.propagator(1e-3 * f64::from(step)).gain)
                .fold(0.0, f64::max);
            // A grid of 1 us is off by a curvature of at most 0.15/(0.5 ms)^2 times its square.
            assert!((most - 0.15).abs() < 1e-6, "{membrane} {synapse}: {most}");
        }
        Ok(())
    }

    #[test]
    fn what_has_no_peak_is_refused() {
        for (peak, membrane, synapse, named) in [
            (f64::NAN, 10.0, 1.0, "peak"),
            (1.0, 0.0, 1.0, "tau_membrane"),
            (1.0, 10.0, -1.0, "tau_synapse"),
        ] {
            let error = weight_of_peak(peak, membrane, synapse).expect_err("it is faulty");
            assert!(error.to_string().starts_with(named), "{error}");
        }
    }
}
