//! Spikes of generators, as the device lists them.

use std::ops::Range;

use super::layout::SparseFired;
use crate::network::NetworkInRows;

/// All of them in order of time. Their units follow the neurons.
#[derive(Debug)]
pub(super) struct Generated(Vec<SparseFired>);

impl Generated {
    /// Those of a network, in windows of `window` ms.
    pub fn new(network: &NetworkInRows, window: f64) -> Self {
        let mut first = network.neurons() as u32;
        let mut all: Vec<(f64, u32)> = Vec::new();
        for generators in network.generators.iter() {
            for (channel, train) in generators.trains.iter().enumerate() {
                all.extend(train.iter().map(|&time| (time, first + channel as u32)));
            }
            first += generators.trains.len() as u32;
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let fired = all.into_iter().filter_map(|(time, unit)| {
            // None for what lies beyond the last window that can be counted.
            let number = (time / window).floor();
            (number < f64::from(u32::MAX)).then(|| SparseFired {
                window: number as u32,
                offset: (time - number * window).clamp(0.0, window) as f32,
                unit,
            })
        });
        Self(fired.collect())
    }

    /// Those of some windows.
    pub fn within(&self, windows: Range<u32>) -> &[SparseFired] {
        let before = |window: u32| self.0.partition_point(|spike| spike.window < window);
        &self.0[before(windows.start)..before(windows.end)]
    }
}

/// Where each of some windows begins in a list of spikes, and the end of the last; windows before the first
/// are empty.
pub(super) fn starts(spikes: &[SparseFired], first: i64, n_windows: u32) -> Vec<u32> {
    let starts = (0..=i64::from(n_windows)).map(|ix| {
        let window = first + ix;
        spikes.partition_point(|spike| i64::from(spike.window) < window) as u32
    });
    starts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_where_their_spikes_do() {
        let at = |window| SparseFired {
            window,
            ..SparseFired::default()
        };
        let spikes = [at(0), at(2), at(2), at(5)];
        let found = starts(&spikes, -1, 7);
        assert_eq!(found, [0, 0, 1, 1, 3, 3, 3, 4]);
    }
}
