// What a finished sweep says of the own values of a population's neurons: one workgroup is one slot. A value that neurons
// share is the sum over them, in a fixed order: each invocation takes every WORKGROUP-th, then theirs are added in pairs.
// Needs types.wgsl, the words for currents, state.wgsl, jump.wgsl, slope.wgsl, lanes.wgsl, tile.wgsl and own_places.wgsl.

struct OwnValuesSumParameters {
    // The population: its first neuron among those of the network, how many they are, and where they lie among those of
    // all readouts, NONE where it fires.
    first_unit: u32,
    population_size: u32,
    readout: u32,
    // For how many columns there is room in the tile before: none.
    tile_width: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: OwnValuesSumParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(8) var<storage, read> states: array<State>;
// [slot][readout neuron][dL/d integral, then dL/dV at each requested time, then dL/d largest voltage].
@group(0) @binding(11) var<storage, read> observed: array<f32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(15) var<storage, read> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// Derivatives by a neuron's own values.
struct OwnSum {
    membrane: f32,
    synapse: Currents,
    rest: f32,
    initial: f32,
}

var<workgroup> sums: array<OwnSum, WORKGROUP>;

fn own_at(at: u32) -> OwnSum {
    var synapse = Currents();
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        synapse = with_current(synapse, k, sensitivities[at + 1u + k]);
    }
    let rest = at + 1u + CURRENT_WORDS;
    return OwnSum(sensitivities[at], synapse, sensitivities[rest], sensitivities[rest + 1u]);
}

fn plus(x: OwnSum, factor: f32, y: OwnSum) -> OwnSum {
    return OwnSum(
        x.membrane + factor * y.membrane,
        x.synapse + factor * y.synapse,
        x.rest + factor * y.rest,
        x.initial + factor * y.initial,
    );
}

// That of a neuron, spike after spike or one shown number after another.
fn own_gradient(slot: u32, unit: u32, neuron: Neuron) -> OwnSum {
    let sample = slot * sizes.sample_stride;
    var sum = OwnSum();
    if (parameters.readout != NONE) {
        let readout = parameters.readout + unit - parameters.first_unit;
        for (var shown = 0u; shown < sizes.n_shown; shown += 1u) {
            let cotangent = observed[(slot * sizes.n_readouts + readout) * sizes.n_shown + shown];
            if (cotangent != 0.0) {
                sum = plus(sum, cotangent, own_at(own_shown_at(sample, readout, shown)));
            }
        }
        return sum;
    }
    var place = states[sample * sizes.n_units + unit].first;
    while (place != NONE) {
        let spike = spikes[sample * sizes.spikes_capacity + place];
        let slope = max(spike.slope, slope_floor(neuron));
        sum = plus(sum, -adjoints[spike_adjoint(slot, place)] / slope, own_at(own_spike_at(sample, place)));
        place = spike.next;
    }
    return sum;
}

// Writes one of them: of each neuron, or of all that share it once `is_total`.
fn put(slot: u32, first: u32, last: u32, place: u32, value: f32, is_total: bool) {
    let is_shared = first == last && parameters.population_size > 1u;
    if (is_shared == is_total) {
        gradient[slot * sizes.n_values + place] += value;
    }
}

fn put_all(slot: u32, neuron: Neuron, sum: OwnSum, is_total: bool) {
    let first = neurons[parameters.first_unit];
    let last = neurons[parameters.first_unit + parameters.population_size - 1u];
    put(slot, first.tau_membrane, last.tau_membrane, neuron.tau_membrane, sum.membrane, is_total);
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        let value = current_of(sum.synapse, k);
        put(slot, first.tau_synapse[k], last.tau_synapse[k], neuron.tau_synapse[k], value, is_total);
    }
    put(slot, first.rest, last.rest, neuron.rest, sum.rest, is_total);
    put(slot, first.initial_place, last.initial_place, neuron.initial_place, sum.initial, is_total);
}

@compute @workgroup_size(WORKGROUP)
fn own_values_sum(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.x;
    var total = OwnSum();
    for (var ix = lane_ix; ix < parameters.population_size; ix += WORKGROUP) {
        let unit = parameters.first_unit + ix;
        let sum = own_gradient(slot, unit, neurons[unit]);
        put_all(slot, neurons[unit], sum, false);
        total = plus(total, 1.0, sum);
    }
    sums[lane_ix] = total;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane_ix < half) {
            sums[lane_ix] = plus(sums[lane_ix], 1.0, sums[lane_ix + half]);
        }
        workgroupBarrier();
    }
    if (lane_ix == 0u) {
        put_all(slot, neurons[parameters.first_unit], sums[0], true);
    }
}
