//! The events of a segment in the order in which kernels look for them.

use std::ops::Range;

use super::super::layout::{SparseEvent, SparseFired};
use super::segment::Segment;

/// The events of a segment, and after them those of later windows that its spikes reach.
pub(super) struct Events {
    /// The segment's windows.
    pub windows: Range<u32>,
    /// In order of window, unit, then time.
    pub list: Vec<SparseEvent>,
    /// How many of them are the segment's.
    pub n_own: usize,
    /// Where each window's events begin, from the segment's first to the last that its spikes reach, and the end of the last's; then the
    /// places of spikes, as `rounds` says.
    pub starts: Vec<u32>,
    /// For each of the segment's windows, for each dispatch where `starts` lists its spikes: no two of one unit.
    pub rounds: Vec<Vec<Range<u32>>>,
    /// For each of the segment's windows how many spikes are in the longest chain of which the last arrives in it.
    pub depths: Vec<u32>,
}

impl Events {
    /// Puts the events of a segment in order. `later` are those after it, in order, up to `reach` windows; `n_neurons` is the unit of
    /// the first generator.
    pub fn new(
        segment: Segment,
        generated: &[SparseFired],
        later: Vec<SparseEvent>,
        reach: u32,
    ) -> Self {
        let windows = segment.first..segment.end;
        let mut list = segment.events;
        list.extend(generated.iter().map(|spike| SparseEvent {
            window: spike.window,
            offset: spike.offset,
            unit: spike.unit,
            ..SparseEvent::default()
        }));
        // Stable: the events of a unit stay in the order of time.
        list.sort_by_key(|event| (event.window, event.unit));
        let n_own = list.len();
        list.extend(later);
        let start = |window: u32| list.partition_point(|event| event.window < window) as u32;
        let mut events = Self {
            starts: (windows.start..=windows.end - 1 + reach.max(1))
                .map(start)
                .collect(),
            windows,
            list,
            n_own,
            rounds: Vec::new(),
            depths: segment.depths,
        };
        for window in events.windows.clone() {
            let rounds = events.rounds_of(window);
            events.rounds.push(rounds);
        }
        events
    }

    /// Where the events of one of the segment's windows lie.
    pub fn of(&self, window: u32) -> Range<usize> {
        let ix = (window - self.windows.start) as usize;
        self.starts[ix] as usize..self.starts[ix + 1] as usize
    }

    /// Lists the spikes of a window: the last of each unit, then the ones before.
    fn rounds_of(&mut self, window: u32) -> Vec<Range<u32>> {
        let mut rounds: Vec<Vec<u32>> = Vec::new();
        let (mut unit, mut round) = (None, 0);
        for at in self.of(window).rev() {
            let event = &self.list[at];
            if event.is_release != 0 {
                continue;
            }
            round = if unit == Some(event.unit) {
                round + 1
            } else {
                0
            };
            unit = Some(event.unit);
            if rounds.len() == round {
                rounds.push(Vec::new());
            }
            rounds[round].push(at as u32);
        }
        let mut ranges = Vec::with_capacity(rounds.len());
        for round in rounds {
            let first = self.starts.len() as u32;
            self.starts.extend(round);
            ranges.push(first..self.starts.len() as u32);
        }
        ranges
    }

    /// The most events that one of the segment's windows has.
    pub fn most(&self) -> usize {
        let of = |window| self.of(window).len();
        self.windows.clone().map(of).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(window: u32, unit: u32, offset: f32, is_release: u32) -> SparseEvent {
        SparseEvent {
            window,
            unit,
            offset,
            is_release,
            ..SparseEvent::default()
        }
    }

    #[test]
    fn units_stay_in_order_and_meet_once_in_a_round() {
        let segment = Segment {
            first: 4,
            end: 6,
            events: vec![
                event(5, 1, 0.25, 0),
                event(4, 2, 0.5, 0),
                event(4, 0, 0.1, 0),
                event(4, 0, 0.2, 1),
                event(4, 0, 0.3, 0),
            ],
            blocks: vec![4],
            depths: vec![0, 0],
        };
        let generated = [SparseFired {
            window: 4,
            offset: 0.0,
            unit: 9,
        }];
        let events = Events::new(segment, &generated, vec![event(7, 0, 0.5, 0)], 3);
        let order: Vec<_> = events.list.iter().map(|e| (e.window, e.unit)).collect();
        let expected = [(4, 0), (4, 0), (4, 0), (4, 2), (4, 9), (5, 1), (7, 0)];
        assert_eq!(order, expected);
        assert_eq!(events.list[1].is_release, 1);
        assert_eq!((events.n_own, events.most()), (6, 5));
        assert_eq!((events.of(4), events.of(5)), (0..5, 5..6));
        // Windows 4 to 8, the last reached from 5; then the spikes.
        assert_eq!(events.starts[..5], [0, 5, 6, 6, 7]);
        let listed =
            |range: &Range<u32>| events.starts[range.start as usize..range.end as usize].to_vec();
        let rounds: Vec<Vec<_>> = events
            .rounds
            .iter()
            .map(|rounds| rounds.iter().map(listed).collect())
            .collect();
        assert_eq!(rounds, [vec![vec![4, 3, 2], vec![0]], vec![vec![5]]]);
    }
}
