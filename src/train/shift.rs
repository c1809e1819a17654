//! Training images that are moved about.

use rand::{Rng, RngExt};

use super::Samples;
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};

/// Moves each training image by a whole number of pixels along either axis, drawn anew in each epoch.
///
/// Input units are the pixels of a square image, row by row; units after these, such as a bias, stay. A spike
/// whose pixel leaves the image is lost, and what comes in at the other edge is silent: the images
/// should be dark there, and dark pixels silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShift {
    side: usize,
    most: usize,
}

impl ImageShift {
    /// For images of `n_pixels`, by up to `most` pixels either way.
    ///
    /// # Errors
    /// Images that are not square, or so small that they would leave their frame.
    pub fn new(n_pixels: usize, most: usize) -> Result<Self> {
        let side = n_pixels.isqrt();
        if side * side != n_pixels {
            return Err(Error::invalid(
                "image_shift",
                most,
                format!("leave it out: {n_pixels} features are no square image"),
            ));
        }
        if most >= side {
            let remedy = format!("give less than the images' side of {side} pixels");
            return Err(Error::invalid("image_shift", most, remedy));
        }
        Ok(Self { side, most })
    }

    /// The samples, each moved by a draw of its own.
    pub(super) fn apply(&self, samples: &Samples, rng: &mut impl Rng) -> Result<Samples> {
        let mut inputs = SpikeBatch::new();
        for sample in 0..samples.n_samples() {
            // Up to twice `most`, counted from `most` to the left of and above the image.
            let [right, down] = [(); 2].map(|()| rng.random_range(0..=2 * self.most));
            let spikes = samples.inputs().sample(sample);
            let moved: Vec<Spike> = spikes
                .filter_map(|spike| {
                    let unit = self.moved(spike.unit, right, down)?;
                    Some(Spike { unit, ..spike })
                })
                .collect();
            inputs.push_sample(&moved)?;
        }
        Samples::new(inputs, samples.labels().to_vec())
    }

    /// None for a pixel that leaves the image.
    fn moved(&self, unit: usize, right: usize, down: usize) -> Option<usize> {
        if unit >= self.side * self.side {
            return Some(unit);
        }
        let within = |place: usize| place.checked_sub(self.most).filter(|&x| x < self.side);
        let column = within(unit % self.side + right)?;
        let row = within(unit / self.side + down)?;
        Some(row * self.side + column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Stream, numbered_stream};

    #[test]
    fn images_move_as_a_whole_and_a_bias_stays() -> Result<()> {
        let shift = ImageShift::new(9, 1)?;
        // The middle of a 3 x 3 image and its right neighbour, then the bias.
        let mut inputs = SpikeBatch::new();
        let spikes = [(4, 1.0), (5, 2.0), (9, 3.0)].map(|(unit, time)| Spike { unit, time });
        for _ in 0..200 {
            inputs.push_sample(&spikes)?;
        }
        let samples = Samples::new(inputs, (0..200).collect())?;
        let moved = |number| {
            shift.apply(
                &samples,
                &mut numbered_stream(3, Stream::ImageShift, number),
            )
        };
        let found = moved(0)?;
        assert_eq!(found, moved(0)?);
        assert_ne!(found, moved(1)?);
        assert_eq!(found.labels(), samples.labels());
        let mut corners = [false; 9];
        for sample in 0..200 {
            let spikes: Vec<Spike> = found.inputs().sample(sample).collect();
            let (middle, bias) = (spikes[0], spikes[spikes.len() - 1]);
            assert_eq!((middle.time, bias.unit, bias.time), (1.0, 9, 3.0));
            corners[middle.unit] = true;
            match middle.unit % 3 {
                2 => assert_eq!(spikes.len(), 2, "the neighbour has left"),
                _ => assert_eq!(spikes[1].unit, middle.unit + 1),
            }
        }
        assert_eq!(corners, [true; 9]);
        Ok(())
    }

    #[test]
    fn no_shift_is_no_change() -> Result<()> {
        let mut inputs = SpikeBatch::new();
        inputs.push_sample(&[3, 0, 8].map(|unit| Spike { unit, time: 1.0 }))?;
        let samples = Samples::new(inputs, vec![0])?;
        let mut rng = numbered_stream(3, Stream::ImageShift, 0);
        assert_eq!(ImageShift::new(9, 0)?.apply(&samples, &mut rng)?, samples);
        Ok(())
    }

    #[test]
    fn what_cannot_be_moved_is_refused() {
        let told = |n_pixels, most| {
            let error = ImageShift::new(n_pixels, most).expect_err("it cannot be moved");
            error.to_string()
        };
        assert!(told(5, 1).contains("5 features are no square image"));
        assert!(told(9, 3).contains("image_shift is 3"));
    }
}
