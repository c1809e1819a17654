//! When the output neurons first fire, class by class.

use plotters::style::{Color, RGBColor};

use super::axis::Axis;
use super::canvas::{Canvas, Drawn, Font, picture};
use super::check;
use super::frame::{Frame, Titles};
use super::legend::{self, Mark};
use super::style::{BLUE, MUTED, WIDTH, colour};
use crate::{Error, Result};

const BINS: usize = 60;
/// The most output neurons with a line of their own.
const MOST_LINES: usize = 5;
const OWN: RGBColor = BLUE;
const RIVAL: RGBColor = MUTED;
const LEGEND: f64 = 120.0;
const LEFT: f64 = 66.0;
const TOP: f64 = 36.0;
const BELOW: f64 = 56.0;

/// The first output spikes of many samples.
#[derive(Debug, Clone, Copy)]
pub struct FirstSpikes<'a> {
    /// The true class of each sample; class `c` is the one of output neuron `c`.
    pub classes: &'a [usize],
    /// Times in ms, sample by sample: `names.len()` per sample, `None` where the
    /// neuron remained silent.
    pub times: &'a [Option<f64>],
    /// The names of the output neurons, one per class.
    pub names: &'a [&'a str],
}

/// Draws one panel per class that occurs: the distribution of each output
/// neuron's first spike time over the samples of that class.
///
/// Of more than five output neurons the others are drawn as one: the earliest of them in each sample.
///
/// The neuron of the true class is filled; in a network that has learnt its
/// task it fires before the others, and samples for which it stayed silent are
/// counted. All panels share their axes.
///
/// # Errors
/// No names, no samples, a class without a name, a number of times other than
/// samples times names, a time that is not finite, or no spike at all.
pub fn first_spikes(data: &FirstSpikes) -> Result<String> {
    check::filled("names", data.names)?;
    check::filled("classes", data.classes)?;
    let outputs = data.names.len();
    let expected = data.classes.len() * outputs;
    check::length(
        "times",
        data.times.len(),
        "classes times that of names",
        expected,
    )?;
    for (ix, &class) in data.classes.iter().enumerate() {
        check::index(format!("classes[{ix}]"), class, "names", outputs)?;
    }
    let times = || data.times.iter().copied().flatten();
    check::finite("times", times())?;
    if times().next().is_none() {
        return Err(Error::invalid(
            "times",
            "None throughout",
            "give at least one spike to draw",
        ));
    }

    let panels: Vec<Panel> = (0..outputs)
        .filter_map(|class| Panel::of(data, class))
        .collect();
    let most = panels.iter().flat_map(|p| p.counts.iter().flatten()).max();
    let most = most.copied().unwrap_or(1).max(1) as f64;
    let columns = panels.len().min(if panels.len() == 4 { 2 } else { 3 });
    let rows = panels.len().div_ceil(columns);
    let width = (WIDTH - LEGEND - LEFT) / columns as f64;
    let height = if rows > 2 { 200.0 } else { 290.0 };

    picture(WIDTH, rows as f64 * height + 16.0, |canvas| {
        for (ix, panel) in panels.iter().enumerate() {
            let (column, row) = (ix % columns, ix / columns);
            let left = LEFT + column as f64 * width;
            let frame = Frame {
                left,
                top: row as f64 * height + TOP,
                right: left + width - 44.0,
                bottom: (row + 1) as f64 * height - BELOW + 16.0,
                x: time_axis(data),
                // No more ticks than samples: there are no half ones.
                y: Axis::linear(0.0, 1.05 * most, most.min(5.0) as usize),
            };
            let lowest = ix + columns >= panels.len();
            let title = format!("class {}", data.names[panel.class]);
            let note = panel.note();
            let titles = Titles {
                title: &title,
                note: &note,
                x: if lowest { "first spike [ms]" } else { "" },
                y: if column == 0 { "samples per bin" } else { "" },
            };
            panel.draw(canvas, &frame, titles)?;
        }
        let mut entries: Vec<_> = (0..outputs)
            .map(|output| (Mark::Line(colour(output)), data.names[output].to_string()))
            .collect();
        if outputs > MOST_LINES {
            let (own, rival) = (Mark::Line(OWN), Mark::Line(RIVAL));
            entries = vec![(own, "of the class".into()), (rival, "first other".into())];
        }
        let at = (WIDTH - LEGEND - 20.0, TOP + 6.0);
        let heading = Font {
            bold: true,
            ..Font::default()
        };
        canvas.text("output neuron", at, heading)?;
        legend::column(canvas, (at.0, at.1 + 14.0), LEGEND, &entries)
    })
}

fn time_axis(data: &FirstSpikes) -> Axis {
    Axis::around(data.times.iter().copied().flatten(), 4)
}

/// One class: for each output neuron the number of samples per bin.
struct Panel {
    class: usize,
    samples: usize,
    silent: usize,
    /// Whether the lines are two, of the class's own neuron and of the earliest other.
    is_crowded: bool,
    counts: Vec<Vec<usize>>,
}

impl Panel {
    fn of(data: &FirstSpikes, class: usize) -> Option<Self> {
        let outputs = data.names.len();
        let axis = time_axis(data);
        let is_crowded = outputs > MOST_LINES;
        let n_lines = if is_crowded { 2 } else { outputs };
        let mut counts = vec![vec![0; BINS]; n_lines];
        let (mut samples, mut silent) = (0, 0);
        let rows = data.classes.iter().zip(data.times.chunks_exact(outputs));
        for (_, times) in rows.filter(|(of, _)| **of == class) {
            samples += 1;
            silent += usize::from(times[class].is_none());
            let pair = [times[class], first_other(times, class)];
            let lines: &[Option<f64>] = if is_crowded { &pair } else { times };
            for (counts, time) in counts.iter_mut().zip(lines) {
                if let Some(time) = time {
                    let bin = (axis.at(*time) * BINS as f64) as usize;
                    counts[bin.min(BINS - 1)] += 1;
                }
            }
        }
        (samples > 0).then_some(Self {
            class,
            samples,
            silent,
            is_crowded,
            counts,
        })
    }

    fn note(&self) -> String {
        match self.silent {
            0 => format!("n = {}", self.samples),
            silent => format!("n = {}, {silent} silent", self.samples),
        }
    }

    fn draw(&self, canvas: &Canvas, frame: &Frame, titles: Titles) -> Drawn {
        frame.grid(canvas)?;
        frame.outline(canvas, titles)?;
        let others = (0..self.counts.len()).filter(|line| *line != self.own());
        for line in others.chain([self.own()]) {
            let steps = steps(frame, &self.counts[line]);
            let is_own = line == self.own();
            if is_own {
                canvas.polygon(&steps, self.colour(line).mix(0.35))?;
            }
            let width = if is_own { 2.0 } else { 1.25 };
            canvas.line(&steps, self.colour(line), width)?;
        }
        Ok(())
    }

    fn colour(&self, line: usize) -> RGBColor {
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
fn first_other(times: &[Option<f64>], class: usize) -> Option<f64> {
    let others = times.iter().enumerate().filter(|(ix, _)| *ix != class);
    others.filter_map(|(_, time)| *time).reduce(f64::min)
}

/// The outline of the bins that hold something, from the base line to the base line.
fn steps(frame: &Frame, counts: &[usize]) -> Vec<(f64, f64)> {
    let first = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let end = counts
        .iter()
        .rposition(|count| *count > 0)
        .map_or(0, |last| last + 1);
    let edge = |bin: usize| frame.left + (frame.right - frame.left) * bin as f64 / BINS as f64;
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: FirstSpikes = FirstSpikes {
        classes: &[0, 0, 2],
        times: &[
            Some(1.0),
            Some(2.0),
            None,
            None,
            Some(2.0),
            Some(3.0),
            Some(2.0),
            Some(2.5),
            Some(1.0),
        ],
        names: &["yin", "yang", "dot"],
    };

    #[test]
    fn counts_each_time_once_in_the_panel_of_its_class() {
        let panel = Panel::of(&GOOD, 0).expect("class 0 occurs");
        let sums: Vec<usize> = panel.counts.iter().map(|c| c.iter().sum()).collect();
        assert_eq!((panel.samples, panel.silent, sums), (2, 1, vec![1, 2, 1]));
        assert!(Panel::of(&GOOD, 1).is_none());
    }

    #[test]
    fn many_neurons_are_the_own_and_the_first_of_the_others() {
        let times = [Some(5.0), None, Some(3.0), Some(4.0), None, Some(9.0)];
        let data = FirstSpikes {
            classes: &[5],
            times: &times,
            names: &["a", "b", "c", "d", "e", "f"],
        };
        let panel = Panel::of(&data, 5).expect("class 5 occurs");
        let sums: Vec<usize> = panel.counts.iter().map(|c| c.iter().sum()).collect();
        assert_eq!(sums, [1, 1]);
        assert_eq!(first_other(&times, 5), Some(3.0));
        assert_eq!(first_other(&times, 2), Some(4.0));
        assert_eq!(first_other(&[None, Some(1.0)], 1), None);
        let svg = first_spikes(&data).expect("good data");
        assert!(svg.contains("first other\n") && !svg.contains("class a\n"));
    }

    #[test]
    fn says_how_many_samples_and_silences_a_class_has() {
        let svg = first_spikes(&GOOD).expect("good data");
        assert!(svg.contains("class yin\n") && svg.contains("n = 2, 1 silent\n"));
        assert!(svg.contains("class dot\n") && svg.contains("n = 1\n"));
        assert!(!svg.contains("class yang"));
    }

    #[test]
    fn names_the_field_it_refuses() {
        let cases = [
            (FirstSpikes { names: &[], ..GOOD }, "names is empty"),
            (
                FirstSpikes {
                    classes: &[],
                    times: &[],
                    ..GOOD
                },
                "classes is empty",
            ),
            (
                FirstSpikes {
                    classes: &[0, 1],
                    ..GOOD
                },
                "length of times is 9",
            ),
            (
                FirstSpikes {
                    classes: &[0, 3, 1],
                    ..GOOD
                },
                "classes[1] is 3",
            ),
            (
                FirstSpikes {
                    times: &[None; 9],
                    ..GOOD
                },
                "times is None",
            ),
            (
                FirstSpikes {
                    times: &[Some(f64::NAN); 9],
                    ..GOOD
                },
                "times[0] is NaN",
            ),
        ];
        for (data, expected) in cases {
            let error = first_spikes(&data).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
