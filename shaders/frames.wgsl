// The frame in which sensitivities of a population that shares its time constants do not decay: with a and b the rates of
// synapse and membrane, (v, i) = (dV/dp, dI/dp) and t0 the frame's start,
//   u = exp(b (t - t0)) v,  j = exp(a (t - t0)) i;  between arrivals du/dt = exp((b - a) (t - t0)) j,  dj/dt = 0.
// Frames start on a fixed grid, so that exponents stay small and nothing depends on what is computed together; the end of a
// window is the start of a last one. Here is what takes (u, j) to an arrival, behind the intervals in their buffer.
// Needs types.wgsl, and the kernel's `sizes` and `intervals`.

struct Frame {
    // u += carried j from the arrival before: the integral of exp((b - a) (t - t0)) over the interval.
    carried: f32,
    // a exp(a (t - t0)): an arrival of weight w whose time moves by g adds scale w g to j,
    scale: f32,
    // and takes ratio times that off u: exp((b - a) (t - t0)) / a.
    ratio: f32,
    // t0.
    start: f32,
    // Into a new frame: what u and j are multiplied by first; `carried` is added then.
    membrane: f32,
    synapse: f32,
    // Whether it is a new one.
    is_new: bool,
}

fn frame_at(sample: u32, place: u32) -> u32 {
    let n_intervals = sizes.arrivals_capacity + 1u;
    return sizes.n_slots * n_intervals + 2u * (sample * n_intervals + place);
}

fn frame_of(sample: u32, place: u32) -> Frame {
    let at = frame_at(sample, place);
    let step = bitcast<vec4<f32>>(intervals[at]);
    let change = bitcast<vec4<f32>>(intervals[at + 1u]);
    return Frame(step.x, step.y, step.z, step.w, change.x, change.y, change.z != 0.0);
}
