// The gradient of one loss from a tile of columns: the derivatives of spike times and readouts times those of the
// loss by them. One invocation is one column of one slot, its terms added in the order of places.
// Needs types.wgsl, windows.wgsl, tile.wgsl and lanes.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(11) var<storage, read> observed: array<f32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read> sensitivities: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn contract(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= step.n_columns) {
        return;
    }
    let slot = id.y;
    let column = columns[step.first_column + id.x];
    var sum = 0.0;
    // One source's spikes, as many as there are.
    let end = min(step.end_place, step.source_base + window_start(slot, step.source, step.n_windows));
    for (var place = step.first_place; place < end; place += 1u) {
        sum += adjoints[spike_adjoint(slot, place)] * sensitivities[row_at(slot, place, id.x)];
    }
    // With the first of them, what readouts show.
    if (step.is_first != 0u) {
        for (var readout = 0u; readout < step.n_readouts; readout += 1u) {
            let out = (slot * step.n_readouts + readout) * step.n_shown;
            for (var shown = 0u; shown < step.n_shown; shown += 1u) {
                sum += observed[out + shown] * sensitivities[shown_at(slot, readout, shown, id.x)];
            }
        }
    }
    if (column.kind == INPUT_TIME) {
        adjoints[spike_adjoint(slot, column.index)] += sum;
    } else {
        gradient[slot * step.n_values + column.value] += sum;
    }
}
