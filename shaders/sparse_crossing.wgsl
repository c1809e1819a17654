// When the potential of a neuron with up to four currents first reaches its threshold from below within a window. Needs
// types.wgsl, sparse_types.wgsl, jump.wgsl, sparse_flow.wgsl and extrema.wgsl.

// Halvings of a bracket: beyond, they are below rounding.
const HALVINGS: u32 = 24u;

// What happens to a neuron of a population without events.
struct Course {
    population: SparsePopulation,
    cell: SparseCell,
}

fn rates_on(course: Course) -> vec4<f32> {
    return course.population.synapse_rates;
}

// dI/dt of each current at first.
fn decays_on(course: Course) -> vec4<f32> {
    return -course.population.synapse_rates * course.cell.currents;
}

fn n_currents_on(course: Course) -> u32 {
    return course.population.n_receptors;
}

fn exponentials_on(x: vec4<f32>) -> vec4<f32> {
    return 1.0 + x * series(x);
}

fn look(course: Course, t: f32) -> vec2<f32> {
    let flow = sparse_flow(course.population, t);
    let there = flown(course.cell, flow);
    return vec2<f32>(excess(course.population, course.cell, flow), sparse_slope(course.population, there));
}

// The time in [0, limit], or NEVER; past the limit by no more than `resolution` where V goes on rising to the threshold.
fn sparse_crossing(population: SparsePopulation, cell: SparseCell, limit: f32, resolution: f32) -> f32 {
    let course = Course(population, cell);
    var is_below = cell.potential < population.threshold;
    // Already there and rising: rounding at the seam of two intervals. One that falls comes back only from below.
    if (!is_below && sparse_slope(population, cell) > 0.0) {
        return 0.0;
    }
    var turns = extrema(course, limit);
    var start = 0.0;
    for (var k = 0u; k <= turns.n; k += 1u) {
        var end = limit;
        if (k < turns.n) {
            end = turns.at[k];
        }
        let is_there = look(course, end).x >= 0.0;
        if (is_below && is_there) {
            return rising_root(course, start, end);
        }
        is_below = !is_there;
        start = end;
    }
    let seen = look(course, limit);
    if (is_below && seen.y > 0.0 && -seen.x <= seen.y * resolution) {
        return limit - seen.x / seen.y;
    }
    return NEVER;
}
