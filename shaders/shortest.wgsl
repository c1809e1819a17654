// The shortest and the longest of a tensor of delays or time constants, which is what windows depend on; and of delays the row of
// their projection, made anew (`src/gpu/tables.rs` makes it first). One workgroup is one tensor. Needs types.wgsl and projections.wgsl.

struct ShortestParameters {
    // The tensor: its first value, and how many it has.
    first: u32,
    n: u32,
    // Where the answer goes.
    place: u32,
    // Whose delays they are; NONE of time constants.
    projection: u32,
    // A longer delay brings nothing before the end of the run, in ms; NEVER where that makes no difference.
    farthest: f32,
    // In ms.
    window_length: f32,
}

@group(0) @binding(0) var<uniform> parameters: ShortestParameters;
@group(0) @binding(2) var<storage, read_write> projections: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
// The shortest, the shortest above zero, the longest that brings anything.
@group(0) @binding(41) var<storage, read_write> extremes: array<vec4<f32>>;

var<workgroup> found: array<vec3<f32>, WORKGROUP>;

fn further(x: vec3<f32>, y: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(min(x.xy, y.xy), max(x.z, y.z));
}

// Makes the row of a projection whose longest delay is this.
fn renew(longest: f32) {
    var row = projection_at(parameters.projection);
    let whole = u32(longest / parameters.window_length);
    row.longest_windows = max(whole + 1u, row.least_windows);
    row.whole_windows = 0u;
    row.remainder = 0.0;
    if (row.is_per_synapse == 0u && (row.is_inner == 0u || longest > 0.0)) {
        row.whole_windows = max(whole, row.least_windows);
        let left = longest - f32(row.whole_windows) * parameters.window_length;
        row.remainder = clamp(left, 0.0, parameters.window_length);
    }
    let at = parameters.projection * PROJECTION_WORDS;
    projections[at + WHOLE_WINDOWS_WORD] = row.whole_windows;
    projections[at + REMAINDER_WORD] = bitcast<u32>(row.remainder);
    projections[at + LONGEST_WINDOWS_WORD] = row.longest_windows;
}

@compute @workgroup_size(WORKGROUP)
fn shortest(@builtin(local_invocation_index) lane_ix: u32) {
    var own = vec3<f32>(NEVER, NEVER, 0.0);
    for (var k = lane_ix; k < parameters.n; k += WORKGROUP) {
        let value = values[parameters.first + k];
        let above = select(NEVER, value, value > 0.0);
        own = further(own, vec3<f32>(value, above, select(0.0, value, value <= parameters.farthest)));
    }
    found[lane_ix] = own;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane_ix < half) {
            found[lane_ix] = further(found[lane_ix], found[lane_ix + half]);
        }
        workgroupBarrier();
    }
    if (lane_ix == 0u) {
        extremes[parameters.place] = vec4<f32>(found[0], 0.0);
        if (parameters.projection != NONE) {
            renew(found[0].z);
        }
    }
}
