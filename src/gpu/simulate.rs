//! Running the plan forward on the device, chunk by chunk of samples.

use std::ops::Range;

use super::blocks::{Kept, Standing, block};
use super::engine::{Inner, Statistics};
use super::fired::Fired;
use super::kernel::Role;
use super::layout::{
    ARRIVALS_NEEDED, FIRED_NEEDED, FIRED_WORDS, OVERFLOW, OWN_ARRIVALS_NEEDED, PAST_BUDGET,
    SPIKES_NEEDED, UNFINISHED,
};
use super::memory;
use super::packed::Packed;
use super::record;
use super::schedule::{self, Capacities, Request, Schedule};
use super::shown::Shown;
use super::tables::Tables;
use crate::event::Recording;
use crate::problem::{Problem, SimulationOptions};
use crate::{Error, Result};

/// How often a block is repeated with more room before something must be wrong.
pub(super) const MOST_REPEATS: usize = 40;

impl Inner<'_> {
    /// Simulates the whole batch.
    pub async fn simulate(&mut self, problem: &Problem<'_>) -> Result<Recording> {
        let mut recording = Recording {
            offsets: vec![0],
            duration: problem.options.duration,
            voltage_times: problem.options.voltage_times.clone(),
            made_of: Some(problem.fingerprint()),
            ..Recording::default()
        };
        let n_samples = problem.inputs.n_samples();
        let mut first = 0;
        while first < n_samples {
            first += self.simulate_chunk(problem, first, &mut recording).await?;
        }
        Ok(recording)
    }

    /// Simulates as many samples from `first` on as fit, and says how many these were.
    async fn simulate_chunk(
        &mut self,
        problem: &Problem<'_>,
        first: usize,
        recording: &mut Recording,
    ) -> Result<usize> {
        let mut kept: Option<Kept> = None;
        let mut repeats = 0;
        while repeats < MOST_REPEATS {
            repeats += 1;
            let capacities = self.capacities(problem);
            let tables = Tables::new(problem, &capacities.spikes)?;
            let wanted = problem.inputs.n_samples() - first;
            let shown = Shown::new(problem.options);
            let mut per_slot = memory::simulation(&tables, &capacities, shown);
            per_slot.push(memory::packed(&tables, FIRED_WORDS));
            let n_slots = memory::slots(self.context, self.budget, wanted, &per_slot)?;
            self.prepare(problem, &tables, &per_slot, n_slots)?;
            let request = Request::simulation(problem, n_slots);
            let mut schedule = Schedule::new(request.sizes(&tables, &capacities), tables.receptors);
            self.upload(&mut schedule, problem, &tables, first..first + n_slots)?;
            let mut standing = self.go_on(&tables, kept.take(), n_slots)?;
            loop {
                let windows = block(&tables, standing.as_ref().map_or(0, |from| from.window));
                let (end, is_last) = (windows.end, windows.end == tables.plan.n_windows());
                let n_windows = windows.len();
                let duration = problem.options.duration;
                schedule.append(&schedule::simulation(
                    &tables,
                    &capacities,
                    &request,
                    duration,
                    windows,
                ));
                self.record(&schedule).await?;
                schedule.clear();
                let [counters, observed, states, windows] =
                    self.look(&tables, &per_slot, n_slots, is_last).await?;
                let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&counters);
                if self.grow(problem, &tables, &counters, first, n_windows)? {
                    if let Some(standing) = standing {
                        kept = Some(self.keep(&tables, standing).await?);
                    }
                    break;
                }
                let observed: Vec<f32> = bytemuck::pod_collect_to_vec(&observed);
                if is_last {
                    let windows: Vec<u32> = bytemuck::pod_collect_to_vec(&windows);
                    let fired = Fired::new(&tables, &windows, n_slots);
                    let budget = problem.options.spike_budget as u64;
                    if let Some(slot) = (0..n_slots).find(|&slot| fired.of_slot(slot) > budget) {
                        return Err(past_budget(problem, first + slot));
                    }
                    self.harvest(recording, problem, schedule, (&tables, &fired), &observed)
                        .await?;
                    return Ok(n_slots);
                }
                standing = Some(Standing {
                    window: end,
                    n_slots,
                    states: bytemuck::pod_collect_to_vec(&states),
                    observed,
                });
                repeats = 0;
            }
        }
        Err(self
            .context
            .failure("a run did not end however much room it was given"))
    }

    /// After a block: counters, what readouts observed, and states; after the last block, instead of
    /// states, the table of windows.
    async fn look(
        &mut self,
        tables: &Tables,
        per_slot: &memory::PerSlot,
        n_slots: usize,
        is_last: bool,
    ) -> Result<[Vec<u8>; 4]> {
        let bytes = |role: Role, is_wanted: bool| {
            let found = per_slot.iter().find(|entry| is_wanted && entry.0 == role);
            (role, found.map_or(0, |entry| entry.1 * n_slots as u64))
        };
        let wanted = [
            (Role::Counters, memory::counters_head(tables)),
            bytes(Role::Observed, true),
            bytes(Role::States, !is_last),
            bytes(Role::Windows, is_last),
        ];
        let read = self.buffers.read(self.context, &wanted).await?;
        Ok(read.try_into().expect("as many as were wanted"))
    }

    /// Appends what was fired to a recording: the device packs it, so that no room is read. The schedule is empty.
    async fn harvest(
        &mut self,
        recording: &mut Recording,
        problem: &Problem<'_>,
        mut schedule: Schedule,
        (tables, fired): (&Tables, &Fired<'_>),
        observed: &[f32],
    ) -> Result<()> {
        let context = self.context;
        self.buffers
            .write(context, Role::Packed, 0, fired.firsts())?;
        schedule::pack_spikes(&mut schedule, tables, fired.most());
        self.record(&schedule).await?;
        let packed = self.buffers.get(Role::Packed).clone();
        let counts = (fired.n_slots(), fired.n_spikes());
        let append = |read: &[&[u8]]| {
            let spikes = |slot, source| fired.spikes(read[0], slot, source);
            record::append(recording, tables, problem, counts, spikes, observed);
        };
        let wanted = [(packed, fired.bytes())];
        self.buffers.read_mapped(context, &wanted, append).await
    }

    /// How much room a problem's run is given: what it needed before, or a first guess.
    pub fn capacities(&mut self, problem: &Problem<'_>) -> Capacities {
        let inputs = record::input_capacities(problem.network, problem.inputs);
        let guess = match self.starts_tight {
            true => record::least_capacities(problem.network, &inputs),
            false => record::first_capacities(problem.network, &inputs),
        };
        let held = self.capacities.get_or_insert_with(|| guess.clone());
        if held.spikes.len() != guess.spikes.len() {
            *held = guess;
        } else {
            for (held, guess) in held.spikes.iter_mut().zip(&guess.spikes) {
                *held = (*held).max(*guess);
            }
            held.arrivals = held.arrivals.max(guess.arrivals);
            held.own_arrivals = held.own_arrivals.max(guess.own_arrivals);
            held.fired = held.fired.max(guess.fired);
        }
        held.clone()
    }

    /// Makes room for a run, and writes what all of its slots share.
    pub fn prepare(
        &mut self,
        problem: &Problem<'_>,
        tables: &Tables,
        per_slot: &memory::PerSlot,
        n_slots: usize,
    ) -> Result<()> {
        let context = self.context;
        self.make_room(problem, tables, per_slot, n_slots)?;
        self.write_tables(tables)?;
        let values = problem.parameters.values();
        self.buffers.fill_values(context, values)?;
        self.buffers
            .ensure(context, Role::Totals, values.len() as u64 * 4)
    }

    /// Writes what tables say of neurons and projections.
    pub fn write_tables(&mut self, tables: &Tables) -> Result<()> {
        let context = self.context;
        self.buffers.fill(context, Role::Neurons, &tables.neurons)?;
        let projections: &[u32] = bytemuck::cast_slice(&tables.projections);
        let lists = tables.synapses.iter();
        let parts = lists.flat_map(|list| [list.firsts(), list.targets()]);
        let parts: Vec<&[u32]> = std::iter::once(projections).chain(parts).collect();
        let n_words: usize = parts.iter().map(|part| part.len()).sum();
        self.buffers
            .ensure(context, Role::Projections, n_words as u64 * 4)?;
        let mut first = 0;
        for part in parts {
            self.buffers
                .write(context, Role::Projections, first, part)?;
            first += part.len() as u64;
        }
        Ok(())
    }

    /// Makes room for a run, and writes when voltages are asked for.
    pub fn make_room(
        &mut self,
        problem: &Problem<'_>,
        tables: &Tables,
        per_slot: &memory::PerSlot,
        n_slots: usize,
    ) -> Result<()> {
        let context = self.context;
        for &(role, bytes) in per_slot {
            // What belongs to no slot, and comes first.
            let extra = match role {
                Role::Counters => memory::counters_head(tables),
                Role::Requested => problem.options.voltage_times.len() as u64 * 4,
                _ => 0,
            };
            self.buffers
                .ensure(context, role, bytes * n_slots as u64 + extra)?;
        }
        let requested: Vec<f32> = (0..tables.plan.n_windows())
            .flat_map(|window| {
                let times = &problem.options.voltage_times;
                let range = schedule::requested_in(tables, times, window);
                let start = tables.plan.bounds(window).0;
                times[range].iter().map(move |time| (time - start) as f32)
            })
            .collect();
        self.buffers.fill(context, Role::Requested, &requested)?;
        self.buffers
            .clear(context, Role::Counters, memory::counters_head(tables));
        Ok(())
    }

    /// Writes the inputs of samples, a slot for each, and schedules what brings them to their places.
    ///
    /// # Errors
    /// As of [`Buffers::write`](super::buffers::Buffers::write).
    pub fn upload(
        &mut self,
        schedule: &mut Schedule,
        problem: &Problem<'_>,
        tables: &Tables,
        samples: Range<usize>,
    ) -> Result<()> {
        let samples: Vec<usize> = samples.collect();
        let packed = Packed::new(tables, problem, &samples, None);
        self.write_packed(&packed)?;
        schedule::spread_inputs(schedule, tables, &packed.most, samples.len() as u32);
        Ok(())
    }

    /// Writes packed spikes.
    ///
    /// # Errors
    /// As of [`Buffers::write`](super::buffers::Buffers::write).
    pub fn write_packed(&mut self, packed: &Packed) -> Result<()> {
        let Packed { windows, words, .. } = packed;
        self.buffers
            .write(self.context, Role::Windows, 0, windows)?;
        self.buffers.write(self.context, Role::Packed, 0, words)
    }

    /// Looks at what `n_windows` of a run needed; true if they had too little and must be repeated with more.
    pub fn grow(
        &mut self,
        problem: &Problem<'_>,
        tables: &Tables,
        counters: &[u32],
        first: usize,
        n_windows: usize,
    ) -> Result<bool> {
        let read = |ix: u32| counters[ix as usize];
        if read(PAST_BUDGET) != 0 {
            let sample = first + read(PAST_BUDGET) as usize - 1;
            return Err(past_budget(problem, sample));
        }
        if read(OVERFLOW) == 0 && read(UNFINISHED) == 0 {
            return Ok(false);
        }
        self.statistics.repeats += 1;
        self.statistics.repeated_windows += n_windows;
        let Statistics { grown_buffers, .. } = &mut *self.statistics;
        let capacities = self
            .capacities
            .as_mut()
            .expect("a run that needed more had some");
        // Twice as much as there was, but no more than a run within its budget can fill.
        let mut grow = |held: &mut u32, needed: u32, most: u32| {
            if needed > *held {
                *held = needed.max(held.saturating_mul(2).min(most));
                *grown_buffers += 1;
            }
        };
        let budget = schedule::spike_budget(problem);
        grow(&mut capacities.fired, read(FIRED_NEEDED), budget);
        for (source, held) in capacities
            .spikes
            .iter_mut()
            .enumerate()
            .skip(tables.n_inputs())
        {
            grow(held, read(SPIKES_NEEDED + source as u32), budget);
        }
        let spikes = capacities
            .spikes
            .iter()
            .fold(0, |n: u32, &more| n.saturating_add(more));
        let most = spikes.saturating_mul(tables.projections.len() as u32);
        grow(&mut capacities.arrivals, read(ARRIVALS_NEEDED), most);
        let needed = read(OWN_ARRIVALS_NEEDED);
        grow(&mut capacities.own_arrivals, needed, u32::MAX);
        if read(UNFINISHED) != 0 {
            capacities.patience = capacities.patience.saturating_mul(4);
        }
        debug_assert!(tables.sources.len() == capacities.spikes.len());
        Ok(true)
    }
}

fn past_budget(problem: &Problem<'_>, sample: usize) -> Error {
    let SimulationOptions {
        spike_budget,
        duration,
        ..
    } = *problem.options;
    Error::spike_budget(sample, spike_budget, duration)
}
