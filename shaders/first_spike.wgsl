// Cross-entropy of the first spike times of a population with one neuron per class, and its derivatives
// (`src/loss/first_spike.rs` has the formula): one invocation is one sample. Needs types.wgsl, the words for
// currents and state.wgsl.

struct FirstSpikeParameters {
    // The output population: its first neuron among those of the network, and how many they are.
    first_unit: u32,
    population_size: u32,
    // The sample of the first slot, and how many samples the batch has.
    first_sample: u32,
    n_samples: u32,
    // tau_0, in ms.
    time_scale: f32,
    // gamma and tau_1, in ms, of the term that rewards early spikes.
    early_strength: f32,
    early_time_scale: f32,
    // Whether silent outputs count as absent; else as firing at the end of the run.
    leaves_silent_out: u32,
    // Of the run, in ms.
    duration: f32,
}

@group(0) @binding(0) var<uniform> parameters: FirstSpikeParameters;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(8) var<storage, read> states: array<State>;
// dL/d(spike time) comes first in it, `[slot x place]`, and is zero before.
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(17) var<storage, read> labels: array<u32>;
// For each sample its loss, and 1 where the class that fired first is its label.
@group(0) @binding(18) var<storage, read_write> results: array<vec2<f32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// An output's first spike; NONE where it is silent.
fn first_of(slot: u32, output: u32) -> u32 {
    return states[slot * sizes.n_units + parameters.first_unit + output].first;
}

// When an output first fires, since the start of the run; the silent count as firing at its end.
fn time_of(slot: u32, output: u32) -> f32 {
    let place = first_of(slot, output);
    if (place == NONE) {
        return parameters.duration;
    }
    let spike = spikes[slot * sizes.spikes_capacity + place];
    return f32(spike.window) * sizes.window_length + spike.time;
}

fn counts(slot: u32, output: u32) -> bool {
    return parameters.leaves_silent_out != 1u || first_of(slot, output) != NONE;
}

@compute @workgroup_size(WORKGROUP)
fn first_spike(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.x;
    if (slot >= sizes.n_slots) {
        return;
    }
    let sample = parameters.first_sample + slot;
    let label = labels[sample];
    // The earliest, the lower of two at once.
    var chosen = NONE;
    var earliest = NEVER;
    for (var k = 0u; k < parameters.population_size; k += 1u) {
        let time = time_of(slot, k);
        if (first_of(slot, k) != NONE && time < earliest) {
            earliest = time;
            chosen = k;
        }
    }
    let is_correct = f32(chosen == label);
    results[sample] = vec2<f32>(0.0, is_correct);
    if (parameters.leaves_silent_out != 0u && first_of(slot, label) == NONE) {
        return;
    }
    // Relative to the label's time, so that the exponentials are of differences.
    let own = time_of(slot, label);
    var largest = 0.0;
    for (var k = 0u; k < parameters.population_size; k += 1u) {
        if (counts(slot, k)) {
            largest = max(largest, (own - time_of(slot, k)) / parameters.time_scale);
        }
    }
    var sum = 0.0;
    for (var k = 0u; k < parameters.population_size; k += 1u) {
        if (counts(slot, k)) {
            sum += exp((own - time_of(slot, k)) / parameters.time_scale - largest);
        }
    }
    var loss = largest + log(sum);
    let share = 1.0 / f32(parameters.n_samples);
    for (var k = 0u; k < parameters.population_size; k += 1u) {
        let place = first_of(slot, k);
        if (place == NONE) {
            continue;
        }
        let probability = exp((own - time_of(slot, k)) / parameters.time_scale - largest) / sum;
        var slope = (f32(k == label) - probability) / parameters.time_scale;
        if (k == label && parameters.early_strength > 0.0) {
            slope += parameters.early_strength / parameters.early_time_scale * exp(own / parameters.early_time_scale);
        }
        adjoints[slot * sizes.spikes_capacity + place] = share * slope;
    }
    if (parameters.early_strength > 0.0) {
        loss += parameters.early_strength * (exp(own / parameters.early_time_scale) - 1.0);
    }
    results[sample].x = loss;
}
