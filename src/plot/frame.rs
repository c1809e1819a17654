//! The rectangle that data are drawn in: grid, ticks and labels around it.

use super::axis::Axis;
use super::canvas::{Canvas, Font, HPos, Point, VPos, WIDTH};
use super::colour::{FRAME, GRID, MUTED};
use super::words::{LABEL, SMALL, fitted, text_width};

/// A rectangle in px with an axis along its lower and its left edge.
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub x: Axis,
    pub y: Axis,
}

/// What is written around a frame; empty texts leave their places free.
#[derive(Clone, Copy, Default)]
pub(super) struct Titles<'a> {
    /// Above the frame, to the left.
    pub title: &'a str,
    /// Above the frame, to the right.
    pub note: &'a str,
    pub x: &'a str,
    pub y: &'a str,
}

impl<'a> Titles<'a> {
    /// The names of both axes and nothing above the frame.
    pub(super) fn axes(x: &'a str, y: &'a str) -> Self {
        Self {
            x,
            y,
            ..Self::default()
        }
    }
}

/// Writes what a picture of the usual width shows, and below it a note on how; either may be empty.
pub(super) fn heading(canvas: &mut Canvas, title: &str, note: &str) {
    let font = Font {
        bold: true,
        ..Font::default()
    };
    let room = WIDTH - 32.0;
    canvas.text(&fitted(title, LABEL, true, room), (16.0, 20.0), font);
    let font = Font {
        size: SMALL,
        colour: MUTED,
        ..Font::default()
    };
    canvas.text(&fitted(note, SMALL, false, room), (16.0, 40.0), font);
}

impl Frame {
    /// Where the values `(x, y)` lie, in px.
    pub(super) fn point(&self, x: f64, y: f64) -> Point {
        (self.px(self.x.at(x)), self.py(self.y.at(y)))
    }

    fn px(&self, share: f64) -> f64 {
        self.left + share * (self.right - self.left)
    }

    fn py(&self, share: f64) -> f64 {
        self.bottom - share * (self.bottom - self.top)
    }

    /// Draws the grid, which belongs behind the data.
    pub(super) fn grid(&self, canvas: &mut Canvas) {
        let (top, bottom) = (self.top, self.bottom);
        let down = self.x.ticks().iter().map(|(at, _)| self.px(*at));
        let mut lines: Vec<[Point; 2]> = down.map(|x| [(x, top), (x, bottom)]).collect();
        let across = self.y.ticks().iter().map(|(at, _)| self.py(*at));
        lines.extend(across.map(|y| [(self.left, y), (self.right, y)]));
        canvas.segments(&lines, GRID, 1.0);
    }

    /// Draws the border, both axes and all titles, which belong before the data.
    pub(super) fn outline(&self, canvas: &mut Canvas, titles: Titles) {
        self.border(canvas);
        self.x_axis(canvas, titles.x);
        self.y_axis(canvas, titles.y);
        let font = Font {
            size: LABEL,
            bold: true,
            v: VPos::Bottom,
            ..Font::default()
        };
        let above = self.top - 6.0;
        let note = text_width(titles.note, SMALL, false);
        let room = self.right - self.left - note - if note > 0.0 { 8.0 } else { 0.0 };
        let title = fitted(titles.title, LABEL, true, room);
        canvas.text(&title, (self.left, above), font);
        let font = Font {
            size: SMALL,
            colour: MUTED,
            bold: false,
            h: HPos::Right,
            ..font
        };
        canvas.text(titles.note, (self.right, above), font);
    }

    pub(super) fn border(&self, canvas: &mut Canvas) {
        let (left, top, right, bottom) = (self.left, self.top, self.right, self.bottom);
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        canvas.line(&corners, FRAME, 1.0)
    }

    pub(super) fn x_axis(&self, canvas: &mut Canvas, name: &str) {
        let font = Font {
            size: SMALL,
            colour: MUTED,
            h: HPos::Center,
            v: VPos::Top,
            ..Font::default()
        };
        for (at, label) in self.x.ticks() {
            let x = self.px(*at);
            canvas.line(&[(x, self.bottom), (x, self.bottom + 4.0)], FRAME, 1.0);
            canvas.text(label, (x, self.bottom + 8.0), font);
        }
        let name = fitted(
            &self.x.titled(name),
            LABEL,
            false,
            self.right - self.left + 60.0,
        );
        let font = Font {
            h: HPos::Center,
            v: VPos::Top,
            ..Font::default()
        };
        canvas.text(&name, (self.px(0.5), self.bottom + 28.0), font)
    }

    fn y_axis(&self, canvas: &mut Canvas, name: &str) {
        let font = Font {
            size: SMALL,
            colour: MUTED,
            h: HPos::Right,
            ..Font::default()
        };
        let mut widest: f64 = 0.0;
        for (at, label) in self.y.ticks() {
            let y = self.py(*at);
            widest = widest.max(text_width(label, SMALL, false));
            canvas.line(&[(self.left - 4.0, y), (self.left, y)], FRAME, 1.0);
            canvas.text(label, (self.left - 8.0, y), font);
        }
        let name = fitted(
            &self.y.titled(name),
            LABEL,
            false,
            self.bottom - self.top + 40.0,
        );
        let font = Font {
            h: HPos::Center,
            v: VPos::Bottom,
            upwards: true,
            ..Font::default()
        };
        canvas.text(&name, (self.left - 12.0 - widest, self.py(0.5)), font)
    }
}
