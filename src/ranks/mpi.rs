//! Ranks as processes that `mpirun` started.
//!
//! Exchanges are non-blocking and asked for again and again: between two looks a rank that waits leaves its core to others, and one that
//! waits too long finds out who has not come.

use std::time::{Duration, Instant};

use mpi::Threading;
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::request::{LocalScope, Request, StaticScope, scope};
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

use super::inline::Inline;
use super::message::{HEAD_WORDS, Message, Signal};
use super::transport::Transport;
use crate::{Error, Result};

/// After so many looks without a pause a rank lets others have its core.
const LOOKS: u32 = 2_000;
/// Of what is gathered by rank 0, so many words go at once.
const PIECE: usize = 1 << 26;
/// How long a rank that has waited in vain listens for others that wait, too.
const ROLL_CALL: Duration = Duration::from_secs(2);
/// Messages between two ranks: of what is gathered, and of ranks that wait.
const GATHERED: i32 = 1;
const WAITS: i32 = 2;
/// How all processes end where one is lost.
const LOST: i32 = 2;

/// This process among others.
pub(super) struct Mpi {
    patience: Duration,
    /// How many exchanges this rank has come to.
    exchanges: u64,
    /// How many words go along with signals.
    inline: Inline,
    /// Ends MPI when it is dropped.
    universe: Universe,
}

impl Mpi {
    pub fn start(patience: Duration) -> Result<Self> {
        let started = mpi::initialize_with_threading(Threading::Serialized);
        let (universe, _) = started.ok_or_else(|| {
            let remedy = "keep the ranks that were started first, and start them once in a process";
            Error::unavailable("a second start of MPI", remedy)
        })?;
        Ok(Self {
            inline: Inline::new(universe.world().size() as usize),
            patience,
            exchanges: 0,
            universe,
        })
    }

    /// All processes. Made for each use, as it cannot go from thread to thread, which this rank may.
    fn world(&self) -> SimpleCommunicator {
        self.universe.world()
    }

    /// Computes, and waits for an exchange to be complete.
    fn complete_after<'a, D: ?Sized>(
        &self,
        request: Request<'a, D, &LocalScope<'a>>,
        meanwhile: &mut dyn FnMut(),
    ) {
        // A look puts on its way what this rank can send at once.
        let not_yet = request.test().err();
        meanwhile();
        if let Some(request) = not_yet {
            self.complete(request);
        }
    }

    /// Waits for an exchange to be complete.
    fn complete<'a, D: ?Sized>(&self, mut request: Request<'a, D, &LocalScope<'a>>) {
        let (begun, mut looks) = (Instant::now(), 0_u32);
        let (mut is_here, mut told) = (Vec::new(), None);
        while let Err(not_yet) = request.test() {
            request = not_yet;
            looks += 1;
            if looks < LOOKS {
                continue;
            }
            std::thread::yield_now();
            self.hear(&mut is_here);
            let others_wait = is_here.contains(&true);
            match told {
                Some(told) => self.judge(&is_here, told),
                // Who hears that others have waited too long says that it waits, too.
                None if others_wait || begun.elapsed() > self.patience => {
                    self.tell();
                    told = Some(Instant::now());
                }
                None => {}
            }
        }
    }

    /// Notes which other ranks have said that they wait in the same exchange.
    fn hear(&self, is_here: &mut Vec<bool>) {
        let world = self.world();
        is_here.resize(world.size() as usize, false);
        let any = world.any_process();
        while let Some((message, status)) = any.immediate_matched_probe_with_tag(WAITS) {
            let mut exchange = [0_u64];
            message.matched_receive_into(&mut exchange[..]);
            is_here[status.source_rank() as usize] |= exchange[0] == self.exchanges;
        }
    }

    /// Tells all others that this rank waits.
    fn tell(&self) {
        let (world, rank) = (self.world(), self.rank());
        // When it has been read nobody says: it stays as long as the process.
        let here: &'static [u64] = Box::leak(Box::new([self.exchanges]));
        for other in (0..self.size()).filter(|&other| other != rank) {
            let other = world.process_at_rank(other as i32);
            std::mem::forget(other.immediate_send_with_tag(StaticScope, here, WAITS));
        }
    }

    /// Some time after this rank has `told` others that it waits, says which have not, and ends all processes: MPI has no other way on.
    fn judge(&self, is_here: &[bool], told: Instant) {
        let rank = self.rank();
        let absent = |&other: &usize| other != rank && !is_here[other];
        let absent: Vec<usize> = (0..is_here.len()).filter(absent).collect();
        // The lowest of those that wait speaks for them, before another ends it.
        let speaks = !is_here[..rank].contains(&true);
        let patience = if speaks { ROLL_CALL } else { 2 * ROLL_CALL };
        // Where all have come the exchange is about to be complete.
        if absent.is_empty() || told.elapsed() < patience {
            return;
        }
        if speaks {
            let error = Error::absent(rank, &absent, self.patience);
            eprintln!("error: {error}");
        }
        self.world().abort(LOST)
    }

    /// Sends words to rank 0, which has asked for so many.
    fn send_pieces(&self, mine: &[u64]) {
        let world = self.world();
        let first = world.process_at_rank(0);
        for piece in mine.chunks(PIECE) {
            scope(|scope| {
                self.complete(first.immediate_send_with_tag(scope, piece, GATHERED));
            });
        }
    }

    fn receive_pieces(&self, from: usize, words: &mut [u64]) {
        let world = self.world();
        let from = world.process_at_rank(from as i32);
        for piece in words.chunks_mut(PIECE) {
            scope(|scope| {
                self.complete(from.immediate_receive_into_with_tag(scope, piece, GATHERED));
            });
        }
    }
}

impl Transport for Mpi {
    fn rank(&self) -> usize {
        self.world().rank() as usize
    }

    fn size(&self) -> usize {
        self.world().size() as usize
    }

    fn all_gather(&mut self, mine: Message, meanwhile: &mut dyn FnMut()) -> Result<Vec<Message>> {
        self.exchanges += 1;
        let room = self.inline.words();
        let mut own = vec![0; HEAD_WORDS + room];
        (own[0], own[1]) = (mine.signal.to_word(), mine.words.len() as u64);
        let inline = mine.words.len().min(room);
        own[HEAD_WORDS..HEAD_WORDS + inline].copy_from_slice(&mine.words[..inline]);
        let world = self.world();
        let mut slots = vec![0; own.len() * self.size()];
        scope(|scope| {
            let exchange = world.immediate_all_gather_into(scope, &own[..], &mut slots[..]);
            self.complete_after(exchange, meanwhile);
        });
        let slots = slots.chunks(own.len());
        let counts: Vec<usize> = slots.clone().map(|slot| slot[1] as usize).collect();
        let longest = counts.iter().copied().max().unwrap_or(0);
        self.inline.note(longest);
        // Every rank sees the same counts, and comes or does not.
        if longest <= room {
            let of = |(slot, &count): (&[u64], &usize)| {
                message(slot[0], &slot[HEAD_WORDS..HEAD_WORDS + count])
            };
            return Ok(slots.zip(&counts).map(of).collect());
        }
        let total: usize = counts.iter().sum();
        let small = i32::try_from(total).map_err(|_| {
            let remedy = "use shorter windows, so that fewer spikes are exchanged at once";
            Error::invalid("number of words in one exchange", total, remedy)
        })?;
        // MPI takes the address of an empty list for a mark of its own.
        let mut words = Vec::with_capacity(small.max(1) as usize);
        words.resize(total, 0_u64);
        let sizes: Vec<i32> = counts.iter().map(|&count| count as i32).collect();
        let starts = sizes.iter().scan(0, |next, count| {
            let start = *next;
            *next += count;
            Some(start)
        });
        let starts: Vec<i32> = starts.collect();
        let mut own = Vec::with_capacity(mine.words.len().max(1));
        own.extend_from_slice(&mine.words);
        let mut parts = PartitionMut::new(&mut words[..], sizes, starts);
        scope(|scope| {
            let exchange = world.immediate_all_gather_varcount_into(scope, &own[..], &mut parts);
            self.complete(exchange);
        });
        drop(parts);
        let mut rest = &words[..];
        let messages = slots.zip(&counts).map(|(slot, &count)| {
            let (words, others) = rest.split_at(count);
            rest = others;
            message(slot[0], words)
        });
        Ok(messages.collect())
    }

    fn gather(&mut self, mine: Vec<u64>) -> Result<Vec<Vec<u64>>> {
        let counts = self.all_gather(Message::of(vec![mine.len() as u64]), &mut || ())?;
        if self.rank() > 0 {
            self.send_pieces(&mine);
            return Ok(Vec::new());
        }
        let mut all = vec![mine];
        for (from, count) in counts.iter().enumerate().skip(1) {
            let mut words = vec![0; count.words[0] as usize];
            self.receive_pieces(from, &mut words);
            all.push(words);
        }
        Ok(all)
    }
}

/// The message of a rank that has sent this signal.
fn message(signal: u64, words: &[u64]) -> Message {
    Message {
        signal: Signal::from_word(signal),
        words: words.to_vec(),
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The end of MPI would wait for ranks that wait for this one.
            self.world().abort(LOST);
        }
    }
}
