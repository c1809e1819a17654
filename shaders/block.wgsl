// Blocks of sensitivities in registers: a workgroup carries a tile of BLOCK_NEURONS x BLOCK_COLUMNS, an invocation 4 neurons
// by 8 columns of it, and all of them the same arrivals, of which a batch at a time lies in workgroup memory.
// Needs types.wgsl.

const BLOCK_NEURONS: u32 = 32u;
const BLOCK_COLUMNS: u32 = 64u;
// Fours of each.
const NEURON_FOURS: u32 = 8u;
const COLUMN_FOURS: u32 = 16u;

// (u, j) of frames.wgsl: [neuron][four of columns].
var<private> u: array<vec4<f32>, 8>;
var<private> j: array<vec4<f32>, 8>;

// Of each arrival of the batch: `carried` and `ratio` of its frame; [arrival][four of neurons] weights; and
// [arrival][four of columns] by how much the columns move its time, times the frame's `scale`.
var<workgroup> steps: array<vec2<f32>, BATCH>;
var<workgroup> batch_weights: array<vec4<f32>, BATCH * NEURON_FOURS>;
var<workgroup> batch_moved: array<vec4<f32>, BATCH * COLUMN_FOURS>;

// The arrival itself: w g.
fn add_arrival(at: u32, ratio: f32, neuron_four: u32, column_four: u32) {
    let w = batch_weights[at * NEURON_FOURS + neuron_four];
    let first = batch_moved[at * COLUMN_FOURS + column_four];
    let second = batch_moved[at * COLUMN_FOURS + column_four + 1u];
    let off = -ratio * w;
    u[0] = fma(vec4<f32>(off.x), first, u[0]);
    u[1] = fma(vec4<f32>(off.x), second, u[1]);
    u[2] = fma(vec4<f32>(off.y), first, u[2]);
    u[3] = fma(vec4<f32>(off.y), second, u[3]);
    u[4] = fma(vec4<f32>(off.z), first, u[4]);
    u[5] = fma(vec4<f32>(off.z), second, u[5]);
    u[6] = fma(vec4<f32>(off.w), first, u[6]);
    u[7] = fma(vec4<f32>(off.w), second, u[7]);
    j[0] = fma(vec4<f32>(w.x), first, j[0]);
    j[1] = fma(vec4<f32>(w.x), second, j[1]);
    j[2] = fma(vec4<f32>(w.y), first, j[2]);
    j[3] = fma(vec4<f32>(w.y), second, j[3]);
    j[4] = fma(vec4<f32>(w.z), first, j[4]);
    j[5] = fma(vec4<f32>(w.z), second, j[5]);
    j[6] = fma(vec4<f32>(w.w), first, j[6]);
    j[7] = fma(vec4<f32>(w.w), second, j[7]);
}

// Over the interval before an arrival, within a frame.
fn carry_block(carried: f32) {
    let by = vec4<f32>(carried);
    u[0] = fma(by, j[0], u[0]);
    u[1] = fma(by, j[1], u[1]);
    u[2] = fma(by, j[2], u[2]);
    u[3] = fma(by, j[3], u[3]);
    u[4] = fma(by, j[4], u[4]);
    u[5] = fma(by, j[5], u[5]);
    u[6] = fma(by, j[6], u[6]);
    u[7] = fma(by, j[7], u[7]);
}

// Over one into a new frame.
fn carry_over(carried: f32, membrane: f32, synapse: f32) {
    let by = vec4<f32>(carried);
    u[0] = fma(by, j[0], membrane * u[0]);
    u[1] = fma(by, j[1], membrane * u[1]);
    u[2] = fma(by, j[2], membrane * u[2]);
    u[3] = fma(by, j[3], membrane * u[3]);
    u[4] = fma(by, j[4], membrane * u[4]);
    u[5] = fma(by, j[5], membrane * u[5]);
    u[6] = fma(by, j[6], membrane * u[6]);
    u[7] = fma(by, j[7], membrane * u[7]);
    j[0] *= synapse;
    j[1] *= synapse;
    j[2] *= synapse;
    j[3] *= synapse;
    j[4] *= synapse;
    j[5] *= synapse;
    j[6] *= synapse;
    j[7] *= synapse;
}

// One neuron's entries: of u, then of j.
fn row_of(r: u32) -> array<vec4<f32>, 4> {
    switch (r) {
        case 0u: {
            return array<vec4<f32>, 4>(u[0], u[1], j[0], j[1]);
        }
        case 1u: {
            return array<vec4<f32>, 4>(u[2], u[3], j[2], j[3]);
        }
        case 2u: {
            return array<vec4<f32>, 4>(u[4], u[5], j[4], j[5]);
        }
        default: {
            return array<vec4<f32>, 4>(u[6], u[7], j[6], j[7]);
        }
    }
}

fn set_row(r: u32, row: array<vec4<f32>, 4>) {
    switch (r) {
        case 0u: {
            u[0] = row[0];
            u[1] = row[1];
            j[0] = row[2];
            j[1] = row[3];
        }
        case 1u: {
            u[2] = row[0];
            u[3] = row[1];
            j[2] = row[2];
            j[3] = row[3];
        }
        case 2u: {
            u[4] = row[0];
            u[5] = row[1];
            j[4] = row[2];
            j[5] = row[3];
        }
        default: {
            u[6] = row[0];
            u[7] = row[1];
            j[6] = row[2];
            j[7] = row[3];
        }
    }
}
