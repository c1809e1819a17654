//! How a network in rows is run.

use crate::network::NetworkInRows;
use crate::{Error, Result};

/// In a window the fastest flow does not turn by more than this: engines sum series up to there, and
/// bounds of potentials stay tight.
const MOST_TURN: f64 = 0.5;

/// How a large network is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct StreamOptions {
    /// The length of a window in ms; unless given the longest that the network allows: no longer than its shortest delay, so that
    /// what happens in a window arrives in a later one. Where a synapse has no delay the CPU engine goes from event to event, and a
    /// window is no more than how often all neurons are taken to one time; on a GPU a window is then gone through as often as spikes in
    /// it follow from one another, which shorter windows make rarer. Changes results by rounding alone.
    pub window: Option<f64>,
}

setters!(StreamOptions {
    window: Option<f64>,
});

impl StreamOptions {
    /// The longest block in ms of a network that goes from event to event: a power of two, so that times since a block's
    /// start are as exact as times are.
    pub(crate) fn longest_block(network: &NetworkInRows) -> f64 {
        longest_turn(network).log2().floor().exp2()
    }

    /// The length of a window in ms, checked.
    pub(crate) fn window_for(&self, network: &NetworkInRows) -> Result<f64> {
        let longest = match network.shortest_delay() {
            0.0 => Self::longest_block(network),
            shortest => shortest.min(longest_turn(network)),
        };
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

/// The longest time in ms in which the flow of no neuron turns by too much.
fn longest_turn(network: &NetworkInRows) -> f64 {
    let mut window = f64::INFINITY;
    for population in network.populations() {
        for [tau_membrane, tau_synapse] in population.time_constants() {
            let turn = (1.0 / tau_membrane - 1.0 / tau_synapse).abs();
            let fastest = (1.0 / tau_membrane).max(1.0 / tau_synapse);
            window = window.min(MOST_TURN / turn.max(fastest));
        }
    }
    window
}
