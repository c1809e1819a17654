//! A simulated cluster: ranks as threads of one process.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Ranks;
use super::message::Message;
use super::transport::Transport;
use crate::{Error, Result};

/// Runs `work` on `size` ranks, each a thread of its own, and waits for all; what each returns, in order of rank.
///
/// A rank that waits longer than `patience` in one exchange has an error that names those that have not come. A rank whose `work`
/// panics is lost for the others, and its panic goes on here.
///
/// ```
/// use spikefront::ranks::{PATIENCE, cluster};
///
/// let sums = cluster(3, PATIENCE, |mut ranks| {
///     let mine = 10 + ranks.rank() as u64;
///     let all = ranks.all_gather(vec![mine])?;
///     Ok(all.concat().iter().sum::<u64>())
/// });
/// for sum in sums {
///     assert_eq!(sum?, 33);
/// }
/// # Ok::<(), spikefront::Error>(())
/// ```
pub fn cluster<T: Send>(
    size: usize,
    patience: Duration,
    work: impl Fn(Ranks) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    let room = Arc::new(Room {
        state: Mutex::new(State {
            round: 0,
            posted: vec![None; size],
            last: Arc::default(),
            are_gone: vec![false; size],
        }),
        is_changed: Condvar::new(),
        patience,
    });
    let work = &work;
    std::thread::scope(|scope| {
        let start = |rank| {
            let room = room.clone();
            scope.spawn(move || work(Ranks::new(Box::new(Threads { rank, size, room }))))
        };
        let threads: Vec<_> = (0..size).map(start).collect();
        let ends = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ends.collect()
    })
}

/// One rank.
struct Threads {
    rank: usize,
    size: usize,
    room: Arc<Room>,
}

/// Where messages are left.
struct Room {
    state: Mutex<State>,
    is_changed: Condvar,
    patience: Duration,
}

struct State {
    /// How many exchanges are complete.
    round: u64,
    /// Those of the next one.
    posted: Vec<Option<Message>>,
    /// Those of the last one.
    last: Arc<Vec<Message>>,
    are_gone: Vec<bool>,
}

impl Room {
    /// Whoever panicked did so outside: what is in here is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_gather(&mut self, mine: Message, meanwhile: &mut dyn FnMut()) -> Result<Vec<Message>> {
        let mut state = self.room.lock();
        let round = state.round;
        state.posted[self.rank] = Some(mine);
        if state.posted.iter().all(Option::is_some) {
            let all = state.posted.iter_mut().filter_map(Option::take).collect();
            state.last = Arc::new(all);
            state.round += 1;
            self.room.is_changed.notify_all();
        }
        drop(state);
        meanwhile();
        let begun = Instant::now();
        let mut state = self.room.lock();
        while state.round == round {
            let absent = |rank: &usize| state.posted[*rank].is_none();
            if let Some(lost) = (0..self.size)
                .filter(absent)
                .find(|&rank| state.are_gone[rank])
            {
                return Err(Error::rank(lost, "it is lost"));
            }
            let waited = begun.elapsed();
            if waited >= self.room.patience {
                let absent: Vec<usize> = (0..self.size).filter(absent).collect();
                return Err(Error::absent(self.rank, &absent, self.room.patience));
            }
            let rest = self.room.patience - waited;
            let woken = self.room.is_changed.wait_timeout(state, rest);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        let last = state.last.clone();
        drop(state);
        Ok(Arc::try_unwrap(last).unwrap_or_else(|shared| shared.to_vec()))
    }

    fn gather(&mut self, mine: Vec<u64>) -> Result<Vec<Vec<u64>>> {
        let all = self.all_gather(Message::of(mine), &mut || ())?;
        Ok(match self.rank {
            0 => all.into_iter().map(|message| message.words).collect(),
            _ => Vec::new(),
        })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.room.lock().are_gone[self.rank] = true;
        self.room.is_changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::ranks::PATIENCE;

    #[test]
    fn everyone_has_the_words_of_all_in_order() -> Result<()> {
        for size in [1, 2, 5] {
            let ends = cluster(size, PATIENCE, |mut ranks| {
                let mut rounds = Vec::new();
                for round in 0..20 {
                    let rank = ranks.rank() as u64;
                    // Lists of different lengths, empty ones among them.
                    let mine = vec![rank + 100 * round; ((rank + round) % 3) as usize];
                    rounds.push(ranks.all_gather(mine)?);
                }
                let gathered = ranks.gather(vec![ranks.rank() as u64])?;
                Ok((ranks.rank(), rounds, gathered, ranks.traffic()))
            });
            for end in ends {
                let (rank, rounds, gathered, traffic) = end?;
                for (round, all) in rounds.iter().enumerate() {
                    assert_eq!(all.len(), size);
                    for (from, words) in all.iter().enumerate() {
                        assert_eq!(words.len(), (from + round) % 3);
                        assert!(
                            words
                                .iter()
                                .all(|&word| word as usize == from + 100 * round)
                        );
                    }
                }
                let expected = if rank == 0 { size } else { 0 };
                assert_eq!(gathered.concat(), (0..expected as u64).collect::<Vec<_>>());
                assert_eq!(traffic.exchanges, 22);
                assert!((traffic.received_bytes == 0) == (size == 1));
            }
        }
        Ok(())
    }

    #[test]
    fn others_have_what_a_rank_sent_while_it_computes() -> Result<()> {
        let told = (Mutex::new(false), Condvar::new());
        let ends = cluster(2, PATIENCE, |mut ranks| {
            let mut n_computed = 0;
            let is_first = ranks.is_first();
            let all = ranks.all_gather_while(vec![ranks.rank() as u64], || {
                n_computed += 1;
                if is_first {
                    // Rank 1 has come out of the exchange in which this one still computes.
                    let is_told = told.0.lock().unwrap_or_else(PoisonError::into_inner);
                    let waited = told.1.wait_while(is_told, |is_told| !*is_told);
                    drop(waited);
                }
            })?;
            if !is_first {
                *told.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
                told.1.notify_all();
            }
            let traffic = ranks.traffic();
            Ok((
                n_computed,
                all.concat(),
                !is_first || traffic.overlapped > Duration::ZERO,
            ))
        });
        for end in ends {
            assert_eq!(end?, (1, vec![0, 1], true));
        }
        Ok(())
    }

    #[test]
    fn a_failure_reaches_all_with_its_message() {
        let ends = cluster(3, PATIENCE, |mut ranks| {
            for round in 0..10 {
                if ranks.rank() == 1 && round == 4 {
                    let error = Error::invalid("disk", "full", "make room");
                    ranks.fail(&error);
                    assert!(ranks.all_gather(Vec::new()).is_err());
                    return Err(error);
                }
                ranks.all_gather(vec![round])?;
            }
            Ok(())
        });
        let told: Vec<String> = ends
            .into_iter()
            .map(|end| end.unwrap_err().to_string())
            .collect();
        assert_eq!(told[0], "rank 1: disk is full: make room");
        assert_eq!(told[1], "disk is full: make room");
        assert_eq!(told[2], told[0]);
    }

    #[test]
    fn one_that_ends_early_leaves_nobody_waiting() {
        let ends = cluster(3, PATIENCE, |mut ranks| {
            let rounds = if ranks.rank() == 2 { 3 } else { 5 };
            (0..rounds).try_for_each(|_| ranks.all_gather(Vec::new()).map(|_| ()))
        });
        assert!(ends[2].is_ok());
        for end in &ends[..2] {
            let error = end.as_ref().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Rank);
            assert!(
                error.to_string().starts_with("rank 2: it has ended"),
                "{error}"
            );
        }
    }

    #[test]
    fn one_that_does_not_come_is_named() {
        let ends = cluster(3, Duration::from_millis(50), |mut ranks| {
            if ranks.rank() == 1 {
                std::thread::sleep(Duration::from_millis(400));
            }
            ranks.all_gather(Vec::new())
        });
        let told = ends[0].as_ref().unwrap_err().to_string();
        assert!(
            told.contains("waited 0.05 s") && told.contains("rank 1"),
            "{told}"
        );
    }

    #[test]
    fn one_that_panics_is_lost() {
        let others = Mutex::new(Vec::new());
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            cluster(2, PATIENCE, |mut ranks| {
                assert!(ranks.rank() == 0, "a rank that panics");
                let told = ranks.all_gather(Vec::new()).unwrap_err().to_string();
                others
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(told);
                Ok(())
            })
        }));
        assert!(caught.is_err());
        let others = others.into_inner().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(others, ["rank 1: it is lost"]);
    }
}
