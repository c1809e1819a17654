//! How values are spread: weights, delays or thresholds, group by group.

use plotters::style::Color;

use super::axis::Axis;
use super::canvas::picture;
use super::check;
use super::frame::{Frame, Titles};
use super::style::{BLUE, VERMILLION, WIDTH, number};
use crate::{Error, Result};

const LEFT: f64 = 72.0;
const TOP: f64 = 36.0;
const HEIGHT: f64 = 260.0;
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

/// Draws a histogram of each group, its mean dashed; each panel has axes of its own.
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
    let columns = data.groups.len().min(COLUMNS);
    let rows = data.groups.len().div_ceil(columns);
    let width = WIDTH / columns as f64;
    picture(WIDTH, rows as f64 * HEIGHT, |canvas| {
        for (ix, group) in data.groups.iter().enumerate() {
            let (left, top) = (
                (ix % columns) as f64 * width,
                (ix / columns) as f64 * HEIGHT,
            );
            let values = || group.values.iter().copied();
            let x = Axis::around(values(), 4);
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
            frame.grid(canvas)?;
            let (step, base) = (1.0 / counts.len() as f64, frame.bottom);
            let across = frame.right - frame.left;
            for (bin, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let edge = |share: f64| frame.left + across * share * step;
                let height = frame.point(0.0, count as f64).1;
                let from = (edge(bin as f64 + 0.06), height);
                canvas.rectangle(from, (edge(bin as f64 + 0.94), base), BLUE.mix(0.75))?;
            }
            let at = frame.point(mean, 0.0).0;
            canvas.dashes((at, frame.top), (at, base), VERMILLION, 1.5)?;
            frame.outline(
                canvas,
                Titles {
                    title: group.name,
                    note: &note,
                    x: data.quantity,
                    y: if ix % columns == 0 {
                        "values per bin"
                    } else {
                        ""
                    },
                },
            )?;
        }
        Ok(())
    })
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
    fn each_group_is_a_panel_with_its_mean() {
        let svg = distribution(&GOOD).expect("good values");
        assert_eq!(svg.matches("delay [ms]\n").count(), 2);
        assert!(
            svg.contains("input-&gt;hidden\n") || svg.contains("input->hidden\n"),
            "{svg}"
        );
        assert!(svg.contains("n = 4, mean 2.50\n") && svg.contains("n = 1, mean 2.50\n"));
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
