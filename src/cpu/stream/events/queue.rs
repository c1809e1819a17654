//! Events of one block in order of time.

use std::cmp::Ordering;

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// A neuron may fire or be released; outdated where the number is not its latest.
    Look { neuron: u32, number: u32 },
    /// A generator's spike, by its place among those of the block.
    Generated(u32),
    /// An arrival of a drive.
    Driven { drive: u32, neuron: u32 },
    /// The next synapses of a spike that is underway, by its place in the list of them.
    Run(u32),
    /// A recorder takes the states of its neurons: which sampling, and which of its times.
    Sample { sampling: u32, time: u32 },
}

/// At one time first what neurons do of themselves, then what arrives, then what is recorded.
///
/// No order depends on when events were put into the queue, or on partitions: a run can be resumed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Since the block's start, in ms.
    pub time: f64,
    /// Of events at one time: the kind, and an order among those of one kind.
    pub rank: (u8, u64, u64),
    pub what: What,
}

impl Event {
    pub fn look(time: f64, neuron: u32, number: u32) -> Self {
        let what = What::Look { neuron, number };
        let rank = (0, neuron.into(), number.into());
        Self { time, rank, what }
    }

    pub fn generated(time: f64, number: u32) -> Self {
        let what = What::Generated(number);
        let rank = (1, number.into(), 0);
        Self { time, rank, what }
    }

    pub fn driven(time: f64, drive: u32, neuron: u32) -> Self {
        let what = What::Driven { drive, neuron };
        let rank = (2, drive.into(), neuron.into());
        Self { time, rank, what }
    }

    /// Of a spike, by its number in the run, over a group onto a partition.
    pub fn run(time: f64, place: u32, id: u64, (group, part): (u32, u32)) -> Self {
        let what = What::Run(place);
        let rank = (3, id, u64::from(group) << 32 | u64::from(part));
        Self { time, rank, what }
    }

    pub fn sample(time: f64, sampling: u32, number: u32) -> Self {
        let what = What::Sample {
            sampling,
            time: number,
        };
        let rank = (4, sampling.into(), number.into());
        Self { time, rank, what }
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest: `BinaryHeap` gives the greatest first.
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = self.time.total_cmp(&other.time);
        by_time.then(self.rank.cmp(&other.rank)).reverse()
    }
}
