// How `adjoints` is divided: the derivatives of the loss by spike times, the sweeps' state of every
// neuron, and the adjoints of arrival times. Needs types.wgsl, the words for currents, and the kernel's `sizes` and `adjoints`.

// What a sweep keeps of a neuron between dispatches.
struct Lane {
    // dL/dV and dL/dI of each current.
    potential: f32,
    current: Currents,
    // How far back it has come, since the start of the window.
    time: f32,
    // How many of the window's arrivals are still before it.
    cursor: u32,
    // Its latest spike that is still before it, and whether it has passed that spike's release; of a readout how many
    // requested times are still before it, and whether its largest voltage is.
    own: u32,
    is_held: bool,
    // Where it stands at a spike: what rounding took from the time.
    remainder: f32,
}

// Those, and how many of a population's spikes a sequential stage has still to meet.
const LANE_WORDS: u32 = 7u + CURRENT_WORDS;
const REMAINING_WORD: u32 = 5u;
const FIRST_CURRENT_WORD: u32 = 7u;

fn spike_adjoint(slot: u32, place: u32) -> u32 {
    return slot * sizes.spikes_capacity + place;
}

fn lane_at(slot: u32, unit: u32) -> u32 {
    return sizes.n_slots * sizes.spikes_capacity + (slot * sizes.n_units + unit) * LANE_WORDS;
}

// The adjoint of an arrival's time, the shares of a group of neurons added up; each group has room for `stride` arrivals.
fn arrival_adjoint(slot: u32, group: u32, place: u32, stride: u32) -> u32 {
    let first = sizes.n_slots * (sizes.spikes_capacity + sizes.n_units * LANE_WORDS);
    return first + slot * sizes.n_shares + group * stride + place;
}

// Numbers are exact up to 2^24, far more than a stretch holds; NONE is -1.
fn read_lane(slot: u32, unit: u32) -> Lane {
    let at = lane_at(slot, unit);
    let own = adjoints[at + 3u];
    var current = Currents();
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        current = with_current(current, k, adjoints[at + FIRST_CURRENT_WORD + k]);
    }
    return Lane(
        adjoints[at],
        current,
        adjoints[at + 1u],
        u32(adjoints[at + 2u]),
        select(u32(max(own, 0.0)), NONE, own < 0.0),
        adjoints[at + 4u] != 0.0,
        adjoints[at + 6u],
    );
}

fn write_lane(slot: u32, unit: u32, lane: Lane) {
    let at = lane_at(slot, unit);
    adjoints[at] = lane.potential;
    adjoints[at + 1u] = lane.time;
    adjoints[at + 2u] = f32(lane.cursor);
    adjoints[at + 3u] = select(f32(lane.own), -1.0, lane.own == NONE);
    adjoints[at + 4u] = f32(lane.is_held);
    adjoints[at + 6u] = lane.remainder;
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        adjoints[at + FIRST_CURRENT_WORD + k] = current_of(lane.current, k);
    }
}
