// Cross-entropy of what the neurons of a readout show, one per class, and its derivatives in place of what all readouts show
// (`src/loss/scores.rs` has the formula): one invocation is one sample. Needs types.wgsl.

struct ReadoutCrossEntropyParameters {
    // Where the readout's neurons lie among those of all readouts, and how many they are.
    readout: u32,
    population_size: u32,
    // Which of the numbers that they show is meant, and its factor.
    shown: u32,
    scale: f32,
    // The sample of the first slot, and how many samples the batch has.
    first_sample: u32,
    n_samples: u32,
}

@group(0) @binding(0) var<uniform> parameters: ReadoutCrossEntropyParameters;
// Behind the requested times: where the largest voltages were, as sweeps read it.
@group(0) @binding(10) var<storage, read_write> requested: array<f32>;
// [slot][readout neuron][integral, then each requested time, then the largest voltage]; then
// [slot][readout neuron] where that was: MAXIMUM_WORDS.
@group(0) @binding(11) var<storage, read_write> observed: array<f32>;
@group(0) @binding(17) var<storage, read> labels: array<u32>;
// For each sample its loss, and 1 where the class of the largest number is its label.
@group(0) @binding(18) var<storage, read_write> results: array<vec2<f32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

fn shown_at(slot: u32, k: u32) -> u32 {
    return (slot * sizes.n_readouts + parameters.readout + k) * sizes.n_shown + parameters.shown;
}

fn score(slot: u32, k: u32) -> f32 {
    return parameters.scale * observed[shown_at(slot, k)];
}

// Puts where the largest voltages of a slot were behind the requested times.
fn move_places(slot: u32) {
    if (sizes.n_shown == 1u + sizes.n_times) {
        return;
    }
    let n = sizes.n_readouts * MAXIMUM_WORDS;
    let behind = sizes.n_slots * sizes.n_readouts * sizes.n_shown;
    for (var word = slot * n; word < (slot + 1u) * n; word += 1u) {
        requested[sizes.n_times + word] = observed[behind + word];
    }
}

@compute @workgroup_size(WORKGROUP)
fn readout_cross_entropy(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.x;
    if (slot >= sizes.n_slots) {
        return;
    }
    let sample = parameters.first_sample + slot;
    let label = labels[sample];
    // The largest, the lower of two equal ones.
    var chosen = 0u;
    for (var k = 1u; k < parameters.population_size; k += 1u) {
        if (observed[shown_at(slot, k)] > observed[shown_at(slot, chosen)]) {
            chosen = k;
        }
    }
    let largest = score(slot, chosen);
    var sum = 0.0;
    for (var k = 0u; k < parameters.population_size; k += 1u) {
        sum += exp(score(slot, k) - largest);
    }
    results[sample] = vec2<f32>(largest - score(slot, label) + log(sum), f32(chosen == label));
    move_places(slot);
    let share = parameters.scale / f32(parameters.n_samples);
    for (var row = 0u; row < sizes.n_readouts; row += 1u) {
        // For rows before the readout this wraps around to a number larger than any population.
        let k = row - parameters.readout;
        let is_output = k < parameters.population_size;
        var slope = 0.0;
        if (is_output) {
            slope = share * (exp(score(slot, k) - largest) / sum - f32(k == label));
        }
        for (var shown = 0u; shown < sizes.n_shown; shown += 1u) {
            let is_meant = is_output && shown == parameters.shown;
            observed[(slot * sizes.n_readouts + row) * sizes.n_shown + shown] = select(0.0, slope, is_meant);
        }
    }
}
