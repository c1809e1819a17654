//! From values to places along an axis, and the round numbers written there.

use super::words::power_of_ten;

/// One axis: a range of values, linear or logarithmic, and its tick marks.
///
/// Linear values are held in units of a power of ten chosen so that neither
/// their span nor their labels overflow, whatever finite values are drawn.
pub(super) struct Axis {
    low: f64,
    high: f64,
    scale: Scale,
    ticks: Vec<(f64, String)>,
}

#[derive(Clone, Copy)]
enum Scale {
    Linear { exponent: i32 },
    Log,
}

/// Ranges narrower than this share of their values are widened: nobody reads longer labels.
const NARROWEST: f64 = 1e-6;

impl Axis {
    /// A linear axis around `values` with a margin, with about `wanted` ticks.
    pub(super) fn around(values: impl IntoIterator<Item = f64>, wanted: usize) -> Self {
        let (low, high) = extent(values);
        Self::build(low, high, 0.04, wanted)
    }

    /// A linear axis from `low` to `high`, with about `wanted` ticks.
    pub(super) fn linear(low: f64, high: f64, wanted: usize) -> Self {
        Self::build(low, high, 0.0, wanted)
    }

    /// A linear axis from `low` to `high` with a little room at both ends, so that marks there are seen whole.
    pub(super) fn roomy(low: f64, high: f64, wanted: usize) -> Self {
        Self::build(low, high, 0.012, wanted)
    }

    fn build(low: f64, high: f64, margin: f64, wanted: usize) -> Self {
        let largest = low.abs().max(high.abs());
        let exponent = match largest {
            x if x == 0.0 || (1e-3..1e5).contains(&x) => 0,
            x => (x.log10().floor() as i32).max(-300),
        };
        let unit = 10f64.powi(exponent);
        let (mut low, mut high) = (low / unit, high / unit);
        let largest = largest / unit;
        if high - low <= largest * NARROWEST || largest < NARROWEST {
            let pad = if largest < NARROWEST {
                1.0
            } else {
                0.1 * largest
            };
            (low, high) = (low - pad, high + pad);
        }
        let pad = margin * (high - low);
        (low, high) = (low - pad, high + pad);

        let step = round_step((high - low) / wanted.max(1) as f64);
        let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
        let first = (low / step - 1e-6).ceil() as i64;
        let last = (high / step + 1e-6).floor() as i64;
        let ticks = (first..=last)
            .map(|k| {
                let value = k as f64 * step;
                let label = format!("{value:.decimals$}").replace('-', "−");
                ((value - low) / (high - low), label)
            })
            .collect();
        let scale = Scale::Linear { exponent };
        Self {
            low,
            high,
            scale,
            ticks,
        }
    }

    /// A logarithmic axis around positive `values`, with at most about `wanted` ticks.
    pub(super) fn log_around(values: impl IntoIterator<Item = f64>, wanted: usize) -> Self {
        let (low, high) = extent(values);
        let (mut low, mut high) = (low.log10(), high.log10());
        let pad = (0.04 * (high - low)).max(if high - low < 1.0 { 0.5 } else { 0.0 });
        (low, high) = (low - pad, high + pad);
        let (first, last) = (low.ceil() as i32, high.floor() as i32);
        let stride = ((last - first) as usize / wanted.max(1) + 1) as i32;
        let within: &[f64] = if last - first < 2 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let mut ticks = Vec::new();
        for decade in (first - 1..=last).filter(|decade| decade.rem_euclid(stride) == 0) {
            for &factor in within {
                let at = (f64::from(decade) + factor.log10() - low) / (high - low);
                if (-1e-9..=1.0 + 1e-9).contains(&at) {
                    ticks.push((at, log_label(factor, decade, within.len() > 1)));
                }
            }
        }
        Self {
            low,
            high,
            scale: Scale::Log,
            ticks,
        }
    }

    /// Where `value` lies, from 0 at the axis's start to 1 at its end; values
    /// outside lie at the nearer end.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = match self.scale {
            Scale::Linear { exponent } => value / 10f64.powi(exponent),
            Scale::Log => value.log10(),
        };
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Places along the axis, 0 to 1, and what to write there.
    pub(super) fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    /// `name` with the power of ten that the tick labels leave out.
    pub(super) fn titled(&self, name: &str) -> String {
        match self.scale {
            Scale::Linear { exponent } if exponent != 0 => {
                format!("{name} (× {})", power_of_ten(exponent))
            }
            _ => name.into(),
        }
    }
}

/// The smallest and the largest of `values`; zeros where there are none.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    values
        .into_iter()
        .fold(None, |seen, v| match seen {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
        .unwrap_or((0.0, 0.0))
}

/// The number of the form 1, 2 or 5 times a power of ten that is nearest to `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor = match step / power {
        x if x < 1.5 => 1.0,
        x if x < 3.5 => 2.0,
        x if x < 7.5 => 5.0,
        _ => 10.0,
    };
    factor * power
}

fn log_label(factor: f64, decade: i32, plain: bool) -> String {
    if plain && (-4..5).contains(&decade) {
        let decimals = usize::try_from(-decade).unwrap_or(0);
        return format!("{:.decimals$}", factor * 10f64.powi(decade));
    }
    if factor == 1.0 {
        return power_of_ten(decade);
    }
    format!("{factor}×{}", power_of_ten(decade))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks()
            .iter()
            .map(|(_, label)| label.as_str())
            .collect()
    }

    #[test]
    fn ticks_are_round_and_in_their_places() {
        let axis = Axis::linear(0.0, 1.0, 5);
        assert_eq!(labels(&axis), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert!((axis.ticks()[2].0 - 0.4).abs() < 1e-12);
        assert!((axis.at(0.4) - 0.4).abs() < 1e-12);
        let axis = Axis::linear(-0.05, 0.05, 4);
        assert_eq!(labels(&axis), ["−0.04", "−0.02", "0.00", "0.02", "0.04"]);
    }

    #[test]
    fn large_values_move_their_power_into_the_title() {
        let axis = Axis::linear(0.0, 2e7, 4);
        assert_eq!(labels(&axis), ["0.0", "0.5", "1.0", "1.5", "2.0"]);
        assert_eq!(axis.titled("loss"), "loss (× 10⁷)");
        assert_eq!(Axis::linear(0.0, 2.0, 4).titled("loss"), "loss");
    }

    #[test]
    fn decades_are_labelled_once_each() {
        let axis = Axis::log_around([1e-6, 1.0], 8);
        assert_eq!(
            labels(&axis),
            ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]
        );
        let narrow = Axis::log_around([0.2, 0.4], 8);
        assert_eq!(labels(&narrow), ["0.1", "0.2", "0.5", "1"]);
    }

    #[test]
    fn any_finite_values_give_an_axis_that_can_be_drawn() {
        let extremes = [
            [0.0, 0.0],
            [1e6, 1e6],
            [-1.0, -1.0],
            [f64::MIN, f64::MAX],
            [5e-324, 5e-324],
            [0.0, 5e-324],
            [1.0, 1.0 + f64::EPSILON],
            [1e300, 1e300 + 1e290],
            [99_999.0, 100_001.0],
        ];
        for values in extremes {
            let mut axes = vec![Axis::around(values, 5)];
            if values[0] > 0.0 {
                axes.push(Axis::log_around(values, 5));
            }
            for axis in axes {
                let (low, high) = (axis.at(values[0]), axis.at(values[1]));
                assert!((0.0..=1.0).contains(&low) && low <= high, "{values:?}");
                let ticks = axis.ticks();
                assert!((1..=14).contains(&ticks.len()), "{values:?}: {ticks:?}");
                assert!(
                    ticks
                        .iter()
                        .all(|(at, label)| at.is_finite() && label.len() < 16)
                );
            }
        }
    }
}
