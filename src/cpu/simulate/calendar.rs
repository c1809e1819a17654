//! Arrivals on their way, in order of time.
//!
//! Time is cut into slots. An arrival is appended to its slot, and a slot is sorted when it begins: a queue of a
//! million arrivals costs no more for each than one of a hundred.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Stands for every neuron of the target population, or, where the row is one of a list, for all targets of its source.
pub(super) const EVERYONE: u32 = u32::MAX;

/// An arrival at a member of a stage; the order of the fields is the order of arrivals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arrival {
    /// When, in ms; not negative.
    pub time: f64,
    /// Which population of the stage.
    pub member: u32,
    /// Over which row of synapses.
    pub row: u32,
    /// At which neuron of the population, or [`EVERYONE`].
    pub neuron: u32,
}

impl Arrival {
    /// The bits of times, which are not negative, are in the order of the times.
    fn key(&self) -> (u64, u32, u32, u32) {
        (self.time.to_bits(), self.member, self.row, self.neuron)
    }
}

impl Eq for Arrival {}

impl Ord for Arrival {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Arrival {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How many slots the longest delay is cut into.
const SLOTS_PER_DELAY: f64 = 64.0;

/// The arrivals of a window `[from, to)`.
#[derive(Debug)]
pub(super) struct Calendar {
    from: f64,
    to: f64,
    width: f64,
    slots_per_ms: f64,
    /// The slot in progress, counted from `from`.
    slot: u64,
    /// A ring: slots ahead by their number modulo its length.
    ahead: Vec<Vec<Arrival>>,
    /// How many arrivals are in slots ahead.
    n_ahead: usize,
    /// The slot in progress, sorted backward: the next one is the last.
    present: Vec<Arrival>,
    /// What came into the slot in progress after it had been sorted.
    late: BinaryHeap<Reverse<Arrival>>,
}

impl Calendar {
    /// For arrivals that come no more than `longest_delay` ms after they are added.
    pub fn new((from, to): (f64, f64), longest_delay: f64) -> Self {
        let span = longest_delay.min(to - from);
        let longest = if span > 0.0 { span } else { to - from };
        // A slot must be longer than the resolution of time.
        let width = (longest / SLOTS_PER_DELAY).max(4.0 * f64::EPSILON * to);
        let n_slots = (span / width) as usize + 3;
        Self {
            from,
            to,
            width,
            slots_per_ms: 1.0 / width,
            slot: 0,
            ahead: vec![Vec::new(); n_slots],
            n_ahead: 0,
            present: Vec::new(),
            late: BinaryHeap::new(),
        }
    }

    /// The start of a slot, in ms; the window's end at most.
    fn start_of(&self, slot: u64) -> f64 {
        (self.from + slot as f64 * self.width).min(self.to)
    }

    /// The end of the slot in progress, in ms.
    pub fn slot_end(&self) -> f64 {
        self.start_of(self.slot + 1)
    }

    /// The slot that a time is in, which is not before `from`.
    fn slot_of(&self, time: f64) -> u64 {
        let slot = ((time - self.from) * self.slots_per_ms) as u64;
        // What rounding put one too far, either way.
        if time < self.start_of(slot) {
            slot - 1
        } else if time >= self.start_of(slot + 1) {
            slot + 1
        } else {
            slot
        }
    }

    /// Adds an arrival that is not before the slot in progress; those outside of the window belong to another.
    pub fn add(&mut self, arrival: Arrival) {
        if arrival.time < self.from || arrival.time >= self.to {
            return;
        }
        let slot = self.slot_of(arrival.time);
        if slot <= self.slot {
            self.late.push(Reverse(arrival));
        } else {
            let n = self.ahead.len() as u64;
            self.ahead[(slot % n) as usize].push(arrival);
            self.n_ahead += 1;
        }
    }

    /// The next arrival of the slot in progress.
    pub fn peek(&self) -> Option<Arrival> {
        match (self.present.last(), self.late.peek()) {
            (Some(&present), Some(&Reverse(late))) => Some(present.min(late)),
            (present, late) => present.copied().or(late.map(|late| late.0)),
        }
    }

    /// Takes it out.
    pub fn pop(&mut self) -> Option<Arrival> {
        let next = self.peek()?;
        if self.present.last() == Some(&next) {
            self.present.pop()
        } else {
            self.late.pop().map(|late| late.0)
        }
    }

    /// Goes on to the next slot, or, where nothing is on its way, to the one that `time` is in.
    /// False at the window's end.
    pub fn next_slot(&mut self, time: f64) -> bool {
        let next = self.slot + 1;
        self.slot = if self.n_ahead == 0 && time > self.start_of(next) {
            self.slot_of(time.min(self.to))
        } else {
            next
        };
        if self.start_of(self.slot) >= self.to {
            return false;
        }
        let n = self.ahead.len() as u64;
        std::mem::swap(&mut self.present, &mut self.ahead[(self.slot % n) as usize]);
        self.n_ahead -= self.present.len();
        self.present.sort_unstable_by(|x, y| y.cmp(x));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(time: f64, row: u32) -> Arrival {
        Arrival {
            time,
            member: 0,
            row,
            neuron: 0,
        }
    }

    /// Arrivals that each send others later, as a heap gives them and as the calendar does.
    #[test]
    fn arrivals_come_in_order_whatever_the_slots() {
        use rand::{RngExt, SeedableRng};
        for (from, to, longest) in [(0.0, 40.0, 4.0), (10.0, 10.5, 4.0), (3.0, 90.0, 0.01)] {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
            let mut calendar = Calendar::new((from, to), longest);
            let mut heap = BinaryHeap::new();
            for row in 0..20 {
                let first = arrival(from + rng.random_range(0.0..longest), row);
                calendar.add(first);
                if first.time < to {
                    heap.push(Reverse(first));
                }
            }
            let (mut n, mut row) = (0, 20);
            loop {
                while let Some(next) = calendar.pop() {
                    let Some(Reverse(expected)) = heap.pop() else {
                        panic!("the calendar has more than there is");
                    };
                    assert_eq!(next, expected);
                    n += 1;
                    let children = if n < 3000 { 2 } else { 0 };
                    for _ in 0..children {
                        // Some at once, some a whole delay later.
                        let delay = *[0.0, longest, rng.random_range(0.0..longest)]
                            .get(rng.random_range(0..3))
                            .expect("one of three");
                        row += 1;
                        let child = arrival(next.time + delay, row);
                        calendar.add(child);
                        if child.time < to {
                            heap.push(Reverse(child));
                        }
                    }
                }
                if !calendar.next_slot(to) {
                    break;
                }
            }
            assert!(heap.is_empty() && n > 5, "{n}");
        }
    }
}
