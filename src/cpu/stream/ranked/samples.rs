//! States of recorded neurons, from each rank to rank 0.

use crate::Result;
use crate::dynamics::MAX_CURRENTS;
use crate::ranks::Ranks;
use crate::stream::StateSample;

/// Of one sample: its window within the interval, its recorder, its number, its neuron, its potential and its currents.
const WORDS: usize = 5 + MAX_CURRENTS;

/// What this rank's recorders found in each window of an interval; on rank 0 what those of all found, by recorder, time, then neuron.
pub(super) fn gathered(
    ranks: &mut Ranks,
    own: Vec<Vec<StateSample>>,
) -> Result<Vec<Vec<StateSample>>> {
    let mut windows = vec![Vec::new(); own.len()];
    let numbered = own.iter().enumerate();
    let words = numbered.flat_map(|(window, samples)| {
        let of = move |sample: &StateSample| {
            let mut words = [0; WORDS];
            words[..4].copy_from_slice(&[
                window as u64,
                sample.recorder as u64,
                sample.number,
                u64::from(sample.neuron),
            ]);
            words[4] = sample.potential.to_bits();
            for (word, current) in words[5..].iter_mut().zip(sample.currents) {
                *word = current.to_bits();
            }
            words
        };
        samples.iter().flat_map(of)
    });
    let all = ranks.gather(words.collect())?;
    for words in all.iter().flat_map(|words| words.as_chunks::<WORDS>().0) {
        let sample = StateSample {
            recorder: words[1] as usize,
            number: words[2],
            neuron: words[3] as u32,
            potential: f64::from_bits(words[4]),
            currents: std::array::from_fn(|k| f64::from_bits(words[5 + k])),
        };
        // An interval is as long on every rank.
        if let Some(samples) = windows.get_mut(words[0] as usize) {
            samples.push(sample);
        }
    }
    for samples in &mut windows {
        samples.sort_unstable_by_key(StateSample::place);
    }
    Ok(windows)
}
