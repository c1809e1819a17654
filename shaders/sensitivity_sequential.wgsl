// A sequential stage's sensitivities through a window, spike after spike: one invocation is one column of one
// slot. A neuron is carried on when it spikes, and at the window's end if it will spike again.
// Needs types.wgsl, windows.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, slope.wgsl, first_arrival.wgsl,
// exponentials.wgsl, propagate.wgsl, hold.wgsl, column.wgsl, tile.wgsl, tile_state.wgsl, own_places.wgsl, own_column.wgsl, carry.wgsl,
// carry_spikes.wgsl, and of one current or several the words for them and the flow.

struct SensitivitySequentialParameters {
    // The stage.
    populations: array<StagePopulation, STAGE_POPULATIONS>,
    // How many of them there are.
    n_populations: u32,
    // The window.
    window: u32,
    // Events that an invocation may work through in this dispatch.
    most_events: u32,
    // How many of the window's spikes the dispatches before have met.
    n_met: u32,
    // The tile: its first column, how many it has, and for how many there is room.
    first_column: u32,
    n_columns: u32,
    tile_width: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivitySequentialParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// How far each population's spikes have been met, and how many there are.
var<private> met: array<u32, STAGE_POPULATIONS>;
var<private> ends: array<u32, STAGE_POPULATIONS>;

// The next spike of the stage, in order of (time, unit); NONE after the last.
fn choose(slot: u32) -> vec2<u32> {
    var best = vec2<u32>(NONE, NONE);
    var best_time = NEVER;
    var whose = 0u;
    for (var p = 0u; p < parameters.n_populations; p += 1u) {
        if (met[p] == ends[p]) {
            continue;
        }
        let population = parameters.populations[p];
        let spike = spike_of(slot, population.source_base + met[p]);
        let unit = population.first_unit + spike.unit;
        if (best.x == NONE || spike.time < best_time || (spike.time == best_time && unit < best.y)) {
            best = vec2<u32>(population.source_base + met[p], unit);
            best_time = spike.time;
            whose = p;
        }
    }
    if (best.x != NONE) {
        met[whose] += 1u;
    }
    return best;
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity_sequential(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_columns) {
        return;
    }
    let slot = id.y;
    let column = columns[parameters.first_column + id.x];
    for (var p = 0u; p < parameters.n_populations; p += 1u) {
        let window = window_at(slot, parameters.populations[p].source, parameters.window);
        met[p] = windows[window];
        ends[p] = windows[window + 1u];
    }
    // A dispatch meets so many spikes, after those that the dispatches before it have met.
    for (var k = 0u; k < parameters.n_met + parameters.most_events; k += 1u) {
        let chosen = choose(slot);
        if (chosen.x == NONE) {
            break;
        }
        if (k < parameters.n_met) {
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
