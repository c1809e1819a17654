// In which window a spike arrives, and when in it. A delay is a whole number of small units, so many that
// 2^shift of them make a window: in which window it lands is a function of the spike and the delay alone, and never earlier
// for a longer delay. Needs sparse_types.wgsl, and the kernel's `step`.

// How much of a delay is left after its whole windows, in ms.
fn delay_rest(delay: u32) -> f32 {
    return f32(delay & ((1u << step.delay_shift) - 1u)) * step.delay_unit;
}

// How many windows after its own a spike arrives.
fn delay_windows(delay: u32, offset: f32) -> u32 {
    let is_carried = offset + delay_rest(delay) >= step.window_length;
    return (delay >> step.delay_shift) + u32(is_carried);
}

// When it arrives, since the start of the window in which it does.
fn delay_offset(delay: u32, offset: f32) -> f32 {
    let sum = offset + delay_rest(delay);
    if (sum >= step.window_length) {
        return sum - step.window_length;
    }
    return sum;
}
