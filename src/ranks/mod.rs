//! Several processes, or threads in their place, that compute one thing together: *ranks*, counted from 0.
//!
//! [`Ranks`] is what each of them holds. What they exchange are words of 64 bits, and with every exchange goes a signal of each rank:
//! it goes on, it has ended, or it has failed with a message. So an error on one rank ends all of them, and none waits for one that has
//! gone. [`cluster`] runs ranks as threads of one process, with the same counts of messages and bytes; with the feature `mpi`
//! `Ranks::mpi` is this process among those that `mpirun` started.

mod group;
mod inline;
mod message;
#[cfg(feature = "mpi")]
mod mpi;
mod threads;
mod traffic;
mod transport;

pub use group::{PATIENCE, Ranks};
pub use inline::{INLINE_WORDS, inline_words};
pub use message::HEAD_WORDS;
pub use threads::cluster;
pub use traffic::Traffic;

pub(crate) use group::share_of;
