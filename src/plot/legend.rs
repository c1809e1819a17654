//! Names beside the marks that they explain.

use super::canvas::{Canvas, Font, Point};
use super::colour::{Colour, INK};
use super::words::{SMALL, fitted, text_width};

/// The mark in front of a legend's text.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Line(Colour),
    Dashes(Colour),
    Dot(Colour),
    /// A dot of the second colour on a field of the first.
    Field(Colour, Colour),
    Swatch(Colour),
    Ring,
}

pub(super) type Entry = (Mark, String);

const MARK: f64 = 20.0;

/// The height of one line of a column, in px.
pub(super) const LINE: f64 = 20.0;

/// Draws entries below each other, each `width` px wide; `at` is the upper left corner.
pub(super) fn column(canvas: &mut Canvas, at: Point, width: f64, entries: &[Entry]) {
    for (row, entry) in entries.iter().enumerate() {
        let y = at.1 + (row as f64 + 0.5) * LINE;
        draw(canvas, (at.0, y), width, entry);
    }
}

/// How wide a column must be so that every text in it is whole, in px.
pub(super) fn width(entries: &[Entry]) -> f64 {
    let widths = entries
        .iter()
        .map(|(_, text)| text_width(text, SMALL, false));
    MARK + 10.0 + widths.fold(0.0, f64::max)
}

/// Draws entries beside each other, ending at `right`, centred on `y`.
pub(super) fn row(canvas: &mut Canvas, (right, y): Point, entries: &[Entry]) {
    let mut x = right;
    for entry in entries.iter().rev() {
        let width = width(std::slice::from_ref(entry));
        x -= width;
        draw(canvas, (x, y), width, entry);
        x -= 6.0;
    }
}

fn draw(canvas: &mut Canvas, (x, y): Point, width: f64, (mark, text): &Entry) {
    let centre = (x + MARK / 2.0, y);
    let corners = ((x + 3.0, y - 6.0), (x + MARK - 3.0, y + 6.0));
    match *mark {
        Mark::Line(colour) => canvas.line(&[(x, y), (x + MARK, y)], colour, 2.0),
        Mark::Dashes(colour) => canvas.dashes((x, y), (x + MARK, y), colour, 1.5),
        Mark::Dot(colour) => canvas.dot(centre, 3.5, colour),
        Mark::Swatch(colour) => canvas.rectangle(corners.0, corners.1, colour),
        Mark::Ring => canvas.rings(&[centre], 5.0, INK, 1.5),
        Mark::Field(field, dot) => {
            canvas.rectangle(corners.0, corners.1, field);
            canvas.dot(centre, 3.0, dot);
        }
    }
    let text = fitted(text, SMALL, false, width - MARK - 6.0);
    canvas.text(
        &text,
        (x + MARK + 6.0, y),
        Font {
            size: SMALL,
            ..Font::default()
        },
    );
}
