//! Random numbers that are a function of what they are for.
//!
//! A draw has an address: a seed, a purpose, and up to three numbers (a projection, a neuron, the
//! how-manieth). So a network is the same on any machine, for any number of threads and whatever
//! is made first, and a part of it can be made where it is needed.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011): 32-bit
//! multiplications only, which every GPU has.

/// What random numbers are drawn for; never to be renumbered, or old networks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Purpose {
    /// Which synapses there are.
    Connect = 1,
    /// Their weights.
    Weight = 2,
    /// Their delays.
    Delay = 3,
    /// Potentials and currents at the start.
    Initial = 4,
    /// Arrivals of a Poisson drive.
    Drive = 5,
    /// Values that differ from neuron to neuron.
    Neuron = 6,
}

/// One stream of numbers: a seed, a purpose and a number of its own, e.g. of a projection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    key: [u32; 2],
    stream: u32,
}

impl Draws {
    /// The stream with number `which`, below 2^24.
    pub fn new(seed: u64, purpose: Purpose, which: usize) -> Self {
        debug_assert!(
            which < 1 << 24,
            "streams of a purpose are counted in 24 bits"
        );
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            stream: ((purpose as u32) << 24) | which as u32,
        }
    }

    /// The generator's key, and the last word of its counters.
    pub fn address(&self) -> ([u32; 2], u32) {
        (self.key, self.stream)
    }

    /// Four words for the `index`-th draw of `unit`.
    // Always: builds that call it for each arrival made Brunel's network a seventh slower.
    #[inline(always)]
    pub fn words(&self, unit: u32, index: u64) -> [u32; 4] {
        philox(
            self.key,
            [index as u32, (index >> 32) as u32, unit, self.stream],
        )
    }

    /// Two numbers strictly between 0 and 1, with 52 random bits each.
    #[inline]
    pub fn uniforms(&self, unit: u32, index: u64) -> [f64; 2] {
        let [a, b, c, d] = self.words(unit, index);
        [open_unit(a, b), open_unit(c, d)]
    }
}

#[inline]
fn open_unit(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 20) | (u64::from(low) >> 12);
    (bits as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// A word as a number strictly between 0 and 1, with 32 random bits.
#[inline]
pub(crate) fn word_to_unit(word: u32) -> f64 {
    (f64::from(word) + 0.5) * (1.0 / (1u64 << 32) as f64)
}

/// Philox4x32 with ten rounds.
#[inline(always)]
fn philox(mut key: [u32; 2], mut counter: [u32; 4]) -> [u32; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let a = MULTIPLIERS[0] * u64::from(counter[0]);
        let b = MULTIPLIERS[1] * u64::from(counter[2]);
        counter = [
            (b >> 32) as u32 ^ counter[1] ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ counter[3] ^ key[1],
            a as u32,
        ];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that come with the generator's own library, Random123.
    #[test]
    fn known_answers() {
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let pi_key = [0xa409_3822, 0x299f_31d0];
        let answers = [
            (
                [0; 2],
                [0; 4],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 2],
                [u32::MAX; 4],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                pi_key,
                pi,
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (key, counter, expected) in answers {
            assert_eq!(philox(key, counter), expected);
        }
    }

    #[test]
    fn addresses_are_apart() {
        let first = Draws::new(7, Purpose::Weight, 0).words(0, 0);
        for other in [
            Draws::new(8, Purpose::Weight, 0).words(0, 0),
            Draws::new(7, Purpose::Delay, 0).words(0, 0),
            Draws::new(7, Purpose::Weight, 1).words(0, 0),
            Draws::new(7, Purpose::Weight, 0).words(1, 0),
            Draws::new(7, Purpose::Weight, 0).words(0, 1),
            Draws::new(7 | 1 << 32, Purpose::Weight, 0).words(0, 1 << 32),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn units_are_open() {
        assert!(open_unit(0, 0) > 0.0 && word_to_unit(0) > 0.0);
        assert!(open_unit(u32::MAX, u32::MAX) < 1.0 && word_to_unit(u32::MAX) < 1.0);
    }
}
