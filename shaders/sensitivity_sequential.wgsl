// A sequential stage's sensitivities through a window, spike after spike: one invocation is one column of one
// slot. A neuron is carried on when it spikes, and at the window's end if it will spike again.
// Needs types.wgsl, windows.wgsl, counters.wgsl, first_arrival.wgsl, flow.wgsl, hold.wgsl, tile.wgsl, tile_state.wgsl and carry.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;

// How far each member's spikes have been met, and how many there are.
var<private> met: array<u32, MEMBERS>;
var<private> ends: array<u32, MEMBERS>;

// The next spike of the stage, in order of (time, unit); NONE after the last.
fn choose(slot: u32) -> vec2<u32> {
    var best = vec2<u32>(NONE, NONE);
    var best_time = NEVER;
    var whose = 0u;
    for (var m = 0u; m < step.n_members; m += 1u) {
        if (met[m] == ends[m]) {
            continue;
        }
        let member = step.members[m];
        let spike = spike_of(slot, member.w + met[m]);
        let unit = member.x + spike.unit;
        if (best.x == NONE || spike.time < best_time || (spike.time == best_time && unit < best.y)) {
            best = vec2<u32>(member.w + met[m], unit);
            best_time = spike.time;
            whose = m;
        }
    }
    if (best.x != NONE) {
        met[whose] += 1u;
    }
    return best;
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity_sequential(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= step.n_columns) {
        return;
    }
    let slot = id.y;
    let column = columns[step.first_column + id.x];
    for (var m = 0u; m < step.n_members; m += 1u) {
        let window = window_at(slot, step.members[m].z, step.window);
        met[m] = windows[window];
        ends[m] = windows[window + 1u];
    }
    // A dispatch meets so many spikes, after those that the dispatches before it have met.
    for (var k = 0u; k < step.first_place + step.events; k += 1u) {
        let chosen = choose(slot);
        if (chosen.x == NONE) {
            break;
        }
        if (k < step.first_place) {
            continue;
        }
        let unit = chosen.y;
        let neuron = neurons[unit];
        let at = state_at(slot, unit, id.x);
        let state = read_state(at);
        let spike = spike_of(slot, chosen.x);
        var carried = resume(slot, neuron, state, spike.previous);
        carry(slot, neuron, unit - neuron.first_unit, column, id.x, &carried, spike.time, spike.remainder);
        fire(slot, neuron, column, id.x, chosen.x, &carried);
        write_state(at, Sensitivity(carried.potential, carried.current, spike.next));
    }
}
