// A sequential stage backward through a window: one workgroup is one slot and goes from spike to
// spike. Before a spike is met, every neuron has come back to it, so that all it caused at once is known;
// its shares are added in a fixed order. Each invocation keeps every WORKGROUP-th neuron.
// Needs types.wgsl, windows.wgsl, stage_neurons.wgsl, arrival.wgsl, arrival_back.wgsl, counters.wgsl, jump.wgsl, slope.wgsl,
// exponentials.wgsl, propagate.wgsl, hold.wgsl, lanes.wgsl, own_events.wgsl, and of one current or several the words for them and
// the flow.

struct AdjointSequentialParameters {
    // The stage.
    populations: array<StagePopulation, STAGE_POPULATIONS>,
    // How many of them there are.
    n_populations: u32,
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether it is the first dispatch over this window, and the last.
    is_first_pass: u32,
    is_last_pass: u32,
    // Events that an invocation may work through in this dispatch.
    most_events: u32,
    // For how many arrivals of each neuron there is room among the adjoints of arrival times.
    share_stride: u32,
    // Whether adjoints of delays are asked for.
    needs_delays: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: AdjointSequentialParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, WORKGROUP>;
// The spike to be met: its time, unit and place; NONE at the window's start.
var<workgroup> target_time: f32;
var<workgroup> target_unit: u32;
var<workgroup> target_place: u32;
var<workgroup> is_late: atomic<u32>;
var<workgroup> is_waiting: u32;

// How many of a population's spikes in this window are still to be met.
fn remaining_at(slot: u32, population: StagePopulation) -> u32 {
    return lane_at(slot, population.first_unit) + REMAINING_WORD;
}

// The latest spike of the stage that is still to be met; of two at a time that of the higher unit.
fn choose(slot: u32) {
    let sample = slot * sizes.sample_stride;
    target_place = NONE;
    target_time = -1.0;
    target_unit = NONE;
    for (var p = 0u; p < parameters.n_populations; p += 1u) {
        let population = parameters.populations[p];
        let left = u32(adjoints[remaining_at(slot, population)]);
        if (left == 0u) {
            continue;
        }
        let place = population.source_base + window_start(sample, population.source, parameters.window) + left - 1u;
        let spike = own_spike(slot, place);
        let unit = population.first_unit + spike.unit;
        if (target_place == NONE || spike.time > target_time || (spike.time == target_time && unit > target_unit)) {
            target_place = place;
            target_time = spike.time;
            target_unit = unit;
        }
    }
}

fn met(slot: u32) {
    for (var p = 0u; p < parameters.n_populations; p += 1u) {
        let population = parameters.populations[p];
        if (target_unit >= population.first_unit && target_unit < population.first_unit + population.size) {
            adjoints[remaining_at(slot, population)] -= 1.0;
        }
    }
}

// Back to a time through the neuron's release, if that lies after it. Spikes are met by all together.
fn walk_back(slot: u32, neuron: Neuron, lane: ptr<function, Lane>, to: f32) {
    let event = own_event(slot, neuron, *lane);
    if (event.kind == RELEASED && event.time > to) {
        flow_back(neuron, lane, event.time);
        back_through_release(slot, lane);
    }
    flow_back(neuron, lane, to);
}

@compute @workgroup_size(WORKGROUP)
fn adjoint_sequential(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.x;
    let sample = slot * sizes.sample_stride;
    let n_neurons = n_stage_neurons();
    if (parameters.is_first_pass != 0u) {
        for (var ix = lane_ix; ix < n_neurons; ix += WORKGROUP) {
            let unit = unit_of(ix);
            let neuron = neurons[unit];
            let list = sample * sizes.n_lists + neuron.list;
            var lane = read_lane(slot, unit);
            lane.time = parameters.window_end;
            lane.cursor = atomicLoad(&counters[list_counter(list)]);
            write_lane(slot, unit, lane);
        }
    }
    storageBarrier();
    if (lane_ix == 0u) {
        for (var p = 0u; p < parameters.n_populations && parameters.is_first_pass != 0u; p += 1u) {
            let population = parameters.populations[p];
            let first = window_start(sample, population.source, parameters.window);
            let end = window_start(sample, population.source, parameters.window + 1u);
            adjoints[remaining_at(slot, population)] = f32(end - first);
        }
        is_waiting = 0u;
    }
    var turns = parameters.most_events;
    loop {
        if (lane_ix == 0u) {
            choose(slot);
            atomicStore(&is_late, 0u);
        }
        workgroupBarrier();
        let time = workgroupUniformLoad(&target_time);
        let place = workgroupUniformLoad(&target_place);
        let unit_met = workgroupUniformLoad(&target_unit);
        // Back to the spike's time, through all arrivals at or after it.
        var sum = 0.0;
        for (var ix = lane_ix; ix < n_neurons; ix += WORKGROUP) {
            let unit = unit_of(ix);
            let neuron = neurons[unit];
            let list = sample * sizes.n_lists + neuron.list;
            let first = arrivals_in(sample, neuron.list);
            let own_ix = unit - neuron.first_unit;
            var lane = read_lane(slot, unit);
            while (turns > 0u && lane.cursor > 0u && arrivals[first + lane.cursor - 1u].time >= time) {
                turns -= 1u;
                lane.cursor -= 1u;
                let arrival = arrivals[first + lane.cursor];
                walk_back(slot, neuron, &lane, arrival.time);
                let x = back_through_arrival(slot, neuron, own_ix, lane, arrival);
                adjoints[arrival_adjoint(slot, ix, lane.cursor, parameters.share_stride)] = x;
            }
            if (lane.cursor > 0u && arrivals[first + lane.cursor - 1u].time >= time) {
                atomicStore(&is_late, 1u);
            } else {
                walk_back(slot, neuron, &lane, max(time, 0.0));
                // What the spike caused at once, also where another at the same time was met before.
                let n = atomicLoad(&counters[list_counter(list)]);
                for (var k = lane.cursor; k < n && place != NONE; k += 1u) {
                    let arrival = arrivals[first + k];
                    if (arrival.time != time) {
                        break;
                    }
                    if (arrival.origin == place) {
                        sum += adjoints[arrival_adjoint(slot, ix, k, parameters.share_stride)];
                    }
                }
            }
            write_lane(slot, unit, lane);
        }
        turns -= min(turns, 4u);
        if (turns == 0u) {
            atomicStore(&is_late, 1u);
        }
        sums[lane_ix] = sum;
        workgroupBarrier();
        if (lane_ix == 0u) {
            is_waiting = atomicLoad(&is_late);
            if (parameters.is_last_pass != 0u && is_waiting != 0u) {
                atomicMax(&counters[UNFINISHED], 1u);
            }
        }
        if (workgroupUniformLoad(&is_waiting) != 0u || place == NONE) {
            break;
        }
        for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
            if (lane_ix < half) {
                sums[lane_ix] += sums[lane_ix + half];
            }
            workgroupBarrier();
        }
        for (var ix = lane_ix; ix < n_neurons; ix += WORKGROUP) {
            let unit = unit_of(ix);
            if (unit == unit_met) {
                var lane = read_lane(slot, unit);
                adjoints[spike_adjoint(slot, place)] += sums[0];
                back_through_spike(slot, neurons[unit], &lane);
                write_lane(slot, unit, lane);
            }
        }
        storageBarrier();
        workgroupBarrier();
        if (lane_ix == 0u) {
            met(slot);
        }
    }
}
