//! The spikes of one sample, unit by unit.

use std::ops::Range;

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::canvas::{Canvas, Drawn, Font, picture};
use super::check;
use super::frame::Frame;
use super::style::{GRID, LABEL, MUTED, SMALL, WIDTH, colour, fitted, pale, text_width};
use crate::{Error, Result};

const TOP: f64 = 16.0;
const BELOW: f64 = 58.0;
const HEIGHT: f64 = 440.0;
/// The least height of a group's band, which its two lines of text need.
const THINNEST: f64 = 40.0;

/// A group of units and its spikes.
#[derive(Debug, Clone, Copy)]
pub struct RasterGroup<'a> {
    /// The name beside the band.
    pub name: &'a str,
    /// How many units the group has, silent ones included.
    pub size: usize,
    /// Spikes as (unit within the group, time in ms), in any order.
    pub spikes: &'a [(usize, f64)],
    /// Whether it is what the network is given: inputs stay out of the network's colours.
    pub is_input: bool,
}

/// Draws groups as stacked bands, the first one at the bottom, each spike a tick at its unit's
/// height.
///
/// Time runs through `time`, in ms. Bands grow with the root of their number
/// of units, so that three output neurons remain visible above 1000 inputs.
///
/// # Errors
/// No groups, a group without units, no spike in any group, a `time` that is empty, a unit beyond its
/// group, or a spike outside `time`.
pub fn raster(groups: &[RasterGroup], time: Range<f64>) -> Result<String> {
    check::filled("groups", groups)?;
    check::finite("time", [time.start, time.end])?;
    if time.is_empty() {
        return Err(Error::invalid(
            "time",
            format!("{} to {}", time.start, time.end),
            "give an end in ms after the start",
        ));
    }
    for group in groups {
        validate(group, &time)?;
    }
    if groups.iter().all(|group| group.spikes.is_empty()) {
        return Err(Error::invalid(
            "spikes",
            "empty in every group",
            "give at least one spike to draw",
        ));
    }

    let weight: f64 = groups.iter().map(|group| (group.size as f64).sqrt()).sum();
    let spare = (HEIGHT - THINNEST * groups.len() as f64).max(0.0);
    let heights: Vec<f64> = groups
        .iter()
        .map(|group| THINNEST + spare * (group.size as f64).sqrt() / weight)
        .collect();
    let widths = groups
        .iter()
        .map(|group| text_width(group.name, LABEL).max(text_width(&counts(group), SMALL)));
    let left = widths.fold(80.0, f64::max).min(220.0) + 24.0;
    let bottom = TOP + heights.iter().sum::<f64>();
    let frame = Frame {
        left,
        top: TOP,
        right: WIDTH - 24.0,
        bottom,
        x: Axis::linear(time.start, time.end, 8),
        y: Axis::linear(0.0, 1.0, 1),
    };

    picture(WIDTH, bottom + BELOW, |canvas| {
        let mut base = bottom;
        for (ix, (group, height)) in groups.iter().zip(&heights).enumerate() {
            let inputs = groups[..ix].iter().filter(|group| group.is_input).count();
            let colour = if group.is_input {
                MUTED
            } else {
                colour(ix - inputs)
            };
            band(canvas, &frame, group, colour, (base, *height))?;
            base -= height;
        }
        frame.border(canvas)?;
        frame.x_axis(canvas, "time [ms]")
    })
}

fn validate(group: &RasterGroup, within: &Range<f64>) -> Result<()> {
    let name = group.name;
    if group.size == 0 {
        return Err(Error::invalid(
            format!("size of group {name}"),
            0,
            "give at least one unit",
        ));
    }
    for (ix, &(unit, time)) in group.spikes.iter().enumerate() {
        let spike = format!("spike {ix} of group {name}");
        check::index(
            format!("unit of {spike}"),
            unit,
            "units in the group",
            group.size,
        )?;
        if !(within.start..=within.end).contains(&time) {
            return Err(Error::invalid(
                format!("time of {spike}"),
                time,
                format!("give a time from {} to {} ms", within.start, within.end),
            ));
        }
    }
    Ok(())
}

fn band(
    canvas: &Canvas,
    frame: &Frame,
    group: &RasterGroup,
    colour: RGBColor,
    (base, height): (f64, f64),
) -> Drawn {
    let top = base - height;
    canvas.rectangle((frame.left, top), (frame.right, base), pale(colour, 0.9))?;
    for (at, _) in frame.x.ticks() {
        let x = frame.left + at * (frame.right - frame.left);
        canvas.line(&[(x, top), (x, base)], GRID, 1.0)?;
    }
    canvas.line(
        &[(frame.left, top), (frame.right, top)],
        pale(colour, 0.4),
        1.0,
    )?;
    canvas.rectangle(
        (frame.left - 6.0, top + 1.0),
        (frame.left - 2.0, base - 1.0),
        colour,
    )?;

    let middle = base - height / 2.0;
    let font = Font {
        h: HPos::Right,
        bold: true,
        ..Font::default()
    };
    let name = fitted(group.name, LABEL, 220.0);
    canvas.text(&name, (frame.left - 14.0, middle - 8.0), font)?;
    let font = Font {
        size: SMALL,
        colour: MUTED,
        bold: false,
        ..font
    };
    canvas.text(&counts(group), (frame.left - 14.0, middle + 9.0), font)?;

    let row = (height - 6.0) / group.size as f64;
    let mark = (0.7 * row).clamp(3.0, 12.0);
    let width = if row > 6.0 { 1.75 } else { 1.25 };
    for &(unit, time) in group.spikes {
        let x = frame.point(time, 0.0).0;
        let y = (base - 3.0 - (unit as f64 + 0.5) * row).clamp(top + mark / 2.0, base - mark / 2.0);
        canvas.line(&[(x, y + mark / 2.0), (x, y - mark / 2.0)], colour, width)?;
    }
    Ok(())
}

fn counts(group: &RasterGroup) -> String {
    let spikes = counted(group.spikes.len(), "spike");
    format!("{}, {spikes}", counted(group.size, "unit"))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group<'a>(name: &'a str, size: usize, spikes: &'a [(usize, f64)]) -> RasterGroup<'a> {
        RasterGroup {
            name,
            size,
            spikes,
            is_input: name == "input",
        }
    }

    #[test]
    fn draws_a_tick_per_spike_and_names_every_band() {
        let groups = [
            group("input", 5, &[(0, 1.0), (4, 2.0)]),
            group("hidden <1>", 100, &[(99, 3.0)]),
        ];
        let fewer = [groups[0], group("hidden <1>", 100, &[])];
        let count = |groups: &[RasterGroup]| {
            let svg = raster(groups, 0.0..10.0).expect("two good groups");
            svg.matches("<polyline").count()
        };
        assert_eq!(count(&groups), count(&fewer) + 1);
        let svg = raster(&groups, 0.0..10.0).expect("two good groups");
        assert!(svg.contains("hidden &lt;1&gt;"));
        assert!(svg.contains("100 units, 1 spike\n"));
    }

    #[test]
    fn names_the_field_it_refuses() {
        let good = group("input", 2, &[(1, 1.0)]);
        let cases: [(&[RasterGroup], f64, &str); 7] = [
            (&[], 1.0, "groups is empty"),
            (&[good], 0.0, "time is 0 to 0"),
            (&[good], f64::INFINITY, "time[1] is inf"),
            (&[good], 0.5, "time of spike 0 of group input is 1"),
            (&[group("a", 0, &[])], 1.0, "size of group a is 0"),
            (&[group("a", 3, &[])], 1.0, "spikes is empty"),
            (
                &[group("a", 1, &[(1, 0.5)])],
                1.0,
                "unit of spike 0 of group a is 1",
            ),
        ];
        for (groups, duration, expected) in cases {
            let error = raster(groups, 0.0..duration)
                .expect_err(expected)
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(raster(&[group("a", 1, &[(0, f64::NAN)])], 0.0..1.0).is_err());
    }
}
