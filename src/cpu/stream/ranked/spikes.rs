//! Spikes of an interval, from each rank to all.

use crate::Result;
use crate::ranks::Ranks;
use crate::stream::{StreamSpike, merged, packed};

/// What this rank fired in `windows` windows from number `first` on; what all fired in each of them, by time, then neuron.
pub(super) fn exchanged(
    ranks: &mut Ranks,
    first: u64,
    windows: usize,
    own: &[StreamSpike],
) -> Result<Vec<Vec<StreamSpike>>> {
    let all = ranks.all_gather(packed(first, own))?;
    Ok(merged(&all, first, windows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::stream::{CpuStream, StreamOptions};
    use crate::networks::cuba;

    /// A network as it goes where spikes are merged so: those that the first of two shares sees.
    fn seen(merge: impl Fn(&[Vec<u64>], u64) -> Vec<Vec<StreamSpike>>) -> Result<Vec<StreamSpike>> {
        let mut described = cuba(0.2, 1);
        described.partitions(2);
        let open = |rank| {
            let share = described.clone().build_share(rank, 2)?;
            CpuStream::new(&share.network, StreamOptions::default())
        };
        let mut streams = [open(0)?, open(1)?];
        let mut seen = Vec::new();
        for now in 0..300 {
            let mut all = Vec::new();
            for stream in &mut streams {
                let own = stream.advance()?;
                let words = own
                    .iter()
                    .flat_map(|s| [s.offset.to_bits(), u64::from(s.neuron)]);
                all.push(words.collect());
            }
            let spikes = merge(&all, now).concat();
            streams
                .iter_mut()
                .for_each(|stream| stream.hand_on(now, &spikes));
            seen.extend(spikes);
        }
        Ok(seen)
    }

    #[test]
    fn lost_spikes_and_another_order_are_told() -> Result<()> {
        let network = cuba(0.2, 1).build_in_rows()?;
        let mut one = CpuStream::new(&network, StreamOptions::default())?;
        let mut expected = Vec::new();
        for _ in 0..300 {
            expected.extend(one.step()?);
        }
        assert!(expected.len() > 100, "{}", expected.len());
        assert!(seen(|all, now| merged(all, now, 1))? == expected);
        // In whichever order ranks come.
        let turned = |all: &[Vec<u64>]| all.iter().rev().cloned().collect::<Vec<_>>();
        assert!(seen(|all, now| merged(&turned(all), now, 1))? == expected);
        // One rank's spikes are lost in one window.
        let lost = |all: &[Vec<u64>], now| match now {
            150 => merged(&all[..1], now, 1),
            _ => merged(all, now, 1),
        };
        assert!(seen(lost)? != expected);
        // Spikes stay in the order of ranks.
        let unsorted = |all: &[Vec<u64>], now| {
            let mut spikes = merged(all, now, 1).concat();
            spikes.sort_by_key(|spike| spike.neuron);
            vec![spikes]
        };
        assert!(seen(unsorted)? != expected);
        Ok(())
    }
}
