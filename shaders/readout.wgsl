// A population without threshold: one invocation takes one neuron of one slot through its
// arrivals, and records its voltage at the requested times, the integral of V, and where it is asked for the largest V.
//
// Integrating both equations over the run: the integral of I is (total weight arrived - I(T)) / a, of several the sum of theirs;
// that of V above the drive is (V(0) - V(T) + the integral of I) / b.
// The largest V is that of the start, of a maximum between arrivals, of an arrival that turns V down, or of the end.
// Needs types.wgsl, state.wgsl, arrival.wgsl, counters.wgsl, exponentials.wgsl, moments.wgsl, propagate.wgsl, and of one current or
// several the words for them, the flow and what is highest.

struct ReadoutParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether it is the first dispatch over this window, and the last.
    is_first_pass: u32,
    is_last_pass: u32,
    // Whether neurons start the run.
    is_run_start: u32,
    // Events that an invocation may work through in this dispatch.
    most_events: u32,
    // The population: its first neuron among those of the network, how many they are, and where they lie among those of
    // all readouts.
    first_unit: u32,
    population_size: u32,
    readout: u32,
    // Which of the requested times lie in this window.
    first_requested: u32,
    end_requested: u32,
    // Of the run, in ms.
    duration: f32,
}

@group(0) @binding(0) var<uniform> parameters: ReadoutParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(8) var<storage, read_write> states: array<State>;
// Requested times, since the start of their windows.
@group(0) @binding(10) var<storage, read> requested: array<f32>;
// [slot][readout neuron][integral, then each requested time, then the largest voltage]; then
// [slot][readout neuron] where that was: MAXIMUM_WORDS.
@group(0) @binding(11) var<storage, read_write> observed: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// Where V is highest in an interval.
struct Highest {
    potential: f32,
    // NEVER where the potential falls from the start on.
    time: f32,
    // dV/dt there: zero inside the interval.
    slope: f32,
    // Whether it rises from the start on.
    is_rising: bool,
}

// Where the largest voltage so far, above the drive, lies; and where it was.
fn largest_at(row: u32) -> u32 {
    return row * sizes.n_shown + 1u + sizes.n_times;
}

fn place_at(row: u32) -> u32 {
    return sizes.n_slots * sizes.n_readouts * sizes.n_shown + row * MAXIMUM_WORDS;
}

// Raises the largest voltage to that of an interval from the state `before` to the state `there`.
fn raise(neuron: Neuron, row: u32, before: Pair, there: Pair, start: f32, until: f32) {
    if (until <= start) {
        return;
    }
    let found = highest(neuron, before, there, start, until);
    let largest = observed[largest_at(row)];
    // Rising from the largest so far it is later, though rounding may not show by how much it is larger.
    let goes_on = found.is_rising && before.x == largest && found.potential == largest;
    if (found.time == NEVER || (found.potential <= largest && !goes_on)) {
        return;
    }
    // A window's end is the start of the next, where what arrives at that moment is met.
    let is_next = found.time >= parameters.window_end && parameters.window + 1u < sizes.n_windows;
    let place = place_at(row);
    observed[largest_at(row)] = found.potential;
    observed[place] = f32(parameters.window + u32(is_next));
    observed[place + 1u] = select(found.time, 0.0, is_next);
    observed[place + 2u] = found.slope;
}

@compute @workgroup_size(WORKGROUP)
fn readout(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= parameters.population_size) {
        return;
    }
    let unit = parameters.first_unit + id.x;
    let at = slot * sizes.n_units + unit;
    let neuron = neurons[unit];
    let row = slot * sizes.n_readouts + parameters.readout + id.x;
    let out = row * sizes.n_shown;
    let has_maximum = sizes.n_shown > 1u + sizes.n_times;
    let list = slot * sizes.n_lists + neuron.list;
    let first = arrivals_in(slot, neuron.list);
    let n_arrivals = atomicLoad(&counters[list_counter(list)]);
    var state = states[at];
    if (parameters.is_run_start != 0u) {
        state = state_at_start(neuron);
        observed[out] = 0.0;
        if (has_maximum) {
            observed[largest_at(row)] = state.potential;
            for (var word = 0u; word < MAXIMUM_WORDS; word += 1u) {
                observed[place_at(row) + word] = 0.0;
            }
        }
    } else if (parameters.is_first_pass != 0u) {
        state.time = 0.0;
        state.cursor = 0u;
    }
    if (parameters.is_first_pass != 0u) {
        // Which requested time is next.
        state.fired = parameters.first_requested;
    }
    var budget = parameters.most_events;
    while (state.cursor != NONE && budget > 0u) {
        budget -= 1u;
        var until = parameters.window_end;
        let is_arrival = state.cursor < n_arrivals;
        var arrival: Arrival;
        if (is_arrival) {
            arrival = arrivals[first + state.cursor];
            until = arrival.time;
        }
        let is_request = state.fired < parameters.end_requested && requested[state.fired] <= until;
        if (is_request) {
            until = requested[state.fired];
        }
        let flow = flow_over(rates_of(neuron), neuron.membrane_rate, max(until - state.time, 0.0));
        let before = Pair(state.potential, state.current);
        let there = advance_by(flow, before);
        // The end of the run turns what is collected into the integral.
        if (!COLLECTS_WEIGHTS) {
            observed[out] -= total(before.y * flow.synapse / rates_of(neuron));
        }
        if (has_maximum) {
            raise(neuron, row, before, there, state.time, until);
        }
        state.potential = there.x;
        state.current = there.y;
        state.time = max(until, state.time);
        if (is_request) {
            observed[out + 1u + state.fired] = state.potential + neuron.rest_potential;
            state.fired += 1u;
        } else if (is_arrival) {
            let weight = values[arrival.weights + id.x];
            state.current = added(state.current, receptor_of(arrival), weight);
            if (COLLECTS_WEIGHTS) {
                observed[out] += weight;
            }
            state.cursor += 1u;
        } else {
            state.cursor = NONE;
            if (parameters.window + 1u == sizes.n_windows) {
                var charge = observed[out];
                if (COLLECTS_WEIGHTS) {
                    charge = charge_of(neuron, charge, state.current);
                }
                observed[out] = neuron.rest_potential * parameters.duration
                    + (neuron.initial - state.potential + charge) / neuron.membrane_rate;
                if (has_maximum) {
                    observed[largest_at(row)] += neuron.rest_potential;
                }
            }
        }
    }
    if (parameters.is_last_pass != 0u && state.cursor != NONE) {
        atomicMax(&counters[UNFINISHED], sizes.n_windows - parameters.window);
    }
    states[at] = state;
}
