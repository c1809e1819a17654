// In which window a spike arrives, and when in it. A delay is a whole number of small units, so many that
// 2^shift of them make a window: in which window it lands is a function of the spike and the delay alone, and never earlier
// for a longer delay. Needs sparse_types.wgsl, and of the kernel's `parameters` the window's length and the
// fields of delays.

// How much of a delay is left after its whole windows, in ms.
fn delay_rest(delay: u32) -> f32 {
    return f32(delay & ((1u << parameters.delay_shift) - 1u)) * parameters.delay_unit;
}

// How many windows after its own a spike arrives.
fn delay_windows(delay: u32, offset: f32) -> u32 {
    let is_carried = offset + delay_rest(delay) >= parameters.window_length;
    return (delay >> parameters.delay_shift) + u32(is_carried);
}

// When it arrives, since the start of the window in which it does.
fn delay_offset(delay: u32, offset: f32) -> f32 {
    let sum = offset + delay_rest(delay);
    if (sum >= parameters.window_length) {
        return sum - parameters.window_length;
    }
    return sum;
}
