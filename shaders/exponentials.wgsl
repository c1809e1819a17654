// Exponentials over an interval of length t, and what they make of a neuron with one current of rate a and a membrane of
// rate b. Small numbers keep their digits over short intervals.

// exp(x) - 1. The built-in exp may be off by several units in the last place of 1, which
// hundreds of short intervals would add up.
fn expm1(x: f32) -> f32 {
    if (abs(x) > 0.5) {
        return exp(x) - 1.0;
    }
    return x * expm1_over_x(x);
}

// (exp(x) - 1) / x for |x| <= 0.5; the tenth term is below 1e-9.
fn expm1_over_x(x: f32) -> f32 {
    return 1.0 + x * second_of_exp(x);
}

// (exp(x) - 1 - x) / x^2 for |x| <= 0.5.
fn second_of_exp(x: f32) -> f32 {
    return 0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333338
        + x * (0.0013888889 + x * (0.0001984127 + x * 0.000024801588)))));
}

// (exp(-a t) - exp(-b t)) / (b - a), t exp(-b t) where the rates are equal; in ms. Given b - a, exp(-b t), and by how much
// exp(-a t) is larger.
fn gain_of(difference: f32, t: f32, membrane: f32, larger: f32) -> f32 {
    let x = difference * t;
    if (abs(x) <= 0.5) {
        return t * membrane * expm1_over_x(x);
    }
    return larger / difference;
}

// -d(gain)/da and -d(gain)/db, in ms^2: (t s - gain) / (b - a) and (gain - t m) / (b - a) with s = exp(-a t) and
// m = exp(-b t), or where they are alike a series that does not divide by a vanishing b - a.
fn gain_derivatives_of(difference: f32, t: f32, membrane: f32, synapse: f32, gain: f32) -> vec2<f32> {
    let x = difference * t;
    if (abs(x) > 0.5) {
        return vec2<f32>(t * synapse - gain, gain - t * membrane) / difference;
    }
    let by_synapse = 0.5 + x * (0.33333334 + x * (0.125 + x * (0.033333335
        + x * (0.0069444445 + x * (0.0011904762 + x * 0.00017361111)))));
    return t * t * membrane * vec2<f32>(by_synapse, second_of_exp(x));
}
