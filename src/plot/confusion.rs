//! Which class was taken for which.

use super::canvas::{Canvas, Font, HPos, picture};
use super::check;
use super::colour::{BLUE, FRAME, INK, MUTED, PAPER, pale};
use super::words::{LABEL, SMALL, fitted, text_width};
use crate::{Error, Result};

const TOP: f64 = 56.0;
const RIGHT: f64 = 24.0;
const BELOW: f64 = 58.0;
/// More classes than this cannot be told apart in a picture.
const MOST_CLASSES: usize = 100;
/// What stands for no choice.
const NONE: &str = "none";

/// What a network chose for each sample.
#[derive(Debug, Clone, Copy)]
pub struct Confusion<'a> {
    /// The true class of each sample.
    pub classes: &'a [usize],
    /// The predicted class of each sample; `None` where the network made no choice.
    pub predicted: &'a [Option<usize>],
    /// The names of the classes.
    pub names: &'a [&'a str],
}

/// Draws the confusion matrix: a row for each true class, a column for each predicted one, in a
/// cell how many samples. A cell is the darker the larger its share of its row. A last
/// column counts samples without a choice, where there are any.
///
/// # Errors
/// No samples, no names or more than 100, predictions of another number than the classes, a class
/// without a name.
pub fn confusion(data: &Confusion) -> Result<String> {
    check::filled("names", data.names)?;
    check::filled("classes", data.classes)?;
    let n = data.names.len();
    if n > MOST_CLASSES {
        return Err(Error::invalid(
            "number of names",
            n,
            format!("draw at most {MOST_CLASSES} classes"),
        ));
    }
    check::length(
        "predicted",
        data.predicted.len(),
        "classes",
        data.classes.len(),
    )?;
    for (ix, (&class, &predicted)) in data.classes.iter().zip(data.predicted).enumerate() {
        check::index(format!("classes[{ix}]"), class, "names", n)?;
        if let Some(class) = predicted {
            check::index(format!("predicted[{ix}]"), class, "names", n)?;
        }
    }
    let counts = counts(data);
    let columns = counts[0].len();
    let cell = (560.0 / columns as f64).clamp(14.0, 72.0);
    let widest = data.names.iter().map(|name| text_width(name, SMALL, false));
    let left = 52.0 + widest.fold(0.0, f64::max).min(140.0);
    let (across, down) = (columns as f64 * cell, n as f64 * cell);
    let right = data.classes.iter().zip(data.predicted);
    let right = right
        .filter(|(class, predicted)| **predicted == Some(**class))
        .count();
    let caption = format!(
        "{right} of {} right ({:.2} %)",
        data.classes.len(),
        100.0 * right as f64 / data.classes.len() as f64
    );
    let width = (left + across + RIGHT).max(left + text_width(&caption, LABEL, true) + RIGHT);
    Ok(picture(width, TOP + down + BELOW, &caption, |canvas| {
        let heading = Font {
            bold: true,
            ..Font::default()
        };
        canvas.text(&caption, (left, TOP - 32.0), heading);
        for (row, counts) in counts.iter().enumerate() {
            cells(canvas, (left, TOP + row as f64 * cell), cell, counts);
        }
        outline(canvas, (left, TOP), (left + across, TOP + down));
        labels(canvas, data.names, (left, TOP, cell), columns);
        let axis = Font {
            h: HPos::Center,
            ..Font::default()
        };
        let middle = (left + across / 2.0, TOP + down + 42.0);
        canvas.text("predicted class", middle, axis);
        let upwards = Font {
            upwards: true,
            ..axis
        };
        canvas.text("true class", (18.0, TOP + down / 2.0), upwards);
    }))
}

/// For each true class how many samples went to each class, and, where there are any, to none.
fn counts(data: &Confusion) -> Vec<Vec<usize>> {
    let n = data.names.len();
    let undecided = usize::from(data.predicted.contains(&None));
    let mut counts = vec![vec![0; n + undecided]; n];
    for (&class, predicted) in data.classes.iter().zip(data.predicted) {
        counts[class][predicted.unwrap_or(n)] += 1;
    }
    counts
}

fn cells(canvas: &mut Canvas, at: (f64, f64), cell: f64, counts: &[usize]) {
    let all: usize = counts.iter().sum();
    for (column, &count) in counts.iter().enumerate() {
        let x = at.0 + column as f64 * cell;
        let share = count as f64 / all.max(1) as f64;
        // The root keeps single mistakes among thousands visible.
        let fill = pale(BLUE, 1.0 - share.sqrt());
        canvas.rectangle((x, at.1), (x + cell, at.1 + cell), fill);
        let text = count.to_string();
        if count > 0 && text_width(&text, SMALL, false) <= cell - 2.0 && cell >= 18.0 {
            let font = Font {
                size: SMALL,
                colour: if share > 0.3 { PAPER } else { INK },
                h: HPos::Center,
                ..Font::default()
            };
            canvas.text(&text, (x + cell / 2.0, at.1 + cell / 2.0), font);
        }
    }
}

fn outline(canvas: &mut Canvas, from: (f64, f64), to: (f64, f64)) {
    let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
    canvas.line(&corners, FRAME, 1.0);
}

/// The names along both axes, as many as fit.
fn labels(canvas: &mut Canvas, names: &[&str], place: (f64, f64, f64), columns: usize) {
    let (left, top, cell) = place;
    let stride = (16.0 / cell).ceil() as usize;
    let font = Font {
        size: SMALL,
        colour: MUTED,
        h: HPos::Right,
        ..Font::default()
    };
    let middle = |ix: usize| (ix as f64 + 0.5) * cell;
    for (ix, name) in names.iter().enumerate().step_by(stride) {
        let text = fitted(name, SMALL, false, 140.0);
        canvas.text(&text, (left - 8.0, top + middle(ix)), font);
    }
    let below = top + names.len() as f64 * cell + 16.0;
    let font = Font {
        h: HPos::Center,
        ..font
    };
    let undecided = (columns > names.len()).then_some(NONE);
    let along = names.iter().copied().chain(undecided);
    for (ix, name) in along.enumerate().step_by(stride) {
        let text = fitted(name, SMALL, false, cell * stride as f64);
        canvas.text(&text, (left + middle(ix), below), font);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Confusion = Confusion {
        classes: &[0, 0, 1, 2, 2],
        predicted: &[Some(0), Some(1), Some(1), None, Some(2)],
        names: &["yin", "yang", "dot"],
    };

    #[test]
    fn rows_are_true_classes_and_no_choice_has_a_column() {
        let expected = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]];
        assert_eq!(counts(&GOOD), expected);
        let decided = Confusion {
            predicted: &[Some(0), Some(1), Some(1), Some(0), Some(2)],
            ..GOOD
        };
        assert_eq!(counts(&decided)[2], [1, 0, 1]);
        let (some, none) = (confusion(&GOOD), confusion(&decided));
        assert!(some.expect("good data").contains(">none<"));
        assert!(!none.expect("good data").contains(">none<"));
    }

    #[test]
    fn the_caption_counts_what_is_right() {
        let svg = confusion(&GOOD).expect("good data");
        crate::plot::seen::whole(&svg);
        assert!(svg.contains(">3 of 5 right (60.00 %)<"), "{svg}");
        for text in [">yang<", ">predicted class<", ">true class<"] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn names_the_field_it_refuses() {
        let cases = [
            (Confusion { names: &[], ..GOOD }, "names is empty"),
            (
                Confusion {
                    classes: &[],
                    predicted: &[],
                    ..GOOD
                },
                "classes is empty",
            ),
            (
                Confusion {
                    predicted: &[None],
                    ..GOOD
                },
                "length of predicted is 1",
            ),
            (
                Confusion {
                    classes: &[0, 0, 1, 3, 2],
                    ..GOOD
                },
                "classes[3] is 3",
            ),
            (
                Confusion {
                    predicted: &[Some(3); 5],
                    ..GOOD
                },
                "predicted[0] is 3",
            ),
            (
                Confusion {
                    names: &[""; 101],
                    ..GOOD
                },
                "number of names is 101",
            ),
        ];
        for (data, expected) in cases {
            let error = confusion(&data).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
