//! What a network has learnt and how it decides, in one picture.

use super::canvas::{Font, HPos, WIDTH, picture};
use super::colour::MUTED;
use super::decision::{self, Decision};
use super::legend;
use super::raster::{self, Raster};
use super::words::{LABEL, SMALL, fitted};
use crate::Result;

/// Where the map and the bands begin, and how high both are.
const TOP: f64 = 62.0;
const SIDE: f64 = 330.0;
const MAP: f64 = 56.0;
const BANDS: f64 = MAP + SIDE + 20.0;

/// Draws a map of decisions and beside it the spikes of one sample.
///
/// # Errors
/// Those of [`decision`](super::decision()) and [`raster`](super::raster()).
pub fn overview(map: &Decision, spikes: &Raster) -> Result<String> {
    decision::checked(map)?;
    raster::checked(spikes)?;
    let height = TOP + SIDE + 58.0;
    Ok(picture(WIDTH, height, spikes.title, |canvas| {
        let bold = Font {
            bold: true,
            ..Font::default()
        };
        let small = Font {
            size: SMALL,
            colour: MUTED,
            ..Font::default()
        };
        canvas.text("decisions", (MAP, 20.0), bold);
        if !map.samples.is_empty() {
            let right = Font {
                h: HPos::Right,
                ..small
            };
            let (correct, of_all) = decision::key::score(map.samples);
            let text = format!("{correct}, {of_all}");
            canvas.text(&text, (MAP + SIDE, 20.0), right);
        }
        let entries = decision::key::entries(map);
        legend::row(canvas, (MAP + SIDE + 6.0, 44.0), &entries);
        decision::square(canvas, map, (MAP, TOP), SIDE);
        let left = BANDS + 24.0;
        let room = WIDTH - left - 16.0;
        let title = fitted(spikes.title, LABEL, true, room);
        canvas.text(&title, (left, 20.0), bold);
        let note = fitted(spikes.note, SMALL, false, room);
        canvas.text(&note, (left, 44.0), small);
        let corners = ((BANDS, TOP), (WIDTH - 16.0, TOP + SIDE));
        raster::bands_within(canvas, spikes, corners);
    }))
}
