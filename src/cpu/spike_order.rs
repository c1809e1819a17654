//! Putting a population's spikes in order.

use super::sample::SpikeColumns;

/// As many keys are compared one by one; more than that in one bucket are sorted.
const CROWD: u32 = 16;

/// Memory for a sort, to be used again.
#[derive(Debug, Default)]
pub(super) struct SpikeOrder {
    keys: Vec<u64>,
    buckets: Vec<u32>,
    sorted: Vec<u64>,
    floats: Vec<f64>,
    units: Vec<u32>,
}

impl SpikeOrder {
    /// Puts the spikes from `first` on in order of (time, neuron).
    ///
    /// A key is as much of a time as fits beside an index: numbers of 64 bits are sorted without a
    /// branch. What the keys cannot tell apart, which is rare, is put right afterwards.
    pub fn sort_from(&mut self, spikes: &mut SpikeColumns, first: usize) {
        let times = &spikes.times[first..];
        let order = |ix: usize| (times[ix].to_bits(), spikes.units[first + ix]);
        let n = times.len();
        if (1..n).all(|ix| order(ix - 1) < order(ix)) {
            return;
        }
        // The bits of times, which are not negative, are in the order of the times.
        let bits = times.iter().map(|time| time.to_bits());
        let (least, most) = bits.fold((u64::MAX, 0), |(least, most), bits| {
            (least.min(bits), most.max(bits))
        });
        let index_bits = u64::BITS - (n as u64 - 1).leading_zeros();
        let range_bits = u64::BITS - (most - least).leading_zeros();
        let dropped = (index_bits + range_bits).saturating_sub(u64::BITS);
        let mask = (1_u64 << index_bits) - 1;
        self.keys.clear();
        self.keys.extend(
            times
                .iter()
                .zip(0_u64..)
                .map(|(time, ix)| ((time.to_bits() - least) >> dropped) << index_bits | ix),
        );
        self.sort_keys(index_bits, range_bits - dropped);
        let places = self.sorted.iter().map(|&key| (key & mask) as usize);
        permute(&mut spikes.units, first, places.clone(), &mut self.units);
        for column in [
            &mut spikes.times,
            &mut spikes.slopes,
            &mut spikes.release_slopes,
        ] {
            permute(column, first, places.clone(), &mut self.floats);
        }
        spikes.settle_ties(first);
    }

    /// Sorts the keys: first into as many buckets as there are keys, by their highest bits, then each
    /// bucket, which is rarely more than a few.
    fn sort_keys(&mut self, index_bits: u32, range_bits: u32) {
        let shift = index_bits + range_bits.saturating_sub(index_bits);
        let bucket = |key: u64| (key >> shift) as usize;
        self.buckets.clear();
        self.buckets.resize((1 << index_bits) + 1, 0);
        for &key in &self.keys {
            self.buckets[bucket(key) + 1] += 1;
        }
        let mut is_crowded = false;
        let mut end = 0;
        for count in &mut self.buckets {
            is_crowded |= *count > CROWD;
            end += *count;
            *count = end;
        }
        self.sorted.resize(self.keys.len(), 0);
        for &key in &self.keys {
            let place = &mut self.buckets[bucket(key)];
            self.sorted[*place as usize] = key;
            *place += 1;
        }
        if is_crowded {
            self.sorted.sort_unstable();
            return;
        }
        for end in 1..self.sorted.len() {
            let key = self.sorted[end];
            let mut ix = end;
            while ix > 0 && key < self.sorted[ix - 1] {
                self.sorted[ix] = self.sorted[ix - 1];
                ix -= 1;
            }
            self.sorted[ix] = key;
        }
    }
}

impl SpikeColumns {
    /// Puts neighbours right whose times are the same to as many bits as keys have.
    fn settle_ties(&mut self, first: usize) {
        let order = |spikes: &Self, ix: usize| (spikes.times[ix].to_bits(), spikes.units[ix]);
        for end in first + 1..self.len() {
            let mut ix = end;
            while ix > first && order(self, ix) < order(self, ix - 1) {
                self.times.swap(ix, ix - 1);
                self.units.swap(ix, ix - 1);
                self.slopes.swap(ix, ix - 1);
                self.release_slopes.swap(ix, ix - 1);
                ix -= 1;
            }
        }
    }
}

fn permute<T: Copy>(
    values: &mut Vec<T>,
    first: usize,
    places: impl Iterator<Item = usize>,
    scratch: &mut Vec<T>,
) {
    let unordered = &values[first..];
    scratch.clear();
    scratch.extend(places.map(|place| unordered[place]));
    if first == 0 {
        std::mem::swap(values, scratch);
    } else {
        values[first..].copy_from_slice(scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorts all but the first four of 300 spikes.
    fn check(time: impl Fn(u32) -> f64) {
        let n = 300_u32;
        let mut spikes = SpikeColumns::default();
        for ix in 0..n {
            spikes.times.push(time(ix));
            spikes.units.push(ix * 101 % n);
            spikes.slopes.push(f64::from(ix));
            spikes.release_slopes.push(-f64::from(ix));
        }
        let columns = |spikes: &SpikeColumns, ix: usize| {
            let slopes = (spikes.slopes[ix], spikes.release_slopes[ix]);
            (spikes.times[ix], spikes.units[ix], slopes)
        };
        let mut expected: Vec<_> = (4..n as usize).map(|ix| columns(&spikes, ix)).collect();
        expected.sort_by(|x, y| x.partial_cmp(y).expect("no NaN"));
        SpikeOrder::default().sort_from(&mut spikes, 4);
        assert_eq!(spikes.slopes[..4], [0.0, 1.0, 2.0, 3.0]);
        for (ix, expected) in (4..).zip(&expected) {
            assert_eq!(columns(&spikes, ix), *expected);
        }
    }

    #[test]
    fn is_the_order_of_time_and_neuron() {
        // Evenly scattered: a bucket holds few.
        check(|ix| 20.0 + f64::from(ix * 7919 % 1009) * 0.01);
        // Few distinct times, some of them neighbours, over many octaves: buckets are crowded.
        check(|ix| {
            let time = 1e-9 * 4_f64.powi((ix * 7 % 23) as i32);
            if ix.is_multiple_of(2) {
                time
            } else {
                time.next_up()
            }
        });
        check(|_| 1.0);
    }
}
