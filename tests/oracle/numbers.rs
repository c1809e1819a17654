//! The fast numbers against a crate's of 192 bits, and the fast oracle against itself in those.

use crate::big::Big;
use crate::dd::Dd;
use crate::exact::simulate;
use crate::families::{Family, draw};
use crate::real::Real;
use crate::rule::Rules;

fn big(x: Dd) -> Big {
    let (high, low) = x.parts();
    Big::of(high) + Big::of(low)
}

/// The error of `x`, relative to `right`.
fn error(x: Dd, right: &Big) -> f64 {
    ((big(x) - right.clone()) / right.clone()).near().abs()
}

#[test]
fn functions_have_a_hundred_bits() {
    let mut worst = [0.0_f64; 6];
    for k in 0..400 {
        // From 1e-9 to 300, both signs, with a low part of its own.
        let high = 1e-9 * (k as f64 * 0.066).exp() * 1.000_345;
        let x = Dd::of(high) + Dd::of(high * 3.3e-18);
        for x in [x, -x] {
            let exact = big(x);
            // A rounding of x moves exp(x) by x times as much.
            let condition = 1.0 + x.near().abs();
            worst[0] = worst[0].max(error(x.exp(), &exact.exp()) / condition);
            worst[1] = worst[1].max(error(x.expm1(), &exact.expm1()) / condition);
            let quotient = Dd::of(1.7) / x * x;
            worst[2] = worst[2].max(error(quotient, &Big::of(1.7)));
            if x.is_positive() {
                worst[3] = worst[3].max(error(x.ln(), &exact.own_ln()));
            }
            if x.near() > -0.9 {
                let one_more = (exact + Big::of(1.0)).own_ln();
                worst[4] = worst[4].max(error(x.ln_1p(), &one_more));
                worst[5] = worst[5].max(error(x.ln_1p(), &big(x).ln_1p()));
            }
        }
    }
    println!("exp, expm1, division, ln, ln_1p, ln_1p in one way: {worst:?}");
    // 2^-100 = 8e-31; ln near 1 is relative to a value near 0.
    let bars = [1e-31, 1e-31, 1e-31, 1e-28, 1e-30, 1e-30];
    assert!(worst.iter().zip(bars).all(|(error, bar)| *error < bar));
}

#[test]
fn the_oracle_agrees_with_itself_in_192_bits() {
    let mut spikes = 0;
    let mut worst = 0.0_f64;
    for family in Family::ALL {
        for seed in 0..3 {
            let net = draw(family, seed);
            let fast = simulate::<Dd>(&net, None, Rules::default());
            if fast.is_runaway || fast.spikes.len() > 60 {
                continue;
            }
            let slow = simulate::<Big>(&net, None, Rules::default());
            assert_eq!(fast.spikes.len(), slow.spikes.len(), "{}", net.name);
            assert_eq!(fast.exact_ties, slow.exact_ties, "{}", net.name);
            for (x, y) in fast.spikes.iter().zip(&slow.spikes) {
                assert_eq!(x.neuron, y.neuron, "{}", net.name);
                worst = worst.max(error(x.time, &y.time));
                spikes += 1;
            }
        }
    }
    println!("{spikes} spikes, times {worst:.1e}");
    assert!(spikes > 200 && worst < 1e-24, "{spikes} {worst}");
}
