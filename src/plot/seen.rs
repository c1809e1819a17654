//! What can be seen of a picture: its texts, whole, inside it, and none on another.

use super::words::text_width;

/// A text and the rectangle that it takes, in px: left, top, right, bottom.
struct Seen {
    text: String,
    place: [f64; 4],
}

/// The value of an attribute of an element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let from = element.split_once(&format!(" {name}=\""))?.1;
    from.split_once('"').map(|(value, _)| value)
}

fn length(element: &str, name: &str) -> f64 {
    let value = attribute(element, name).and_then(|value| value.parse().ok());
    value.expect("a length in px")
}

fn texts(svg: &str) -> Vec<Seen> {
    let elements = svg.split("<text").skip(1);
    let seen = elements.map(|element| {
        let (tag, rest) = element.split_once('>').expect("a tag that ends");
        let text = rest.split_once("</text>").expect("a text that ends").0;
        let mut plain = text.to_owned();
        for (escape, c) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ] {
            plain = plain.replace(escape, c);
        }
        let size = length(tag, "font-size");
        let width = text_width(&plain, size, tag.contains("bold"));
        let before = match attribute(tag, "text-anchor") {
            Some("start") => 0.0,
            Some("middle") => width / 2.0,
            _ => width,
        };
        let (x, y) = (length(tag, "x"), length(tag, "y"));
        let (above, below) = (0.72 * size, 0.2 * size);
        let place = match attribute(tag, "transform") {
            None => [x - before, y - above, x - before + width, y + below],
            Some(turn) => {
                let middle = turn.trim_end_matches(')').rsplit(' ').next();
                let middle: f64 = middle.and_then(|y| y.parse().ok()).expect("a centre");
                // The base line was dropped before the turn, so it lies to the right.
                let base = x + (y - middle);
                [
                    base - above,
                    middle + before - width,
                    base + below,
                    middle + before,
                ]
            }
        };
        Seen { text: plain, place }
    });
    seen.collect()
}

/// What is wrong with a picture: texts beyond its edges, texts on one another, lines beyond its edges.
fn faults(svg: &str) -> Vec<String> {
    let (width, height) = (length(svg, "width"), length(svg, "height"));
    let mut faults = Vec::new();
    let texts = texts(svg);
    for (ix, a) in texts.iter().enumerate() {
        let [left, top, right, bottom] = a.place;
        if left < 0.0 || top < 0.0 || right > width || bottom > height {
            faults.push(format!("{:?} leaves the picture: {:?}", a.text, a.place));
        }
        for b in &texts[..ix] {
            let apart = left >= b.place[2] || right <= b.place[0];
            if !apart && top < b.place[3] && bottom > b.place[1] {
                faults.push(format!("{:?} lies on {:?}", a.text, b.text));
            }
        }
    }
    for path in svg.split("<path d=\"").skip(1) {
        let path = path.split('"').next().unwrap_or_default();
        for point in path.split(['M', 'L']).skip(1) {
            let mut parts = point.split(|c: char| c != '-' && c != '.' && !c.is_ascii_digit());
            let mut part = || {
                parts
                    .next()
                    .and_then(|x| x.parse::<f64>().ok())
                    .unwrap_or(f64::NAN)
            };
            let (x, y) = (part(), part());
            if !((0.0..=width).contains(&x) && (0.0..=height).contains(&y)) {
                faults.push(format!("a path goes through {x} {y}"));
            }
        }
    }
    faults
}

/// Panics unless all that is drawn can be seen.
pub(super) fn whole(svg: &str) {
    let faults = faults(svg);
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn what_cannot_be_seen_is_found() {
    use super::canvas::{Font, HPos, picture};
    use super::colour::INK;
    let faults_of = |text: &str, x: f64, upwards: bool| {
        let svg = picture(100.0, 100.0, "", |canvas| {
            let font = Font {
                upwards,
                ..Font::default()
            };
            canvas.text("below", (20.0, 90.0), font);
            canvas.text(text, (x, 60.0), font);
            canvas.line(&[(0.0, 0.0), (100.0, 100.0)], INK, 1.0);
        });
        faults(&svg)
    };
    assert!(faults_of("here", 30.0, false).is_empty());
    assert!(faults_of("here", 80.0, false)[0].contains("leaves the picture"));
    assert!(faults_of("here", 80.0, true).is_empty());
    assert!(faults_of("a text upwards", 80.0, true)[0].contains("leaves the picture"));
    let svg = picture(100.0, 50.0, "", |canvas| {
        canvas.text("one", (50.0, 20.0), Font::default());
        let font = Font {
            h: HPos::Right,
            ..Font::default()
        };
        canvas.text("another", (60.0, 26.0), font);
        canvas.line(&[(0.0, 10.0), (0.0, 60.0)], INK, 1.0);
    });
    let faults = faults(&svg);
    assert!(
        faults[0].contains("lies on") && faults[1].contains("0 60"),
        "{faults:?}"
    );
}
