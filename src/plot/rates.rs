//! Rates of populations over time.

use std::ops::Range;

use super::axis::Axis;
use super::canvas::{Point, WIDTH, picture};
use super::check;
use super::colour::colour;
use super::frame::{Frame, Titles, heading};
use super::words::{brief, number};
use crate::{Error, Result};

const LEFT: f64 = 84.0;
const TOP: f64 = 78.0;
const PANEL: f64 = 84.0;
const GAP: f64 = 44.0;
const BELOW: f64 = 58.0;

/// The rate of one population.
#[derive(Debug, Clone, Copy)]
pub struct RateGroup<'a> {
    /// Written above the panel.
    pub name: &'a str,
    /// In spikes per second and neuron, one for each bin.
    pub rates: &'a [f64],
}

/// Rates of populations in the same bins of time.
#[derive(Debug, Clone)]
pub struct Rates<'a> {
    /// What ran, above the picture.
    pub title: &'a str,
    /// From the start of the first bin to the end of the last, in ms.
    pub time: Range<f64>,
    /// How long a bin is, in ms; the last one ends with `time`.
    pub bin: f64,
    /// A panel each, from above.
    pub groups: &'a [RateGroup<'a>],
}

/// Draws the rate of each population in a panel of its own, and says how long the bins are.
///
/// # Errors
/// No group, a time that is empty, a bin that is not above zero, a number of rates that is not that of bins, a value that
/// is not finite.
pub fn rates(data: &Rates) -> Result<String> {
    check::filled("groups", data.groups)?;
    let Range { start, end } = data.time;
    check::finite("time", [start, end])?;
    check::finite("bin", [data.bin])?;
    if data.time.is_empty() || data.bin <= 0.0 {
        return Err(Error::invalid(
            "time and bin",
            format!("{start} to {end} and {}", data.bin),
            "give an end after the start and a bin above zero, in ms",
        ));
    }
    // What rounding adds to a whole number of bins is none.
    let bins = ((end - start) / data.bin - 1e-9).ceil() as usize;
    for (ix, group) in data.groups.iter().enumerate() {
        let field = format!("groups[{ix}].rates");
        check::length(&field, group.rates.len(), "time over bin", bins)?;
        check::finite(&field, group.rates.iter().copied())?;
    }
    let n = data.groups.len();
    let height = TOP + n as f64 * (PANEL + GAP) - GAP + BELOW;
    Ok(picture(WIDTH, height, data.title, |canvas| {
        let bin = brief(data.bin);
        let note = format!("spikes per second and neuron, in bins of {bin} ms");
        heading(canvas, data.title, &note);
        for (ix, group) in data.groups.iter().enumerate() {
            let top = TOP + ix as f64 * (PANEL + GAP);
            let most = group.rates.iter().copied().fold(0.0, f64::max);
            let frame = Frame {
                left: LEFT,
                top,
                right: WIDTH - 28.0,
                bottom: top + PANEL,
                x: Axis::roomy(start, end, 8),
                y: Axis::linear(0.0, if most > 0.0 { 1.05 * most } else { 1.0 }, 3),
            };
            frame.grid(canvas);
            let edge = |bin: usize| (start + bin as f64 * data.bin).min(end);
            let steps = group.rates.iter().enumerate();
            let steps = steps.flat_map(|(bin, &rate)| [(edge(bin), rate), (edge(bin + 1), rate)]);
            let points: Vec<Point> = steps.map(|(time, rate)| frame.point(time, rate)).collect();
            // As in a raster, whose lowest band has the first colour.
            canvas.line(&points, colour(n - 1 - ix), 1.5);
            let sum = group.rates.iter().enumerate();
            let sum: f64 = sum
                .map(|(bin, rate)| rate * (edge(bin + 1) - edge(bin)))
                .sum();
            let note = format!("mean {} Hz", number(sum / (end - start)));
            let titles = Titles {
                title: group.name,
                note: &note,
                x: if ix + 1 == n { "time [ms]" } else { "" },
                y: "rate [Hz]",
            };
            frame.outline(canvas, titles);
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::seen;

    #[test]
    fn a_panel_for_each_population_and_the_bin_is_told() {
        let group = |name, rates| RateGroup { name, rates };
        let groups = [
            group("one", &[1.0, 2.0, 4.0][..]),
            group("<two>", &[0.0, 0.0, 0.0]),
        ];
        // The last bin is half as long as the others.
        let good = Rates {
            title: "a network",
            time: 10.0..20.0,
            bin: 4.0,
            groups: &groups,
        };
        let svg = rates(&good).expect("good groups");
        seen::whole(&svg);
        for text in ["a network", "&lt;two&gt;", "mean 2.00 Hz", "10", "20"] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text} in {svg}");
        }
        assert!(svg.contains("in bins of 4 ms<"));
        assert_eq!(svg.matches("rate [Hz]").count(), 2);
        let refused = |data: Rates| rates(&data).is_err();
        assert!(refused(Rates {
            bin: 5.0,
            ..good.clone()
        }));
        assert!(refused(Rates {
            bin: 0.0,
            ..good.clone()
        }));
        assert!(refused(Rates {
            groups: &[],
            ..good.clone()
        }));
        assert!(refused(Rates {
            time: 10.0..10.0,
            ..good.clone()
        }));
        let unknown = [group("x", &[f64::NAN, 1.0, 1.0])];
        assert!(refused(Rates {
            groups: &unknown,
            ..good
        }));
    }
}
