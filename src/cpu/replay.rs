//! A recorded sample, split by population, with everything that happened to it in order.

use super::arrivals::{
    Arrival, SourceSpikes, Sources, for_each_listed, gather_rows, gather_synapses, sort_key,
};
use super::compiled::{Compiled, CompiledPopulation};
use super::sample::SpikeColumns;
use super::turn::settle;
use crate::dynamics::{ResetRule, later};
use crate::event::{Maximum, Recording};

/// One sample of a recording as engines' sweeps need it.
pub(super) struct Replay<'a> {
    pub input: SourceSpikes<'a>,
    pub spikes: Vec<SpikeColumns>,
    /// For each population's spikes: their place among the sample's.
    pub places: Vec<Vec<u32>>,
    /// For each population: its readouts' maxima; empty where none were recorded.
    pub maxima: Vec<Vec<Maximum>>,
    /// Until when the sample was simulated, in ms.
    pub end: f64,
}

/// What a [`Replay`] owns.
#[derive(Debug, Default)]
pub(super) struct ReplayMemory {
    pub spikes: Vec<SpikeColumns>,
    pub places: Vec<Vec<u32>>,
    pub maxima: Vec<Vec<Maximum>>,
}

impl Sources for Replay<'_> {
    fn input(&self) -> SourceSpikes<'_> {
        self.input
    }

    fn population(&self, population: usize) -> SourceSpikes<'_> {
        let spikes = &self.spikes[population];
        SourceSpikes {
            times: &spikes.times,
            units: &spikes.units,
        }
    }
}

impl<'a> Replay<'a> {
    pub fn new(compiled: &Compiled<'a>, recording: &Recording, sample: usize) -> Self {
        Self::within(compiled, recording, sample, ReplayMemory::default())
    }

    /// In memory that was used before.
    pub fn within(
        compiled: &Compiled<'a>,
        recording: &Recording,
        sample: usize,
        memory: ReplayMemory,
    ) -> Self {
        let inputs = compiled.problem.inputs;
        let range = inputs.range(sample);
        let populations = &compiled.populations;
        let ReplayMemory {
            mut spikes,
            mut places,
            mut maxima,
        } = memory;
        spikes.resize_with(populations.len(), SpikeColumns::default);
        places.resize_with(populations.len(), Vec::new);
        for (spikes, places) in spikes.iter_mut().zip(&mut places) {
            spikes.clear();
            places.clear();
        }
        let all = recording.range(sample);
        let times = &recording.times()[all.clone()];
        let units = &recording.neurons()[all.clone()];
        let slopes = &recording.slopes()[all.clone()];
        let release_slopes = &recording.release_slopes()[all];
        let mut begin = 0;
        while let Some(&unit) = units.get(begin) {
            let ix = populations.partition_point(|p| p.first_unit <= unit as usize) - 1;
            let own = populations[ix].first_unit..populations[ix].first_unit + populations[ix].size;
            let run = units[begin..].iter();
            let end = begin
                + run
                    .take_while(|&&unit| own.contains(&(unit as usize)))
                    .count();
            places[ix].extend(begin as u32..end as u32);
            let spikes = &mut spikes[ix];
            spikes.times.extend_from_slice(&times[begin..end]);
            spikes.units.extend_from_slice(&units[begin..end]);
            spikes.slopes.extend_from_slice(&slopes[begin..end]);
            let slopes = &release_slopes[begin..end];
            spikes.release_slopes.extend_from_slice(slopes);
            begin = end;
        }
        maxima.resize_with(populations.len(), Vec::new);
        maxima.iter_mut().for_each(Vec::clear);
        for readout in recording.readouts() {
            let length = readout.maxima.len() / recording.n_samples();
            let here = &readout.maxima[sample * length..][..length];
            maxima[readout.population].extend_from_slice(here);
        }
        let mut replay = Self {
            input: SourceSpikes {
                times: &inputs.times()[range.clone()],
                units: &inputs.units()[range],
            },
            spikes,
            places,
            maxima,
            end: recording.ends()[sample],
        };
        settle(compiled, &mut replay);
        replay
    }
}

/// An event of a neuron's own, in the order of time; a release comes before a spike at the same time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OwnEvent {
    /// When, in ms.
    pub time: f64,
    /// Which neuron of the population.
    pub neuron: u32,
    /// Which spike of the population: an index into its columns.
    pub spike: u32,
    pub kind: OwnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnKind {
    /// The end of the hold that the spike began, at a later time.
    Release,
    /// The spike, and its reset where that takes no time.
    Spike,
}

/// A population's own events with `from < time <= to`, in ascending order.
pub(super) fn own_events(
    population: &CompiledPopulation,
    spikes: &SpikeColumns,
    window: (f64, f64),
) -> Vec<OwnEvent> {
    let mut events = Vec::new();
    gather_own_events(population, spikes, window, &mut events);
    events
}

/// Replaces `events` by a population's [`own_events`].
pub(super) fn gather_own_events(
    population: &CompiledPopulation,
    spikes: &SpikeColumns,
    (from, to): (f64, f64),
    events: &mut Vec<OwnEvent>,
) {
    let first = spikes.times.partition_point(|&time| time <= from);
    let last = spikes.times.partition_point(|&time| time <= to);
    let event = |ix: usize, time: f64, kind: OwnKind| OwnEvent {
        time,
        neuron: spikes.units[ix] - population.first_unit as u32,
        spike: ix as u32,
        kind,
    };
    events.clear();
    events.extend((first..last).map(|ix| event(ix, spikes.times[ix], OwnKind::Spike)));
    if population.longest_refractory > 0.0 {
        let begin = spikes
            .times
            .partition_point(|&time| later(time, population.longest_refractory) <= from);
        for ix in begin..last {
            let neuron = spikes.units[ix] as usize - population.first_unit;
            if let ResetRule::To { refractory, .. } = population.dynamics[neuron].reset {
                let time = later(spikes.times[ix], refractory);
                if refractory > 0.0 && time > from && time <= to {
                    events.push(event(ix, time, OwnKind::Release));
                }
            }
        }
        let order = |event: &OwnEvent| (event.kind as u64) << 32 | u64::from(event.neuron);
        events.sort_unstable_by_key(|event| sort_key(event.time, order(event)));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The hold after a spike of the population ends.
    Release { spike: u32 },
    /// A spike of the population.
    Spike { spike: u32 },
    /// A requested voltage.
    Voltage { time_ix: u32 },
    /// The largest voltage of a readout.
    Maximum { neuron: u32 },
    /// An arrival at every neuron of the population.
    Row { row: u32, origin: u32 },
    /// An arrival at one neuron of the population.
    Synapse { row: u32, origin: u32, neuron: u32 },
}

impl Kind {
    /// Events at one time are in the order of this, and then as they were found.
    fn order(&self) -> u64 {
        let (variant, first) = match *self {
            Self::Release { spike } => (0, spike),
            Self::Spike { spike } => (1, spike),
            Self::Voltage { time_ix } => (2, time_ix),
            Self::Maximum { neuron } => (3, neuron),
            Self::Row { row, .. } => (4, row),
            Self::Synapse { row, .. } => (5, row),
        };
        variant << 32 | u64::from(first)
    }
}

/// Something that happened to a population.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// When, in ms.
    pub time: f64,
    pub kind: Kind,
    /// Which of the populations that were asked for.
    pub member: u32,
}

/// Everything that happened to some populations in a window, in order: arrivals with
/// `from <= time < to`, their own events with `from < time <= to`.
pub(super) fn events(
    compiled: &Compiled<'_>,
    members: &[usize],
    (from, to): (f64, f64),
    replay: &Replay<'_>,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut arrivals: Vec<Arrival> = Vec::new();
    let options = compiled.problem.options;
    for (member, &ix) in members.iter().enumerate() {
        let population = &compiled.populations[ix];
        let member = member as u32;
        let event = |time: f64, kind: Kind| Event { time, kind, member };
        gather_rows(population, replay, (from, to), &mut arrivals);
        events.extend(arrivals.iter().map(|a| {
            let (row, origin) = (a.row, a.origin);
            event(a.time, Kind::Row { row, origin })
        }));
        if population.has_synaptic_delays {
            for neuron in 0..population.size {
                let values = compiled.values();
                gather_synapses(
                    population,
                    neuron,
                    values,
                    replay,
                    (from, to),
                    &mut arrivals,
                );
                events.extend(arrivals.iter().map(|a| {
                    let (row, origin, neuron) = (a.row, a.origin, neuron as u32);
                    event(
                        a.time,
                        Kind::Synapse {
                            row,
                            origin,
                            neuron,
                        },
                    )
                }));
            }
        }
        let values = compiled.values();
        for_each_listed(population, values, replay, (from, to), |a, neuron| {
            let (row, origin, neuron) = (a.row, a.origin, neuron as u32);
            events.push(event(
                a.time,
                Kind::Synapse {
                    row,
                    origin,
                    neuron,
                },
            ));
        });
        let own = own_events(population, &replay.spikes[ix], (from, to));
        events.extend(own.iter().map(|own| {
            let spike = own.spike;
            let kind = match own.kind {
                OwnKind::Release => Kind::Release { spike },
                OwnKind::Spike => Kind::Spike { spike },
            };
            event(own.time, kind)
        }));
        if !population.is_spiking {
            let is_last = to >= options.duration;
            let requested = options.voltage_times.iter().enumerate();
            events.extend(
                requested
                    .filter(|&(_, &time)| time >= from && (time < to || is_last && time <= to))
                    .map(|(ix, &time)| event(time, Kind::Voltage { time_ix: ix as u32 })),
            );
            let is_last = to >= replay.end;
            let maxima = (0..).zip(&replay.maxima[ix]);
            events.extend(
                maxima
                    .map(|(neuron, maximum)| event(maximum.time, Kind::Maximum { neuron }))
                    .filter(|e| e.time >= from && (e.time < to || is_last && e.time <= to)),
            );
        }
    }
    // Made of a few sorted runs, which a stable sort merges.
    events.sort_by_key(|event| sort_key(event.time, event.kind.order()));
    events
}
