//! The spikes of one run, unit by unit.

use std::ops::Range;

use super::axis::Axis;
use super::canvas::{Canvas, Font, HPos, Point, VPos, WIDTH, picture};
use super::check;
use super::colour::{Colour, GRID, MUTED, colour, pale};
use super::frame::{Frame, heading};
use super::marks::merged;
use super::words::{LABEL, SMALL, counted, fitted, text_width};
use crate::{Error, Result};

/// The space above the bands, with a title and with title and note.
const ABOVE: [f64; 2] = [40.0, 58.0];
const BELOW: f64 = 58.0;
const HEIGHT: f64 = 440.0;
/// The least height of a group's band, which its two lines of text need.
const THINNEST: f64 = 40.0;
/// The most that names and counts beside the bands take.
const WIDEST: f64 = 240.0;
/// A group of units and its spikes.
#[derive(Debug, Clone, Copy)]
pub struct RasterGroup<'a> {
    /// The name beside the band.
    pub name: &'a str,
    /// How many units are drawn, silent ones included.
    pub size: usize,
    /// How many units there are in all; `size` where all are drawn.
    pub of: usize,
    /// Spikes as (unit within the group, time in ms), in any order.
    pub spikes: &'a [(usize, f64)],
    /// Whether it is what the network is given: inputs stay out of the network's colours.
    pub is_input: bool,
}

/// The spikes of one run.
#[derive(Debug, Clone)]
pub struct Raster<'a> {
    /// What ran, above the picture.
    pub title: &'a str,
    /// Which part of it is shown and why, below the title; may be empty.
    pub note: &'a str,
    /// From the lowest band to the highest.
    pub groups: &'a [RasterGroup<'a>],
    /// What is drawn, in ms.
    pub time: Range<f64>,
}

/// Draws groups as stacked bands, each spike a tick at its unit's height.
///
/// Bands grow with the root of their number
/// of units, so that three output neurons remain visible above 1000 inputs. Spikes of a unit that are less than half a px
/// apart share a mark.
///
/// # Errors
/// No groups, a group without units, fewer units in all than are drawn, no spike in any group, a `time` that is empty, a
/// unit beyond its group, or a spike outside `time`.
pub fn raster(data: &Raster) -> Result<String> {
    checked(data)?;
    let above = ABOVE[usize::from(!data.note.is_empty())];
    let bands: f64 = heights(data.groups, HEIGHT).iter().sum();
    let size = (WIDTH, above + bands + BELOW);
    Ok(picture(size.0, size.1, data.title, |canvas| {
        heading(canvas, data.title, data.note);
        bands_within(canvas, data, ((0.0, above), (WIDTH - 20.0, above + bands)));
    }))
}

/// Refuses what [`raster`] refuses.
pub(super) fn checked(data: &Raster) -> Result<()> {
    let (groups, time) = (data.groups, &data.time);
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
        validate(group, time)?;
    }
    if groups.iter().all(|group| group.spikes.is_empty()) {
        return Err(Error::invalid(
            "spikes",
            "empty in every group",
            "give at least one spike to draw",
        ));
    }
    Ok(())
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
    if group.of < group.size {
        return Err(Error::invalid(
            format!("number of units of group {name}"),
            group.of,
            format!("give all of them, of which {} are drawn", group.size),
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

/// How high each group's band is, in px, where all of them have `height`.
fn heights(groups: &[RasterGroup], height: f64) -> Vec<f64> {
    let weight: f64 = groups.iter().map(|group| (group.size as f64).sqrt()).sum();
    let spare = (height - THINNEST * groups.len() as f64).max(0.0);
    let of = |group: &RasterGroup| THINNEST + spare * (group.size as f64).sqrt() / weight;
    groups.iter().map(of).collect()
}

/// Draws the bands with their names to the left and the axis of time below, between two corners; the axis lies outside.
pub(super) fn bands_within(canvas: &mut Canvas, data: &Raster, (from, to): (Point, Point)) {
    let groups = data.groups;
    let widths = groups.iter().map(|group| {
        let name = text_width(group.name, LABEL, true);
        name.max(text_width(&counts(group), SMALL, false))
    });
    let frame = Frame {
        left: from.0 + widths.fold(60.0, f64::max).min(WIDEST) + 24.0,
        top: from.1,
        right: to.0,
        bottom: to.1,
        x: Axis::roomy(data.time.start, data.time.end, 8),
        y: Axis::linear(0.0, 1.0, 1),
    };
    let mut base = to.1;
    for (ix, (group, height)) in groups
        .iter()
        .zip(heights(groups, to.1 - from.1))
        .enumerate()
    {
        let inputs = groups[..ix].iter().filter(|group| group.is_input).count();
        let colour = if group.is_input {
            MUTED
        } else {
            colour(ix - inputs)
        };
        band(canvas, &frame, group, colour, (base, height));
        base -= height;
    }
    frame.border(canvas);
    frame.x_axis(canvas, "time [ms]");
}

fn band(
    canvas: &mut Canvas,
    frame: &Frame,
    group: &RasterGroup,
    colour: Colour,
    (base, height): (f64, f64),
) {
    let (left, right, top) = (frame.left, frame.right, base - height);
    canvas.rectangle((left, top), (right, base), pale(colour, 0.9));
    let down = frame.x.ticks().iter();
    let down = down.map(|(at, _)| left + at * (right - left));
    let lines: Vec<[Point; 2]> = down.map(|x| [(x, top), (x, base)]).collect();
    canvas.segments(&lines, GRID, 1.0);
    canvas.line(&[(left, top), (right, top)], pale(colour, 0.4), 1.0);
    canvas.rectangle((left - 6.0, top + 1.0), (left - 2.0, base - 1.0), colour);

    let middle = base - height / 2.0;
    let font = Font {
        h: HPos::Right,
        v: VPos::Center,
        bold: true,
        ..Font::default()
    };
    let name = fitted(group.name, LABEL, true, WIDEST);
    canvas.text(&name, (left - 14.0, middle - 8.0), font);
    let font = Font {
        size: SMALL,
        colour: MUTED,
        bold: false,
        ..font
    };
    let counts = fitted(&counts(group), SMALL, false, WIDEST);
    canvas.text(&counts, (left - 14.0, middle + 9.0), font);

    let row = (height - 6.0) / group.size as f64;
    let mark = (0.7 * row).clamp(3.0, 12.0);
    let places = group.spikes.iter().map(|&(unit, time)| {
        let y = base - 3.0 - (unit as f64 + 0.5) * row;
        let y = y.clamp(top + mark / 2.0, base - mark / 2.0);
        (frame.point(time, 0.0).0, y)
    });
    canvas.bars(&merged(places), colour, mark);
}

fn counts(group: &RasterGroup) -> String {
    let what = if group.is_input { "input" } else { "neuron" };
    let spikes = counted(group.spikes.len(), "spike");
    match group.of {
        of if of == group.size => format!("{}, {spikes}", counted(of, what)),
        of => format!("{} of {}, {spikes}", group.size, counted(of, what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::seen;

    fn group<'a>(name: &'a str, size: usize, spikes: &'a [(usize, f64)]) -> RasterGroup<'a> {
        RasterGroup {
            name,
            size,
            of: size,
            spikes,
            is_input: name == "input",
        }
    }

    fn drawn(groups: &[RasterGroup], duration: f64) -> Result<String> {
        raster(&Raster {
            title: "a sample",
            note: "why",
            groups,
            time: 0.0..duration,
        })
    }

    #[test]
    fn draws_a_tick_per_spike_and_names_every_band() {
        let groups = [
            group("input", 5, &[(0, 1.0), (4, 2.0)]),
            group("hidden <1>", 100, &[(99, 3.0)]),
        ];
        let fewer = [groups[0], group("hidden <1>", 100, &[])];
        let count = |groups: &[RasterGroup]| {
            let svg = drawn(groups, 10.0).expect("two good groups");
            svg.matches("h2M").count() + svg.matches("h2\"").count()
        };
        assert_eq!(count(&groups), count(&fewer) + 1);
        let part = [
            groups[0],
            RasterGroup {
                of: 400,
                ..groups[1]
            },
        ];
        let svg = drawn(&part, 10.0).expect("two good groups");
        seen::whole(&svg);
        for text in ["a sample", "why", "hidden &lt;1&gt;", "5 inputs, 2 spikes"] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text}");
        }
        assert!(svg.contains("100 of 400 neurons, 1 spike<"));
    }

    #[test]
    fn spikes_at_the_ends_lie_inside_the_frame() {
        let spikes = [(0, 0.0), (0, 10.0)];
        let places = |axis: Axis| spikes.map(|(_, time)| axis.at(time));
        let [first, last] = places(Axis::roomy(0.0, 10.0, 8));
        assert!(first > 0.01 && last < 0.99);
        assert_eq!(places(Axis::linear(0.0, 10.0, 8)), [0.0, 1.0]);
    }

    #[test]
    fn a_million_spikes_are_a_small_picture() {
        let spikes: Vec<(usize, f64)> = (0..1_000_000_usize)
            .map(|ix| (ix * 7919 % 1000, (ix * 104_729 % 1_000_003) as f64 * 1e-3))
            .collect();
        let svg = drawn(&[group("a", 1000, &spikes)], 1000.1).expect("a good group");
        assert!(svg.len() < 2_000_000, "{}", svg.len());
        assert!(svg.contains("1000000 spikes"));
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
            let error = drawn(groups, duration).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let fewer = RasterGroup {
            of: 1,
            ..group("a", 2, &[(1, 0.5)])
        };
        let told = drawn(&[fewer], 1.0).expect_err("fewer in all").to_string();
        assert!(told.contains("number of units of group a is 1"), "{told}");
        assert!(drawn(&[group("a", 1, &[(0, f64::NAN)])], 1.0).is_err());
    }
}
