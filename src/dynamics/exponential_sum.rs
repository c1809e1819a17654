//! Where sums of exponentials change sign.

use super::bracket::Bracket;

/// `factor * exp(-rate t)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub factor: f64,
    pub rate: f64,
}

/// The sign changes in `(0, limit)` of a sum of exponentials, in order.
///
/// Multiplied by exp(rate t) of its first term and differentiated, the sum has one term fewer, and between
/// that one's roots a single root at most: recursively, as Descartes' rule of signs is proved.
pub(super) fn sum_roots(terms: &[Term], limit: f64) -> Vec<f64> {
    let mut distinct: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        match distinct.iter_mut().find(|other| other.rate == term.rate) {
            Some(other) => other.factor += term.factor,
            None => distinct.push(*term),
        }
    }
    distinct.retain(|term| term.factor != 0.0);
    // The slowest first: divided by its exponential no term grows.
    distinct.sort_by(|x, y| x.rate.total_cmp(&y.rate));
    let one_sign = |sign: f64| distinct.iter().all(|term| term.factor * sign > 0.0);
    if one_sign(1.0) || one_sign(-1.0) {
        return Vec::new();
    }
    let first = distinct[0].rate;
    let derivative: Vec<Term> = distinct[1..]
        .iter()
        .map(|term| Term {
            factor: term.factor * (first - term.rate),
            rate: term.rate,
        })
        .collect();
    let value = |t: f64| -> f64 {
        let each = distinct.iter();
        each.map(|term| term.factor * (-(term.rate - first) * t).exp())
            .sum()
    };
    let mut roots = Vec::new();
    roots_between(&sum_roots(&derivative, limit), limit, value, &mut roots);
    roots
}

/// The sign changes of a function that is monotone (times something positive) between `breaks`.
pub(super) fn roots_between(
    breaks: &[f64],
    limit: f64,
    value: impl Fn(f64) -> f64,
    roots: &mut Vec<f64>,
) {
    let (mut from, mut at_from) = (0.0, value(0.0));
    for &to in breaks.iter().chain(std::iter::once(&limit)) {
        let at_to = value(to);
        if at_from * at_to < 0.0 || (at_to == 0.0 && at_from != 0.0 && to < limit) {
            let mut bracket = Bracket::new(from, to);
            let mut t = bracket.middle();
            while !bracket.is_closed() {
                bracket.narrow(t, value(t) * at_from > 0.0);
                t = bracket.middle();
            }
            roots.push(bracket.high);
        }
        (from, at_from) = (to, at_to);
    }
}
