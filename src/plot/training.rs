//! Loss and accuracy by epoch.

use plotters::style::RGBColor;

use super::axis::{Axis, extent};
use super::canvas::{Canvas, Drawn, picture};
use super::check;
use super::frame::{Frame, Titles};
use super::legend::{self, Mark};
use super::style::{BLUE, GREEN, PAPER, VERMILLION, WIDTH};
use crate::{Error, Result};

const HEIGHT: f64 = 380.0;
/// From this ratio of its largest to its smallest value on, a loss is drawn logarithmically.
const LOG_FROM: f64 = 20.0;
/// Up to this many epochs each one is marked by a dot.
const DOTS_UP_TO: usize = 40;

/// What a training run reported; epochs count from 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct Training<'a> {
    /// The training loss after each epoch.
    pub loss: &'a [f64],
    /// The training accuracy after each epoch, 0 to 1.
    pub accuracy: &'a [f64],
    /// The validation loss after each epoch, if there was a validation set.
    pub validation_loss: Option<&'a [f64]>,
    /// The validation accuracy after each epoch, 0 to 1, if there was a validation set.
    pub validation_accuracy: Option<&'a [f64]>,
    /// The accuracy on the test set at the end, 0 to 1.
    pub test_accuracy: Option<f64>,
}

struct Curve<'a> {
    name: &'static str,
    colour: RGBColor,
    values: &'a [f64],
}

/// Draws loss and accuracy side by side.
///
/// The loss axis is logarithmic where the loss is positive and spans more than
/// a factor of 20.
///
/// # Errors
/// No epochs, curves of different lengths, a training loss that is not finite, or an
/// accuracy outside 0 to 1. A validation loss that is not finite has no point.
pub fn training(run: &Training) -> Result<String> {
    let losses = curves("loss", run.loss, run.validation_loss, run)?;
    let accuracies = curves("accuracy", run.accuracy, run.validation_accuracy, run)?;
    let shares = || accuracies.iter().flat_map(|c| c.values.iter().copied());
    for share in shares().chain(run.test_accuracy) {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::invalid(
                "accuracy",
                share,
                "give accuracies as shares from 0 to 1",
            ));
        }
    }

    let values = || {
        let values = losses.iter().flat_map(|c| c.values.iter().copied());
        values.filter(|value| value.is_finite())
    };
    let (low, high) = extent(values());
    let loss_axis = if low > 0.0 && high / low > LOG_FROM {
        Axis::log_around(values(), 7)
    } else {
        Axis::around(values(), 6)
    };
    let percents = shares().chain(run.test_accuracy).map(|share| 100.0 * share);
    let lowest = extent(percents).0;
    // Rounded down to tens and open to a perfect score, so that runs compare at a glance.
    let accuracy_axis = Axis::linear((lowest / 10.0 - 0.2).floor().max(0.0) * 10.0, 101.0, 6);

    picture(WIDTH, HEIGHT, |canvas| {
        let titles = Titles::axes("epoch", "loss");
        panel(canvas, 76.0, loss_axis, titles, &losses, 1.0, None)?;
        let titles = Titles::axes("epoch", "accuracy [%]");
        let test = run.test_accuracy;
        panel(
            canvas,
            530.0,
            accuracy_axis,
            titles,
            &accuracies,
            100.0,
            test,
        )
    })
}

fn curves<'a>(
    field: &str,
    train: &'a [f64],
    validation: Option<&'a [f64]>,
    run: &Training,
) -> Result<Vec<Curve<'a>>> {
    check::filled(field, train)?;
    check::finite(&format!("training {field}"), train.iter().copied())?;
    check::length(field, train.len(), "loss", run.loss.len())?;
    let mut curves = vec![Curve {
        name: "training",
        colour: BLUE,
        values: train,
    }];
    if let Some(values) = validation {
        let field = format!("validation_{field}");
        check::length(&field, values.len(), "loss", run.loss.len())?;
        curves.push(Curve {
            name: "validation",
            colour: VERMILLION,
            values,
        });
    }
    Ok(curves)
}

fn panel(
    canvas: &Canvas,
    left: f64,
    y: Axis,
    titles: Titles,
    curves: &[Curve],
    factor: f64,
    test: Option<f64>,
) -> Drawn {
    let epochs = curves.iter().map(|c| c.values.len()).max().unwrap_or(0);
    let last = epochs as f64;
    // Half-epoch ticks would be meaningless, hence no more ticks than epochs.
    let x = if epochs > 1 {
        let margin = 0.02 * (last - 1.0);
        Axis::linear((1.0 - margin).max(0.5), last + margin, (epochs - 1).min(6))
    } else {
        Axis::linear(0.0, 2.0, 2)
    };
    let frame = Frame {
        left,
        top: 44.0,
        right: left + 350.0,
        bottom: HEIGHT - 62.0,
        x,
        y,
    };
    frame.grid(canvas)?;
    frame.outline(canvas, titles)?;
    let mut entries: Vec<legend::Entry> = Vec::new();
    for curve in curves {
        let points: Vec<_> = (1..)
            .zip(curve.values)
            .filter(|(_, value)| value.is_finite())
            .map(|(epoch, value)| frame.point(f64::from(epoch), factor * value))
            .collect();
        canvas.line(&points, curve.colour, 2.0)?;
        if epochs <= DOTS_UP_TO {
            for &point in &points {
                canvas.dot(point, 3.5, PAPER)?;
                canvas.dot(point, 2.75, curve.colour)?;
            }
        }
        entries.push((Mark::Line(curve.colour), curve.name.into()));
    }
    if let Some(share) = test {
        let y = frame.point(0.0, factor * share).1;
        canvas.dashes((frame.left, y), (frame.right, y), GREEN, 1.5)?;
        entries.push((Mark::Dashes(GREEN), format!("test {:.1} %", factor * share)));
    }
    legend::row(canvas, (frame.right + 6.0, frame.top - 14.0), &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_one_curve_per_series_and_names_the_test_accuracy() {
        let run = Training {
            loss: &[2.0, 1.0, 0.5],
            accuracy: &[0.4, 0.7, 0.9],
            validation_accuracy: Some(&[0.4, 0.6, 0.8]),
            test_accuracy: Some(0.812),
            ..Training::default()
        };
        let svg = training(&run).expect("a complete run");
        assert!(svg.contains("test 81.2 %"));
        assert_eq!(svg.matches("validation").count(), 1);
        // Three curves of three epochs, each epoch a dot on a white halo.
        assert_eq!(svg.matches("<circle").count(), 18);
    }

    #[test]
    fn a_wide_loss_is_logarithmic() {
        let run = |loss| {
            training(&Training {
                loss,
                accuracy: &[0.5, 0.9],
                ..Training::default()
            })
        };
        assert!(run(&[10.0, 0.001]).expect("a wide loss").contains("10⁻²"));
        assert!(!run(&[1.0, 0.5]).expect("a narrow loss").contains("10⁻"));
        assert!(!run(&[1.0, 0.0]).expect("a loss of zero").contains("10⁻"));
    }

    #[test]
    fn names_the_field_it_refuses() {
        let good = Training {
            loss: &[1.0, 0.5],
            accuracy: &[0.5, 0.9],
            ..Training::default()
        };
        let cases = [
            (
                Training {
                    loss: &[],
                    accuracy: &[],
                    ..good
                },
                "loss is empty",
            ),
            (
                Training {
                    loss: &[1.0, f64::NAN],
                    ..good
                },
                "loss[1]",
            ),
            (
                Training {
                    accuracy: &[0.5],
                    ..good
                },
                "length of accuracy is 1",
            ),
            (
                Training {
                    accuracy: &[0.5, 90.0],
                    ..good
                },
                "accuracy is 90",
            ),
            (
                Training {
                    test_accuracy: Some(f64::NAN),
                    ..good
                },
                "accuracy is NaN",
            ),
            (
                Training {
                    validation_loss: Some(&[]),
                    ..good
                },
                "length of validation_loss",
            ),
        ];
        for (run, expected) in cases {
            let error = training(&run).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
