// Intervals of a Poisson process: minus the logarithm of a random word as a number between 0 and 1. The built-in
// logarithm has only absolute precision near 1, where most of the shortest intervals are.

// atanh(s)/s for 0 <= s <= 1/3; the tenth term is below 1e-10.
fn atanh_over(s: f32) -> f32 {
    let x = s * s;
    return 1.0 + x * (0.33333334 + x * (0.2 + x * (0.14285715 + x * (0.11111111 + x * (0.09090909
        + x * (0.07692308 + x * (0.06666667 + x * 0.05882353)))))));
}

// -log((word + 1/2) / 2^32). With (word + 1/2) / 2^32 = 2^-k (1 - v), v in [0, 1/2], this is
// k log 2 + 2 atanh(v / (2 - v)).
fn minus_log(word: u32) -> f32 {
    if (word == 0u) {
        return 33.0 * 0.6931472;
    }
    let k = countLeadingZeros(word);
    let unit = word << k;
    // 2^32 v, whose last bit lies before the point where k is zero.
    var rest = f32(~unit) + 0.5;
    if (k > 0u) {
        rest = f32(~unit + 1u - (1u << (k - 1u)));
    }
    let v = rest * 2.3283064e-10;
    let s = v / (2.0 - v);
    return f32(k) * 0.6931472 + 2.0 * s * atanh_over(s);
}
