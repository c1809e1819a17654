// The gradient of one loss from a tile of columns: the derivatives of spike times and readouts times those of the
// loss by them. One invocation is one column of one slot, its terms added in the order of places.
// Needs types.wgsl, the words for currents, windows.wgsl, tile.wgsl and lanes.wgsl.

struct ContractParameters {
    // The source whose spikes are contracted, and where they lie in a slot's stretch.
    source: u32,
    source_base: u32,
    // Which places of the stretch this dispatch contracts.
    first_place: u32,
    end_place: u32,
    // Whether it contracts what readouts show as well.
    has_readouts: u32,
    // The tile: its first column, how many it has, and for how many there is room.
    first_column: u32,
    n_columns: u32,
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: ContractParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(11) var<storage, read> observed: array<f32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// The adjoints of four spikes, one after another.
fn adjoints_at(slot: u32, place: u32) -> vec4<f32> {
    let at = spike_adjoint(slot, place);
    return vec4<f32>(adjoints[at], adjoints[at + 1u], adjoints[at + 2u], adjoints[at + 3u]);
}

// What a column moves them by.
fn moved_at(slot: u32, place: u32, column: u32) -> vec4<f32> {
    return vec4<f32>(
        sensitivities[row_at(slot, place, column)],
        sensitivities[row_at(slot, place + 1u, column)],
        sensitivities[row_at(slot, place + 2u, column)],
        sensitivities[row_at(slot, place + 3u, column)],
    );
}

@compute @workgroup_size(WORKGROUP)
fn contract(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_columns) {
        return;
    }
    let slot = id.y;
    let column = columns[parameters.first_column + id.x];
    var sum = 0.0;
    // One source's spikes, as many as there are.
    let end = min(parameters.end_place, parameters.source_base + window_start(slot, parameters.source, sizes.n_windows));
    var place = parameters.first_place;
    // Eight at once: what one load waits, all of them wait.
    for (; place + 8u <= end; place += 8u) {
        let a = adjoints_at(slot, place);
        let b = adjoints_at(slot, place + 4u);
        let x = moved_at(slot, place, id.x);
        let y = moved_at(slot, place + 4u, id.x);
        sum += a.x * x.x;
        sum += a.y * x.y;
        sum += a.z * x.z;
        sum += a.w * x.w;
        sum += b.x * y.x;
        sum += b.y * y.y;
        sum += b.z * y.z;
        sum += b.w * y.w;
    }
    for (; place < end; place += 1u) {
        sum += adjoints[spike_adjoint(slot, place)] * sensitivities[row_at(slot, place, id.x)];
    }
    // With the first of them, what readouts show.
    if (parameters.has_readouts != 0u) {
        for (var readout = 0u; readout < sizes.n_readouts; readout += 1u) {
            let out = (slot * sizes.n_readouts + readout) * sizes.n_shown;
            for (var shown = 0u; shown < sizes.n_shown; shown += 1u) {
                sum += observed[out + shown] * sensitivities[shown_at(slot, readout, shown, id.x)];
            }
        }
    }
    if (column.kind == INPUT_TIME) {
        adjoints[spike_adjoint(slot, column.index)] += sum;
    } else {
        gradient[slot * sizes.n_values + column.value] += sum;
    }
}
