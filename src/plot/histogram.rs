//! When the output neurons first fire, class by class.

mod panel;

use super::axis::Axis;
use super::canvas::{Font, WIDTH, picture};
use super::check;
use super::colour::{BLUE, Colour, MUTED, colour};
use super::frame::{Frame, Titles};
use super::legend::{self, Mark};
use super::words::{LABEL, SMALL, fitted};
use crate::{Error, Result};
use panel::{Lines, Panel, shown};

/// The fewest and the most bins.
const BINS: (usize, usize) = (12, 60);
/// The most output neurons with a line of their own.
const MOST_LINES: usize = 5;
const OWN: Colour = BLUE;
const RIVAL: Colour = MUTED;
const LEFT: f64 = 66.0;
/// The legend's line above the panels.
const KEY: f64 = 30.0;
const TOP: f64 = 50.0;
/// The share of times at either end that may lie outside the axis, where they are far from all others.
const OUTLIERS: f64 = 0.005;
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
/// counted. All panels share their axes; a few times far from all others lie outside them and are counted.
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

    let lines: Vec<Lines> = (0..outputs)
        .filter_map(|class| Lines::of(data, class))
        .collect();
    let (from, to) = shown(lines.iter().flat_map(|l| l.times.iter().flatten().copied()));
    let columns = columns(lines.len());
    let width = (WIDTH - LEFT + 24.0) / columns as f64;
    let n_ticks = ((width / 50.0) as usize).clamp(2, 4);
    let axis = || Axis::around([from, to], n_ticks);
    let largest = lines.iter().map(|l| l.samples).max().unwrap_or(0);
    let n_bins = ((2.0 * (largest as f64).sqrt()) as usize).clamp(BINS.0, BINS.1);
    let panels: Vec<Panel> = lines
        .iter()
        .map(|l| l.counted(&axis(), n_bins, from..=to))
        .collect();
    let most = panels.iter().flat_map(|p| p.counts.iter().flatten()).max();
    let most = most.copied().unwrap_or(1).max(1) as f64;
    let rows = panels.len().div_ceil(columns);
    let height = if rows > 2 { 214.0 } else { 290.0 };

    let (own, rival) = (Mark::Line(OWN), Mark::Line(RIVAL));
    let entries: Vec<legend::Entry> = match outputs > MOST_LINES {
        true => vec![
            (own, "neuron of the class".into()),
            (rival, "first of the other neurons".into()),
        ],
        false => (0..outputs)
            .map(|output| {
                let name = fitted(data.names[output], SMALL, false, 130.0);
                (Mark::Line(colour(output)), format!("neuron {name}"))
            })
            .collect(),
    };
    let size = (WIDTH, KEY + rows as f64 * height + 16.0);
    let title = "when output neurons first fire";
    Ok(picture(size.0, size.1, title, |canvas| {
        legend::row(canvas, (WIDTH - 14.0, 20.0), &entries);
        for (ix, panel) in panels.iter().enumerate() {
            let (column, row) = (ix % columns, ix / columns);
            let left = LEFT + column as f64 * width;
            let frame = Frame {
                left,
                top: KEY + row as f64 * height + TOP,
                right: left + width - 44.0,
                bottom: KEY + (row + 1) as f64 * height - BELOW + 16.0,
                x: axis(),
                // No more ticks than samples: there are no half ones.
                y: Axis::linear(0.0, 1.05 * most, most.min(5.0) as usize),
            };
            let lowest = ix + columns >= panels.len();
            let x = if lowest { "first spike [ms]" } else { "" };
            let y = if column == 0 { "samples per bin" } else { "" };
            panel.draw(canvas, &frame, Titles::axes(x, y));
            // Name and counts below each other: narrow panels have room for both.
            let room = frame.right - frame.left;
            let title = format!("class {}", data.names[panel.class]);
            let font = Font {
                bold: true,
                ..Font::default()
            };
            let title = fitted(&title, LABEL, true, room);
            canvas.text(&title, (left, frame.top - 30.0), font);
            let font = Font {
                size: SMALL,
                colour: MUTED,
                ..Font::default()
            };
            let note = fitted(&panel.note(), SMALL, false, room + 30.0);
            canvas.text(&note, (left, frame.top - 13.0), font);
        }
    }))
}

/// How many panels lie side by side: 3 to 5 where there are more, so that the last row lacks the smallest share.
fn columns(panels: usize) -> usize {
    let lacking = |columns: &usize| (panels.div_ceil(*columns) * columns - panels) * 60 / columns;
    match panels {
        0..=3 => panels.max(1),
        4 => 2,
        _ => (3..=5).min_by_key(lacking).unwrap_or(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::seen;

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
        let lines = Lines::of(&GOOD, 0).expect("class 0 occurs");
        let axis = Axis::around([1.0, 3.0], 4);
        let sums = |to: f64| -> Vec<usize> {
            let panel = lines.counted(&axis, 12, 1.0..=to);
            let sums = panel.counts.iter().map(|c| c.iter().sum());
            sums.chain([panel.outside]).collect()
        };
        assert_eq!((lines.samples, lines.silent), (2, 1));
        assert_eq!(sums(3.0), [1, 2, 1, 0]);
        assert_eq!(sums(2.0), [1, 2, 0, 1]);
        assert!(Lines::of(&GOOD, 1).is_none());
    }

    #[test]
    fn many_neurons_are_the_own_and_the_first_of_the_others() {
        let times = [Some(5.0), None, Some(3.0), Some(4.0), None, Some(9.0)];
        let data = FirstSpikes {
            classes: &[5],
            times: &times,
            names: &["a", "b", "c", "d", "e", "f"],
        };
        let lines = Lines::of(&data, 5).expect("class 5 occurs");
        assert_eq!(lines.times, [[9.0], [3.0]]);
        assert_eq!(panel::first_other(&times, 5), Some(3.0));
        assert_eq!(panel::first_other(&times, 2), Some(4.0));
        assert_eq!(panel::first_other(&[None, Some(1.0)], 1), None);
        let svg = first_spikes(&data).expect("good data");
        seen::whole(&svg);
        assert!(svg.contains(">first of the other neurons<") && !svg.contains("class a"));
    }

    #[test]
    fn one_outlier_among_many_is_counted_and_one_among_few_is_drawn() {
        let crowd = |n: u32| (0..n).map(|ix| 5.0 + f64::from(ix % 50) * 0.1);
        assert_eq!(shown(crowd(1000).chain([500.0])), (5.0, 9.9));
        assert_eq!(shown(crowd(1000).chain([-80.0, 12.0])), (5.0, 12.0));
        assert_eq!(shown(crowd(20).chain([500.0])), (5.0, 500.0));
        assert_eq!(
            shown([f64::MIN, f64::MAX].into_iter()),
            (f64::MIN, f64::MAX)
        );
        assert_eq!(shown(std::iter::empty()), (0.0, 1.0));
    }

    #[test]
    fn no_panel_is_left_alone_in_its_row() {
        let numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20].map(columns);
        assert_eq!(numbers, [1, 2, 3, 2, 5, 3, 4, 4, 3, 5, 4]);
        for n in 5..61 {
            assert_ne!(n % columns(n), 1, "{n}");
        }
    }

    #[test]
    fn long_names_are_whole() {
        let data = FirstSpikes {
            names: &["Iris setosa", "Iris versicolor", "Iris virginica"],
            ..GOOD
        };
        let svg = first_spikes(&data).expect("good data");
        seen::whole(&svg);
        assert!(svg.contains(">class Iris setosa<") && svg.contains("neuron Iris virginica<"));
        assert!(!svg.contains('…'));
    }

    #[test]
    fn says_how_many_samples_and_silences_a_class_has() {
        let svg = first_spikes(&GOOD).expect("good data");
        seen::whole(&svg);
        for text in ["class yin", "n = 2, 1 silent", "class dot", "n = 1"] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text}");
        }
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
