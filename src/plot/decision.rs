//! Which class a network chooses where in the unit square.

pub(super) mod key;

use std::collections::BTreeMap;

use super::axis::Axis;
use super::canvas::{Canvas, Point, picture};
use super::check;
use super::colour::{Colour, INK, MUTED, PAPER, colour, pale};
use super::frame::{Frame, Titles};
use crate::{Error, Result};

const SIDE: f64 = 520.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 22.0;
const LEGEND: f64 = 190.0;

/// Of cells without a choice.
fn undecided() -> Colour {
    pale(MUTED, 0.75)
}

/// Of cells of a class, behind the samples.
fn field(class: usize) -> Colour {
    pale(colour(class), 0.68)
}

/// A labelled point and the class predicted for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecisionSample {
    /// Horizontal position, 0 to 1.
    pub x: f64,
    /// Vertical position upwards, 0 to 1.
    pub y: f64,
    /// The true class.
    pub class: usize,
    /// The predicted class; `None` where no output neuron fired.
    pub predicted: Option<usize>,
}

/// Predictions over the unit square.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Cells per side of the grid.
    pub n: usize,
    /// `n * n` predicted classes, row by row from the bottom: cell `row * n + column`
    /// is centred on x = (column + 0.5) / n, y = (row + 0.5) / n. `None` where no
    /// output neuron fired.
    pub grid: &'a [Option<usize>],
    /// Test samples, drawn as dots in the colour of their true class; may be empty.
    pub samples: &'a [DecisionSample],
    /// The names of the classes.
    pub names: &'a [&'a str],
}

/// Draws the map of predictions, with the test samples on it and the wrong ones ringed.
///
/// # Errors
/// An empty or incomplete grid, a class without a name, or a sample outside the
/// unit square.
pub fn decision(map: &Decision) -> Result<String> {
    checked(map)?;
    let size = (LEFT + SIDE + LEGEND + 40.0, TOP + SIDE + 58.0);
    let title = "which class is chosen where";
    Ok(picture(size.0, size.1, title, |canvas| {
        let frame = square(canvas, map, (LEFT, TOP), SIDE);
        key::draw(canvas, &frame, map);
    }))
}

/// Refuses what [`decision`] refuses.
pub(super) fn checked(map: &Decision) -> Result<()> {
    check::filled("grid", map.grid)?;
    check::length(
        "grid",
        map.grid.len(),
        "an n by n grid",
        map.n.saturating_mul(map.n),
    )?;
    let names = map.names.len();
    for (ix, class) in map.grid.iter().enumerate() {
        if let Some(class) = class {
            check::index(format!("grid[{ix}]"), *class, "names", names)?;
        }
    }
    for (ix, sample) in map.samples.iter().enumerate() {
        for (axis, value) in [("x", sample.x), ("y", sample.y)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::invalid(
                    format!("{axis} of sample {ix}"),
                    value,
                    "scale the samples into the unit square",
                ));
            }
        }
        check::index(
            format!("class of sample {ix}"),
            sample.class,
            "names",
            names,
        )?;
        if let Some(class) = sample.predicted {
            check::index(format!("prediction of sample {ix}"), class, "names", names)?;
        }
    }

    Ok(())
}

/// Draws the map and its samples in a square with sides of `side` px, whose upper left corner is `at`.
pub(super) fn square(canvas: &mut Canvas, map: &Decision, at: Point, side: f64) -> Frame {
    let frame = Frame {
        left: at.0,
        top: at.1,
        right: at.0 + side,
        bottom: at.1 + side,
        x: Axis::linear(0.0, 1.0, 5),
        y: Axis::linear(0.0, 1.0, 5),
    };
    cells(canvas, &frame, map);
    frame.outline(canvas, Titles::axes("x", "y"));
    samples(canvas, &frame, map.samples);
    frame
}

/// Equal neighbours in a row become one rectangle: a map has few borders and many cells.
fn cells(canvas: &mut Canvas, frame: &Frame, map: &Decision) {
    // Rectangles reach a little under their upper and right neighbours, since
    // abutting edges leave pale seams when they do not fall on whole pixels.
    const OVERLAP: f64 = 0.75;
    let edge = |cell: usize| cell as f64 / map.n as f64;
    let mut fields: BTreeMap<Option<usize>, Vec<[Point; 2]>> = BTreeMap::new();
    for (row, classes) in map.grid.chunks_exact(map.n).enumerate() {
        let mut column = 0;
        for run in classes.chunk_by(|a, b| a == b) {
            let (left, bottom) = frame.point(edge(column), edge(row));
            let (right, top) = frame.point(edge(column + run.len()), edge(row + 1));
            let right = (right + OVERLAP).min(frame.right);
            let top = (top - OVERLAP).max(frame.top);
            let corners = [(left, top), (right, bottom)];
            fields.entry(run[0]).or_default().push(corners);
            column += run.len();
        }
    }
    for (class, corners) in fields {
        canvas.rectangles(&corners, class.map_or_else(undecided, field));
    }
}

fn samples(canvas: &mut Canvas, frame: &Frame, samples: &[DecisionSample]) {
    let radius = if samples.len() > 3000 { 1.75 } else { 2.75 };
    let place = |s: &DecisionSample| frame.point(s.x, s.y);
    let all: Vec<Point> = samples.iter().map(place).collect();
    canvas.dots(&all, radius + 0.75, PAPER, 1.0);
    let last = samples.iter().map(|s| s.class).max().unwrap_or(0);
    for class in 0..=last {
        let of = samples.iter().filter(|s| s.class == class);
        let places: Vec<Point> = of.map(place).collect();
        canvas.dots(&places, radius, colour(class), 1.0);
    }
    let wrong: Vec<Point> = wrong(samples).map(place).collect();
    canvas.rings(&wrong, radius + 2.75, INK, 1.5);
}

fn wrong(samples: &[DecisionSample]) -> impl Iterator<Item = &DecisionSample> {
    samples.iter().filter(|s| s.predicted != Some(s.class))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["yin", "yang", "dot"];

    fn sample(x: f64, class: usize, predicted: Option<usize>) -> DecisionSample {
        DecisionSample {
            x,
            y: 0.5,
            class,
            predicted,
        }
    }

    #[test]
    fn equal_cells_in_a_row_are_one_rectangle() {
        let grid = [
            Some(0),
            Some(0),
            None,
            Some(1),
            Some(1),
            Some(1),
            Some(0),
            None,
            Some(2),
        ];
        let draw = |grid: &[Option<usize>], n| {
            let map = Decision {
                n,
                grid,
                samples: &[],
                names: NAMES,
            };
            let svg = decision(&map).expect("a good grid");
            svg.matches("zM").count() + svg.matches("z\"").count()
                - usize::from(grid.contains(&None))
        };
        // Rows of 2, 1 and 3 runs against a single one.
        assert_eq!(draw(&grid, 3), draw(&[Some(0)], 1) + 5);
    }

    #[test]
    fn a_fine_map_stays_small() {
        let n = 200;
        let grid: Vec<_> = (0..n * n)
            .map(|ix| {
                Some((((ix / n) as f64 * 0.1).sin() * 20.0 + (ix % n) as f64) as usize / 40 % 3)
            })
            .collect();
        let samples: Vec<_> = (0..1000)
            .map(|ix| sample(ix as f64 / 1000.0, 0, Some(0)))
            .collect();
        let svg = decision(&Decision {
            n,
            grid: &grid,
            samples: &samples,
            names: NAMES,
        });
        let size = svg.expect("a good grid").len();
        assert!(size < 100_000, "{size}");
    }

    #[test]
    fn rings_and_counts_the_wrong_ones() {
        let samples = [
            sample(0.1, 0, Some(0)),
            sample(0.5, 1, Some(2)),
            sample(0.9, 2, None),
        ];
        let map = Decision {
            n: 1,
            grid: &[Some(0)],
            samples: &samples,
            names: NAMES,
        };
        let svg = decision(&map).expect("a good map");
        assert!(svg.contains("33.3 % correct") && svg.contains("2 of 3 wrong"));
        // Two rings on the map and one in the legend, of two arcs each.
        assert_eq!(svg.matches(" 0 1 0 ").count(), 6);
    }

    #[test]
    fn names_the_field_it_refuses() {
        let good = Decision {
            n: 1,
            grid: &[Some(0)],
            samples: &[],
            names: NAMES,
        };
        let cases = [
            (
                Decision {
                    n: 0,
                    grid: &[],
                    ..good
                },
                "grid is empty",
            ),
            (Decision { n: 2, ..good }, "length of grid is 1"),
            (
                Decision {
                    grid: &[Some(3)],
                    ..good
                },
                "grid[0] is 3",
            ),
            (
                Decision {
                    samples: &[sample(f64::NAN, 0, None)],
                    ..good
                },
                "x of sample 0",
            ),
            (
                Decision {
                    samples: &[sample(1.5, 0, None)],
                    ..good
                },
                "x of sample 0 is 1.5",
            ),
            (
                Decision {
                    samples: &[sample(0.5, 7, None)],
                    ..good
                },
                "class of sample 0 is 7",
            ),
            (
                Decision {
                    samples: &[sample(0.5, 0, Some(3))],
                    ..good
                },
                "prediction of sample 0",
            ),
        ];
        for (map, expected) in cases {
            let error = decision(&map).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
