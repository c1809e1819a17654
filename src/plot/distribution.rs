//! How values are spread: weights, delays or thresholds, group by group.

use super::axis::Axis;
use super::canvas::{Canvas, Font, HPos, Point, WIDTH, picture};
use super::check;
use super::colour::{BLUE, MUTED, VERMILLION, pale};
use super::frame::{Frame, Titles};
use super::words::{LABEL, SMALL, brief, counted, fitted, number};
use crate::{Error, Result};

const LEFT: f64 = 72.0;
const TOP: f64 = 36.0;
const HEIGHT: f64 = 260.0;
/// The height of a row for a group of equal values.
const ROW: f64 = 26.0;
const BELOW: f64 = 62.0;
/// More leave no room for a name and a note above a panel.
const COLUMNS: usize = 2;
/// More panels than this are no picture any more.
const MOST_GROUPS: usize = 60;

/// The values of one tensor, e.g. a projection's weights.
#[derive(Debug, Clone, Copy)]
pub struct DistributionGroup<'a> {
    /// Written above the panel.
    pub name: &'a str,
    /// In the unit that the quantity names.
    pub values: &'a [f64],
}

/// Values of one kind in several groups.
#[derive(Debug, Clone, Copy)]
pub struct Distribution<'a> {
    /// What the values are, with their unit, e.g. `delay [ms]`.
    pub quantity: &'a str,
    /// A panel each.
    pub groups: &'a [DistributionGroup<'a>],
}

/// Draws a histogram of each group, its mean dashed; each panel has axes of its own. Groups whose values are all the same
/// have no distribution: each of them is a dot in a row, all on one axis.
///
/// # Errors
/// No group or more than 60, a group without values, a value that is not finite.
pub fn distribution(data: &Distribution) -> Result<String> {
    check::filled("groups", data.groups)?;
    if data.groups.len() > MOST_GROUPS {
        return Err(Error::invalid(
            "number of groups",
            data.groups.len(),
            format!("draw at most {MOST_GROUPS}"),
        ));
    }
    for (ix, group) in data.groups.iter().enumerate() {
        let field = format!("groups[{ix}].values");
        check::filled(&field, group.values)?;
        check::finite(&field, group.values.iter().copied())?;
    }
    let is_constant =
        |group: &&DistributionGroup| group.values.iter().all(|v| *v == group.values[0]);
    let (constant, spread): (Vec<&DistributionGroup>, Vec<_>) =
        data.groups.iter().partition(is_constant);
    let columns = spread.len().clamp(1, COLUMNS);
    let panels = spread.len().div_ceil(columns) as f64 * HEIGHT;
    let rows = match constant.len() {
        0 => 0.0,
        n => TOP + n as f64 * ROW + BELOW,
    };
    let width = WIDTH / columns as f64;
    Ok(picture(WIDTH, panels + rows, data.quantity, |canvas| {
        for (ix, group) in spread.iter().enumerate() {
            let at = (
                (ix % columns) as f64 * width,
                (ix / columns) as f64 * HEIGHT,
            );
            panel(canvas, data.quantity, group, at, width);
        }
        if !constant.is_empty() {
            equal(canvas, data.quantity, &constant, panels);
        }
    }))
}

/// A histogram.
fn panel(
    canvas: &mut Canvas,
    quantity: &str,
    group: &DistributionGroup,
    (left, top): Point,
    width: f64,
) {
    let x = Axis::around(group.values.iter().copied(), 4);
    let counts = counts(&x, group.values);
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let frame = Frame {
        left: left + LEFT,
        top: top + TOP,
        right: left + width - 20.0,
        bottom: top + HEIGHT - BELOW,
        x,
        y: Axis::linear(0.0, 1.05 * most, most.min(5.0) as usize),
    };
    let mean = mean(group.values);
    let note = format!("n = {}, mean {}", group.values.len(), number(mean));
    frame.grid(canvas);
    let (step, base) = (1.0 / counts.len() as f64, frame.bottom);
    let edge = |share: f64| frame.left + (frame.right - frame.left) * share * step;
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let bars = bars.map(|(bin, &count)| {
        let height = frame.point(0.0, count as f64).1;
        let from = (edge(bin as f64 + 0.06), height);
        [from, (edge(bin as f64 + 0.94), base)]
    });
    canvas.rectangles(&bars.collect::<Vec<_>>(), pale(BLUE, 0.25));
    let at = frame.point(mean, 0.0).0;
    canvas.dashes((at, frame.top), (at, base), VERMILLION, 1.5);
    frame.outline(
        canvas,
        Titles {
            title: group.name,
            note: &note,
            x: quantity,
            y: "values per bin",
        },
    );
}

/// A row for each group of equal values.
fn equal(canvas: &mut Canvas, quantity: &str, groups: &[&DistributionGroup], top: f64) {
    const NAMES: f64 = 280.0;
    let values = || groups.iter().map(|group| group.values[0]);
    let frame = Frame {
        left: NAMES + 24.0,
        top: top + TOP,
        right: WIDTH - 150.0,
        bottom: top + TOP + groups.len() as f64 * ROW,
        x: Axis::around(values().chain([0.0]), 6),
        y: Axis::linear(0.0, 1.0, 1),
    };
    let ticks = frame.x.ticks().iter();
    let down = ticks.map(|(at, _)| frame.left + at * (frame.right - frame.left));
    let lines: Vec<[Point; 2]> = down.map(|x| [(x, frame.top), (x, frame.bottom)]).collect();
    canvas.segments(&lines, pale(MUTED, 0.8), 1.0);
    frame.border(canvas);
    frame.x_axis(canvas, quantity);
    for (ix, group) in groups.iter().enumerate() {
        let y = frame.top + (ix as f64 + 0.5) * ROW;
        let font = Font {
            h: HPos::Right,
            ..Font::default()
        };
        let name = fitted(group.name, LABEL, false, NAMES);
        canvas.text(&name, (frame.left - 12.0, y), font);
        let value = group.values[0];
        canvas.dot((frame.point(value, 0.0).0, y), 4.0, BLUE);
        let font = Font {
            size: SMALL,
            colour: MUTED,
            ..Font::default()
        };
        let of = match group.values.len() {
            1 => "for all".into(),
            n => format!("in {}", counted(n, "value")),
        };
        let text = format!("{} {of}", brief(value));
        canvas.text(&text, (frame.right + 12.0, y), font);
    }
}

/// How many values lie in each bin of the axis: about the square root of their number, 8 to 40.
fn counts(axis: &Axis, values: &[f64]) -> Vec<usize> {
    let bins = ((values.len() as f64).sqrt().ceil() as usize).clamp(8, 40);
    let mut counts = vec![0; bins];
    for &value in values {
        counts[((axis.at(value) * bins as f64) as usize).min(bins - 1)] += 1;
    }
    counts
}

/// The mean, also where the sum would overflow.
fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    values.iter().map(|value| value / n).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::seen;

    const GOOD: Distribution = Distribution {
        quantity: "delay [ms]",
        groups: &[
            DistributionGroup {
                name: "input->hidden",
                values: &[1.0, 1.0, 3.0, 5.0],
            },
            DistributionGroup {
                name: "hidden->output",
                values: &[2.5],
            },
        ],
    };

    #[test]
    fn every_value_is_in_a_bin() {
        let values = [0.0, 0.1, 5.0, 10.0, 10.0];
        let counts = counts(&Axis::around(values, 4), &values);
        assert_eq!((counts.len(), counts.iter().sum()), (8, 5));
        assert_eq!((counts[0], counts[7]), (2, 2));
    }

    #[test]
    fn each_group_is_a_panel_with_its_mean_and_equal_values_are_a_row() {
        let svg = distribution(&GOOD).expect("good values");
        seen::whole(&svg);
        assert_eq!(svg.matches(">delay [ms]</text>").count(), 2);
        for text in [
            "input-&gt;hidden",
            "n = 4, mean 2.50",
            "hidden-&gt;output",
            "2.5 for all",
        ] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text} in {svg}");
        }
        assert!(!svg.contains("n = 1"));
        let equal = [DistributionGroup {
            name: "only",
            values: &[3.0; 7],
        }];
        let only = Distribution {
            groups: &equal,
            ..GOOD
        };
        let svg = distribution(&only).expect("good values");
        assert!(svg.contains(">3 in 7 values<") && !svg.contains("values per bin"));
        seen::whole(&svg);
    }

    #[test]
    fn names_the_field_it_refuses() {
        let refused = |values: &[f64]| {
            let groups = [
                GOOD.groups[0],
                DistributionGroup {
                    name: "bad",
                    values,
                },
            ];
            let data = Distribution {
                groups: &groups,
                ..GOOD
            };
            distribution(&data).expect_err("a faulty group").to_string()
        };
        assert!(refused(&[]).contains("groups[1].values is empty"));
        assert!(refused(&[1.0, f64::NAN]).contains("groups[1].values[1] is NaN"));
        let none = Distribution {
            groups: &[],
            ..GOOD
        };
        assert!(distribution(&none).is_err());
        let many = [GOOD.groups[0]; 61];
        assert!(
            distribution(&Distribution {
                groups: &many,
                ..GOOD
            })
            .is_err()
        );
    }
}
