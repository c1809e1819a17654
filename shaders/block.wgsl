// Blocks of sensitivities in registers: a workgroup carries a tile of BLOCK_NEURONS x BLOCK_COLUMNS, an invocation 8 neurons
// by 4 columns of it, and all of them the same arrivals, of which a batch at a time lies in workgroup memory. Invocations side
// by side have the same neurons: those that a device runs together meet the same spikes.
// Needs types.wgsl.

const BLOCK_NEURONS: u32 = 32u;
const BLOCK_COLUMNS: u32 = 128u;
// Invocations of a workgroup.
const BLOCK_LANES: u32 = 128u;
// Neurons of an invocation; eights of the block's neurons, and fours of neurons and columns.
const ROWS: u32 = 8u;
const NEURON_FOURS: u32 = 8u;
const COLUMN_FOURS: u32 = 32u;
// Arrivals that lie in workgroup memory at a time.
const BLOCK_BATCH: u32 = 16u;

// (u, j) of frames.wgsl: four columns of each neuron.
var<private> u: array<vec4<f32>, ROWS>;
var<private> j: array<vec4<f32>, ROWS>;

// Of each arrival of the batch: `carried` and `ratio` of its frame; [arrival][four of neurons] weights; and
// [arrival][four of columns] by how much the columns move its time, times the frame's `scale`.
var<workgroup> steps: array<vec2<f32>, BLOCK_BATCH>;
var<workgroup> batch_weights: array<vec4<f32>, BLOCK_BATCH * NEURON_FOURS>;
var<workgroup> batch_moved: array<vec4<f32>, BLOCK_BATCH * COLUMN_FOURS>;

// The arrival itself: w g.
fn add_arrival(at: u32, ratio: f32, neuron_eight: u32, column_four: u32) {
    let v = batch_weights[at * NEURON_FOURS + 2u * neuron_eight];
    let w = batch_weights[at * NEURON_FOURS + 2u * neuron_eight + 1u];
    let moved = batch_moved[at * COLUMN_FOURS + column_four];
    let off = -ratio * moved;
    u[0] = fma(vec4<f32>(v.x), off, u[0]);
    u[1] = fma(vec4<f32>(v.y), off, u[1]);
    u[2] = fma(vec4<f32>(v.z), off, u[2]);
    u[3] = fma(vec4<f32>(v.w), off, u[3]);
    u[4] = fma(vec4<f32>(w.x), off, u[4]);
    u[5] = fma(vec4<f32>(w.y), off, u[5]);
    u[6] = fma(vec4<f32>(w.z), off, u[6]);
    u[7] = fma(vec4<f32>(w.w), off, u[7]);
    j[0] = fma(vec4<f32>(v.x), moved, j[0]);
    j[1] = fma(vec4<f32>(v.y), moved, j[1]);
    j[2] = fma(vec4<f32>(v.z), moved, j[2]);
    j[3] = fma(vec4<f32>(v.w), moved, j[3]);
    j[4] = fma(vec4<f32>(w.x), moved, j[4]);
    j[5] = fma(vec4<f32>(w.y), moved, j[5]);
    j[6] = fma(vec4<f32>(w.z), moved, j[6]);
    j[7] = fma(vec4<f32>(w.w), moved, j[7]);
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

fn is_reached_before() -> bool {
    let any_of = (any(j[0] != vec4<f32>(0.0)) || any(j[1] != vec4<f32>(0.0)))
        || (any(j[2] != vec4<f32>(0.0)) || any(j[3] != vec4<f32>(0.0)));
    return any_of || (any(j[4] != vec4<f32>(0.0)) || any(j[5] != vec4<f32>(0.0)))
        || (any(j[6] != vec4<f32>(0.0)) || any(j[7] != vec4<f32>(0.0)));
}

// One neuron's entries. An array that is indexed at run time does not stay in registers, so that each neuron is a case.
struct Row {
    u: vec4<f32>,
    j: vec4<f32>,
}

fn row_of(r: u32) -> Row {
    switch (r) {
        case 0u: { return Row(u[0], j[0]); }
        case 1u: { return Row(u[1], j[1]); }
        case 2u: { return Row(u[2], j[2]); }
        case 3u: { return Row(u[3], j[3]); }
        case 4u: { return Row(u[4], j[4]); }
        case 5u: { return Row(u[5], j[5]); }
        case 6u: { return Row(u[6], j[6]); }
        default: { return Row(u[7], j[7]); }
    }
}

fn set_row(r: u32, row: Row) {
    switch (r) {
        case 0u: { u[0] = row.u; j[0] = row.j; }
        case 1u: { u[1] = row.u; j[1] = row.j; }
        case 2u: { u[2] = row.u; j[2] = row.j; }
        case 3u: { u[3] = row.u; j[3] = row.j; }
        case 4u: { u[4] = row.u; j[4] = row.j; }
        case 5u: { u[5] = row.u; j[5] = row.j; }
        case 6u: { u[6] = row.u; j[6] = row.j; }
        default: { u[7] = row.u; j[7] = row.j; }
    }
}
