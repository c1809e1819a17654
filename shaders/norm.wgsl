// Numbers whose squares may overflow or vanish, added up as the largest of them and the sum of squares relative to it.

fn norm_plus(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
    let largest = max(x.x, y.x);
    if (largest == 0.0) {
        return vec2<f32>();
    }
    let of_x = x.x / largest;
    let of_y = y.x / largest;
    return vec2<f32>(largest, x.y * of_x * of_x + y.y * of_y * of_y);
}

var<workgroup> lanes_norms: array<vec2<f32>, WORKGROUP>;

// The sum over a workgroup, in pairs; its first invocation has it.
fn norm_of_lanes(lane_ix: u32, own: vec2<f32>) -> vec2<f32> {
    lanes_norms[lane_ix] = own;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane_ix < half) {
            lanes_norms[lane_ix] = norm_plus(lanes_norms[lane_ix], lanes_norms[lane_ix + half]);
        }
        workgroupBarrier();
    }
    return lanes_norms[0];
}
