//! How spikes move with a weight, written above the voltage trace.

use super::canvas::{Canvas, Font, HPos};
use super::colour::{FRAME, GREEN, PAPER};
use super::frame::Frame;
use super::voltage::VoltageSpike;
use super::words::{SMALL, number, text_width};

const LANE: f64 = 16.0;
/// Labels that find no place in this many lines are left out.
const MOST_LANES: usize = 5;
const LONGEST_ARROW: f64 = 32.0;

/// The gradients' arrows and values in lines above the frame, where they cannot hide the trace.
pub(super) struct Labels {
    /// Where a spike is, in px, and how far its arrow reaches.
    pub arrows: Vec<(f64, f64)>,
    /// The spike's and the text's place, in px, the lane above the arrows, and the text.
    pub texts: Vec<(f64, f64, usize, String)>,
    lanes: usize,
}

impl Labels {
    pub(super) fn place(spikes: &[VoltageSpike], frame: &Frame) -> Self {
        let mut marked: Vec<(f64, f64)> = spikes
            .iter()
            .filter_map(|spike| Some((frame.point(spike.time, 0.0).0, spike.gradient?)))
            .collect();
        marked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let largest = marked.iter().map(|(_, g)| g.abs()).fold(0.0, f64::max);
        let share = |g: f64| if largest > 0.0 { g / largest } else { 0.0 };
        // Two arrows between close spikes may point at each other.
        let closest = marked.windows(2).map(|pair| pair[1].0 - pair[0].0);
        let longest = (0.45 * closest.fold(f64::INFINITY, f64::min)).clamp(6.0, LONGEST_ARROW);
        let arrows = marked
            .iter()
            .map(|&(x, g)| (x, longest * share(g)))
            .collect();

        let mut ends: Vec<f64> = Vec::new();
        let mut texts = Vec::new();
        for (x, gradient) in marked {
            let text = number(gradient);
            let half = text_width(&text, SMALL, false) / 2.0;
            let middle = x.clamp(frame.left + half - 20.0, frame.right - half + 20.0);
            let free = ends.iter().position(|end| *end < middle - half);
            let lane = match free {
                Some(lane) => lane,
                None if ends.len() < MOST_LANES => {
                    ends.push(f64::NEG_INFINITY);
                    ends.len() - 1
                }
                None => continue,
            };
            ends[lane] = middle + half + 6.0;
            texts.push((x, middle, lane, text));
        }
        Self {
            arrows,
            texts,
            lanes: ends.len(),
        }
    }

    /// The height that arrows and values take above the frame, in px.
    pub(super) fn strip(&self) -> f64 {
        if self.arrows.is_empty() {
            0.0
        } else {
            18.0 + LANE * self.lanes as f64
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, frame: &Frame) {
        let font = Font {
            size: SMALL,
            colour: GREEN,
            h: HPos::Center,
            ..Font::default()
        };
        let height = |lane: usize| frame.top - 24.0 - LANE * lane as f64;
        for (x, _, lane, _) in &self.texts {
            canvas.line(&[(*x, frame.top), (*x, height(*lane) + 7.0)], FRAME, 0.5);
        }
        // Written over the leading lines of the lanes above.
        for (_, middle, lane, text) in &self.texts {
            let (y, half) = (height(*lane), 0.45 * text_width(text, SMALL, false));
            canvas.rectangle((middle - half, y - 7.0), (middle + half, y + 7.0), PAPER);
            canvas.text(text, (*middle, y), font);
        }
        for &(x, reach) in &self.arrows {
            let at = (x, frame.top - 9.0);
            if reach == 0.0 {
                canvas.dot(at, 2.0, GREEN);
            } else {
                canvas.arrow(at, reach, GREEN);
            }
        }
    }
}
