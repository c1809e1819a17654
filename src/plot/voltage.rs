//! The membrane voltage of one neuron, and how its spikes move with a weight.

use super::axis::{Axis, extent};
use super::canvas::{WIDTH, picture};
use super::check;
use super::colour::{BLUE, GREEN, MUTED, VERMILLION};
use super::frame::{Frame, Titles};
use super::labels::Labels;
use super::legend::{self, Entry, Mark};
use crate::Result;

const PLOT: f64 = 300.0;

/// A spike of the drawn neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoltageSpike {
    /// When, in ms.
    pub time: f64,
    /// The derivative of `time` by a weight, in ms per unit of weight, if it is to be shown.
    pub gradient: Option<f64>,
}

/// The voltage of one neuron over time.
#[derive(Debug, Clone, Copy)]
pub struct Voltage<'a> {
    /// When the voltage was taken, in ms, in order; an instant may occur twice at a reset.
    pub times: &'a [f64],
    /// The voltage at each of `times`, in the unit of `threshold`.
    pub voltages: &'a [f64],
    /// The voltage at which the neuron fires.
    pub threshold: f64,
    /// The neuron's spikes; may be empty.
    pub spikes: &'a [VoltageSpike],
}

/// Draws the trace, the threshold and the spikes.
///
/// A spike with a gradient carries its value and an arrow that points where the
/// spike goes when the weight grows; lengths are relative to the largest gradient.
///
/// # Errors
/// An empty trace, times and voltages of different lengths, times out of order,
/// or a value that is not finite.
pub fn voltage(data: &Voltage) -> Result<String> {
    check::filled("times", data.times)?;
    check::length("voltages", data.voltages.len(), "times", data.times.len())?;
    check::finite("times", data.times.iter().copied())?;
    check::finite("voltages", data.voltages.iter().copied())?;
    check::finite("threshold", [data.threshold])?;
    check::finite("spike times", data.spikes.iter().map(|s| s.time))?;
    check::finite(
        "spike gradients",
        data.spikes.iter().filter_map(|s| s.gradient),
    )?;
    check::ordered("times", data.times)?;

    let times = data
        .times
        .iter()
        .copied()
        .chain(data.spikes.iter().map(|s| s.time));
    let (start, end) = extent(times);
    let levels = data.voltages.iter().copied().chain([data.threshold]);
    let mut frame = Frame {
        left: 84.0,
        top: 44.0,
        right: WIDTH - 28.0,
        bottom: 44.0 + PLOT,
        x: Axis::linear(start, end, 8),
        y: Axis::around(levels, 6),
    };
    let labels = Labels::place(data.spikes, &frame);
    let strip = labels.strip();
    frame.top += strip;
    frame.bottom += strip;

    Ok(picture(
        WIDTH,
        frame.bottom + 58.0,
        "membrane voltage",
        |canvas| {
            frame.grid(canvas);
            frame.outline(canvas, Titles::axes("time [ms]", "membrane voltage"));
            let level = frame.point(start, data.threshold).1;
            canvas.dashes((frame.left, level), (frame.right, level), MUTED, 1.25);
            let trace = data.times.iter().zip(data.voltages);
            let trace: Vec<_> = trace.map(|(&t, &v)| frame.point(t, v)).collect();
            canvas.line(&trace, BLUE, 1.75);
            for spike in data.spikes {
                let at = frame.point(spike.time, data.threshold);
                canvas.line(&[at, (at.0, frame.top)], VERMILLION, 1.25);
                canvas.dot(at, 3.0, VERMILLION);
            }
            labels.draw(canvas, &frame);
            legend::row(canvas, (frame.right + 6.0, 16.0), &key(data, &labels));
        },
    ))
}

fn key(data: &Voltage, labels: &Labels) -> Vec<Entry> {
    let mut entries = vec![
        (Mark::Line(BLUE), "voltage".into()),
        (Mark::Dashes(MUTED), "threshold".into()),
    ];
    if !data.spikes.is_empty() {
        entries.push((Mark::Dot(VERMILLION), "spike".into()));
    }
    if !labels.arrows.is_empty() {
        let (shown, all) = (labels.texts.len(), labels.arrows.len());
        let part = if shown < all {
            format!(" ({shown} of {all})")
        } else {
            String::new()
        };
        let text = format!("d(spike time)/d(weight) [ms]{part}");
        entries.push((Mark::Line(GREEN), text));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Voltage = Voltage {
        times: &[0.0, 1.0, 1.0, 2.0],
        voltages: &[0.0, 1.0, 0.0, 0.5],
        threshold: 1.0,
        spikes: &[VoltageSpike {
            time: 1.0,
            gradient: Some(-0.25),
        }],
    };

    #[test]
    fn shows_each_gradient_with_its_sign() {
        let svg = voltage(&GOOD).expect("a good trace");
        assert!(svg.contains("−0.250"));
        assert!(svg.contains("d(spike time)/d(weight) [ms]"));
        let plain = [VoltageSpike {
            time: 1.0,
            gradient: None,
        }];
        let svg = voltage(&Voltage {
            spikes: &plain,
            ..GOOD
        })
        .expect("a good trace");
        assert!(!svg.contains("d(weight)") && svg.contains("spike"));
    }

    #[test]
    fn labels_never_overlap_and_the_missing_ones_are_counted() {
        let spikes: Vec<_> = (0..200)
            .map(|ix| VoltageSpike {
                time: f64::from(ix) / 100.0,
                gradient: Some(1e-9),
            })
            .collect();
        let svg = voltage(&Voltage {
            spikes: &spikes,
            ..GOOD
        })
        .expect("a good trace");
        let shown = svg.matches("1.00×10⁻⁹").count();
        assert!((20..200).contains(&shown), "{shown}");
        assert!(svg.contains(&format!("({shown} of 200)")));
    }

    #[test]
    fn names_the_field_it_refuses() {
        let spike = |time, gradient| [VoltageSpike { time, gradient }];
        let cases = [
            (
                Voltage {
                    times: &[],
                    voltages: &[],
                    ..GOOD
                },
                "times is empty",
            ),
            (
                Voltage {
                    voltages: &[0.0],
                    ..GOOD
                },
                "length of voltages is 1",
            ),
            (
                Voltage {
                    voltages: &[0.0, f64::NAN, 0.0, 0.0],
                    ..GOOD
                },
                "voltages[1] is NaN",
            ),
            (
                Voltage {
                    times: &[0.0, 2.0, 1.0, 3.0],
                    ..GOOD
                },
                "times[2] is 1",
            ),
            (
                Voltage {
                    threshold: f64::INFINITY,
                    ..GOOD
                },
                "threshold[0] is inf",
            ),
            (
                Voltage {
                    spikes: &spike(f64::NAN, None),
                    ..GOOD
                },
                "spike times[0]",
            ),
            (
                Voltage {
                    spikes: &spike(1.0, Some(f64::NAN)),
                    ..GOOD
                },
                "spike gradients[0]",
            ),
        ];
        for (data, expected) in cases {
            let error = voltage(&data).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
