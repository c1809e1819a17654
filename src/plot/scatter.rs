//! One set of numbers against another that should equal it.

use super::axis::{Axis, extent};
use super::canvas::{Canvas, Font, Point, picture};
use super::check;
use super::colour::{BLUE, Colour, FRAME, INK, PAPER, VERMILLION};
use super::frame::{Frame, Titles};
use super::legend::{self, Entry, Mark};
use super::words::{LABEL, fitted};
use crate::{Error, Result};

const SIDE: f64 = 500.0;
const LEFT: f64 = 92.0;
const TOP: f64 = 46.0;

/// How the axes of a [`Scatter`] run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScatterScale {
    /// By value.
    Linear,
    /// By the logarithm of the magnitude; colours tell pairs whose signs differ.
    Magnitude,
}

/// Pairs of numbers, such as adjoint gradients and finite differences.
#[derive(Debug, Clone, Copy)]
pub struct Scatter<'a> {
    /// The first number of each pair.
    pub x: &'a [f64],
    /// The second number of each pair.
    pub y: &'a [f64],
    /// What `x` is, with its unit.
    pub x_name: &'a str,
    /// What `y` is, with its unit.
    pub y_name: &'a str,
    /// One line above the picture, such as the correlation or the largest error.
    pub caption: &'a str,
    /// Linear or by magnitude.
    pub scale: ScatterScale,
}

/// How a pair is coloured on axes of magnitude.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Agreeing,
    Opposite,
    Zero,
}

const KINDS: [(Kind, Colour, &str); 3] = [
    (Kind::Agreeing, BLUE, "same sign"),
    (Kind::Opposite, VERMILLION, "opposite signs"),
    (Kind::Zero, INK, "one or both zero"),
];

/// Draws `y` against `x` on equal axes, with the diagonal on which they agree.
///
/// By magnitude, a zero lies at the axis's lower end in a colour of its own.
///
/// # Errors
/// No pairs, different lengths, a value that is not finite, or nothing but
/// zeros by magnitude.
pub fn scatter(data: &Scatter) -> Result<String> {
    check::filled("x", data.x)?;
    check::length("y", data.y.len(), "x", data.x.len())?;
    check::finite("x", data.x.iter().copied())?;
    check::finite("y", data.y.iter().copied())?;
    let by_magnitude = data.scale == ScatterScale::Magnitude;
    let values = || data.x.iter().chain(data.y).copied();
    let positive = || values().map(f64::abs).filter(|v| *v > 0.0);
    if by_magnitude && positive().next().is_none() {
        return Err(Error::invalid(
            "x and y",
            "zero throughout",
            "use the linear scale: a logarithmic one cannot show zero",
        ));
    }
    let axis = || match data.scale {
        ScatterScale::Magnitude => Axis::log_around(positive(), 7),
        ScatterScale::Linear => {
            let (low, high) = extent(values());
            Axis::around([low, high], 6)
        }
    };
    let frame = Frame {
        left: LEFT,
        top: TOP,
        right: LEFT + SIDE,
        bottom: TOP + SIDE,
        x: axis(),
        y: axis(),
    };
    let name = |name: &str| {
        if by_magnitude {
            format!("magnitude of {name}")
        } else {
            name.into()
        }
    };
    let (x_name, y_name) = (name(data.x_name), name(data.y_name));

    let size = (LEFT + SIDE + 32.0, TOP + SIDE + 58.0);
    Ok(picture(size.0, size.1, data.caption, |canvas| {
        frame.grid(canvas);
        frame.outline(canvas, Titles::axes(&x_name, &y_name));
        let caption = fitted(data.caption, LABEL, false, SIDE + 20.0);
        canvas.text(&caption, (LEFT, TOP - 18.0), Font::default());
        let corners = ((LEFT, TOP + SIDE), (LEFT + SIDE, TOP));
        canvas.dashes(corners.0, corners.1, FRAME, 1.25);
        pairs(canvas, &frame, data);
    }))
}

fn pairs(canvas: &mut Canvas, frame: &Frame, data: &Scatter) {
    let (radius, opacity) = match data.x.len() {
        0..=100 => (3.5, 0.8),
        101..=2000 => (2.5, 0.6),
        _ => (1.5, 0.5),
    };
    let mut entries: Vec<Entry> = Vec::new();
    // The exceptions come last, so that the many do not cover the few.
    for (kind, colour, name) in KINDS {
        let pairs = data.x.iter().zip(data.y).map(|(&x, &y)| (x, y));
        let of_kind = pairs.filter(|&(x, y)| kind_of(data, x, y) == kind);
        let places: Vec<Point> = of_kind
            .map(|(x, y)| match data.scale {
                ScatterScale::Linear => frame.point(x, y),
                ScatterScale::Magnitude => frame.point(x.abs(), y.abs()),
            })
            .collect();
        canvas.dots(&places, radius, colour, opacity);
        if !places.is_empty() {
            entries.push((Mark::Dot(colour), name.into()));
        }
    }
    if data.scale == ScatterScale::Linear {
        return;
    }
    let height = legend::LINE * entries.len() as f64;
    let at = (frame.right - 150.0, frame.bottom - height - 10.0);
    canvas.rectangle(
        (at.0 - 4.0, at.1 - 4.0),
        (frame.right - 6.0, frame.bottom - 6.0),
        PAPER,
    );
    legend::column(canvas, at, 144.0, &entries);
}

fn kind_of(data: &Scatter, x: f64, y: f64) -> Kind {
    match data.scale {
        ScatterScale::Linear => Kind::Agreeing,
        ScatterScale::Magnitude if x == 0.0 || y == 0.0 => Kind::Zero,
        ScatterScale::Magnitude if (x < 0.0) == (y < 0.0) => Kind::Agreeing,
        ScatterScale::Magnitude => Kind::Opposite,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Scatter = Scatter {
        x: &[1e-6, -1.0, 0.0],
        y: &[1e-6, 1.0, 2.0],
        x_name: "adjoint",
        y_name: "finite difference",
        caption: "largest error 2 & more",
        scale: ScatterScale::Magnitude,
    };

    #[test]
    fn draws_every_pair_and_tells_signs_apart_by_magnitude() {
        let svg = scatter(&GOOD).expect("good pairs");
        assert_eq!(
            svg.matches("h0").count(),
            6,
            "three pairs, three marks of the legend"
        );
        for name in [
            "same sign",
            "opposite signs",
            "one or both zero",
            "magnitude of adjoint",
        ] {
            assert!(svg.contains(name), "{name}");
        }
        assert!(svg.contains("largest error 2 &amp; more"));
        let svg = scatter(&Scatter {
            scale: ScatterScale::Linear,
            ..GOOD
        })
        .expect("good pairs");
        assert_eq!(svg.matches("h0").count(), 3);
        assert!(!svg.contains("sign"));
    }

    #[test]
    fn equal_pairs_lie_on_the_diagonal() {
        let svg = scatter(&Scatter {
            x: &[0.3],
            y: &[0.3],
            ..GOOD
        })
        .expect("one good pair");
        // Both axes are 500 px long, so the middle of a constant pair is the middle of the frame.
        assert!(svg.contains("M342 296h0"), "{svg}");
    }

    #[test]
    fn names_the_field_it_refuses() {
        let cases = [
            (
                Scatter {
                    x: &[],
                    y: &[],
                    ..GOOD
                },
                "x is empty",
            ),
            (Scatter { y: &[1.0], ..GOOD }, "length of y is 1"),
            (
                Scatter {
                    x: &[1.0, f64::NAN, 1.0],
                    ..GOOD
                },
                "x[1] is NaN",
            ),
            (
                Scatter {
                    y: &[1.0, 1.0, f64::INFINITY],
                    ..GOOD
                },
                "y[2] is inf",
            ),
            (
                Scatter {
                    x: &[0.0],
                    y: &[0.0],
                    ..GOOD
                },
                "zero throughout",
            ),
        ];
        for (data, expected) in cases {
            let error = scatter(&data).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
