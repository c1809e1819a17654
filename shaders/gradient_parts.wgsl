// A tensor's part of the gradient as its values are stepped, and of its norm: dL/d(ln x) = x dL/dx where they are stepped as logarithms.
// One workgroup is NORM_PART values. Needs types.wgsl and norm.wgsl.

// The bits of a number's exponent: all set where it is not finite.
const EXPONENT: u32 = 0x7f800000u;

struct GradientPartsParameters {
    // The tensor: its first parameter, and how many it has.
    first: u32,
    n: u32,
    // In which form it is stepped.
    form: u32,
    // Where its parts of the norm go.
    first_part: u32,
}

@group(0) @binding(0) var<uniform> parameters: GradientPartsParameters;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
@group(0) @binding(39) var<storage, read_write> norms: array<vec2<f32>>;

@compute @workgroup_size(WORKGROUP)
fn gradient_parts(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let part = group.y * 65535u + group.x;
    var own = vec2<f32>();
    for (var at = lane_ix; at < NORM_PART; at += WORKGROUP) {
        let k = part * NORM_PART + at;
        if (k >= parameters.n) {
            break;
        }
        let ix = parameters.first + k;
        var gradient = totals[ix];
        if (parameters.form == LOGARITHM) {
            gradient *= values[ix];
            totals[ix] = gradient;
        }
        if ((bitcast<u32>(gradient) & EXPONENT) == EXPONENT) {
            atomicMax(&counters[NOT_FINITE], 1u);
        } else if (gradient != 0.0) {
            own = norm_plus(own, vec2<f32>(abs(gradient), 1.0));
        }
    }
    let sum = norm_of_lanes(lane_ix, own);
    if (lane_ix == 0u && part * NORM_PART < parameters.n) {
        norms[parameters.first_part + part] = sum;
    }
}
