// Cross-entropy of the first spike times of a population with one neuron per class, and its derivatives
// (`src/loss/first_spike.rs` has the formula): one invocation is one sample. Needs types.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(8) var<storage, read> states: array<State>;
// dL/d(spike time) comes first in it, `[slot x place]`, and is zero before.
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(17) var<storage, read> labels: array<u32>;
// For each sample its loss, and 1 where the class that fired first is its label.
@group(0) @binding(18) var<storage, read_write> results: array<vec2<f32>>;

// An output's first spike; NONE where it is silent.
fn first_of(slot: u32, output: u32) -> u32 {
    return states[slot * step.n_units + step.first_unit + output].first;
}

// When an output first fires, since the start of the run; the silent count as firing at its end.
fn time_of(slot: u32, output: u32) -> f32 {
    let place = first_of(slot, output);
    if (place == NONE) {
        return step.duration;
    }
    let spike = spikes[slot * step.stretch + place];
    return f32(spike.window) * step.window_length + spike.time;
}

fn counts(slot: u32, output: u32) -> bool {
    return step.silent != 1u || first_of(slot, output) != NONE;
}

@compute @workgroup_size(WORKGROUP)
fn first_spike(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.x;
    if (slot >= step.n_slots) {
        return;
    }
    let sample = step.first_place + slot;
    let label = labels[sample];
    // The earliest, the lower of two at once.
    var chosen = NONE;
    var earliest = NEVER;
    for (var k = 0u; k < step.size; k += 1u) {
        let time = time_of(slot, k);
        if (first_of(slot, k) != NONE && time < earliest) {
            earliest = time;
            chosen = k;
        }
    }
    let is_correct = f32(chosen == label);
    results[sample] = vec2<f32>(0.0, is_correct);
    if (step.silent != 0u && first_of(slot, label) == NONE) {
        return;
    }
    // Relative to the label's time, so that the exponentials are of differences.
    let own = time_of(slot, label);
    var largest = 0.0;
    for (var k = 0u; k < step.size; k += 1u) {
        if (counts(slot, k)) {
            largest = max(largest, (own - time_of(slot, k)) / step.scale);
        }
    }
    var sum = 0.0;
    for (var k = 0u; k < step.size; k += 1u) {
        if (counts(slot, k)) {
            sum += exp((own - time_of(slot, k)) / step.scale - largest);
        }
    }
    var loss = largest + log(sum);
    let share = 1.0 / f32(step.n_samples);
    for (var k = 0u; k < step.size; k += 1u) {
        let place = first_of(slot, k);
        if (place == NONE) {
            continue;
        }
        let probability = exp((own - time_of(slot, k)) / step.scale - largest) / sum;
        var slope = (f32(k == label) - probability) / step.scale;
        if (k == label && step.early_strength > 0.0) {
            slope += step.early_strength / step.early_scale * exp(own / step.early_scale);
        }
        adjoints[slot * step.stretch + place] = share * slope;
    }
    if (step.early_strength > 0.0) {
        loss += step.early_strength * (exp(own / step.early_scale) - 1.0);
    }
    results[sample].x = loss;
}
