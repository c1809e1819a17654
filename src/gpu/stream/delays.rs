//! Delays as kernels count them.

use crate::network::NetworkInRows;
use crate::{Error, Result};

/// Bits of a window's fraction: what single precision holds of an offset.
const MOST_SHIFT: u32 = 24;
/// Coarser than this, delays would lose digits that times have.
const LEAST_SHIFT: u32 = 16;

/// Delays count units of 2^-shift of a window, so that `shaders/sparse_delay.wgsl` finds the window in which one ends
/// without rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Delays {
    pub shift: u32,
    /// A unit in ms.
    pub unit: f64,
    /// How many windows back a spike may be that arrives now.
    pub reach: u32,
    /// Whether it may also be of this window.
    pub is_at_once: bool,
    /// The shortest, in units.
    shortest: u32,
}

impl Delays {
    /// The finest units in which a network's longest delay can be counted.
    ///
    /// # Errors
    /// A window that the longest delay is too many of.
    pub fn new(network: &NetworkInRows, window: f64) -> Result<Self> {
        let longest = network.longest_delay() / window;
        let most = f64::from(1u32 << (31 - LEAST_SHIFT));
        if longest >= most {
            return Err(Error::invalid(
                "window",
                window,
                format!(
                    "the longest delay, {} ms, is more than {most} windows; give delays that differ less, or use the CPU",
                    network.longest_delay(),
                ),
            ));
        }
        let whole_bits = 32 - (longest as u32 + 1).leading_zeros();
        let shift = (32 - whole_bits).min(MOST_SHIFT);
        let unit = window / f64::from(1u32 << shift);
        let mut delays = Self {
            shift,
            unit,
            reach: 0,
            shortest: 0,
            is_at_once: network.shortest_delay() < window,
        };
        let longest = network.longest_delay() as f32;
        delays.reach = (delays.count(longest) >> shift) + 1;
        delays.shortest = delays.count(network.shortest_delay() as f32);
        Ok(delays)
    }

    /// A delay in units; never less than a window, where no delay is shorter than that.
    pub fn count(&self, delay: f32) -> u32 {
        let units = (f64::from(delay) / self.unit).round() as u32;
        let least = if self.is_at_once { 0 } else { 1 << self.shift };
        units.max(least)
    }

    /// How many windows may pass before what is fired in the first of them arrives, one at least.
    pub fn least_windows(&self) -> u32 {
        (self.shortest >> self.shift).max(1)
    }

    /// Of how many windows spikes may arrive in one.
    pub fn span(&self) -> u32 {
        self.reach + u32::from(self.is_at_once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Neuron, Projection, Rule};

    fn network(shortest: f64, longest: f64) -> NetworkInRows {
        let mut network = Network::builder().seed(1);
        let all = network.population("all", 2, Neuron::leaky_integrate_and_fire());
        for delay in [shortest, longest] {
            let own = Projection::by_rule(Rule::OneToOne, 1.0).delay(delay);
            network.connect(all, all, own);
        }
        network.build_in_rows().expect("it is a network")
    }

    #[test]
    fn the_longest_delay_fits_and_loses_nothing() {
        for longest in [0.1, 0.15, 0.8, 3.15, 25.5, 25.6, 400.0] {
            let network = network(0.1, longest);
            let window = f64::from(0.1_f32);
            let delays = Delays::new(&network, window).expect("it can be counted");
            let counted = f64::from(delays.count(longest as f32)) * delays.unit;
            assert!(
                (counted - longest).abs() < 2e-7 * longest.max(1.0),
                "{longest} {counted}"
            );
            let windows = (longest / window).ceil() as u32;
            assert!(delays.reach >= windows && delays.reach <= windows + 1);
            assert!(delays.count(0.1) >= 1 << delays.shift);
        }
        assert!(Delays::new(&network(0.1, 4000.0), 0.1).is_err());
    }

    #[test]
    fn delays_shorter_than_a_window_are_what_they_are() {
        let of = |shortest: f64, window: f64| {
            Delays::new(&network(shortest, 1.0), window).expect("it can be counted")
        };
        let none = of(0.0, 0.5);
        assert!(none.is_at_once && none.count(0.0) == 0);
        assert_eq!((none.reach, none.span()), (3, 4));
        let short = of(0.125, 0.5);
        assert_eq!(short.count(0.125), 1 << (short.shift - 2));
        let long = of(0.5, 0.5);
        assert_eq!((long.is_at_once, long.span()), (false, 3));
        assert_eq!(long.count(0.0), 1 << long.shift);
    }
}
