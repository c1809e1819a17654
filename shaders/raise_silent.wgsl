// Raises the incoming weights of neurons that were silent over the whole batch (`src/train/remedy.rs`): one
// invocation is one weight. Needs types.wgsl and void_step.wgsl.

struct RaiseSilentParameters {
    // Parameters of the network.
    n_values: u32,
    // Weights that may be raised: the first columns.
    n_weights: u32,
    // By how much a weight is raised, and whether each has a direction of its own by which that is multiplied.
    amount: f32,
    has_directions: u32,
}

@group(0) @binding(0) var<uniform> parameters: RaiseSilentParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(16) var<storage, read> totals: array<f32>;
// One number for each value, where there are directions.
@group(0) @binding(42) var<storage, read> directions: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn raise_silent(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix >= parameters.n_weights || is_void_step()) {
        return;
    }
    let column = columns[ix];
    let is_silent = totals[3u * parameters.n_values + column.unit] == 0.0;
    if (is_silent && neurons[column.unit].threshold != NONE) {
        var amount = parameters.amount;
        if (parameters.has_directions != 0u) {
            amount *= directions[column.value];
        }
        values[column.value] += amount;
    }
}
