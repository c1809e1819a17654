//! Text in pictures: sizes, widths, and how numbers are written.

pub(super) const LABEL: f64 = 13.0;
pub(super) const SMALL: f64 = 11.5;

/// The text without the characters that mean something in XML and HTML, and without those that XML forbids.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(c),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            c if c.is_control() => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// How wide `text` is at most, in px: nobody is there to be asked for metrics, so these are those of DejaVu Sans and
/// Verdana, the widest of the common sans-serif fonts, rounded up.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let more = if bold { 0.09 } else { 0.0 };
    size * text.chars().map(|c| advance(c) + more).sum::<f64>()
}

/// The width of a character over the size of its font.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | 'J' | '\'' => 0.30,
        ' ' | ',' | '.' | '/' | ':' | ';' | '|' | '\\' | 'f' | '-' => 0.36,
        '(' | ')' | '[' | ']' | 't' | 'r' | '!' => 0.42,
        's' | 'z' | '*' | '"' | '_' | '`' | '?' | 'c' | 'L' => 0.56,
        '⁰'..='⁻' | '²' | '³' | '¹' => 0.53,
        'w' | 'D' | 'G' | 'O' | 'Q' | '&' => 0.82,
        'A'..='C' | 'H' | 'K' | 'N' | 'R' | 'U' | 'V' | 'X' | 'Z' => 0.76,
        '#' | '+' | '<' | '=' | '>' | '^' | '~' | 'M' | '−' | '×' | '→' => 0.86,
        'm' | 'W' | '%' | '@' => 1.0,
        c if c.is_ascii() => 0.64,
        _ => 1.0,
    }
}

/// `text` shortened with an ellipsis until it is at most `width` px wide, on one line.
pub(super) fn fitted(text: &str, size: f64, bold: bool, width: f64) -> String {
    let mut clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text_width(&clean, size, bold) <= width {
        return clean;
    }
    while clean.pop().is_some() {
        let shortened = format!("{clean}…");
        if text_width(&shortened, size, bold) <= width {
            return shortened;
        }
    }
    clean
}

/// `count` of `what`, in the plural where it is not one.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
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

/// `value` as briefly as three significant digits allow: without zeros at the end of its fraction.
pub(super) fn brief(value: f64) -> String {
    let text = number(value);
    match text.contains('.') && !text.contains('×') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
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
    fn numbers_keep_three_digits_at_any_magnitude() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.523_4), "−0.523");
        assert_eq!(number(1234.5), "1234");
        assert_eq!(number(-1.5e-9), "−1.50×10⁻⁹");
        assert_eq!(number(f64::MAX), "1.80×10³⁰⁸");
        assert_eq!(
            [10.0, 0.05, 2.5, 300.0, 1e-9].map(brief),
            ["10", "0.05", "2.5", "300", "1.00×10⁻⁹"]
        );
    }

    #[test]
    fn widths_bound_those_of_a_wide_font() {
        // In hundredths of the font's size, as a browser measures DejaVu Sans, and its bold face.
        for (c, normal, bold) in [
            ('i', 28, 34),
            ('f', 35, 44),
            ('t', 39, 48),
            ('s', 52, 60),
            ('e', 62, 68),
            ('h', 63, 71),
            ('5', 64, 70),
            ('K', 66, 77),
            ('R', 69, 77),
            ('w', 82, 92),
            ('D', 77, 83),
            ('=', 84, 84),
            ('m', 97, 104),
            ('−', 84, 84),
            ('²', 40, 44),
        ] {
            let text = c.to_string();
            let (least, most) = (f64::from(normal), 1.35 * f64::from(normal));
            let width = text_width(&text, 100.0, false);
            assert!((least..most).contains(&width), "{c}: {width}");
            assert!(
                text_width(&text, 100.0, true) >= f64::from(bold) - 2.0,
                "{c}"
            );
        }
    }

    #[test]
    fn fitted_text_is_one_line_within_its_width() {
        assert_eq!(fitted("input\n\u{1}", 10.0, false, 100.0), "input  ");
        let short = fitted("a name much too long for its place", 10.0, true, 62.0);
        assert!(
            short.starts_with("a name") && short.ends_with('…'),
            "{short}"
        );
        assert!(text_width(&short, 10.0, true) <= 62.0);
        assert_eq!(fitted("no room", 10.0, false, 1.0), "");
    }

    #[test]
    fn nothing_of_a_text_is_taken_for_markup() {
        assert_eq!(
            escaped("a<b>&\"'\u{1}"),
            "a&lt;b&gt;&amp;&quot;&#39;\u{FFFD}"
        );
    }
}
