//! The Yin-Yang data set.

use super::{Dataset, Splits};
use ndarray::Array2;
use rand_mt::Mt;

/// Radius of the big circle, whose centre is (`BIG`, `BIG`).
const BIG: f64 = 0.5;
/// Radius of the two dots.
const SMALL: f64 = 0.1;

const YIN: usize = 0;
const YANG: usize = 1;
const DOT: usize = 2;

/// Yin-Yang: points in a circle of radius 0.5, classes `yin`, `yang` and `dot`.
///
/// Features are x, y, 1 - x, 1 - y. The data set and its published generator
/// are due to Kriener, Göltz and Petrovici, "The Yin-Yang dataset" (2022, MIT
/// licence); this generator draws the same numbers from the same source
/// (MT19937, numpy's legacy interface) and agrees with it bit for bit. Of each
/// sample the class is drawn first, then points until one has that class.
pub fn yin_yang(size: usize, seed: u32) -> Dataset {
    let mut draw = Draw(Mt::new(seed));
    let mut features = Array2::zeros((size, 4));
    let mut labels = Vec::with_capacity(size);
    for mut row in features.rows_mut() {
        let class = draw.class();
        let (x, y) = loop {
            let (x, y) = (draw.uniform(), draw.uniform());
            if distance(x, y, BIG) <= BIG && classify(x, y) == class {
                break (x, y);
            }
        };
        row.assign(&ndarray::aview1(&[x, y, 1.0 - x, 1.0 - y]));
        labels.push(class);
    }
    Dataset::new(
        "yin-yang",
        features,
        labels,
        ["yin", "yang", "dot"].map(String::from).to_vec(),
    )
    .expect("as many labels as rows, each below three, and coordinates from the unit square")
}

/// The published division: 5000 to train (seed 42), 1000 to validate (41), 1000 to test (40).
pub fn yin_yang_splits() -> Splits {
    let validation = Some(yin_yang(1000, 41));
    Splits::new(yin_yang(5000, 42), validation, yin_yang(1000, 40))
}

/// numpy's legacy draws from MT19937.
struct Draw(Mt);

impl Draw {
    /// `randint(3)`: two bits, drawn again on 3.
    fn class(&mut self) -> usize {
        loop {
            let bits = self.0.next_u32() & 3;
            if bits < 3 {
                return bits as usize;
            }
        }
    }

    /// `rand()`: 53 bits, in `[0, 1)`.
    fn uniform(&mut self) -> f64 {
        let high = f64::from(self.0.next_u32() >> 5);
        let low = f64::from(self.0.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }
}

/// Distance to (`centre_x`, `BIG`).
fn distance(x: f64, y: f64, centre_x: f64) -> f64 {
    let (dx, dy) = (x - centre_x, y - BIG);
    (dx * dx + dy * dy).sqrt()
}

/// The class of a point in the big circle.
fn classify(x: f64, y: f64) -> usize {
    let right = distance(x, y, 1.5 * BIG);
    let left = distance(x, y, 0.5 * BIG);
    if right < SMALL || left < SMALL {
        DOT
    } else if right <= SMALL
        || (left > SMALL && left <= 0.5 * BIG)
        || (y > BIG && right > 0.5 * BIG)
    {
        YANG
    } else {
        YIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixtures::published;
    use ndarray::Array1;

    /// FNV-1a over 64-bit words.
    fn fingerprint(words: impl Iterator<Item = u64>) -> u64 {
        words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
            (hash ^ word).wrapping_mul(0x100_0000_01b3)
        })
    }

    fn fingerprints(set: &Dataset) -> (u64, u64) {
        (
            fingerprint(set.features().iter().map(|v| v.to_bits())),
            fingerprint(set.labels().iter().map(|&l| l as u64)),
        )
    }

    fn three() -> [(&'static str, Dataset); 3] {
        let splits = yin_yang_splits();
        let validation = splits.validation.expect("the published set has one");
        [
            ("train", splits.train),
            ("validation", validation),
            ("test", splits.test),
        ]
    }

    #[test]
    fn equals_the_published_files() -> Result<(), Box<dyn std::error::Error>> {
        let Some(folder) = published("data/yin_yang") else {
            return Ok(());
        };
        let bits = |features: &Array2<f64>| features.mapv(f64::to_bits);
        for (name, set) in three() {
            let samples: Array2<f64> =
                ndarray_npy::read_npy(folder.join(format!("{name}_samples.npy")))?;
            let labels: Array1<i64> =
                ndarray_npy::read_npy(folder.join(format!("{name}_labels.npy")))?;
            assert_eq!(bits(set.features()), bits(&samples), "{name}");
            assert!(set.labels().iter().map(|&l| l as i64).eq(labels), "{name}");
            let other = yin_yang(set.n_samples(), 43);
            assert_ne!(
                bits(other.features()),
                bits(&samples),
                "another seed, other points"
            );
        }
        Ok(())
    }

    /// Values and fingerprints taken from the published files.
    #[test]
    fn equals_recorded_values() {
        let recorded = [
            (
                [
                    0x3fe5c51450ae9de0,
                    0x3fdcd4fad08539c4,
                    0x3fb9010a27637b70,
                    0x3fe5e53ca8f6cf61,
                    0x3fe82bebb13f3130,
                    0x3fdb35c0fc29196c,
                    0x3fe321ff22e8b9fd,
                    0x3fed7ffe654e60b4,
                    0x3fd4d2364ec19af6,
                    0x3fd8e016b5fa82f6,
                ],
                [2, 1, 2, 1, 1],
                (0xcc53a108c7fed382, 0xf5b194ad8f736f01),
            ),
            (
                [
                    0x3fe5c740742f33be,
                    0x3fd48ad3fd6a1ea2,
                    0x3fe5647b12cfd86a,
                    0x3fed5bbb9755f423,
                    0x3fe9a9cd89543bed,
                    0x3fc6ea69d4874e44,
                    0x3fe06c71b447305f,
                    0x3fce9d264b479bcc,
                    0x3fe74f83fabc238a,
                    0x3fdafe156c8b1378,
                ],
                [0, 1, 0, 0, 2],
                (0x424049101534fd61, 0x1d2dfda63a47ac35),
            ),
            (
                [
                    0x3fcdf6e0fe77e0e4,
                    0x3fd9b5dcab9967b6,
                    0x3fe80ae3293af921,
                    0x3fddf7af78b6999c,
                    0x3fc1b4a4c74a9654,
                    0x3fe24541434b9943,
                    0x3fbc65787bba9b90,
                    0x3fe28de309f90155,
                    0x3fbcdaf0966168f0,
                    0x3fe0c6ad901a95bd,
                ],
                [2, 2, 1, 1, 1],
                (0x1e59b797527f2e87, 0xaafd1157d033bb3f),
            ),
        ];
        for ((name, set), (points, labels, prints)) in three().into_iter().zip(recorded) {
            let first: Vec<u64> = (0..5)
                .flat_map(|s| [set.features()[[s, 0]], set.features()[[s, 1]]])
                .map(f64::to_bits)
                .collect();
            assert_eq!(first, points, "{name}");
            assert_eq!(set.labels()[..5], labels, "{name}");
            assert_eq!(fingerprints(&set), prints, "{name}");
            assert_ne!(
                fingerprints(&yin_yang(set.n_samples(), 43)),
                prints,
                "{name}"
            );
        }
    }

    #[test]
    fn features_mirror_and_any_size_is_a_prefix() {
        let set = yin_yang(50, 42);
        for row in set.features().rows() {
            assert_eq!((row[2], row[3]), (1.0 - row[0], 1.0 - row[1]));
        }
        assert_eq!(
            yin_yang(20, 42).features(),
            set.features().slice(ndarray::s![..20, ..])
        );
        assert_eq!(yin_yang(0, 42).n_samples(), 0);
        assert_eq!(set.class_names(), ["yin", "yang", "dot"]);
    }
}
