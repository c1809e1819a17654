//! Which spike of one recording is which of another.

use crate::event::Recording;

/// For each spike of a reference's sample, in its order, the place of the other's; `None` where
/// a neuron fired another number of times.
///
/// A neuron's k-th spike is matched with its k-th. Recordings are in order of time: two
/// neurons that fire at almost one time may stand in either order in each.
pub(super) fn matched(
    reference: &Recording,
    reference_sample: usize,
    other: &Recording,
    other_sample: usize,
) -> Option<Vec<usize>> {
    let by_neuron = |recording: &Recording, sample: usize| {
        let mut places: Vec<usize> = recording.range(sample).collect();
        // Stable: each neuron's spikes stay in order of time.
        places.sort_by_key(|&place| recording.neurons()[place]);
        places
    };
    let first = reference.range(reference_sample).start;
    let (x, y) = (
        by_neuron(reference, reference_sample),
        by_neuron(other, other_sample),
    );
    let neurons = |recording: &Recording, places: &[usize]| -> Vec<u32> {
        places.iter().map(|&p| recording.neurons()[p]).collect()
    };
    if neurons(reference, &x) != neurons(other, &y) {
        return None;
    }
    let mut places = vec![0; x.len()];
    for (x, y) in x.into_iter().zip(y) {
        places[x - first] = y;
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(spikes: &[(f64, u32)]) -> Recording {
        Recording {
            offsets: vec![0, spikes.len()],
            times: spikes.iter().map(|spike| spike.0).collect(),
            neurons: spikes.iter().map(|spike| spike.1).collect(),
            ends: vec![9.0],
            ..Recording::default()
        }
    }

    #[test]
    fn neighbours_in_either_order_are_matched() {
        let x = recording(&[(1.0, 3), (1.0 + 1e-9, 0), (2.0, 3)]);
        let y = recording(&[(1.0, 0), (1.0 + 1e-9, 3), (2.0, 3)]);
        assert_eq!(matched(&x, 0, &y, 0), Some(vec![1, 0, 2]));
        let y = recording(&[(1.0, 0), (1.5, 0), (2.0, 3)]);
        assert_eq!(matched(&x, 0, &y, 0), None);
    }
}
