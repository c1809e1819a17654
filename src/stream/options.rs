//! How a network in rows is run.

use crate::network::NetworkInRows;
use crate::{Error, Result};

/// In a window the fastest flow does not turn by more than this: engines sum series up to there, and
/// bounds of potentials stay tight.
const MOST_TURN: f64 = 0.5;

/// How a large network is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StreamOptions {
    /// The length of a window in ms; unless given the longest that the network allows. Changes results by
    /// rounding alone.
    pub window: Option<f64>,
}

impl StreamOptions {
    /// The length of a window in ms, checked.
    pub(crate) fn window_for(&self, network: &NetworkInRows) -> Result<f64> {
        let longest = longest_window(network);
        let window = self.window.unwrap_or(longest);
        if window > 0.0 && window <= longest {
            return Ok(window);
        }
        Err(Error::invalid(
            "window",
            window,
            format!("give a time in ms above 0 and at most {longest}, what the network allows"),
        ))
    }
}

/// The longest window for a network, in ms: no longer than its shortest delay, so that what happens in a
/// window arrives in a later one.
fn longest_window(network: &NetworkInRows) -> f64 {
    let mut window = network.shortest_delay();
    for population in network.populations() {
        for [tau_membrane, tau_synapse] in population.time_constants() {
            let turn = (1.0 / tau_membrane - 1.0 / tau_synapse).abs();
            let fastest = (1.0 / tau_membrane).max(1.0 / tau_synapse);
            window = window.min(MOST_TURN / turn.max(fastest));
        }
    }
    window
}
