//! A sheet to draw on, measured in px from its upper left corner.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle, TextStyle,
};

use super::style::{INK, LABEL, PAPER};
use crate::{Error, Result};

/// The outcome of a drawing step.
pub(super) type Drawn = std::result::Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// A point in px from the upper left corner, y downwards.
pub(super) type Point = (f64, f64);

/// The drawing library counts in whole units; four to the px keep curves smooth.
const UNITS: f64 = 4.0;

/// The plotters crate divides font sizes by this on their way into an SVG.
const FONT_RATIO: f64 = 1.24;

pub(super) struct Canvas<'a>(DrawingArea<SVGBackend<'a>, Shift>);

/// How a text looks and which of its points lies at the given position.
#[derive(Clone, Copy)]
pub(super) struct Font {
    pub size: f64,
    pub colour: plotters::style::RGBColor,
    pub bold: bool,
    pub h: HPos,
    pub v: VPos,
    pub upwards: bool,
}

impl Default for Font {
    fn default() -> Self {
        Self {
            size: LABEL,
            colour: INK,
            bold: false,
            h: HPos::Left,
            v: VPos::Center,
            upwards: false,
        }
    }
}

/// The SVG text of a picture of `width` times `height` px, painted by `paint`.
pub(super) fn picture(
    width: f64,
    height: f64,
    paint: impl FnOnce(&Canvas) -> Drawn,
) -> Result<String> {
    let mut svg = String::new();
    let units = (units(width).unsigned_abs(), units(height).unsigned_abs());
    let canvas = Canvas(SVGBackend::with_string(&mut svg, units).into_drawing_area());
    canvas
        .rectangle((0.0, 0.0), (width, height), PAPER)
        .and_then(|()| paint(&canvas))
        .and_then(|()| canvas.0.present())
        .map_err(|e| {
            Error::unavailable(
                "drawing this picture",
                format!("the SVG writer answered {e}"),
            )
        })?;
    drop(canvas);
    // The view box stays in units; the picture is shown in px.
    let stated = format!(r#"width="{}" height="{}""#, units.0, units.1);
    Ok(svg.replacen(&stated, &format!(r#"width="{width}" height="{height}""#), 1))
}

fn units(px: f64) -> i32 {
    (px * UNITS).round() as i32
}

fn place((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}

fn stroke(colour: impl Color, width: f64) -> ShapeStyle {
    colour.stroke_width(units(width).unsigned_abs().max(1))
}

impl Canvas<'_> {
    pub(super) fn line(&self, points: &[Point], colour: impl Color, width: f64) -> Drawn {
        let points: Vec<_> = points.iter().copied().map(place).collect();
        self.0
            .draw(&PathElement::new(points, stroke(colour, width)))
    }

    /// A straight line of dashes.
    pub(super) fn dashes(&self, from: Point, to: Point, colour: impl Color, width: f64) -> Drawn {
        const PERIOD: f64 = 8.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
        let at = |d: f64| (from.0 + dx * d / length, from.1 + dy * d / length);
        for dash in 0..(length / PERIOD).ceil() as usize {
            let start = dash as f64 * PERIOD;
            let end = (start + 0.6 * PERIOD).min(length);
            self.line(&[at(start), at(end)], colour.to_rgba(), width)?;
        }
        Ok(())
    }

    pub(super) fn rectangle(&self, from: Point, to: Point, fill: impl Color) -> Drawn {
        self.0
            .draw(&Rectangle::new([place(from), place(to)], fill.filled()))
    }

    pub(super) fn polygon(&self, points: &[Point], fill: RGBAColor) -> Drawn {
        let points: Vec<_> = points.iter().copied().map(place).collect();
        self.0.draw(&Polygon::new(points, fill.filled()))
    }

    pub(super) fn dot(&self, centre: Point, radius: f64, fill: impl Color) -> Drawn {
        self.0
            .draw(&Circle::new(place(centre), units(radius), fill.filled()))
    }

    pub(super) fn ring(&self, centre: Point, radius: f64, colour: impl Color, width: f64) -> Drawn {
        self.0.draw(&Circle::new(
            place(centre),
            units(radius),
            stroke(colour, width),
        ))
    }

    /// A horizontal arrow whose tip is at `x + by`; too short a one is drawn as its head alone.
    pub(super) fn arrow(&self, (x, y): Point, by: f64, colour: impl Color) -> Drawn {
        let tip = x + by;
        let back = tip - 5.0 * by.signum();
        self.line(&[(x, y), (tip, y)], colour.to_rgba(), 1.5)?;
        self.polygon(
            &[(tip, y), (back, y - 3.0), (back, y + 3.0)],
            colour.to_rgba(),
        )
    }

    pub(super) fn text(&self, text: &str, at: Point, font: Font) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        let weight = if font.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let mut style: TextStyle = (
            FontFamily::SansSerif,
            font.size * UNITS * FONT_RATIO,
            weight,
        )
            .into();
        if font.upwards {
            style = style.transform(FontTransform::Rotate270);
        }
        let style = style.color(&font.colour).pos(Pos::new(font.h, font.v));
        self.0.draw_text(text, &style, place(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_px_while_drawing_in_finer_units() {
        let svg = picture(100.0, 50.0, |canvas| canvas.dot((10.25, 5.0), 1.5, INK))
            .expect("a picture of one dot");
        assert!(
            svg.contains(r#"width="100" height="50" viewBox="0 0 400 200""#),
            "{svg}"
        );
        assert!(svg.contains(r#"cx="41" cy="20" r="6""#), "{svg}");
        assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
    }

    #[test]
    fn dashes_end_where_they_should() {
        let svg = picture(100.0, 50.0, |canvas| {
            canvas.dashes((0.0, 0.0), (9.0, 0.0), INK, 1.0)
        })
        .expect("a picture of one line");
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains(r#"points="32,0 36,0 ""#), "{svg}");
    }
}
