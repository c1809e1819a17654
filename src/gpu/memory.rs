//! How many slots fit: the budget, the adapter's binding limit, and what each slot takes.

use super::context::Context;
use super::kernel::Role;
use super::layout::{Arrival, INPUT_WORDS, SPIKES_NEEDED, Spike};
use super::schedule::Capacities;
use super::shown::Shown;
use super::tables::Tables;
use crate::{Error, Result};

/// Slots that are worth having at once: beyond, a device is busy already.
pub(super) const MOST_SLOTS: u64 = 4096;

/// What one interval between arrivals takes; `shaders/intervals.wgsl` has them.
const INTERVAL_BYTES: u64 = 16;

/// What the frame that it ends in takes; `shaders/frames.wgsl` has them.
const FRAME_BYTES: u64 = 32;

/// Bytes of each buffer that one slot takes.
pub(super) type PerSlot = Vec<(Role, u64)>;

/// What a simulation takes.
pub(super) fn simulation(tables: &Tables, capacities: &Capacities, shown: Shown) -> PerSlot {
    of_run(tables, capacities, shown, INTERVAL_BYTES)
}

fn of_run(tables: &Tables, capacities: &Capacities, shown: Shown, interval_bytes: u64) -> PerSlot {
    let n_windows = tables.plan.n_windows() as u64;
    let lists = u64::from(tables.n_lists);
    let shared = u64::from(tables.n_shared_lists);
    let arrivals = shared * u64::from(capacities.arrivals)
        + (lists - shared) * u64::from(capacities.own_arrivals);
    vec![
        (
            Role::Spikes,
            u64::from(tables.stretch()) * size_of::<Spike>() as u64,
        ),
        (
            Role::Windows,
            tables.sources.len() as u64 * (n_windows + 1) * 4,
        ),
        (Role::Arrivals, arrivals * size_of::<Arrival>() as u64),
        (
            Role::Intervals,
            (u64::from(capacities.arrivals) + 1) * interval_bytes,
        ),
        (Role::Counters, (lists + 1) * 4),
        (
            Role::States,
            (tables.neurons.len() * tables.receptors.state_words()) as u64 * 4,
        ),
        (
            Role::Fired,
            u64::from(capacities.fired) * size_of::<Spike>() as u64,
        ),
        (
            Role::Observed,
            (tables.n_readouts as usize * shown.n_shown() + shown.n_places(tables)) as u64 * 4,
        ),
    ]
}

/// What a simulation takes before forward propagation, which needs a frame for each interval.
pub(super) fn forward(tables: &Tables, capacities: &Capacities, shown: Shown) -> PerSlot {
    of_run(tables, capacities, shown, INTERVAL_BYTES + FRAME_BYTES)
}

/// What derivatives by the neurons' own values take, in bytes; `shaders/own_places.wgsl` divides them.
pub(super) fn own_values(tables: &Tables, shown: Shown) -> u64 {
    let n_rows = u64::from(tables.stretch() - tables.n_input_places());
    let n_shown = u64::from(tables.n_readouts) * shown.n_shown() as u64;
    let each = tables.receptors.own_derivatives() as u64;
    let words = tables.receptors.own_words() as u64;
    4 * (each * (n_rows + n_shown) + words * tables.neurons.len() as u64)
}

/// What packed spikes take, where those of populations have so many words.
pub(super) fn packed(tables: &Tables, words: u32) -> (Role, u64) {
    let n_inputs = tables.n_input_places();
    let n_fired = u64::from(tables.stretch() - n_inputs);
    let of_spikes = u64::from(INPUT_WORDS) * u64::from(n_inputs) + u64::from(words) * n_fired;
    (Role::Packed, 4 * (tables.sources.len() as u64 + of_spikes))
}

/// Bytes of the counters that belong to no slot.
pub(super) fn counters_head(tables: &Tables) -> u64 {
    (u64::from(SPIKES_NEEDED) + tables.sources.len() as u64) * 4
}

/// What one buffer may hold for slots: the adapter's limit, less room for what belongs to none.
pub(super) fn binding(context: &Context) -> u64 {
    let limits = &context.limits;
    let most = limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size);
    most.saturating_sub(1 << 16)
}

/// How many slots of `wanted` fit into the budget.
///
/// # Errors
/// Not even one does; the message says what would.
pub(super) fn slots(
    context: &Context,
    budget: u64,
    wanted: usize,
    per_slot: &PerSlot,
) -> Result<usize> {
    let total: u64 = per_slot.iter().map(|(_, bytes)| bytes).sum();
    let binding = binding(context);
    let mut slots = MOST_SLOTS.min(budget / total.max(1));
    for &(role, bytes) in per_slot {
        if bytes > binding {
            let remedy = format!(
                "the adapter binds no more at once; use a network of {:.1} times fewer {}, or the CPU engine",
                bytes as f64 / binding as f64,
                role.name(),
            );
            return Err(Error::memory(
                format!("one sample's {}", role.name()),
                bytes,
                binding,
                remedy,
            ));
        }
        slots = slots.min(binding / bytes.max(1));
    }
    if slots == 0 {
        let remedy = format!(
            "give a memory limit of {} MiB or more, or use a smaller network or the CPU engine",
            total.div_ceil(1 << 20)
        );
        return Err(Error::memory("one sample", total, budget, remedy));
    }
    Ok((slots as usize).min(wanted).max(1))
}
