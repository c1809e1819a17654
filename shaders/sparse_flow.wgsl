// The flow of a neuron with up to four synaptic currents over part of a window:
//   dV/dt = -b V + sum of I_k,  dI_k/dt = -a_k I_k.
// A window lasts at most half of the fastest time constant, so that short series serve. Needs types.wgsl,
// sparse_types.wgsl, jump.wgsl, and the kernel's `parameters.zero`.

struct SparseFlow {
    // exp(-b t) - 1 and exp(-a t) - 1.
    membrane: f32,
    synapse: vec4<f32>,
    // What currents of 1 add to V.
    gain: vec4<f32>,
}

// (exp(x) - 1) / x for |x| <= 0.5; the tenth term is below 1e-9.
fn series(x: vec4<f32>) -> vec4<f32> {
    return 1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333338
        + x * (0.0013888889 + x * (0.0001984127 + x * 0.000024801588))))));
}

fn sparse_flow(population: SparsePopulation, t: f32) -> SparseFlow {
    var flow: SparseFlow;
    let decay = vec4<f32>(-population.membrane_rate * t);
    flow.membrane = (decay * series(decay)).x;
    let fall = -population.synapse_rates * t;
    flow.synapse = fall * series(fall);
    flow.gain = t * (1.0 + flow.membrane) * series(fall - decay);
    return flow;
}

// Numbers that compilers know nothing of: they would simplify away what rounding does.
fn opaque(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ parameters.zero);
}

fn opaque_currents(x: vec4<f32>) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) ^ vec4<u32>(parameters.zero));
}

// What V gains, and what rounding had taken from it before.
fn gained(cell: SparseCell, flow: SparseFlow) -> f32 {
    return cell.lost + (cell.potential * flow.membrane + dot(cell.currents, flow.gain));
}

// Changes currents: sums of hundreds of small steps, compensated as Kahan does.
fn add_currents(cell: SparseCell, change: vec4<f32>) -> SparseCell {
    var next = cell;
    let step_up = cell.lost_currents + change;
    next.currents = opaque_currents(cell.currents + step_up);
    next.lost_currents = step_up - opaque_currents(next.currents - cell.currents);
    return next;
}

// The cell after the interval where its potential is held.
fn held(cell: SparseCell, flow: SparseFlow) -> SparseCell {
    return add_currents(cell, cell.currents * flow.synapse);
}

// The cell after the interval.
fn flown(cell: SparseCell, flow: SparseFlow) -> SparseCell {
    var next = held(cell, flow);
    let gain = gained(cell, flow);
    next.potential = opaque(cell.potential + gain);
    next.lost = gain - opaque(next.potential - cell.potential);
    return next;
}

// V less the threshold. Near it the difference is exact.
fn excess(population: SparsePopulation, cell: SparseCell, flow: SparseFlow) -> f32 {
    return opaque(cell.potential - population.threshold) + gained(cell, flow);
}

// dV/dt.
fn sparse_slope(population: SparsePopulation, cell: SparseCell) -> f32 {
    return rate_of(population.membrane_rate, cell.potential, dot(cell.currents, vec4<f32>(1.0)));
}

// A potential that V does not exceed where it starts below: V with its largest currents held on.
fn upper_bound(population: SparsePopulation, cell: SparseCell, flow: SparseFlow) -> f32 {
    let most = max(cell.currents, cell.currents + cell.currents * flow.synapse);
    let current = dot(most, vec4<f32>(1.0));
    let end = cell.potential + (cell.potential - current / population.membrane_rate) * flow.membrane;
    return max(end, cell.potential);
}
