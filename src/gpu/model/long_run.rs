//! The work of a long run and of its gradient, without a device.

use super::cost::Cost;
use super::met::{InWindow, Meeting};
use super::part::Prices;
use super::stream_parts::ALL;
use super::turns::{LOOKS, Turns};
use super::work::{Launch, Work};
use crate::gpu::layout::WORKGROUP;
use crate::gpu::receptors::Receptors;
use crate::gpu::stream::layout::SPARSE_BLOCK;
use crate::gpu::stream::{PARTS_AT_ONCE, WINDOWS_SUBMITTED, delivering_groups, windows_at_once};
use crate::network::NetworkInRows;
use crate::stream::StreamSpike;
use crate::{Error, Result};

/// The most bytes that a device binds at once.
const BINDING: u64 = u32::MAX as u64;

/// What a stretch of a long run asks of a device: counted from the network and the spikes of any engine.
pub struct LongRun {
    neurons: f64,
    n_receptors: f64,
    /// For each neuron, on average.
    drives: f64,
    /// Rows that a source has, at most, of each part of the synapses; and how many parts there are.
    pieces: f64,
    parts: usize,
    /// Synapses in a row of a piece, on average.
    row: f64,
    /// Windows that a spike may be underway.
    reach: usize,
    at_once: usize,
    met: Vec<InWindow>,
    /// Arrivals of drives in a window, on average.
    driven: f64,
}

/// What happens in a stretch of a long run.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LongRunCounts {
    /// How many windows it has.
    pub windows: usize,
    /// Spikes of neurons.
    pub spikes: f64,
    /// Arrivals over synapses.
    pub arrivals: f64,
    /// Arrivals of Poisson drives.
    pub driven: f64,
    /// The share of neurons that have no arrival in a window, over all windows.
    pub idle: f64,
}

impl LongRun {
    /// The windows that begin in [`from`, `until`) ms, given a run's spikes in order, those included that are underway at `from`; and
    /// how many arrivals neurons had in that time, those of drives included.
    ///
    /// # Errors
    /// Times that are not in order; delays shorter than the window, of which the passes are not counted.
    pub fn new(
        network: &NetworkInRows,
        window: f64,
        (from, until): (f64, f64),
        spikes: &[StreamSpike],
        synaptic_events: u64,
    ) -> Result<Self> {
        if !(from >= 0.0 && until > from && until.is_finite()) {
            return Err(Error::invalid(
                "until",
                until,
                format!("give a time in ms after {from}, where it begins"),
            ));
        }
        if !(network.shortest_delay() >= window && window > 0.0) {
            return Err(Error::unavailable(
                "a cost model of passes through windows that are longer than the shortest delay",
                "give delays above zero and the window of a simulation, or measure on a device",
            ));
        }
        let windows = (from / window).ceil() as u64..(until / window).ceil() as u64;
        let met = Meeting::new(network, window, windows).all(spikes);
        let neurons = network.neurons() as f64;
        let populations = network.populations();
        let sized = |ix: usize| populations[ix].neurons.len() as f64;
        let driven_neurons: f64 = network.drives.iter().map(|d| sized(d.population)).sum();
        let groups = network.groups.iter();
        let of_source = |source| {
            groups
                .clone()
                .filter(|other| other.source == source)
                .count()
        };
        let pieces = groups
            .clone()
            .map(|group| of_source(group.source))
            .max()
            .unwrap_or(0) as f64;
        let rows: usize = match network.partitions.first() {
            Some(partition) => partition.rows.iter().map(|rows| rows.sources()).sum(),
            None => 0,
        };
        let arrivals: f64 = met.iter().map(|met| met.arrivals).sum();
        let driven = (synaptic_events as f64 - arrivals).max(0.0) / met.len().max(1) as f64;
        Ok(Self {
            neurons,
            n_receptors: network.receptors() as f64,
            drives: driven_neurons / neurons.max(1.0),
            pieces,
            parts: network.synapse_bytes().div_ceil(BINDING).max(1) as usize,
            row: network.synapses() as f64 / (rows as f64).max(1.0),
            reach: (network.longest_delay() / window) as usize + 1,
            at_once: windows_at_once(network, window) as usize,
            driven: if network.drives.is_empty() {
                0.0
            } else {
                driven
            },
            met,
        })
    }

    /// What happens in it.
    pub fn counts(&self) -> LongRunCounts {
        let sum = |of: fn(&InWindow) -> f64| self.met.iter().map(of).sum::<f64>();
        let windows = self.met.len();
        LongRunCounts {
            windows,
            spikes: sum(|met| met.fired),
            arrivals: sum(|met| met.arrivals),
            driven: self.driven * windows as f64,
            idle: sum(|met| met.idle) / (self.neurons * windows as f64).max(1.0),
        }
    }

    /// A simulation: a submission and a readback for each block of windows.
    ///
    /// # Errors
    /// A kernel without the loops that are counted.
    pub fn simulation(&self) -> Result<Work> {
        self.simulated(SPARSE_BLOCK as usize)
    }

    /// The way back of a gradient, and the run again that comes before it, with what happens in it noted.
    ///
    /// # Errors
    /// As of [`simulation`](Self::simulation).
    pub fn adjoint(&self) -> Result<Work> {
        let mut work = self.simulated(self.at_once)?;
        let mut prices = Prices::new(Receptors::One, ALL);
        for met in self.met.iter().rev() {
            for _ in 0..self.parts {
                let launch = self.collect(&mut prices, met)?;
                push(&mut work, "sparse_collect", launch);
            }
            let launch = self.back(&mut prices, met)?;
            push(&mut work, "sparse_adjoint", launch);
        }
        let blocks = self.met.len().div_ceil(self.at_once);
        for _ in 0..blocks {
            if self.drives > 0.0 {
                let windows = self.at_once.min(self.met.len()) as f64;
                let each = windows * self.driven / self.neurons.max(1.0);
                let turns = Turns::of([
                    ("neuron", self.neurons * self.drives),
                    ("arrival", windows * self.driven),
                ]);
                let launch =
                    turns
                        .chain([("arrival", each)])
                        .launch(&mut prices, "sparse_draw", 0.0)?;
                push(&mut work, "sparse_draw", launch);
            }
            work.submissions += 2;
        }
        work.readbacks += 1;
        Ok(work)
    }

    /// What `sparse_advance` does for neurons that have no arrival in a window.
    ///
    /// # Errors
    /// As of [`simulation`](Self::simulation).
    pub fn idle(&self) -> Result<Cost> {
        let mut prices = Prices::new(Receptors::One, ALL);
        let idle: f64 = self.met.iter().map(|met| met.idle).sum();
        let turns = Turns::of([
            ("neuron", idle),
            ("idle interval", idle),
            ("interval and drive", idle * self.drives),
        ]);
        let mut cost = turns.launch(&mut prices, "sparse_advance", 0.0)?.cost;
        cost += exchanges(idle);
        Ok(cost)
    }

    fn simulated(&self, block: usize) -> Result<Work> {
        let mut prices = Prices::new(Receptors::One, ALL);
        let mut work = Work::default();
        for (ix, met) in self.met.iter().enumerate() {
            let underway = &self.met[ix.saturating_sub(self.reach)..ix];
            let fired: f64 = underway.iter().map(|met| met.fired + met.generated).sum();
            for _ in 0..self.deliveries() {
                let launch = self.deliver(&mut prices, met, fired)?;
                push(&mut work, "sparse_deliver", launch);
            }
            let launch = self.advance(&mut prices, met)?;
            push(&mut work, "sparse_advance", launch);
        }
        let blocks = self.met.len().div_ceil(block);
        work.submissions += blocks * block.div_ceil(WINDOWS_SUBMITTED as usize);
        work.readbacks += blocks;
        Ok(work)
    }

    /// How many dispatches of a window deliver.
    fn deliveries(&self) -> usize {
        self.parts.div_ceil(PARTS_AT_ONCE)
    }

    fn deliver(&self, prices: &mut Prices, met: &InWindow, underway: f64) -> Result<Launch> {
        let lanes = f64::from(WORKGROUP);
        let pairs = underway * self.pieces;
        // Where a row begins to be reached: by eighths.
        let searches = pairs * ((1.0 + self.row).log2() / 3.0).ceil();
        let dispatches = self.deliveries() as f64;
        let arrivals = met.arrivals / dispatches;
        let groups = f64::from(delivering_groups(pairs as usize));
        let each = (pairs / groups).ceil();
        let turns = Turns::of([
            ("spike and piece", pairs * lanes),
            ("piece", pairs * lanes),
            ("search", searches * lanes),
            ("arrival", arrivals),
        ])
        .chain([
            ("spike and piece", each),
            ("piece", each),
            ("search", each * searches / pairs.max(1.0)),
            ("arrival", (arrivals / (groups * lanes)).ceil()),
        ]);
        let mut launch = turns.launch(prices, "sparse_deliver", 0.0)?;
        launch.cost += words(met.words / dispatches);
        Ok(launch)
    }

    fn advance(&self, prices: &mut Prices, met: &InWindow) -> Result<Launch> {
        let looks = LOOKS * met.fired;
        let busy = met.arrivals + self.driven + (self.neurons - met.idle) + looks;
        let each = 1.0 + met.longest + self.driven / self.neurons.max(1.0);
        let mut launch = Turns::of([
            ("neuron", self.neurons),
            ("idle interval", met.idle),
            ("interval", busy),
            ("interval and drive", (busy + met.idle) * self.drives),
            ("draw", self.driven),
            ("look", looks),
            ("spike", met.fired),
            ("queued", met.arrivals),
            ("comparison", met.comparisons),
        ])
        .chain([("neuron", 1.0), ("interval", each), ("queued", met.longest)])
        .launch(prices, "sparse_advance", 0.0)?;
        launch.cost += exchanges(self.neurons);
        Ok(launch)
    }

    fn collect(&self, prices: &mut Prices, met: &InWindow) -> Result<Launch> {
        let lanes = f64::from(WORKGROUP);
        let spikes = met.fired + met.generated;
        let parts = self.parts as f64;
        // Over all windows as many as arrive.
        let arrivals = met.arrivals / parts;
        let fires = (met.fired / self.neurons.max(1.0)).min(1.0);
        let mut launch = Turns::of([
            ("spike", spikes * lanes),
            ("share", spikes * lanes),
            ("spike and piece", spikes * self.pieces * lanes),
            ("arrival", arrivals),
            ("event met", arrivals * fires),
        ])
        .chain([("arrival", (self.row * self.pieces / lanes).ceil())])
        .launch(prices, "sparse_collect", 0.0)?;
        launch.cost += words(met.words / parts);
        Ok(launch)
    }

    fn back(&self, prices: &mut Prices, met: &InWindow) -> Result<Launch> {
        let fours = f64::from(WORKGROUP) / 4.0;
        let searches = (1.0 + met.fired).log2().ceil();
        let receptors = self.neurons * self.n_receptors;
        let is_fired = f64::from(u8::from(met.fired > 0.0));
        Turns::of([
            ("neuron", self.neurons),
            ("neuron and receptor", receptors),
            ("receptor back", receptors),
            ("search", self.neurons * searches),
            ("event", met.fired),
            ("four shares", met.fired * fours),
        ])
        .chain([
            ("search", searches),
            ("four shares", is_fired * fours),
            ("event", is_fired),
        ])
        .launch(prices, "sparse_adjoint", 0.0)
    }
}

/// Numbers of arrivals that are read and set back. What a run does that has too little room is not counted.
fn exchanges(n: f64) -> Cost {
    Cost {
        memory_bytes: 8.0 * n,
        atomics: n,
        ..Cost::default()
    }
}

/// Words of memory that are read.
fn words(n: f64) -> Cost {
    Cost {
        memory_bytes: 4.0 * n,
        ..Cost::default()
    }
}

fn push(work: &mut Work, kernel: &'static str, launch: Launch) {
    work.kernels.entry(kernel).or_default().push(launch);
}
