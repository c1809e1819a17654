//! The states of all ranks, in one.

use std::ops::Range;

use super::RankStream;
use crate::network::NetworkInRows;
use crate::stream::{HeldNeuron, StreamState, UnderwaySpike};
use crate::{Error, Result};

/// Of one list: where a rank's neurons begin and end, how many of them are held, spikes on their way, and synaptic events.
const HEAD: usize = 5;

impl RankStream {
    /// On rank 0 where the simulation is, with the bits of [`CpuStream::state`](crate::cpu::stream::CpuStream::state) of one process;
    /// nothing elsewhere.
    ///
    /// # Errors
    /// A rank that is lost or has failed.
    pub fn gather_state(&mut self) -> Result<Option<StreamState>> {
        let network = self.stream.network();
        let mut state = self.stream.state();
        let own = packed(network, &network.own_neurons(), &state);
        let all = self.ranks.gather(own)?;
        if all.is_empty() {
            return Ok(None);
        }
        state.held.clear();
        state.underway.clear();
        state.synaptic_events = 0;
        let network = self.stream.network();
        for (rank, words) in all.iter().enumerate() {
            let whole = unpacked(network, words, &mut state);
            whole.ok_or_else(|| Error::rank(rank, "its state has another form"))?;
        }
        state.underway.sort_unstable_by_key(|spike| spike.id);
        state.underway.dedup_by_key(|spike| spike.id);
        Ok(Some(state))
    }
}

/// Where the numbers of some neurons lie among the potentials, then the currents of each receptor, of all.
fn reals(network: &NetworkInRows, own: &Range<u32>) -> impl Iterator<Item = Range<usize>> {
    let (own, neurons) = (own.clone(), network.neurons());
    (0..network.receptors()).map(move |receptor| {
        let first = receptor * neurons;
        first + own.start as usize..first + own.end as usize
    })
}

/// Where the arrivals of drives at some neurons lie among those at all, drive by drive.
fn driven(network: &NetworkInRows, own: &Range<u32>) -> Vec<Range<usize>> {
    let mut first = 0;
    let of_drive = network.drives.iter().map(|drive| {
        let neurons = &network.populations[drive.population].neurons;
        let within = |neuron: u32| {
            first + (neuron.clamp(neurons.start, neurons.end) - neurons.start) as usize
        };
        let range = within(own.start)..within(own.end);
        first += neurons.len();
        range
    });
    of_drive.collect()
}

/// What a rank has of a state, in words.
fn packed(network: &NetworkInRows, own: &Range<u32>, state: &StreamState) -> Vec<u64> {
    let mut words = vec![
        own.start.into(),
        own.end.into(),
        state.held.len() as u64,
        state.underway.len() as u64,
        state.synaptic_events,
    ];
    let bits = |values: &[f64]| {
        values
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    words.extend(bits(
        &state.potentials[own.start as usize..own.end as usize],
    ));
    for range in reals(network, own) {
        words.extend(bits(&state.currents[range]));
    }
    let arrivals = driven(network, own).into_iter().flatten();
    words.extend(arrivals.flat_map(|ix| {
        let (offset, number) = state.drives[ix];
        [offset.to_bits(), number]
    }));
    words.extend(
        state
            .held
            .iter()
            .flat_map(|held| [held.neuron.into(), held.window, held.release.to_bits()]),
    );
    words.extend(state.underway.iter().flat_map(|spike| {
        let from = u64::from(spike.source) << u32::BITS | u64::from(spike.number);
        [spike.id, from, spike.window, spike.offset.to_bits()]
    }));
    words
}

/// Adds what a rank has to the state of all; nothing where it is not as [`packed`] makes it.
fn unpacked(network: &NetworkInRows, words: &[u64], state: &mut StreamState) -> Option<()> {
    let (&[start, end, held, underway, events], mut rest) = words.split_first_chunk::<HEAD>()?;
    let mut take = |n: usize| {
        let (taken, left) = rest.split_at_checked(n)?;
        rest = left;
        Some(taken)
    };
    let own = u32::try_from(start).ok()?..u32::try_from(end).ok()?;
    let fill = |values: &mut [f64], words: &[u64]| {
        let pairs = values.iter_mut().zip(words);
        pairs.for_each(|(value, word)| *value = f64::from_bits(*word));
    };
    let potentials = state.potentials.get_mut(start as usize..end as usize)?;
    fill(potentials, take(own.len())?);
    for range in reals(network, &own) {
        fill(state.currents.get_mut(range)?, take(own.len())?);
    }
    for range in driven(network, &own) {
        let words = take(2 * range.len())?.as_chunks().0;
        let pairs = state.drives.get_mut(range)?.iter_mut().zip(words);
        pairs.for_each(|(next, &[offset, number])| *next = (f64::from_bits(offset), number));
    }
    let all = take(3 * held as usize)?.as_chunks().0.iter();
    state
        .held
        .extend(all.map(|&[neuron, window, release]| HeldNeuron {
            neuron: neuron as u32,
            window,
            release: f64::from_bits(release),
        }));
    let all = take(4 * underway as usize)?.as_chunks().0.iter();
    let all = all.map(|&[id, from, window, offset]| UnderwaySpike {
        id,
        source: (from >> u32::BITS) as u32,
        number: from as u32,
        window,
        offset: f64::from_bits(offset),
    });
    state.underway.extend(all);
    state.synaptic_events += events;
    Some(())
}
