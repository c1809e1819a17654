//! A small network, measured in one process and counted on a simulated cluster.

use std::time::Instant;

use spikefront::Result;
use spikefront::cpu::stream::{CpuStream, RankStream, StreamOptions};
use spikefront::networks::NamedNetwork;
use spikefront::ranks::{PATIENCE, cluster};

use super::ClusterArgs;
use super::model::{HEAD_BYTES, SPIKE_BYTES};
use super::pairs::Pairs;

/// The network is divided into this many shares, of which one is timed: it must be large enough to be timed at all.
const SHARES: usize = 8;

/// What one neuron, one synapse and one arrival take.
pub struct Measured {
    pub network: &'static str,
    pub neurons: usize,
    pub in_degree: f64,
    /// Spikes, and arrivals with those of drives, of a neuron for each ms.
    pub spikes: f64,
    pub arrivals: f64,
    /// Seconds of computation for each arrival, the steps of neurons included.
    pub arrival_seconds: f64,
    /// Between two exchanges, in ms.
    pub interval: f64,
    pub synapse_bytes: f64,
    /// Where the rows of all sources begin, for each of them in each partition.
    pub start_bytes: f64,
    pub neuron_bytes: f64,
    /// For each synapse of the whole network that a rank goes through to find its own, and for each that it makes.
    pub draw_seconds: f64,
    pub make_seconds: f64,
    /// Of the simulated cluster.
    pub simulated_ranks: usize,
    /// How many exchanges there were, and spikes in each.
    pub exchanges: u64,
    pub spikes_each: f64,
    /// Bytes that a rank received in each: counted, and computed from the spikes.
    pub counted_bytes: f64,
    pub expected_bytes: f64,
    /// Where the measured network is divided among as many ranks as costs are computed for.
    pub pairs: Vec<Pairs>,
}

impl Measured {
    /// Measures what the command line names.
    pub fn new(args: &ClusterArgs) -> Result<Self> {
        let named = NamedNetwork::find(&args.network)?;
        let described = named.describe(args.scale, args.seed)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|error| {
            spikefront::Error::unavailable("a thread", format!("end other programs ({error})"))
        })?;
        pool.install(|| {
            let divided = |parts: usize| {
                let mut described = described.clone();
                described.partitions(parts);
                described
            };
            let start = Instant::now();
            let network = divided(1).build_in_rows()?;
            let whole_seconds = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let share = divided(SHARES).build_share(0, SHARES)?;
            let share_seconds = start.elapsed().as_secs_f64();
            // A share takes draws of all synapses and makes some; all of them take as many draws and make all.
            let (all, own) = (network.synapses() as f64, share.synapses() as f64);
            let make_seconds = ((whole_seconds - share_seconds) / (all - own)).max(0.0);
            let draw_seconds = ((share_seconds - own * make_seconds) / all).max(0.0);
            let halves = divided(2).build_in_rows()?.synapse_bytes();
            let starts = halves.saturating_sub(network.synapse_bytes()) as f64;
            let mut stream = CpuStream::new(&network, StreamOptions::default())?;
            let start = Instant::now();
            stream.run(args.duration, |_| Ok(()))?;
            let seconds = start.elapsed().as_secs_f64();
            let neurons = network.neurons() as f64;
            let each = |count: u64| count as f64 / neurons / args.duration;
            let simulated = Self::simulated(args, &divided(usize::from(args.simulated)))?;
            let (interval, exchanges, bytes, spikes) = simulated;
            let others = f64::from(args.simulated) - 1.0;
            let share_of_others = others / f64::from(args.simulated);
            let spikes_each = spikes as f64 / exchanges as f64;
            Ok(Self {
                network: named.name,
                neurons: network.neurons(),
                in_degree: all / neurons,
                spikes: each(stream.spikes()),
                arrivals: each(stream.synaptic_events()),
                arrival_seconds: seconds / stream.synaptic_events().max(1) as f64,
                interval: interval as f64 * stream.window(),
                synapse_bytes: (network.synapse_bytes() as f64 - starts) / all,
                start_bytes: starts / neurons,
                neuron_bytes: stream.neuron_bytes() as f64 / neurons,
                draw_seconds,
                make_seconds,
                simulated_ranks: usize::from(args.simulated),
                exchanges,
                spikes_each,
                counted_bytes: bytes as f64 / exchanges as f64,
                pairs: Pairs::count(&network, &args.ranks),
                expected_bytes: others * HEAD_BYTES + spikes_each * share_of_others * SPIKE_BYTES,
            })
        })
    }

    /// The windows between two exchanges, exchanges, bytes that rank 0 received, and spikes.
    fn simulated(
        args: &ClusterArgs,
        described: &spikefront::network::NetworkBuilder,
    ) -> Result<(u64, u64, u64, u64)> {
        let ends = cluster(usize::from(args.simulated), PATIENCE, |ranks| {
            let share = described.clone().build_share(ranks.rank(), ranks.size())?;
            let mut stream = RankStream::new(share, StreamOptions::default(), ranks)?;
            let before = stream.traffic();
            stream.run(args.duration, |_| Ok(()))?;
            let after = stream.traffic();
            let bytes = after.received_bytes - before.received_bytes;
            let exchanges = after.exchanges - before.exchanges;
            Ok((stream.interval(), exchanges.max(1), bytes, stream.spikes()))
        });
        let all: Vec<_> = ends.into_iter().collect::<Result<_>>()?;
        Ok(all[0])
    }
}
