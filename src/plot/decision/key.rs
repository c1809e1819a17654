//! What a map of decisions means: colours, rings and the score.

use super::{Decision, DecisionSample, LEGEND, field, undecided, wrong};
use crate::plot::canvas::{Canvas, Font};
use crate::plot::colour::{MUTED, colour};
use crate::plot::frame::Frame;
use crate::plot::legend::{self, Entry, Mark};
use crate::plot::words::{LABEL, SMALL};

/// What the colours and rings of a map mean.
pub(in crate::plot) fn entries(map: &Decision) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (class, name) in map.names.iter().enumerate() {
        entries.push((Mark::Field(field(class), colour(class)), name.to_string()));
    }
    if map.grid.contains(&None) {
        entries.push((Mark::Swatch(undecided()), "no spike".into()));
    }
    if wrong(map.samples).next().is_some() {
        entries.push((Mark::Ring, "wrong".into()));
    }
    entries
}

pub(super) fn draw(canvas: &mut Canvas, frame: &Frame, map: &Decision) {
    let at = (frame.right + 24.0, frame.top);
    let heading = Font {
        size: LABEL,
        bold: true,
        ..Font::default()
    };
    canvas.text("class", (at.0, at.1 + 8.0), heading);
    let entries = entries(map);
    legend::column(canvas, (at.0, at.1 + 20.0), LEGEND, &entries);
    if map.samples.is_empty() {
        return;
    }
    let below = at.1 + 20.0 + legend::LINE * entries.len() as f64 + 20.0;
    let font = Font {
        size: SMALL,
        colour: MUTED,
        ..Font::default()
    };
    canvas.text("background: predicted", (at.0, below), font);
    canvas.text("dots: test samples", (at.0, below + 17.0), font);
    let (correct, of_all) = score(map.samples);
    canvas.text(&correct, (at.0, below + 44.0), heading);
    canvas.text(&of_all, (at.0, below + 61.0), font);
}

/// The share of samples that are right, and how many are not.
pub(in crate::plot) fn score(samples: &[DecisionSample]) -> (String, String) {
    let (total, wrong) = (samples.len(), wrong(samples).count());
    let right = 100.0 * (total - wrong) as f64 / total.max(1) as f64;
    (
        format!("{right:.1} % correct"),
        format!("{wrong} of {total} wrong"),
    )
}
