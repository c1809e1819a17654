//! Spikes on their way to one partition.

use std::collections::VecDeque;
use std::ops::Range;

use super::Fired;
use crate::network::{PerSynapse, Rows};
use crate::stream::UnderwaySpike;

/// A spike whose row has not been delivered to its end.
#[derive(Debug, Clone, Copy)]
struct Underway {
    id: u64,
    /// The window in which it was fired, and when in it.
    window: u64,
    offset: f64,
    /// What is left of its row.
    next: usize,
    end: usize,
}

/// Synapses of one spike that are reached in one window.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Which of the spikes that were fired; counted through the run.
    pub id: u64,
    /// Which group of the network.
    pub group: usize,
    pub synapses: Range<usize>,
    /// A synapse is reached at this plus its delay since the window's start, in ms.
    pub base: f64,
}

/// The spikes of one group in the order in which they were fired.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue(VecDeque<Underway>);

impl Queue {
    pub fn push(&mut self, rows: &Rows, fired: &Fired) {
        let row = rows.row(fired.number as usize);
        if !row.is_empty() {
            self.0.push_back(Underway {
                id: fired.id,
                window: fired.spike.window,
                offset: fired.spike.offset,
                next: row.start,
                end: row.end,
            });
        }
    }

    /// What has not been delivered to its end, of the source with this number.
    pub fn underway<'a>(
        &'a self,
        rows: &'a Rows,
        source: u32,
    ) -> impl Iterator<Item = UnderwaySpike> + 'a {
        let left = self.0.iter().filter(|spike| spike.next < spike.end);
        left.map(move |spike| UnderwaySpike {
            id: spike.id,
            source,
            number: rows.source_of(spike.next),
            window: spike.window,
            offset: spike.offset,
        })
    }

    /// Adds a spike of an earlier window: what it had not reached before window number `now` of length `window` ms.
    pub fn push_rest(&mut self, rows: &Rows, spike: &UnderwaySpike, now: u64, window: f64) {
        let row = rows.row(spike.number as usize);
        // As `take` decided in the window before.
        let limit = (now - spike.window) as f64 * window;
        let is_reached = |delay: f32| spike.offset + f64::from(delay) < limit;
        let next = match &rows.delays {
            // Behind one that waits all wait, as in `take`.
            PerSynapse::Same(delay) if self.0.is_empty() && is_reached(*delay) => row.end,
            PerSynapse::Same(_) => row.start,
            PerSynapse::Each(delays) => {
                row.start + delays[row.clone()].partition_point(|&delay| is_reached(delay))
            }
        };
        if next < row.end {
            self.0.push_back(Underway {
                id: spike.id,
                window: spike.window,
                offset: spike.offset,
                next,
                end: row.end,
            });
        }
    }

    /// Takes what is reached in window number `now` of length `window` ms.
    ///
    /// A window ends where the next begins and a row is sorted by delay, so that no synapse is
    /// passed over or met twice, however sums are rounded.
    pub fn take(&mut self, group: usize, rows: &Rows, now: u64, window: f64, runs: &mut Vec<Run>) {
        match &rows.delays {
            PerSynapse::Same(delay) => {
                let delay = f64::from(*delay);
                while let Some(spike) = self.0.front() {
                    let age = (now - spike.window) as f64;
                    if spike.offset + delay >= (age + 1.0) * window {
                        break;
                    }
                    runs.push(Run {
                        id: spike.id,
                        group,
                        synapses: spike.next..spike.end,
                        base: spike.offset - age * window,
                    });
                    self.0.pop_front();
                }
            }
            PerSynapse::Each(delays) => {
                for spike in &mut self.0 {
                    let age = (now - spike.window) as f64;
                    let limit = (age + 1.0) * window;
                    let is_reached = |delay: &f32| spike.offset + f64::from(*delay) < limit;
                    let row = &delays[spike.next..spike.end];
                    let reached = row.iter().position(|delay| !is_reached(delay));
                    let reached = spike.next + reached.unwrap_or(row.len());
                    if reached > spike.next {
                        runs.push(Run {
                            id: spike.id,
                            group,
                            synapses: spike.next..reached,
                            base: spike.offset - age * window,
                        });
                        spike.next = reached;
                    }
                }
                while self.0.front().is_some_and(|spike| spike.next == spike.end) {
                    self.0.pop_front();
                }
            }
        }
    }
}
