//! What devices can do, and how long work takes on them.

use super::work::{Launch, Work};
use crate::gpu::ceilings::Ceilings;
use crate::{Error, Result};

/// What a device can do at most, and what it takes to begin.
///
/// The presets are peaks of data sheets; what these do not say is an assumption, and each field says which it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Device {
    /// A short name.
    pub name: &'static str,
    /// Multiply-adds in single precision in a second: half of the floating-point operations that data sheets give.
    pub multiply_adds: f64,
    /// Exponentials in a second: what special function units do.
    pub exponentials: f64,
    /// Bytes in a second from and to memory.
    pub bandwidth: f64,
    /// Bytes in a second from and to workgroup memory.
    pub workgroup_bandwidth: f64,
    /// Bytes of the last cache before memory: weights that fit are read once a dispatch.
    pub cache: f64,
    /// Cycles in a second.
    pub clock: f64,
    /// Seconds that a dispatch takes beside its work. Assumed.
    pub dispatch: f64,
    /// Seconds that a submission takes of which the host waits for the end and reads. Assumed.
    pub submission: f64,
    /// Seconds for a turn of a loop that waits for a load of its own turn, beside its arithmetic. Assumed: 250 cycles, as
    /// long as a load from the last cache takes. A turn that loads from workgroup memory alone takes an eighth of it.
    pub turn: f64,
}

/// What begins on a discrete card, and on one that shares the processor's memory: assumptions.
const DISCRETE: (f64, f64) = (2e-6, 100e-6);
const INTEGRATED: (f64, f64) = (5e-6, 200e-6);

/// Cycles of a load from the last cache.
const TURN_CYCLES: f64 = 250.0;

/// A device of so many units, each of which does `lanes` multiply-adds, `special` exponentials and `bytes` of workgroup memory in
/// a cycle.
const fn of_units(
    name: &'static str,
    (units, clock): (f64, f64),
    [lanes, special, bytes]: [f64; 3],
    (bandwidth, cache): (f64, f64),
    (dispatch, submission): (f64, f64),
) -> Device {
    Device {
        name,
        multiply_adds: units * lanes * clock,
        exponentials: units * special * clock,
        bandwidth,
        workgroup_bandwidth: units * bytes * clock,
        cache,
        clock,
        dispatch,
        submission,
        turn: TURN_CYCLES / clock,
    }
}

impl Device {
    /// Intel UHD Graphics 770: 32 execution units of 8 lanes at 1.55 GHz (Intel product page of the Core i9-12900K), beside two
    /// channels of DDR5-4800. Two exponentials a cycle for each execution unit and 64 bytes a cycle of local memory for each 16 of
    /// them are of Intel's description of its architecture, generation 11. Of its processor's cache of 30 MB it is given half.
    pub const UHD_770: Self = of_units(
        "uhd-770",
        (32.0, 1.55e9),
        [8.0, 2.0, 4.0],
        (76.8e9, 15e6),
        INTEGRATED,
    );

    /// NVIDIA GeForce RTX 4090: 128 multiprocessors at 2.52 GHz, 1,008 GB/s, 72 MB of cache (NVIDIA Ada GPU architecture, version 2.1);
    /// 128 multiply-adds, 16 exponentials and 128 bytes of shared memory a cycle (CUDA C programming guide, arithmetic instructions).
    pub const RTX_4090: Self = of_units(
        "rtx-4090",
        (128.0, 2.52e9),
        [128.0, 16.0, 128.0],
        (1008e9, 72e6),
        DISCRETE,
    );

    /// Apple M3 with a GPU of 10 cores: 100 GB/s (Apple). Apple does not publish the rest: 128 multiply-adds a cycle for each core at
    /// 1.4 GHz, 32 exponentials, 128 bytes of threadgroup memory and a cache of 8 MB are assumed.
    pub const M3: Self = of_units(
        "m3",
        (10.0, 1.4e9),
        [128.0, 32.0, 128.0],
        (100e9, 8e6),
        INTEGRATED,
    );

    /// NVIDIA H100 SXM: 132 multiprocessors at 1.98 GHz, 3.35 TB/s, 50 MB of cache (NVIDIA H100 data sheet and Hopper architecture);
    /// a cycle as of [`RTX_4090`](Self::RTX_4090).
    pub const H100: Self = of_units(
        "h100",
        (132.0, 1.98e9),
        [128.0, 16.0, 128.0],
        (3.35e12, 50e6),
        DISCRETE,
    );

    /// NVIDIA H200: an H100 with a memory of 4.8 TB/s (NVIDIA H200 data sheet).
    pub const H200: Self = Self {
        name: "h200",
        bandwidth: 4.8e12,
        ..Self::H100
    };

    /// All presets.
    pub const ALL: [Self; 5] = [
        Self::UHD_770,
        Self::M3,
        Self::RTX_4090,
        Self::H100,
        Self::H200,
    ];

    /// The preset of a name.
    ///
    /// # Errors
    /// None of that name.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|device| device.name == name);
        let names = Self::ALL.map(|device| device.name);
        found.ok_or_else(|| Error::unknown("device", name, &names))
    }

    /// A device whose ceilings have been measured; what is not measured is in the proportion of `like`.
    #[must_use]
    pub fn measured(ceilings: &Ceilings, like: &Self) -> Self {
        let faster = ceilings.multiply_adds_per_second / like.multiply_adds;
        Self {
            name: "measured",
            multiply_adds: ceilings.multiply_adds_per_second,
            exponentials: like.exponentials * faster,
            bandwidth: ceilings.bytes_per_second,
            workgroup_bandwidth: like.workgroup_bandwidth * faster,
            ..*like
        }
    }

    /// How long a dispatch takes, by each bound on its own.
    fn seconds(&self, launch: &Launch) -> [(Bound, f64); 5] {
        let Launch { cost, .. } = launch;
        let is_cached = launch.distinct_weight_bytes <= self.cache;
        let weights = match is_cached {
            true => cost.weight_bytes.min(launch.distinct_weight_bytes),
            false => cost.weight_bytes,
        };
        let chain = launch.chain * self.turn + launch.chain_multiply_adds / self.clock;
        [
            (Bound::Arithmetic, cost.multiply_adds / self.multiply_adds),
            (Bound::Exponentials, cost.exponentials / self.exponentials),
            (
                Bound::Memory,
                (cost.memory_bytes + weights) / self.bandwidth,
            ),
            (
                Bound::WorkgroupMemory,
                cost.workgroup_bytes / self.workgroup_bandwidth,
            ),
            (Bound::Chain, chain),
        ]
    }

    /// How long the dispatches of a kernel take, and what most of that time goes to.
    pub fn predict(&self, launches: &[Launch]) -> Prediction {
        let mut by_bound = [0.0; Bound::ALL.len()];
        for launch in launches {
            by_bound[Bound::Launch as usize] += self.dispatch;
            let bounds = self.seconds(launch).into_iter();
            let longest = bounds.max_by(|a, b| a.1.total_cmp(&b.1));
            let (bound, seconds) = longest.expect("there are bounds");
            by_bound[bound as usize] += seconds;
        }
        let longest = (0..by_bound.len()).max_by(|&a, &b| by_bound[a].total_cmp(&by_bound[b]));
        Prediction {
            seconds: by_bound.iter().sum(),
            bound: Bound::ALL[longest.expect("there are bounds")],
        }
    }

    /// How long all of some work takes, in seconds.
    pub fn total(&self, work: &Work) -> f64 {
        let kernels = work.kernels.values();
        let seconds: f64 = kernels.map(|launches| self.predict(launches).seconds).sum();
        seconds + work.readbacks as f64 * self.submission
    }
}

/// What limits a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bound {
    /// Multiply-adds.
    Arithmetic,
    /// Exponentials and divisions.
    Exponentials,
    /// Bytes of memory.
    Memory,
    /// Bytes of workgroup memory.
    WorkgroupMemory,
    /// The invocation that has most to do, turn after turn.
    Chain,
    /// Beginning dispatches.
    Launch,
}

impl Bound {
    const ALL: [Self; 6] = [
        Self::Arithmetic,
        Self::Exponentials,
        Self::Memory,
        Self::WorkgroupMemory,
        Self::Chain,
        Self::Launch,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arithmetic => "arithmetic",
            Self::Exponentials => "exponentials",
            Self::Memory => "memory",
            Self::WorkgroupMemory => "workgroup",
            Self::Chain => "chain",
            Self::Launch => "launch",
        }
    }
}

/// How long a kernel takes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// Of all its dispatches.
    pub seconds: f64,
    /// What most of that goes to.
    pub bound: Bound,
}
