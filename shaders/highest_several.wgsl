// Where the potential of a neuron with up to four currents is highest in an interval. Needs types.wgsl, moments.wgsl,
// exponentials.wgsl, currents_several.wgsl, flow_several.wgsl, propagate.wgsl, course.wgsl and extrema.wgsl.

// Of the interval from the state `before` at `start` to the state `there` at `until`; the first of equal ones.
fn highest(neuron: Neuron, before: Pair, there: Pair, start: f32, until: f32) -> Highest {
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let length = until - start;
    let course = course_of(a, b, before, 0.0, slowest_rate(a, b, before));
    var turns = extrema(course, length);
    // Which stretches between turns rise, known at an end where the slope is not zero.
    let is_rising_last = look(course, length).y > 0.0;
    let is_rising_first = course.slope > 0.0 || (course.slope == 0.0 && is_rising_last == (turns.n % 2u == 0u));
    var found = Highest(before.x, NEVER, 0.0, is_rising_first);
    for (var k = u32(!is_rising_first); k <= turns.n; k += 2u) {
        var potential = there.x;
        var time = until;
        var slope = max(total(there.y) - b * there.x, 0.0);
        if (k < turns.n) {
            let turn = turns.at[k];
            potential = advance_by(flow_over(a, b, turn), before).x;
            // Later than the arrival that began the interval, on whose side it lies.
            time = min(max(start + turn, after(start)), until);
            slope = 0.0;
        }
        if (found.time == NEVER || potential > found.potential) {
            found = Highest(potential, time, slope, is_rising_first);
        }
    }
    if (all(before.y <= vec4<f32>(0.0))) {
        // Below V(start) exp(-b t), which rounding must not lift above the drive.
        found.potential = min(found.potential, max(before.x, 0.0));
    }
    return found;
}
