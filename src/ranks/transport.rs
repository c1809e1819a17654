//! How messages get from rank to rank.

use super::message::Message;
use crate::Result;

/// What carries messages. Every rank calls the same methods in the same order.
pub(super) trait Transport: Send {
    /// Which of them this is.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// Sends a message to all, calls `meanwhile` while messages are on their way, and waits for them; those of all ranks, in order of
    /// rank.
    ///
    /// # Errors
    /// A rank that is lost or does not come in time, by its number.
    // One call, and not two, as what MPI works on in between must not move or go.
    fn all_gather(&mut self, mine: Message, meanwhile: &mut dyn FnMut()) -> Result<Vec<Message>>;

    /// Sends words to rank 0; there those of all ranks in order of rank, elsewhere nothing.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    fn gather(&mut self, mine: Vec<u64>) -> Result<Vec<Vec<u64>>>;
}
