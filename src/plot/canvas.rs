//! A sheet to draw on, measured in px from its upper left corner, and the SVG text that it becomes.

use std::fmt::{self, Display, Formatter, Write};

use super::colour::{Colour, INK, PAPER};
use super::words::{LABEL, escaped};

/// The width of most pictures, in px.
pub(super) const WIDTH: f64 = 900.0;

/// A point in px from the upper left corner, y downwards.
pub(super) type Point = (f64, f64);

/// What is drawn: elements of SVG, and the colours that they use.
pub(super) struct Canvas {
    body: String,
    colours: Vec<Colour>,
}

/// Which point of a text lies at the given position, along the text.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum HPos {
    Left,
    Center,
    Right,
}

/// Which point of a text lies at the given position, across the text.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum VPos {
    Top,
    Center,
    Bottom,
}

/// How a text looks and which of its points lies at the given position.
#[derive(Clone, Copy)]
pub(super) struct Font {
    pub size: f64,
    pub colour: Colour,
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

/// The SVG text of a picture of `width` times `height` px that shows `title`, painted by `paint`.
///
/// Colours are written into the elements, which every reader of SVG understands; a style sheet replaces them where
/// the reader prefers dark pages.
pub(super) fn picture(
    width: f64,
    height: f64,
    title: &str,
    paint: impl FnOnce(&mut Canvas),
) -> String {
    let mut canvas = Canvas {
        body: String::new(),
        colours: Vec::new(),
    };
    canvas.rectangle((0.0, 0.0), (width, height), PAPER);
    paint(&mut canvas);
    let dark: String = canvas.colours.iter().map(darkened).collect();
    let (width, height, title) = (Px(width), Px(height), escaped(title));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n\
         <title>{title}</title>\n<style>@media (prefers-color-scheme: dark) {{\n{dark}}}</style>\n{}</svg>\n",
        canvas.body
    )
}

/// The rules that give what is drawn in a colour the one of dark pages.
fn darkened(colour: &Colour) -> String {
    let (light, dark) = (Hex(colour.light), Hex(colour.dark));
    format!("[fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }}\n")
}

/// A length, to a tenth of a px and without needless digits.
#[derive(Clone, Copy)]
struct Px(f64);

impl Display for Px {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let tenths = (10.0 * self.0).round() as i64;
        if tenths < 0 {
            f.write_char('-')?;
        }
        let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        match tenth {
            0 => write!(f, "{whole}"),
            _ => write!(f, "{whole}.{tenth}"),
        }
    }
}

struct Hex([u8; 3]);

impl Display for Hex {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// The commands of a path.
#[derive(Default)]
struct Path(String);

impl Path {
    fn add(mut self, command: fmt::Arguments) -> Self {
        self.0 += &fmt::format(command);
        self
    }

    fn through(self, points: &[Point]) -> Self {
        points.iter().enumerate().fold(self, |path, (ix, (x, y))| {
            let command = if ix == 0 { 'M' } else { 'L' };
            path.add(format_args!("{command}{} {}", Px(*x), Px(*y)))
        })
    }
}

/// Each place once, places less than half a px apart counted as one: what lies there already hides what follows.
fn apart(points: &[Point]) -> Vec<Point> {
    let half = |v: f64| (2.0 * v).round() as i64;
    let mut seen = std::collections::HashSet::new();
    let is_first = |(x, y): &&Point| seen.insert((half(*x), half(*y)));
    points.iter().filter(is_first).copied().collect()
}

impl Canvas {
    pub(super) fn line(&mut self, points: &[Point], colour: Colour, width: f64) {
        self.stroke(Path::default().through(points), colour, width, "");
    }

    /// Straight lines in one colour.
    pub(super) fn segments(&mut self, lines: &[[Point; 2]], colour: Colour, width: f64) {
        let path = lines.iter().fold(Path::default(), |p, l| p.through(l));
        self.stroke(path, colour, width, "");
    }

    /// A straight line of dashes.
    pub(super) fn dashes(&mut self, from: Point, to: Point, colour: Colour, width: f64) {
        let path = Path::default().through(&[from, to]);
        self.stroke(path, colour, width, " stroke-dasharray=\"5 3\"");
    }

    /// Horizontal bars of one height: where each begins, in its middle, and how long it is.
    pub(super) fn bars(&mut self, bars: &[(Point, f64)], colour: Colour, height: f64) {
        let path = bars.iter().fold(Path::default(), |path, ((x, y), length)| {
            path.add(format_args!("M{} {}h{}", Px(*x), Px(*y), Px(*length)))
        });
        self.stroke(path, colour, height, "");
    }

    pub(super) fn rectangle(&mut self, from: Point, to: Point, fill: Colour) {
        self.rectangles(&[[from, to]], fill);
    }

    /// Rectangles in one colour, each with two corners that lie opposite.
    pub(super) fn rectangles(&mut self, corners: &[[Point; 2]], fill: Colour) {
        let path = corners.iter().fold(Path::default(), |path, [from, to]| {
            let (width, height) = (Px(to.0 - from.0), Px(to.1 - from.1));
            let (x, y) = (Px(from.0), Px(from.1));
            path.add(format_args!("M{x} {y}h{width}v{height}H{x}z"))
        });
        self.fill(path, fill, 1.0);
    }

    /// The area inside a closed line, as opaque as `opacity` says, 0 to 1.
    pub(super) fn polygon(&mut self, points: &[Point], fill: Colour, opacity: f64) {
        self.fill(Path::default().through(points), fill, opacity);
    }

    pub(super) fn dot(&mut self, centre: Point, radius: f64, fill: Colour) {
        self.dots(&[centre], radius, fill, 1.0);
    }

    /// Dots of one size and colour; together they are as opaque as `opacity` says, 0 to 1.
    pub(super) fn dots(&mut self, centres: &[Point], radius: f64, fill: Colour, opacity: f64) {
        let path = apart(centres).iter().fold(Path::default(), |path, (x, y)| {
            path.add(format_args!("M{} {}h0", Px(*x), Px(*y)))
        });
        let more = match opacity {
            1.0 => " stroke-linecap=\"round\"".into(),
            _ => format!(" stroke-linecap=\"round\" stroke-opacity=\"{opacity}\""),
        };
        self.stroke(path, fill, 2.0 * radius, &more);
    }

    /// Circles of one size and colour.
    pub(super) fn rings(&mut self, centres: &[Point], radius: f64, colour: Colour, width: f64) {
        let r = Px(radius);
        let path = apart(centres).iter().fold(Path::default(), |path, (x, y)| {
            let (from, y, across) = (Px(x - radius), Px(*y), Px(2.0 * radius));
            path.add(format_args!(
                "M{from} {y}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0"
            ))
        });
        self.stroke(path, colour, width, "");
    }

    /// A horizontal arrow whose tip is at `x + by`; too short a one is drawn as its head alone.
    pub(super) fn arrow(&mut self, (x, y): Point, by: f64, colour: Colour) {
        let tip = x + by;
        let back = tip - 5.0 * by.signum();
        self.line(&[(x, y), (tip, y)], colour, 1.5);
        self.polygon(&[(tip, y), (back, y - 3.0), (back, y + 3.0)], colour, 1.0);
    }

    pub(super) fn text(&mut self, text: &str, (x, y): Point, font: Font) {
        if text.is_empty() {
            return;
        }
        let anchor = match font.h {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // From the base line: capitals are 0.72 of the size high.
        let drop = font.size
            * match font.v {
                VPos::Top => 0.76,
                VPos::Center => 0.36,
                VPos::Bottom => -0.1,
            };
        let weight = if font.bold {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let place = match font.upwards {
            true => format!(
                "x=\"{}\" y=\"{}\" transform=\"rotate(-90 {0} {})\"",
                Px(x),
                Px(y + drop),
                Px(y)
            ),
            false => format!("x=\"{}\" y=\"{}\"", Px(x), Px(y + drop)),
        };
        let (size, colour, text) = (Px(font.size), self.used(font.colour), escaped(text));
        self.body += &format!(
            "<text {place} text-anchor=\"{anchor}\" font-size=\"{size}\"{weight} fill=\"{colour}\">{text}</text>\n"
        );
    }

    fn stroke(&mut self, Path(path): Path, colour: Colour, width: f64, more: &str) {
        if path.is_empty() {
            return;
        }
        let (colour, width) = (self.used(colour), Px(width));
        self.body += &format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{more}/>\n"
        );
    }

    fn fill(&mut self, Path(path): Path, colour: Colour, opacity: f64) {
        if path.is_empty() {
            return;
        }
        let colour = self.used(colour);
        let opacity = match opacity {
            1.0 => String::new(),
            part => format!(" fill-opacity=\"{part}\""),
        };
        self.body += &format!("<path d=\"{path}\" fill=\"{colour}\"{opacity}/>\n");
    }

    fn used(&mut self, colour: Colour) -> Hex {
        if !self.colours.contains(&colour) {
            self.colours.push(colour);
        }
        Hex(colour.light)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::colour::BLUE;

    #[test]
    fn lengths_have_a_tenth_and_no_needless_digits() {
        let written = |v: f64| Px(v).to_string();
        assert_eq!(
            [0.0, -0.04, -0.3, 12.04, 7.96, 1e6 / 3.0].map(written),
            ["0", "0", "-0.3", "12", "8", "333333.3"]
        );
    }

    #[test]
    fn a_picture_has_its_size_its_title_and_two_kinds_of_colour() {
        let svg = picture(100.0, 50.5, "a <b>", |canvas| {
            canvas.dot((10.25, 5.0), 1.5, BLUE);
            canvas.text("a & b", (3.0, 4.0), Font::default());
        });
        assert!(
            svg.contains(r#"width="100" height="50.5" viewBox="0 0 100 50.5""#),
            "{svg}"
        );
        assert!(svg.contains("<title>a &lt;b&gt;</title>"), "{svg}");
        assert!(
            svg.contains(r##"<path d="M10.3 5h0" fill="none" stroke="#0072b2" stroke-width="3""##),
            "{svg}"
        );
        assert!(
            svg.contains(r##"[stroke="#0072b2"] { stroke: #76b3f8 }"##),
            "{svg}"
        );
        assert!(svg.contains(">a &amp; b</text>"), "{svg}");
    }

    #[test]
    fn dots_in_one_place_are_one_dot() {
        let drawn = |centres: &[Point]| {
            let svg = picture(9.0, 9.0, "", |c| c.dots(centres, 1.0, BLUE, 0.5));
            svg.matches("h0").count()
        };
        assert_eq!(drawn(&[(1.0, 1.0), (1.1, 1.1), (1.0, 3.0)]), 2);
        assert_eq!(drawn(&[(1.0, 1.0), (1.5, 1.1), (1.0, 3.0)]), 3);
    }
}
