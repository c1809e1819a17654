//! The look shared by all pictures: colours, font sizes, how numbers are written.

use plotters::style::RGBColor;

pub(super) const WIDTH: f64 = 900.0;
pub(super) const LABEL: f64 = 13.0;
pub(super) const SMALL: f64 = 11.5;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const MUTED: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(super) const FRAME: RGBColor = RGBColor(0x88, 0x88, 0x88);
pub(super) const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
pub(super) const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);

/// The colours of Okabe and Ito, which stay apart for colour-blind eyes; the
/// yellow, faint on white, comes last.
const PALETTE: [RGBColor; 8] = [
    BLUE,
    VERMILLION,
    GREEN,
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x44, 0x44, 0x44),
    RGBColor(0xF0, 0xE4, 0x42),
];

/// The colour of class, neuron or group `ix`. Past the palette the colours
/// return darker, so that ten digits are still ten colours.
pub(super) fn colour(ix: usize) -> RGBColor {
    let base = PALETTE[ix % PALETTE.len()];
    match (ix / PALETTE.len()) % 3 {
        0 => base,
        round => blend(base, RGBColor(0, 0, 0), 0.35 * round as f64),
    }
}

/// `from` moved towards `to` by `share` in 0 to 1.
///
/// Opaque mixtures rather than transparency: overlapping neighbours then hide
/// the seams between them instead of showing as darker stripes.
pub(super) fn blend(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// `from` made pale enough to lie behind marks of its full colour.
pub(super) fn pale(from: RGBColor, share: f64) -> RGBColor {
    blend(from, PAPER, share)
}

/// How wide `text` is at most, in px: there are no font metrics to ask, so
/// this errs towards the widest of the common sans-serif fonts.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    0.62 * size * text.chars().count() as f64
}

/// `text` shortened with an ellipsis until it is at most `width` px wide, on
/// one line and without the control characters that XML forbids.
pub(super) fn fitted(text: &str, size: f64, width: f64) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text_width(&clean, size) <= width {
        return clean;
    }
    let room = (width / (0.62 * size)).max(2.0) as usize;
    clean.chars().take(room - 1).chain(['…']).collect()
}

/// `value` with three significant digits and a true minus sign.
pub(super) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return "0".into();
    }
    let exponent = magnitude.log10().floor() as i32;
    if (-3..4).contains(&exponent) {
        let decimals = usize::try_from(2 - exponent).unwrap_or(0);
        return format!("{value:.decimals$}").replace('-', "−");
    }
    let text = format!("{value:.2e}").replace('-', "−");
    match text.split_once('e') {
        Some((mantissa, power)) => format!("{mantissa}×10{}", superscript(power)),
        None => text,
    }
}

/// Ten to the power of `exponent`, as it is written by hand.
pub(super) fn power_of_ten(exponent: i32) -> String {
    format!("10{}", superscript(&exponent.to_string()))
}

fn superscript(digits: &str) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    digits
        .chars()
        .map(|c| match c.to_digit(10) {
            Some(digit) => RAISED[digit as usize],
            None => '⁻',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sixteen_colours_differ() {
        for a in 0..16 {
            for b in 0..a {
                let (x, y) = (colour(a), colour(b));
                assert_ne!((x.0, x.1, x.2), (y.0, y.1, y.2), "{a} and {b}");
            }
        }
    }

    #[test]
    fn numbers_keep_three_digits_at_any_magnitude() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.523_4), "−0.523");
        assert_eq!(number(1234.5), "1234");
        assert_eq!(number(-1.5e-9), "−1.50×10⁻⁹");
        assert_eq!(number(f64::MAX), "1.80×10³⁰⁸");
    }

    #[test]
    fn fitted_text_is_one_line_within_its_width() {
        assert_eq!(fitted("input\n\u{1}", 10.0, 100.0), "input  ");
        let short = fitted("a name much too long for its place", 10.0, 62.0);
        assert_eq!(short.chars().count(), 10);
        assert!(short.ends_with('…'));
    }
}
