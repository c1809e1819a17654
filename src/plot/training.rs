//! Loss and accuracy by epoch.

use super::axis::{Axis, extent};
use super::canvas::{Canvas, Font, HPos, Point, WIDTH, picture};
use super::check;
use super::colour::{BLUE, Colour, GREEN, MUTED, PAPER, VERMILLION, colour};
use super::frame::{Frame, Titles};
use super::legend::{self, Mark};
use crate::{Error, Result};

const HEIGHT: f64 = 380.0;
/// From this ratio of its largest to its smallest value on, a loss is drawn logarithmically.
const LOG_FROM: f64 = 20.0;
/// Up to this many epochs each one is marked by a dot.
const DOTS_UP_TO: usize = 40;

/// What a training run reported; epochs count from 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct Training<'a> {
    /// The training loss after each epoch; not finite where no sample had one.
    pub loss: &'a [f64],
    /// The training accuracy after each epoch, 0 to 1.
    pub accuracy: &'a [f64],
    /// The validation loss after each epoch, if there was a validation set.
    pub validation_loss: Option<&'a [f64]>,
    /// The validation accuracy after each epoch, 0 to 1, if there was a validation set.
    pub validation_accuracy: Option<&'a [f64]>,
    /// The share of training samples in which no output neuron fired, 0 to 1, if outputs can fire.
    pub silent: Option<&'a [f64]>,
    /// The accuracy on the test set at the end, 0 to 1.
    pub test_accuracy: Option<f64>,
}

struct Curve<'a> {
    name: &'static str,
    is_dashed: bool,
    colour: Colour,
    values: &'a [f64],
}

/// Draws loss and accuracy side by side; beside the accuracy the share of silent samples, where any are.
///
/// The loss axis is logarithmic where the loss is positive and spans more than
/// a factor of 20.
///
/// # Errors
/// No epochs, curves of different lengths, or a share outside 0 to 1. A loss that is not finite has no point.
pub fn training(run: &Training) -> Result<String> {
    let losses = curves("loss", run.loss, run.validation_loss, run)?;
    let mut accuracies = curves("accuracy", run.accuracy, run.validation_accuracy, run)?;
    if let Some(values) = run.silent {
        check::length("silent", values.len(), "loss", run.loss.len())?;
        if values.iter().any(|share| *share != 0.0) {
            accuracies.push(Curve {
                name: "silent samples",
                is_dashed: true,
                colour: colour(3),
                values,
            });
        }
    }
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

    Ok(picture(WIDTH, HEIGHT, "training", |canvas| {
        let titles = Titles::axes("epoch", "loss");
        panel(canvas, 76.0, loss_axis, titles, &losses, 1.0, None);
        let is_share = accuracies.len() > 1 && accuracies.iter().any(|c| c.is_dashed);
        let name = if is_share {
            "share of samples [%]"
        } else {
            "accuracy [%]"
        };
        let (axis, test) = (accuracy_axis, run.test_accuracy);
        panel(
            canvas,
            530.0,
            axis,
            Titles::axes("epoch", name),
            &accuracies,
            100.0,
            test,
        );
    }))
}

fn curves<'a>(
    field: &str,
    train: &'a [f64],
    validation: Option<&'a [f64]>,
    run: &Training,
) -> Result<Vec<Curve<'a>>> {
    check::filled(field, train)?;
    check::length(field, train.len(), "loss", run.loss.len())?;
    let mut curves = vec![Curve {
        name: "training",
        is_dashed: false,
        colour: BLUE,
        values: train,
    }];
    if let Some(values) = validation {
        let field = format!("validation_{field}");
        check::length(&field, values.len(), "loss", run.loss.len())?;
        curves.push(Curve {
            name: "validation",
            is_dashed: false,
            colour: VERMILLION,
            values,
        });
    }
    Ok(curves)
}

fn panel(
    canvas: &mut Canvas,
    left: f64,
    y: Axis,
    titles: Titles,
    curves: &[Curve],
    factor: f64,
    test: Option<f64>,
) {
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
    frame.grid(canvas);
    frame.outline(canvas, titles);
    let mut entries: Vec<legend::Entry> = Vec::new();
    for curve in curves {
        let points: Vec<Point> = (1..)
            .zip(curve.values)
            .filter(|(_, value)| value.is_finite())
            .map(|(epoch, value)| frame.point(f64::from(epoch), factor * value))
            .collect();
        if points.is_empty() {
            continue;
        }
        let mark = match curve.is_dashed {
            true => {
                let lines = points.windows(2);
                lines.for_each(|p| canvas.dashes(p[0], p[1], curve.colour, 1.5));
                Mark::Dashes(curve.colour)
            }
            false => {
                canvas.line(&points, curve.colour, 2.0);
                Mark::Line(curve.colour)
            }
        };
        if epochs <= DOTS_UP_TO {
            canvas.dots(&points, 3.5, PAPER, 1.0);
            canvas.dots(&points, 2.75, curve.colour, 1.0);
        }
        entries.push((mark, curve.name.into()));
    }
    if let Some(share) = test {
        let y = frame.point(0.0, factor * share).1;
        canvas.dashes((frame.left, y), (frame.right, y), GREEN, 1.5);
        entries.push((Mark::Dashes(GREEN), format!("test {:.1} %", factor * share)));
    }
    if entries.is_empty() {
        let middle = (
            (frame.left + frame.right) / 2.0,
            (frame.top + frame.bottom) / 2.0,
        );
        let font = Font {
            h: HPos::Center,
            colour: MUTED,
            ..Font::default()
        };
        canvas.text("no sample had a loss", middle, font);
    }
    legend::row(canvas, (frame.right + 6.0, frame.top - 14.0), &entries);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::seen;

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
        // Three curves of three epochs, each epoch a dot on a halo.
        assert_eq!(svg.matches("h0").count(), 18);
        seen::whole(&svg);
    }

    #[test]
    fn a_dead_run_has_no_loss_and_says_who_was_silent() {
        let dead = Training {
            loss: &[f64::NAN; 2],
            accuracy: &[0.0; 2],
            validation_loss: Some(&[f64::NAN; 2]),
            validation_accuracy: Some(&[0.0; 2]),
            silent: Some(&[1.0; 2]),
            test_accuracy: Some(0.0),
        };
        let svg = training(&dead).expect("a dead run");
        seen::whole(&svg);
        for text in [
            "no sample had a loss",
            "silent samples",
            "share of samples [%]",
            "test 0.0 %",
        ] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text}");
        }
        let alive = Training {
            loss: &[1.0; 2],
            silent: Some(&[0.0; 2]),
            ..dead
        };
        let svg = training(&alive).expect("a run");
        assert!(!svg.contains("no sample had a loss") && !svg.contains("silent samples"));
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
                    silent: Some(&[0.5]),
                    ..good
                },
                "length of silent is 1",
            ),
            (
                Training {
                    silent: Some(&[0.5, 2.0]),
                    ..good
                },
                "accuracy is 2",
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
