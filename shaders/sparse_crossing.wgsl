// When the potential of a neuron with up to four currents first reaches its threshold from below, as
// `src/dynamics/currents.rs` finds it and says why nothing is missed. Needs types.wgsl, sparse_types.wgsl,
// jump.wgsl and sparse_flow.wgsl.

// Steps of Newton's that need not shrink the bracket much: where they lead to the root, so many do.
const FREE: u32 = 8u;
// After those any two steps halve how many numbers a bracket holds, which is below 2^31: then the root is found.
const ITERATIONS: u32 = 72u;
// Halvings of a bracket: beyond, they are below rounding.
const HALVINGS: u32 = 24u;

// A sum of factors times exp(-rate t), or dV/dt.
struct Curve {
    is_slope: bool,
    factors: vec4<f32>,
    rates: vec4<f32>,
}

// Times in order.
struct Roots {
    n: u32,
    at: vec4<f32>,
}

fn curve_at(population: SparsePopulation, cell: SparseCell, curve: Curve, t: f32) -> f32 {
    if (curve.is_slope) {
        return sparse_slope(population, flown(cell, sparse_flow(population, t)));
    }
    let x = -curve.rates * t;
    return dot(curve.factors, 1.0 + x * series(x));
}

// The sign changes in (0, limit) of a curve that is monotone (times something positive) between breaks.
fn roots_between(population: SparsePopulation, cell: SparseCell, curve: Curve, breaks: Roots, limit: f32) -> Roots {
    var ends = breaks;
    var roots = Roots(0u, vec4<f32>(0.0));
    var start = 0.0;
    var at_start = curve_at(population, cell, curve, 0.0);
    for (var k = 0u; k <= breaks.n && roots.n < 4u; k += 1u) {
        var end = limit;
        if (k < breaks.n) {
            end = ends.at[k];
        }
        let at_end = curve_at(population, cell, curve, end);
        let is_change = (at_start > 0.0 && at_end < 0.0) || (at_start < 0.0 && at_end > 0.0);
        if (is_change || (at_end == 0.0 && at_start != 0.0 && end < limit)) {
            var low = start;
            var high = end;
            for (var halving = 0u; halving < HALVINGS; halving += 1u) {
                let middle = 0.5 * (low + high);
                if (curve_at(population, cell, curve, middle) * sign(at_start) > 0.0) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            roots.at[roots.n] = high;
            roots.n += 1u;
        }
        start = end;
        at_start = at_end;
    }
    return roots;
}

// Where dV/dt changes sign. dS/dt, times exp(a_0 t) and differentiated, has one term fewer, and so on: the roots of
// each bracket those of the one before.
fn extrema(population: SparsePopulation, cell: SparseCell, limit: f32) -> Roots {
    let rates = population.synapse_rates;
    let factors = -rates * cell.currents;
    var roots = Roots(0u, vec4<f32>(0.0));
    let is_one_sign = all(factors >= vec4<f32>(0.0)) || all(factors <= vec4<f32>(0.0));
    if (!is_one_sign) {
        for (var kept = 2u; kept <= population.n_receptors; kept += 1u) {
            // The last `kept` terms, divided by the exponentials of those before.
            let first = population.n_receptors - kept;
            var left = factors;
            for (var k = 0u; k < first; k += 1u) {
                left *= rates[k] - rates;
            }
            roots = roots_between(population, cell, Curve(false, left, rates - rates[first]), roots, limit);
        }
    }
    return roots_between(population, cell, Curve(true, cell.currents, rates), roots, limit);
}

// The root in (low, high], V below the threshold at `low` and at or above it at `high`.
fn rising_root(population: SparsePopulation, cell: SparseCell, start: f32, end: f32) -> f32 {
    var low = start;
    var high = end;
    var t = end;
    var width = NONE;
    for (var k = 0u; k < ITERATIONS; k += 1u) {
        let flow = sparse_flow(population, t);
        let miss = excess(population, cell, flow);
        if (miss < 0.0) {
            low = t;
        } else {
            high = t;
        }
        let slope = sparse_slope(population, flown(cell, flow));
        var next = t - miss / slope;
        if (!(slope > 0.0 && next >= low && next <= high)) {
            next = 0.5 * (low + high);
        }
        // Numbers above zero lie in the order of their bits, so that this halving ends however near to zero the root is.
        let left = bitcast<u32>(high) - bitcast<u32>(low);
        let is_found = abs(next - t) <= 1e-7 * t;
        if (k >= FREE && left > width / 2u && !is_found) {
            next = bitcast<f32>(bitcast<u32>(low) + left / 2u);
        }
        width = left;
        t = next;
        if (is_found || left <= 1u) {
            break;
        }
    }
    return t;
}

// How much later than an arrival a crossing still counts as one at its time, as in crossing.wgsl.
fn resolution_at(time: f32) -> f32 {
    return 9.5367432e-7 * time;
}

// The time in [0, limit], or NEVER; past the limit by no more than `resolution` where V goes on rising to the threshold.
fn sparse_crossing(population: SparsePopulation, cell: SparseCell, limit: f32, resolution: f32) -> f32 {
    var is_below = cell.potential < population.threshold;
    // Already there and rising: rounding at the seam of two intervals. One that falls comes back only from below.
    if (!is_below && sparse_slope(population, cell) > 0.0) {
        return 0.0;
    }
    var turns = extrema(population, cell, limit);
    var start = 0.0;
    for (var k = 0u; k <= turns.n; k += 1u) {
        var end = limit;
        if (k < turns.n) {
            end = turns.at[k];
        }
        let is_there = excess(population, cell, sparse_flow(population, end)) >= 0.0;
        if (is_below && is_there) {
            return rising_root(population, cell, start, end);
        }
        is_below = !is_there;
        start = end;
    }
    let flow = sparse_flow(population, limit);
    let slope = sparse_slope(population, flown(cell, flow));
    let deficit = -excess(population, cell, flow);
    if (is_below && slope > 0.0 && deficit <= slope * resolution) {
        return limit + deficit / slope;
    }
    return NEVER;
}
