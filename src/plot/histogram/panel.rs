//! One class of a picture of first spikes.

use std::ops::RangeInclusive;

use super::{FirstSpikes, MOST_LINES, OUTLIERS, OWN, RIVAL};
use crate::plot::axis::Axis;
use crate::plot::canvas::{Canvas, Point};
use crate::plot::colour::{Colour, colour};
use crate::plot::frame::{Frame, Titles};

/// The least and the largest of the times, but for a few that are far from all others.
pub(super) fn shown(times: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut times: Vec<f64> = times.collect();
    times.sort_unstable_by(f64::total_cmp);
    let Some(last) = times.len().checked_sub(1) else {
        return (0.0, 1.0);
    };
    let out = (OUTLIERS * times.len() as f64) as usize;
    let (low, high) = (times[out], times[last - out]);
    let half = 0.5 * (high - low);
    let first = times.partition_point(|time| *time < low - half);
    let end = times.partition_point(|time| *time <= high + half);
    (times[first], times[end - 1])
}

/// The first spikes in the samples of one class: of the class's own neuron and of others.
pub(super) struct Lines {
    pub class: usize,
    pub samples: usize,
    pub silent: usize,
    /// Whether the lines are two, of the class's own neuron and of the earliest other.
    is_crowded: bool,
    pub times: Vec<Vec<f64>>,
}

/// One class: for each output neuron the number of samples per bin.
pub(super) struct Panel {
    pub class: usize,
    pub samples: usize,
    pub silent: usize,
    pub outside: usize,
    is_crowded: bool,
    pub counts: Vec<Vec<usize>>,
}

impl Lines {
    pub fn of(data: &FirstSpikes, class: usize) -> Option<Self> {
        let outputs = data.names.len();
        let is_crowded = outputs > MOST_LINES;
        let mut lines = Self {
            class,
            samples: 0,
            silent: 0,
            is_crowded,
            times: vec![Vec::new(); if is_crowded { 2 } else { outputs }],
        };
        let rows = data.classes.iter().zip(data.times.chunks_exact(outputs));
        for (_, times) in rows.filter(|(of, _)| **of == class) {
            lines.samples += 1;
            lines.silent += usize::from(times[class].is_none());
            let pair = [times[class], first_other(times, class)];
            let each: &[Option<f64>] = if is_crowded { &pair } else { times };
            for (line, time) in lines.times.iter_mut().zip(each) {
                line.extend(time);
            }
        }
        (lines.samples > 0).then_some(lines)
    }

    /// Into `n_bins` bins of the axis; times outside `within` are counted apart.
    pub fn counted(&self, axis: &Axis, n_bins: usize, within: RangeInclusive<f64>) -> Panel {
        let mut outside = 0;
        let mut count = |times: &Vec<f64>| {
            let mut counts = vec![0; n_bins];
            for time in times {
                if within.contains(time) {
                    let bin = (axis.at(*time) * n_bins as f64) as usize;
                    counts[bin.min(n_bins - 1)] += 1;
                } else {
                    outside += 1;
                }
            }
            counts
        };
        let counts = self.times.iter().map(&mut count).collect();
        Panel {
            class: self.class,
            samples: self.samples,
            silent: self.silent,
            outside,
            is_crowded: self.is_crowded,
            counts,
        }
    }
}

impl Panel {
    pub fn note(&self) -> String {
        let mut note = format!("n = {}", self.samples);
        if self.silent > 0 {
            note += &format!(", {} silent", self.silent);
        }
        if self.outside > 0 {
            note += &format!(", {} outside", self.outside);
        }
        note
    }

    pub fn draw(&self, canvas: &mut Canvas, frame: &Frame, titles: Titles) {
        frame.grid(canvas);
        frame.outline(canvas, titles);
        let others = (0..self.counts.len()).filter(|line| *line != self.own());
        for line in others.chain([self.own()]) {
            let steps = steps(frame, &self.counts[line]);
            let is_own = line == self.own();
            if is_own {
                canvas.polygon(&steps, self.colour(line), 0.35);
            }
            let width = if is_own { 2.0 } else { 1.25 };
            canvas.line(&steps, self.colour(line), width);
        }
    }

    fn colour(&self, line: usize) -> Colour {
        match self.is_crowded {
            true => [OWN, RIVAL][line],
            false => colour(line),
        }
    }

    fn own(&self) -> usize {
        if self.is_crowded { 0 } else { self.class }
    }
}

/// When the earliest of the other neurons fired.
pub(super) fn first_other(times: &[Option<f64>], class: usize) -> Option<f64> {
    let others = times.iter().enumerate().filter(|(ix, _)| *ix != class);
    others.filter_map(|(_, time)| *time).reduce(f64::min)
}

/// The outline of the bins that hold something, from the base line to the base line.
fn steps(frame: &Frame, counts: &[usize]) -> Vec<Point> {
    let first = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let end = counts
        .iter()
        .rposition(|count| *count > 0)
        .map_or(0, |last| last + 1);
    let edge =
        |bin: usize| frame.left + (frame.right - frame.left) * bin as f64 / counts.len() as f64;
    let mut steps = Vec::new();
    let mut level = frame.bottom;
    for (bin, &count) in counts.iter().enumerate().take(end).skip(first) {
        steps.push((edge(bin), level));
        level = frame.point(0.0, count as f64).1;
        steps.push((edge(bin), level));
    }
    if first < end {
        steps.push((edge(end), level));
        steps.push((edge(end), frame.bottom));
    }
    steps
}
