//! The membrane voltages of several neurons, population by population.

use super::axis::Axis;
use super::canvas::{Canvas, Point, WIDTH, picture};
use super::check;
use super::colour::{INK, MUTED, colour};
use super::frame::{Frame, Titles, heading};
use super::legend::{self, Entry, LINE, Mark};
use crate::Result;

const LEFT: f64 = 84.0;
/// The most and the least that the names of neurons take.
const LEGEND: (f64, f64) = (110.0, 280.0);
const TOP: f64 = 78.0;
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

/// The voltages of neurons in one run.
#[derive(Debug, Clone, Copy)]
pub struct Traces<'a> {
    /// What ran, above the picture.
    pub title: &'a str,
    /// Which neurons are drawn, below the title; may be empty.
    pub note: &'a str,
    /// From above.
    pub panels: &'a [TracePanel<'a>],
    /// Until when, in ms; from 0.
    pub until: f64,
}

/// Draws the panels below each other over one axis of time, with each threshold as a dashed line and each spike as a dot
/// on it.
///
/// # Errors
/// No panels, a panel without traces, an empty trace, times and voltages of different lengths, times out of
/// order, or a value that is not finite.
pub fn traces(data: &Traces) -> Result<String> {
    let panels = data.panels;
    check::filled("panels", panels)?;
    check::finite("until", [data.until])?;
    for panel in panels {
        check::filled(&format!("traces of {}", panel.name), panel.traces)?;
        check::finite(&format!("threshold of {}", panel.name), panel.threshold)?;
        panel.traces.iter().try_for_each(check_trace)?;
    }
    let keys: Vec<Vec<Entry>> = panels.iter().map(key).collect();
    let legend = keys
        .iter()
        .map(|key| legend::width(key))
        .fold(0.0, f64::max);
    let legend = legend.clamp(LEGEND.0, LEGEND.1);
    let mut frames = Vec::new();
    let mut top = TOP;
    for (panel, key) in panels.iter().zip(&keys) {
        let levels = panel.traces.iter().flat_map(|trace| trace.voltages);
        let height = LEAST.max(key.len() as f64 * LINE);
        frames.push(Frame {
            left: LEFT,
            top,
            right: WIDTH - legend - 26.0,
            bottom: top + height,
            x: Axis::roomy(0.0, data.until, 8),
            y: Axis::around(levels.copied().chain(panel.threshold), 5),
        });
        top += height + GAP;
    }
    Ok(picture(WIDTH, top + 10.0, data.title, |canvas| {
        heading(canvas, data.title, data.note);
        for (ix, (panel, frame)) in panels.iter().zip(&frames).enumerate() {
            draw(canvas, frame, panel, ix + 1 == panels.len());
            legend::column(canvas, (frame.right + 14.0, frame.top), legend, &keys[ix]);
        }
    }))
}

fn key(panel: &TracePanel) -> Vec<Entry> {
    let traces = panel.traces.iter().enumerate();
    let names = traces.map(|(ix, trace)| (Mark::Line(colour(ix)), trace.name.to_owned()));
    let mut entries: Vec<Entry> = names.collect();
    if panel.threshold.is_some() {
        entries.push((Mark::Dashes(MUTED), "threshold".into()));
        if panel.traces.iter().any(|trace| !trace.spikes.is_empty()) {
            entries.push((Mark::Dot(INK), "spike".into()));
        }
    }
    entries
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

fn draw(canvas: &mut Canvas, frame: &Frame, panel: &TracePanel, is_lowest: bool) {
    frame.grid(canvas);
    let titles = Titles {
        title: panel.name,
        note: "",
        x: if is_lowest { "time [ms]" } else { "" },
        y: match panel.threshold {
            Some(_) => "voltage / threshold",
            None => "voltage",
        },
    };
    frame.outline(canvas, titles);
    for (ix, trace) in panel.traces.iter().enumerate() {
        let points = trace.times.iter().zip(trace.voltages);
        let points: Vec<_> = points.map(|(&t, &v)| frame.point(t, v)).collect();
        canvas.line(&sparing(&points), colour(ix), 1.5);
    }
    if let Some(threshold) = panel.threshold {
        let level = frame.point(0.0, threshold).1;
        canvas.dashes((frame.left, level), (frame.right, level), MUTED, 1.25);
        for (ix, trace) in panel.traces.iter().enumerate() {
            let spikes = trace.spikes.iter();
            let dots: Vec<Point> = spikes.map(|&time| frame.point(time, threshold)).collect();
            canvas.dots(&dots, 3.0, colour(ix), 1.0);
        }
    }
}

/// The line without points that lie within a tenth of a px of the straight one between those around them.
fn sparing(points: &[Point]) -> Vec<Point> {
    const TOLERANCE: f64 = 0.1;
    let mut kept: Vec<Point> = Vec::new();
    // The slopes that a line from the last point kept may have to pass all points since near enough.
    let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
    for (ix, &(x, y)) in points.iter().enumerate() {
        if let Some(&(from, level)) = kept.last() {
            let previous = points[ix - 1];
            let across = x - from;
            let slope = (y - level) / across;
            if across > 0.0 && (least..=most).contains(&slope) {
                least = least.max((y - TOLERANCE - level) / across);
                most = most.min((y + TOLERANCE - level) / across);
                continue;
            }
            if previous != (from, level) {
                kept.push(previous);
            }
            let across = x - previous.0;
            if across > 0.0 {
                least = (y - TOLERANCE - previous.1) / across;
                most = (y + TOLERANCE - previous.1) / across;
                continue;
            }
        }
        kept.push((x, y));
        (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
    }
    kept.extend(points.last().filter(|last| kept.last() != Some(last)));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::seen;

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
        traces(&Traces {
            title: "sample 0",
            note: "all",
            panels: &[panel],
            until: 2.0,
        })
    }

    #[test]
    fn names_its_axes_and_neurons() {
        let svg = drawn(TRACE).expect("a good trace");
        seen::whole(&svg);
        for text in [
            "sample 0",
            "all",
            "hidden",
            "neuron 7",
            "threshold",
            "spike",
            "time [ms]",
        ] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text}");
        }
        let silent = Trace {
            spikes: &[],
            ..TRACE
        };
        assert!(!drawn(silent).expect("a good trace").contains(">spike<"));
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
        let none = Traces {
            title: "",
            note: "",
            panels: &[],
            until: 1.0,
        };
        assert!(traces(&none).is_err());
    }
    #[test]
    fn names_are_whole_however_long() {
        let long = "class Iris versicolor, as it is named";
        let svg = drawn(Trace {
            name: long,
            ..TRACE
        })
        .expect("a good trace");
        assert!(svg.contains(&format!(">{long}</text>")), "{svg}");
        seen::whole(&svg);
        // Until there is no room for the picture.
        let longer = long.repeat(3);
        let svg = drawn(Trace {
            name: &longer,
            ..TRACE
        })
        .expect("a good trace");
        assert!(!svg.contains(&longer) && svg.contains('…'));
    }

    #[test]
    fn few_points_draw_the_same_line() {
        let curve: Vec<Point> = (0..=1000)
            .map(|ix| {
                let x = 0.6 * f64::from(ix);
                let jump = if ix > 500 { 40.0 } else { 0.0 };
                (x, 80.0 + 60.0 * (x / 50.0).sin() - jump)
            })
            .collect();
        let kept = sparing(&curve);
        assert!(kept.len() < 300, "{}", kept.len());
        let off = |kept: &[Point]| {
            let at = |(x, y): &Point| {
                let after = kept.partition_point(|p| p.0 < *x).max(1);
                let (a, b) = (kept[after - 1], kept[after]);
                (a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0) - y).abs()
            };
            curve.iter().map(at).fold(0.0, f64::max)
        };
        assert!(off(&kept) < 0.25, "{}", off(&kept));
        // Every other one of them draws another line.
        let coarse: Vec<Point> = kept
            .iter()
            .copied()
            .step_by(4)
            .chain(kept.last().copied())
            .collect();
        assert!(off(&coarse) > 1.0);
        assert_eq!(sparing(&curve[..1]), curve[..1]);
        // A jump keeps both its ends.
        let jump = [(0.0, 0.0), (1.0, 0.0), (1.0, 5.0), (2.0, 5.0)];
        assert_eq!(sparing(&jump), jump);
    }
}
