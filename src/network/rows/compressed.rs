//! Synapses in compressed rows, one row for each source.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::described::Described;
use super::network::{Group, Partition};
use crate::network::rule::Share;
use crate::{Error, Result};

/// One value for all synapses, or one each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PerSynapse {
    Same(f32),
    Each(Vec<f32>),
}

impl PerSynapse {
    #[inline]
    pub fn get(&self, ix: usize) -> f32 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[ix],
        }
    }
}

/// The synapses of one group onto the neurons of one partition.
///
/// Within a row they are sorted by delay, then target: those of one window lie side by side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rows {
    /// Where each source's row begins, and the end of the last.
    starts: Vec<u64>,
    /// Neurons counted through the network.
    pub targets: Vec<u32>,
    pub weights: PerSynapse,
    pub delays: PerSynapse,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    pub fn sources(&self) -> usize {
        self.starts.len() - 1
    }

    #[inline]
    pub fn row(&self, source: usize) -> Range<usize> {
        self.starts[source] as usize..self.starts[source + 1] as usize
    }

    /// Which source has a synapse.
    pub fn source_of(&self, synapse: usize) -> u32 {
        (self
            .starts
            .partition_point(|&start| start <= synapse as u64)
            - 1) as u32
    }

    /// The shortest and the longest delay in ms; infinity and zero where there are no synapses.
    pub fn delay_range(&self) -> (f64, f64) {
        let mut range = (f64::INFINITY, 0.0_f64);
        let mut meet = |delay: f32| {
            range = (range.0.min(f64::from(delay)), range.1.max(f64::from(delay)));
        };
        match &self.delays {
            PerSynapse::Same(_) if self.targets.is_empty() => (),
            PerSynapse::Same(delay) => meet(*delay),
            PerSynapse::Each(delays) => delays.iter().for_each(|&delay| meet(delay)),
        }
        range
    }

    pub fn extent(&self) -> Extent {
        let differ = |values: &PerSynapse| matches!(values, PerSynapse::Each(_));
        let differ = [differ(&self.weights), differ(&self.delays)];
        Extent::new(self.sources(), self.len() as u64, differ)
    }
}

/// How much some rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub sources: u64,
    pub synapses: u64,
    /// Of 32 bits, for each synapse: its target, and its weight and its delay where they differ.
    pub values: u64,
}

impl Extent {
    /// Of rows whose weights and whose delays `differ`.
    fn new(sources: usize, synapses: u64, differ: [bool; 2]) -> Self {
        Self {
            sources: sources as u64,
            synapses,
            values: 1 + differ.into_iter().map(u64::from).sum::<u64>(),
        }
    }

    /// In the host's memory.
    pub fn bytes(&self) -> u64 {
        let start = size_of::<u64>() as u64;
        (self.sources + 1) * start + self.synapses * self.values * size_of::<u32>() as u64
    }

    /// Where rows begin, and nothing else.
    pub fn without_synapses(&self) -> Self {
        Self {
            synapses: 0,
            ..*self
        }
    }

    /// Of 32 bits, on a device; none where there are no synapses.
    pub fn words(&self) -> u64 {
        match self.synapses {
            0 => 0,
            n => self.sources + 1 + n * self.values,
        }
    }
}

/// What [`partitions`] would make of one group onto `neurons`, and between which delays in ms; see [`Rows::delay_range`].
pub(super) fn count(
    described: &Described,
    group: Group,
    neurons: &Range<u32>,
) -> (Extent, (f64, f64)) {
    let (weight, delay) = described.common(group);
    let of_share = |share: Share| {
        let (mut synapses, mut range) = (0, (f64::INFINITY, 0.0_f64));
        described.for_each_synapse(group, neurons, share, |_, _, made| {
            synapses += 1;
            let delay = f64::from(delay.unwrap_or_else(|| made.delay()));
            range = (range.0.min(delay), range.1.max(delay));
        });
        (synapses, range)
    };
    let shares = Share::all(rayon::current_num_threads() as u64);
    let shares: Vec<Share> = shares.collect();
    let (synapses, range) = shares.into_par_iter().map(of_share).reduce(
        || (0, (f64::INFINITY, 0.0)),
        |(n, a), (m, b)| (n + m, (a.0.min(b.0), a.1.max(b.1))),
    );
    let sources = described.source_size(group.source);
    let differ = [weight.is_none(), delay.is_none()];
    (Extent::new(sources, synapses, differ), range)
}

/// Makes the synapses of all groups onto each part, in `limit` bytes in all.
pub(super) fn partitions(
    described: &Described,
    groups: &[Group],
    parts: Vec<Range<u32>>,
    limit: u64,
) -> Result<Vec<Partition>> {
    let budget = Budget::new(limit);
    parts
        .into_par_iter()
        .map(|neurons| partition(described, groups, neurons, &budget))
        .collect()
}

/// Makes the synapses of all groups onto one part.
pub(super) fn partition(
    described: &Described,
    groups: &[Group],
    neurons: Range<u32>,
    budget: &Budget,
) -> Result<Partition> {
    let rows = groups
        .par_iter()
        .map(|group| build(described, *group, &neurons, Share::ALL, budget))
        .collect::<Result<_>>()?;
    Ok(Partition { neurons, rows })
}

/// Makes the synapses of all groups onto one part, of each group in so many shares, which threads make at a time.
pub(super) fn partition_in_shares(
    described: &Described,
    groups: &[Group],
    neurons: &Range<u32>,
    n_shares: u64,
    budget: &Budget,
) -> Result<Vec<Vec<Rows>>> {
    let of_group = |group: &Group| {
        let shares: Vec<Share> = Share::all(n_shares).collect();
        let made = |share| build(described, *group, neurons, share, budget);
        shares.into_par_iter().map(made).collect()
    };
    groups.par_iter().map(of_group).collect()
}

/// What may be allocated for synapses, and what has been.
pub(super) struct Budget {
    limit: u64,
    taken: AtomicU64,
}

impl Budget {
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            taken: AtomicU64::new(0),
        }
    }

    fn allocate<T: Clone + Default>(&self, len: usize) -> Result<Vec<T>> {
        let bytes = len as u64 * size_of::<T>() as u64;
        let taken = self.taken.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let refused = || {
            Error::memory(
                "the list of synapses",
                taken,
                self.limit,
                "describe a smaller network, or give all synapses of a projection one weight and one delay"
                    .into(),
            )
        };
        if taken > self.limit {
            return Err(refused());
        }
        let mut values = Vec::new();
        values.try_reserve_exact(len).map_err(|_| refused())?;
        values.resize(len, T::default());
        Ok(values)
    }
}

/// The rows of a share of one group onto `neurons`: counted, then filled, so that nothing is held twice.
fn build(
    described: &Described,
    group: Group,
    neurons: &Range<u32>,
    share: Share,
    budget: &Budget,
) -> Result<Rows> {
    let mut starts: Vec<u64> = budget.allocate(described.source_size(group.source) + 1)?;
    described.for_each_synapse(group, neurons, share, |source, _, _| {
        starts[source as usize + 1] += 1;
    });
    for ix in 1..starts.len() {
        starts[ix] += starts[ix - 1];
    }
    let len = starts[starts.len() - 1] as usize;
    let (weight, delay) = described.common(group);
    let each = |common: Option<f32>| common.map_or(len, |_| 0);
    let mut targets: Vec<u32> = budget.allocate(len)?;
    let mut weights: Vec<f32> = budget.allocate(each(weight))?;
    let mut delays: Vec<f32> = budget.allocate(each(delay))?;
    let mut next = starts.clone();
    described.for_each_synapse(group, neurons, share, |source, target, made| {
        let ix = next[source as usize] as usize;
        next[source as usize] += 1;
        targets[ix] = target;
        if weight.is_none() {
            weights[ix] = made.weight();
        }
        if delay.is_none() {
            delays[ix] = made.delay();
        }
    });
    let mut row: Vec<(f32, u32, f32)> = Vec::new();
    for range in starts.windows(2).map(|w| w[0] as usize..w[1] as usize) {
        row.clear();
        row.extend(range.clone().map(|ix| {
            let of = |values: &[f32]| values.get(ix).copied().unwrap_or(0.0);
            (of(&delays), targets[ix], of(&weights))
        }));
        row.sort_unstable_by(|a, b| {
            a.0.total_cmp(&b.0)
                .then(a.1.cmp(&b.1))
                .then(a.2.total_cmp(&b.2))
        });
        for (ix, &(d, target, w)) in range.zip(&row) {
            targets[ix] = target;
            if weight.is_none() {
                weights[ix] = w;
            }
            if delay.is_none() {
                delays[ix] = d;
            }
        }
    }
    Ok(Rows {
        starts,
        targets,
        weights: weight.map_or(PerSynapse::Each(weights), PerSynapse::Same),
        delays: delay.map_or(PerSynapse::Each(delays), PerSynapse::Same),
    })
}
