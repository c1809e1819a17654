//! Names beside the marks that they explain.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Drawn, Font, Point};
use super::style::{INK, SMALL, fitted, text_width};

/// The mark in front of a legend's text.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Line(RGBColor),
    Dashes(RGBColor),
    Dot(RGBColor),
    /// A dot of the second colour on a field of the first.
    Field(RGBColor, RGBColor),
    Swatch(RGBColor),
    Ring,
}

pub(super) type Entry = (Mark, String);

const MARK: f64 = 20.0;

/// The height of one line of a column, in px.
pub(super) const LINE: f64 = 20.0;

/// Draws entries below each other, each `width` px wide; `at` is the upper left corner.
pub(super) fn column(canvas: &Canvas, at: Point, width: f64, entries: &[Entry]) -> Drawn {
    for (row, entry) in entries.iter().enumerate() {
        let y = at.1 + (row as f64 + 0.5) * LINE;
        draw(canvas, (at.0, y), width, entry)?;
    }
    Ok(())
}

/// Draws entries beside each other, ending at `right`, centred on `y`.
pub(super) fn row(canvas: &Canvas, (right, y): Point, entries: &[Entry]) -> Drawn {
    let mut x = right;
    for entry in entries.iter().rev() {
        let width = MARK + 10.0 + text_width(&entry.1, SMALL);
        x -= width;
        draw(canvas, (x, y), width, entry)?;
        x -= 6.0;
    }
    Ok(())
}

fn draw(canvas: &Canvas, (x, y): Point, width: f64, (mark, text): &Entry) -> Drawn {
    let centre = (x + MARK / 2.0, y);
    let corners = ((x + 3.0, y - 6.0), (x + MARK - 3.0, y + 6.0));
    match *mark {
        Mark::Line(colour) => canvas.line(&[(x, y), (x + MARK, y)], colour, 2.0)?,
        Mark::Dashes(colour) => canvas.dashes((x, y), (x + MARK, y), colour, 1.5)?,
        Mark::Dot(colour) => canvas.dot(centre, 3.5, colour)?,
        Mark::Swatch(colour) => canvas.rectangle(corners.0, corners.1, colour)?,
        Mark::Ring => canvas.ring(centre, 5.0, INK, 1.5)?,
        Mark::Field(field, dot) => {
            canvas.rectangle(corners.0, corners.1, field)?;
            canvas.dot(centre, 3.0, dot)?;
        }
    }
    let text = fitted(text, SMALL, width - MARK - 6.0);
    canvas.text(
        &text,
        (x + MARK + 6.0, y),
        Font {
            size: SMALL,
            ..Font::default()
        },
    )
}
