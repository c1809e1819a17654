//! The membrane voltages of several neurons, population by population.

use super::axis::Axis;
use super::canvas::{Canvas, Drawn, picture};
use super::check;
use super::frame::{Frame, Titles};
use super::legend::{self, Entry, LINE, Mark};
use super::style::{INK, MUTED, WIDTH, colour};
use crate::Result;

const LEFT: f64 = 84.0;
const LEGEND: f64 = 130.0;
const TOP: f64 = 34.0;
const GAP: f64 = 56.0;
const LEAST: f64 = 170.0;

/// The voltage of one neuron over time.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// The name in the legend.
    pub name: &'a str,
    /// When the voltage was taken, in ms, in order; an instant may occur twice at a reset.
    pub times: &'a [f64],
    /// The voltage at each of `times`.
    pub voltages: &'a [f64],
    /// When the neuron fired, in ms; may be empty.
    pub spikes: &'a [f64],
}

/// Neurons that share a panel.
#[derive(Debug, Clone, Copy)]
pub struct TracePanel<'a> {
    /// The title.
    pub name: &'a str,
    /// The voltage at which the neurons fire, in whose unit voltages are then; none of readouts.
    pub threshold: Option<f64>,
    /// The neurons.
    pub traces: &'a [Trace<'a>],
}

/// Draws the panels below each other over one axis of time from 0 to `duration` ms, with each threshold as a
/// dashed line and each spike as a dot on it.
///
/// # Errors
/// No panels, a panel without traces, an empty trace, times and voltages of different lengths, times out of
/// order, or a value that is not finite.
pub fn traces(panels: &[TracePanel], duration: f64) -> Result<String> {
    check::filled("panels", panels)?;
    check::finite("duration", [duration])?;
    for panel in panels {
        check::filled(&format!("traces of {}", panel.name), panel.traces)?;
        check::finite(&format!("threshold of {}", panel.name), panel.threshold)?;
        panel.traces.iter().try_for_each(check_trace)?;
    }
    let mut frames = Vec::new();
    let mut top = TOP;
    for panel in panels {
        let levels = panel.traces.iter().flat_map(|trace| trace.voltages);
        // Two lines more for what dashes and dots are.
        let height = LEAST.max((panel.traces.len() + 2) as f64 * LINE);
        frames.push(Frame {
            left: LEFT,
            top,
            right: WIDTH - LEGEND - 20.0,
            bottom: top + height,
            x: Axis::linear(0.0, duration, 8),
            y: Axis::around(levels.copied().chain(panel.threshold), 5),
        });
        top += height + GAP;
    }
    picture(WIDTH, top + 10.0, |canvas| {
        for (ix, (panel, frame)) in panels.iter().zip(&frames).enumerate() {
            draw(canvas, frame, panel, ix + 1 == panels.len())?;
        }
        Ok(())
    })
}

fn check_trace(trace: &Trace) -> Result<()> {
    let of = |what: &str| format!("{what} of {}", trace.name);
    check::filled(&of("times"), trace.times)?;
    let n_times = trace.times.len();
    check::length(&of("voltages"), trace.voltages.len(), "times", n_times)?;
    for (what, values) in [
        ("times", trace.times),
        ("voltages", trace.voltages),
        ("spikes", trace.spikes),
    ] {
        check::finite(&of(what), values.iter().copied())?;
    }
    check::ordered(&of("times"), trace.times)
}

fn draw(canvas: &Canvas, frame: &Frame, panel: &TracePanel, is_lowest: bool) -> Drawn {
    frame.grid(canvas)?;
    let titles = Titles {
        title: panel.name,
        note: "",
        x: if is_lowest { "time [ms]" } else { "" },
        y: match panel.threshold {
            Some(_) => "voltage / threshold",
            None => "voltage",
        },
    };
    frame.outline(canvas, titles)?;
    let mut entries: Vec<Entry> = Vec::new();
    for (ix, trace) in panel.traces.iter().enumerate() {
        let points = trace.times.iter().zip(trace.voltages);
        let points: Vec<_> = points.map(|(&t, &v)| frame.point(t, v)).collect();
        canvas.line(&points, colour(ix), 1.5)?;
        entries.push((Mark::Line(colour(ix)), trace.name.to_owned()));
    }
    if let Some(threshold) = panel.threshold {
        let level = frame.point(0.0, threshold).1;
        canvas.dashes((frame.left, level), (frame.right, level), MUTED, 1.25)?;
        for (ix, trace) in panel.traces.iter().enumerate() {
            for &time in trace.spikes {
                canvas.dot(frame.point(time, threshold), 3.0, colour(ix))?;
            }
        }
        entries.push((Mark::Dashes(MUTED), "threshold".into()));
        entries.push((Mark::Dot(INK), "spike".into()));
    }
    legend::column(canvas, (frame.right + 14.0, frame.top), LEGEND, &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: Trace = Trace {
        name: "neuron 7",
        times: &[0.0, 1.0, 1.0, 2.0],
        voltages: &[0.0, 1.0, 0.0, 0.5],
        spikes: &[1.0],
    };

    fn drawn(trace: Trace) -> Result<String> {
        let panel = TracePanel {
            name: "hidden",
            threshold: Some(1.0),
            traces: &[trace],
        };
        traces(&[panel], 2.0)
    }

    #[test]
    fn names_its_axes_and_neurons() {
        let svg = drawn(TRACE).expect("a good trace");
        for text in ["hidden\n", "neuron 7\n", "threshold\n", "time [ms]\n"] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn names_the_field_it_refuses() {
        let empty: Trace = Trace {
            times: &[],
            voltages: &[],
            ..TRACE
        };
        let short = Trace {
            voltages: &[0.0],
            ..TRACE
        };
        let backward = Trace {
            times: &[0.0, 2.0, 1.0, 3.0],
            ..TRACE
        };
        let unknown = Trace {
            spikes: &[f64::NAN],
            ..TRACE
        };
        for (trace, expected) in [
            (empty, "times of neuron 7 is empty"),
            (short, "length of voltages of neuron 7 is 1"),
            (backward, "times of neuron 7[2] is 1"),
            (unknown, "spikes of neuron 7[0] is NaN"),
        ] {
            let error = drawn(trace).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(traces(&[], 1.0).is_err());
    }
}
