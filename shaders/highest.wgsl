// Where the potential of a neuron with one current is highest in an interval: it has one interior extremum at most, a maximum
// where the current is above zero. Needs types.wgsl, moments.wgsl, currents_one.wgsl, flow.wgsl, propagate.wgsl and crossing.wgsl.

// Of the interval from the state `before` at `start` to the state `there` at `until`.
fn highest(neuron: Neuron, before: Pair, there: Pair, start: f32, until: f32) -> Highest {
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let rise = before.y - b * before.x;
    if (before.y > 0.0 && rise <= 0.0) {
        return Highest(before.x, NEVER, 0.0, false);
    }
    var found = Highest(there.x, until, max(there.y - b * there.x, 0.0), rise > 0.0);
    if (before.y <= 0.0) {
        // Below V(start) exp(-b t), which rounding must not lift above the drive.
        found.potential = min(found.potential, max(before.x, 0.0));
    } else if ((b - a) * rise > -a * before.y && rise < 1e20 * a * before.y) {
        let peak = extremum_time(a, b, before, rise);
        if (peak < until - start) {
            found.potential = advance_by(flow_over(a, b, peak), before).x;
            // Later than the arrival that began the interval, on whose side it lies.
            found.time = min(max(start + peak, after(start)), until);
            found.slope = 0.0;
        }
    }
    return found;
}
