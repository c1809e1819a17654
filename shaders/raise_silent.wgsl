// Raises the incoming weights of neurons that were silent over the whole batch (`src/train/remedy.rs`): one
// invocation is one weight. Needs types.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(16) var<storage, read> totals: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn raise_silent(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    // A run that had too little room is void: the host repeats it.
    if (ix >= step.n_columns || counters[OVERFLOW] != 0u || counters[UNFINISHED] != 0u) {
        return;
    }
    let column = columns[ix];
    let is_silent = totals[3u * step.n_values + column.unit] == 0.0;
    if (is_silent && neurons[column.unit].threshold != NONE) {
        values[column.value] += step.scale;
    }
}
