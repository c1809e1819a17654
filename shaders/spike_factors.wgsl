// By how much a spike's potential moves with the time of each arrival, in a run of one window, for a population whose neurons
// share a list of arrivals: the first matrix of product.wgsl. An arrival of weight w at t moves the potential at a time s by
//   w (a gain(s - t) - exp(-b (s - t)));
// one before V was set, at t0, by what is left of its current alone: w a exp(-a (t0 - t)) gain(s - t0).
// What the spike before moves is for spike_chain.wgsl. One invocation is one spike and ARRIVALS_OF_SPIKE arrivals, and more where
// a list has more than a dispatch has workgroups for.
// Needs types.wgsl, counters.wgsl, reached.wgsl, windows.wgsl, product.wgsl, spike_of.wgsl, jump.wgsl, hold.wgsl,
// exponentials.wgsl, currents_one.wgsl and flow.wgsl.

const ARRIVALS_OF_SPIKE: u32 = 16u;

struct SpikeFactorsParameters {
    // The population's first neuron among those of the network, which source it is, and where its spikes lie in a slot's
    // stretch.
    first_unit: u32,
    source: u32,
    source_base: u32,
    // With more spikes there is no product; and how many entries there is room for in a slot.
    most_spikes: u32,
    capacity: u32,
}

@group(0) @binding(0) var<uniform> parameters: SpikeFactorsParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(43) var<storage, read_write> factors: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// When V was last set before a spike; before the run where it never was.
fn set_at(slot: u32, neuron: Neuron, spike: Spike) -> f32 {
    let rule = reset_rule(neuron.refractory);
    if (spike.previous == NONE || rule == SUBTRACTS) {
        return -1.0;
    }
    let previous = spike_of(slot, spike.previous);
    return select(previous.time, release_of(neuron, previous).time, rule == HOLDS);
}

@compute @workgroup_size(WORKGROUP)
fn spike_factors(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slot = id.z;
    let row = id.x;
    let list = list_of(slot, neurons[parameters.first_unit]);
    let n_rows = n_product_rows(slot, parameters.source, list, parameters.most_spikes);
    let n = counters[list_counter(list)];
    let first_place = arrivals_of(list);
    if (row >= n_rows) {
        return;
    }
    let spike = spike_of(slot, parameters.source_base + row);
    let neuron = neurons[parameters.first_unit + spike.unit];
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let since = set_at(slot, neuron, spike);
    let left = a * flow_over(a, b, max(spike.time - since, 0.0) + spike.remainder).gain;
    for (var first = id.y * ARRIVALS_OF_SPIKE; first < n; first += groups.y * ARRIVALS_OF_SPIKE) {
        let end = min(n, first + ARRIVALS_OF_SPIKE);
        for (var k = first; k < end; k += 1u) {
            let arrival = arrivals[first_place + k];
            var factor = 0.0;
            if (arrival.time < since) {
                factor = left * exp(-a * (since - arrival.time));
            } else if (arrival.time < spike.time) {
                let flow = flow_over(a, b, (spike.time - arrival.time) + spike.remainder);
                factor = a * flow.gain - (1.0 + flow.membrane);
            }
            if (factor != 0.0) {
                factor *= values[arrival.weights + spike.unit];
            }
            factors[factor_at(slot, parameters.capacity, n_rows, k, row)] = factor;
        }
    }
}
