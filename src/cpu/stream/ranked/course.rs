//! A run over several ranks, in which computation and exchanges overlap.
//!
//! Where two or more windows fit into the shortest delay, what is fired in half of them travels while the other half is computed.

use super::{RankStream, samples};
use crate::Result;
use crate::cpu::stream::CpuStream;
use crate::stream::{Handover, StateSample, StreamSpike, merged, packed};

/// What this rank has done in some windows.
struct Passed {
    /// The first window.
    first: u64,
    spikes: Vec<StreamSpike>,
    /// Of each window.
    samples: Vec<Vec<StateSample>>,
    is_recorded: bool,
}

impl Passed {
    /// Advances by so many windows, unless the run ends before; nothing at its end.
    fn next(stream: &mut CpuStream, windows: u64, until: f64) -> Result<Option<Self>> {
        let first = stream.next_window();
        let mut passed = Self {
            first,
            spikes: Vec::new(),
            samples: Vec::new(),
            is_recorded: false,
        };
        while stream.next_window() < first + windows && stream.end() < until {
            passed.is_recorded |= !stream.samplings(stream.next_window()).is_empty();
            passed.spikes.extend(stream.advance()?);
            passed.samples.push(stream.way().samples());
        }
        Ok(Some(passed).filter(|passed| !passed.samples.is_empty()))
    }
}

impl RankStream {
    /// Goes on until `until` ms.
    pub(super) fn go(
        &mut self,
        until: f64,
        spikes: &mut impl FnMut(&[StreamSpike]) -> Result<()>,
        states: &mut impl FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        let window = self.window();
        self.handed(|handover| handover.begin(until, window, spikes))?;
        let mut next = self.pass(until)?;
        while let Some(mut passed) = next {
            if passed.is_recorded {
                passed.samples = samples::gathered(&mut self.ranks, passed.samples)?;
            }
            let (all, ahead) = self.exchanged(&passed, until)?;
            for ((of, all), samples) in (passed.first..).zip(all).zip(passed.samples) {
                self.stream.hand_on(of, &all);
                if !samples.is_empty() {
                    states(&samples)?;
                }
                self.handed(|handover| handover.pass(until, window, all, spikes))?;
            }
            next = match ahead {
                None => self.pass(until)?,
                ahead => ahead,
            };
        }
        self.stream.reach(until);
        Ok(())
    }

    /// The next windows of a run, as many as pass between two exchanges; nothing at its end.
    fn pass(&mut self, until: f64) -> Result<Option<Passed>> {
        Passed::next(&mut self.stream, self.interval, until)
    }

    /// What all ranks fired in some windows; and the windows after them, where they needed none of that.
    fn exchanged(
        &mut self,
        passed: &Passed,
        until: f64,
    ) -> Result<(Vec<Vec<StreamSpike>>, Option<Passed>)> {
        let (stream, interval) = (&mut self.stream, self.interval);
        let mut ahead = Ok(None);
        let meanwhile = || {
            if 2 * interval <= self.fitting {
                ahead = Passed::next(stream, interval, until);
            }
        };
        let words = packed(passed.first, &passed.spikes);
        let all = self.ranks.all_gather_while(words, meanwhile)?;
        let all = merged(&all, passed.first, passed.samples.len());
        Ok((all, ahead?))
    }

    fn handed(&mut self, pass: impl FnOnce(&mut Handover) -> Result<()>) -> Result<()> {
        pass(self.stream.handover_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::stream::StreamOptions;
    use crate::networks::brunel;
    use crate::ranks::{PATIENCE, cluster};

    /// The spikes of rank 0 where `change` has been made.
    fn seen(change: fn(&mut RankStream)) -> Result<(u64, Vec<StreamSpike>)> {
        let all = cluster(2, PATIENCE, |ranks| {
            let mut described = brunel(0.05, 1);
            described.partitions(2);
            let share = described.build_share(ranks.rank(), ranks.size())?;
            let options = StreamOptions::default().window(Some(0.125));
            let mut stream = RankStream::new(share, options, ranks)?;
            change(&mut stream);
            let mut seen = Vec::new();
            stream.run(30.0, |spikes| {
                seen.extend_from_slice(spikes);
                Ok(())
            })?;
            Ok((stream.interval, seen))
        });
        all.into_iter().next().expect("there are two")
    }

    #[test]
    fn going_ahead_changes_nothing_unless_it_is_too_far() -> Result<()> {
        let (interval, expected) = seen(|_| ())?;
        // The shortest delay is 1.5 ms.
        assert!(interval == 6 && expected.len() > 50);
        let step = |stream: &mut RankStream| stream.interval = 1;
        assert!(seen(step)? == (1, expected.clone()));
        let whole = |stream: &mut RankStream| stream.interval = 12;
        assert!(seen(whole)? == (12, expected.clone()));
        // What arrives in the windows that are computed ahead is not known yet.
        let too_far = |stream: &mut RankStream| {
            stream.fitting = 24;
            stream.interval = 12;
        };
        assert!(seen(too_far)?.1 != expected);
        Ok(())
    }
}
