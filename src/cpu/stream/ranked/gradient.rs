//! The gradient over several ranks.

use super::{RankStream, spikes};
use crate::Result;
use crate::cpu::stream::adjoint::{Found, Sweep};
use crate::cpu::stream::record::Window;
use crate::cpu::stream::simulation::Checkpoint;
use crate::engine::{StreamGradient, StreamGradientOptions};
use crate::network::NetworkShare;
use crate::ranks::Ranks;
use crate::stream::{StreamOptions, StreamSpike};

/// [`stream_gradient`](crate::cpu::stream::stream_gradient) over several ranks: the same bits as in one process with as many partitions.
///
/// `spikes` and `cotangent` are called on every rank with the spikes of all neurons, and `cotangent` must answer alike everywhere. The
/// gradient's weights and delays are those of this rank's synapses, in the order of [`NetworkShare::placed_synapses`]; all else is
/// complete on every rank. dL/d(spike time) travels back once for all windows that fit into the shortest delay.
///
/// ```
/// use spikefront::cpu::stream::{StreamGradientOptions, rank_gradient};
/// use spikefront::ranks::{PATIENCE, cluster};
///
/// let mut described = spikefront::networks::cuba(0.05, 1);
/// described.partitions(2);
/// let gradients = cluster(2, PATIENCE, |ranks| {
///     let share = described.clone().build_share(ranks.rank(), ranks.size())?;
///     let synapses = share.synapses();
///     let options = StreamGradientOptions::default();
///     let sum_of_times = |_: &[_], values: &mut [f64]| values.fill(1.0);
///     let gradient = rank_gradient(share, &options, 20.0, ranks, |_| Ok(()), sum_of_times)?;
///     Ok((synapses == gradient.weights.len() as u64, gradient.thresholds))
/// });
/// let gradients = gradients.into_iter().collect::<spikefront::Result<Vec<_>>>()?;
/// assert!(gradients[0].0 && gradients[0] == gradients[1]);
/// # Ok::<(), spikefront::Error>(())
/// ```
///
/// # Errors
/// As [`stream_gradient`](crate::cpu::stream::stream_gradient) and [`RankStream::new`]; a rank that is lost or has failed.
pub fn rank_gradient(
    share: NetworkShare,
    options: &StreamGradientOptions,
    until: f64,
    mut ranks: Ranks,
    mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    mut cotangent: impl FnMut(&[StreamSpike], &mut [f64]),
) -> Result<StreamGradient> {
    let checked = options.check(until);
    checked.inspect_err(|error| ranks.fail(error))?;
    let window = StreamOptions::default().window(options.window);
    let mut stream = RankStream::new(share, window, ranks)?;
    let ended = stream.gradient(options, until, &mut spikes, &mut cotangent);
    ended.inspect_err(|error| stream.ranks.fail(error))
}

impl RankStream {
    fn gradient(
        &mut self,
        options: &StreamGradientOptions,
        until: f64,
        spikes: &mut impl FnMut(&[StreamSpike]) -> Result<()>,
        cotangent: &mut impl FnMut(&[StreamSpike], &mut [f64]),
    ) -> Result<StreamGradient> {
        let mut checkpoints: Vec<Checkpoint> = Vec::new();
        while self.stream.end() < until {
            checkpoints.push(self.stream.checkpoint());
            let end = (self.stream.next_window() + options.segment) as f64 * self.window();
            self.run(end.min(until), &mut *spikes)?;
        }
        let mut sweep = Sweep::new(&self.stream, options, until);
        let mut end = self.stream.next_window();
        while let Some(checkpoint) = checkpoints.pop() {
            self.stream.restore(checkpoint);
            let windows = self.replay(end)?;
            end -= windows.len() as u64;
            for interval in windows.rchunks(self.fitting as usize) {
                let back = |window| sweep.window(&self.stream, window, cotangent);
                let own = interval.iter().rev().map(back).collect();
                sweep.add(exchanged(&mut self.ranks, own)?);
            }
        }
        let (drives, found) = sweep.own(&self.stream);
        let found = completed(&mut self.ranks, drives, found)?;
        Ok(found.completed(&self.stream))
    }

    /// Simulates the windows before number `end` again, and remembers them.
    fn replay(&mut self, end: u64) -> Result<Vec<Window>> {
        let mut windows = Vec::new();
        while self.stream.next_window() < end {
            let first = self.stream.next_window();
            let (mut own, mut passed) = (Vec::new(), Vec::new());
            while self.stream.next_window() < end.min(first + self.fitting) {
                own.extend(self.stream.advance()?);
                passed.push(Window::last(&self.stream));
            }
            let all = spikes::exchanged(&mut self.ranks, first, passed.len(), &own)?;
            for ((of, spikes), mut window) in (first..).zip(all).zip(passed) {
                self.stream.hand_on(of, &spikes);
                window.fired = self.stream.fired().to_vec();
                windows.push(window);
            }
        }
        Ok(windows)
    }
}

/// What the arrivals of each window of an interval, from the last to the first, add to earlier spikes on this rank; on all ranks, in the order
/// in which one process adds it up: window by window, partition by partition.
fn exchanged(ranks: &mut Ranks, own: Vec<Vec<(u64, f64)>>) -> Result<Vec<(u64, f64)>> {
    let counts = own.iter().map(|window| window.len() as u64);
    let values = own.iter().flatten();
    let values = values.flat_map(|&(id, value)| [id, value.to_bits()]);
    let all = ranks.all_gather(counts.chain(values).collect())?;
    let mut sorted = vec![Vec::new(); own.len()];
    for words in &all {
        let (counts, words) = words.split_at(own.len().min(words.len()));
        let mut values = words.as_chunks().0.iter();
        for (window, &count) in sorted.iter_mut().zip(counts) {
            let of_window = values.by_ref().take(count as usize);
            window.extend(of_window.map(|&[id, value]| (id, f64::from_bits(value))));
        }
    }
    Ok(sorted.concat())
}

/// What was found on this rank, with what others have found of neurons, drives and grazing spikes. Sums are in the order of partitions.
fn completed(ranks: &mut Ranks, drives: Vec<Vec<f64>>, found: Found) -> Result<Found> {
    let mut gradient = found.0;
    let mut gathered = |own: Vec<f64>| -> Result<Vec<f64>> {
        let all = ranks.all_gather(own.into_iter().map(f64::to_bits).collect())?;
        Ok(all.into_iter().flatten().map(f64::from_bits).collect())
    };
    let drives = gathered(drives.concat())?;
    gradient.neuron_thresholds = gathered(gradient.neuron_thresholds)?;
    gradient.initial_potentials = gathered(gradient.initial_potentials)?;
    gradient.drives.fill(0.0);
    if !gradient.drives.is_empty() {
        for of_part in drives.chunks(gradient.drives.len()) {
            let sums = gradient.drives.iter_mut().zip(of_part);
            sums.for_each(|(all, own)| *all += own);
        }
    }
    let all = ranks.all_gather(vec![gradient.grazing])?;
    gradient.grazing = all.iter().flatten().sum();
    Ok(Found(gradient))
}
