// What happens to a neuron with up to four currents between two events, over intervals of any length. Needs types.wgsl,
// exponentials.wgsl, currents_several.wgsl and flow_several.wgsl.

// Halvings of a bracket: beyond, they are below rounding.
const HALVINGS: u32 = 32u;

struct Course {
    // Slowest first, less the shift: V and its slope are looked at times exp(shift t).
    rates: vec4<f32>,
    currents: vec4<f32>,
    // dI/dt of each at the start.
    decays: vec4<f32>,
    membrane_rate: f32,
    potential: f32,
    threshold: f32,
    // dV/dt at the start.
    slope: f32,
}

fn exchange(rates: ptr<function, vec4<f32>>, currents: ptr<function, vec4<f32>>, k: u32, l: u32) {
    let rate = vec2<f32>((*rates)[k], (*rates)[l]);
    let current = vec2<f32>((*currents)[k], (*currents)[l]);
    let is_swapped = rate.x > rate.y;
    (*rates)[k] = select(rate.x, rate.y, is_swapped);
    (*rates)[l] = select(rate.y, rate.x, is_swapped);
    (*currents)[k] = select(current.x, current.y, is_swapped);
    (*currents)[l] = select(current.y, current.x, is_swapped);
}

// Currents below this are none: what follows from them is near to what single precision cannot represent.
const LEAST_CURRENT: f32 = 1e-30;

fn is_absent(current: vec4<f32>) -> vec4<bool> {
    return abs(current) < vec4<f32>(LEAST_CURRENT);
}

// The slowest decay of anything that there is.
fn slowest_rate(a: vec4<f32>, b: f32, state: Pair) -> f32 {
    let present = select(a, vec4<f32>(b), is_absent(state.y));
    return min(min(min(present.x, present.y), min(present.z, present.w)), b);
}

// From a state on, V looked at times exp(shift t); `shift` is not above the slowest rate. Without a shift no time may be so
// late that everything has decayed below what can be represented.
fn course_of(a: vec4<f32>, b: f32, state: Pair, threshold: f32, shift: f32) -> Course {
    // Of currents that there are not the rate is of no consequence, but must not grow.
    var rates = select(a, vec4<f32>(b), is_absent(state.y));
    var currents = select(state.y, vec4<f32>(0.0), is_absent(state.y));
    exchange(&rates, &currents, 0u, 1u);
    exchange(&rates, &currents, 2u, 3u);
    exchange(&rates, &currents, 0u, 2u);
    exchange(&rates, &currents, 1u, 3u);
    exchange(&rates, &currents, 1u, 2u);
    let slope = total(state.y) - b * state.x;
    return Course(rates - shift, currents, -rates * currents, b - shift, state.x, threshold, slope);
}

fn rates_on(course: Course) -> vec4<f32> {
    return course.rates;
}

fn decays_on(course: Course) -> vec4<f32> {
    return course.decays;
}

fn n_currents_on(course: Course) -> u32 {
    return 4u;
}

fn exponentials_on(x: vec4<f32>) -> vec4<f32> {
    return exp(x);
}

// With s = exp(-a t) and m = exp(-b t), s - m = (b - a) gain, so that dV/dt = m dV/dt(0) + sum of dI/dt(0) gain: exponentials
// themselves, not what is left of 1, and no term that is the difference of others, so that its sign is right however late it is.
fn look(course: Course, t: f32) -> vec2<f32> {
    let membrane = exp(-course.membrane_rate * t);
    let larger = exp(-course.rates * t) - membrane;
    let gain = gain_of_each(course.membrane_rate - course.rates, t, membrane, larger);
    let gained = course.potential * expm1(-course.membrane_rate * t) + total(course.currents * gain);
    let slope = membrane * course.slope + total(course.decays * gain);
    return vec2<f32>((course.potential - course.threshold) + gained, slope);
}
