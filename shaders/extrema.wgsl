// Where the potential of a neuron with up to four currents turns between two events, and when it rises to its threshold, as
// `src/dynamics/currents.rs` finds it and says why nothing is missed. Needs types.wgsl, bracket.wgsl, and a `Course`, which
// is what happens to a neuron without events: its rates and currents, slowest first, how many they are, exponentials of
// numbers that are not above zero, and `look`: V less the threshold, and dV/dt, each times something positive that both
// share.

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

fn curve_at(course: Course, curve: Curve, t: f32) -> f32 {
    if (curve.is_slope) {
        return look(course, t).y;
    }
    return dot(curve.factors, exponentials_on(-curve.rates * t));
}

// The sign changes in (0, limit) of a curve that is monotone (times something positive) between breaks.
fn roots_between(course: Course, curve: Curve, breaks: Roots, limit: f32) -> Roots {
    var ends = breaks;
    var roots = Roots(0u, vec4<f32>(0.0));
    var start = 0.0;
    var at_start = curve_at(course, curve, 0.0);
    for (var k = 0u; k <= breaks.n && roots.n < 4u; k += 1u) {
        var end = limit;
        if (k < breaks.n) {
            end = ends.at[k];
        }
        let at_end = curve_at(course, curve, end);
        let is_change = (at_start > 0.0 && at_end < 0.0) || (at_start < 0.0 && at_end > 0.0);
        if (is_change || (at_end == 0.0 && at_start != 0.0 && end < limit)) {
            var low = start;
            var high = end;
            for (var halving = 0u; halving < HALVINGS; halving += 1u) {
                let middle = 0.5 * (low + high);
                if (curve_at(course, curve, middle) * sign(at_start) > 0.0) {
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
fn extrema(course: Course, limit: f32) -> Roots {
    let rates = rates_on(course);
    let factors = decays_on(course);
    var roots = Roots(0u, vec4<f32>(0.0));
    let is_one_sign = all(factors >= vec4<f32>(0.0)) || all(factors <= vec4<f32>(0.0));
    if (!is_one_sign) {
        for (var kept = 2u; kept <= n_currents_on(course); kept += 1u) {
            // The last `kept` terms, divided by the exponentials of those before.
            let first = n_currents_on(course) - kept;
            var left = factors;
            for (var k = 0u; k < first; k += 1u) {
                left *= rates[k] - rates;
            }
            // Those before are gone, and their exponentials must not grow.
            let slower = select(rates - rates[first], vec4<f32>(0.0), left == vec4<f32>(0.0));
            roots = roots_between(course, Curve(false, left, slower), roots, limit);
        }
    }
    return roots_between(course, Curve(true, factors, rates), roots, limit);
}

// The root in (start, end], V below the threshold at `start` and at or above it at `end`.
fn rising_root(course: Course, start: f32, end: f32) -> f32 {
    var bracket = bracket_of(start, end, end);
    for (var k = 0u; k < ITERATIONS && !bracket.is_found; k += 1u) {
        let seen = look(course, bracket.at);
        narrow(&bracket, k, seen.x, seen.y);
    }
    return bracket.at;
}
