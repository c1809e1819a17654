//! Rates of populations over time.

use super::axis::{Axis, extent};
use super::canvas::picture;
use super::check;
use super::frame::{Frame, Titles};
use super::style::{WIDTH, colour, number};
use crate::Result;

const LEFT: f64 = 84.0;
const TOP: f64 = 30.0;
const PANEL: f64 = 84.0;
const GAP: f64 = 44.0;
const BELOW: f64 = 58.0;

/// The rate of one population.
#[derive(Debug, Clone, Copy)]
pub struct RateGroup<'a> {
    /// Written above the panel.
    pub name: &'a str,
    /// In spikes per second and neuron, one for each time.
    pub rates: &'a [f64],
}

/// Draws the rate of each population in a panel of its own, at the same `times` in ms.
///
/// # Errors
/// No group, fewer than two times, a number of rates that is not that of times, a value that is not finite.
pub fn rates(times: &[f64], groups: &[RateGroup]) -> Result<String> {
    check::filled("groups", groups)?;
    check::filled("times", times)?;
    check::ordered("times", times)?;
    check::finite("times", times.iter().copied())?;
    for (ix, group) in groups.iter().enumerate() {
        let field = format!("groups[{ix}].rates");
        check::length(&field, group.rates.len(), "times", times.len())?;
        check::finite(&field, group.rates.iter().copied())?;
    }
    let (start, end) = extent(times.iter().copied());
    let height = TOP + groups.len() as f64 * (PANEL + GAP) - GAP + BELOW;
    picture(WIDTH, height, |canvas| {
        for (ix, group) in groups.iter().enumerate() {
            let top = TOP + ix as f64 * (PANEL + GAP);
            let most = group.rates.iter().copied().fold(0.0, f64::max);
            let frame = Frame {
                left: LEFT,
                top,
                right: WIDTH - 28.0,
                bottom: top + PANEL,
                x: Axis::linear(start, end, 8),
                y: Axis::linear(0.0, if most > 0.0 { 1.05 * most } else { 1.0 }, 3),
            };
            frame.grid(canvas)?;
            let points: Vec<_> = times.iter().zip(group.rates).collect();
            let points: Vec<_> = points.iter().map(|(t, r)| frame.point(**t, **r)).collect();
            // As in a raster, whose lowest band has the first colour.
            canvas.line(&points, colour(groups.len() - 1 - ix), 1.5)?;
            let mean = group.rates.iter().sum::<f64>() / times.len() as f64;
            let note = format!("mean {} Hz", number(mean));
            let is_last = ix + 1 == groups.len();
            let titles = Titles {
                title: group.name,
                note: &note,
                x: if is_last { "time [ms]" } else { "" },
                y: "rate [Hz]",
            };
            frame.outline(canvas, titles)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_for_each_population() {
        let group = |name, rates| RateGroup { name, rates };
        let groups = [group("one", &[1.0, 2.0][..]), group("<two>", &[0.0, 0.0])];
        let svg = rates(&[0.0, 5.0], &groups).expect("good groups");
        assert!(svg.contains("&lt;two&gt;") && svg.contains("mean 1.50 Hz"));
        assert_eq!(svg.matches("rate [Hz]").count(), 2);
        assert!(rates(&[0.0], &groups).is_err());
        assert!(rates(&[0.0, 5.0], &[]).is_err());
        assert!(rates(&[0.0, 5.0], &[group("x", &[f64::NAN, 1.0])]).is_err());
    }
}
