//! What exchanges cost.

use std::time::Duration;

/// What one rank has exchanged so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// How often all ranks have exchanged something.
    pub exchanges: u64,
    /// What this rank has sent, in bytes, each message counted once however many ranks it went to.
    pub sent_bytes: u64,
    /// What it has received from others, in bytes.
    pub received_bytes: u64,
    /// How long it has been in exchanges: on the way, and waiting for ranks that came later.
    pub time: Duration,
    /// How long it has computed while an exchange was on its way: so much at most of what that took was hidden.
    pub overlapped: Duration,
}
