//! Marks of one size, merged where they touch.

use super::canvas::Point;

/// Marks are placed on a grid of so many steps a px, and one place has one mark: a picture's size does not grow
/// with the number of spikes.
const STEPS: f64 = 2.0;
/// How wide a mark is, in px.
const MARK: f64 = 2.0;

/// Marks at the places, each once; those of a row that touch are one bar: where it begins, and its length.
pub(super) fn merged(places: impl Iterator<Item = Point>) -> Vec<(Point, f64)> {
    let step = |v: f64| (STEPS * v).round() as i64;
    let mut places: Vec<(i64, i64)> = places
        .map(|(x, y)| (step(y), step(x - MARK / 2.0)))
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut bars: Vec<(Point, f64)> = Vec::new();
    for (y, x) in places {
        let (y, x) = (y as f64 / STEPS, x as f64 / STEPS);
        match bars.last_mut() {
            Some((from, length)) if from.1 == y && x <= from.0 + *length => {
                *length = x + MARK - from.0;
            }
            _ => bars.push(((x, y), MARK)),
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_touch_are_one_and_others_are_not() {
        let bars = merged([(5.0, 1.0), (5.1, 1.0), (6.0, 1.0), (9.0, 1.0), (5.0, 2.0)].into_iter());
        assert_eq!(
            bars,
            [((4.0, 1.0), 3.0), ((8.0, 1.0), 2.0), ((4.0, 2.0), 2.0)]
        );
    }
}
