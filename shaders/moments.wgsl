// Times that are next to one another.

// The next representable time, so that a spike is later than what caused it.
fn after(time: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(max(time, 0.0)) + 1u);
}

// How much later than an arrival a crossing still counts as one at its time, which comes before it: as near as that
// rounding decides which is first. Eight roundings of the time since the window's start.
fn resolution_at(time: f32) -> f32 {
    return 9.5367432e-7 * time;
}
