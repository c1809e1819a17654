//! How many words of a message go along with its signal over MPI, so that it takes one exchange and not two.

/// As many go along in any case.
pub const INLINE_WORDS: usize = 14;
/// As many at most of all ranks together: beyond that, what is sent in vain takes longer than a second exchange.
const MOST_OF_ALL: usize = 8192;
/// After so many exchanges that needed less than half there is half the room.
#[cfg(any(test, feature = "mpi"))]
const PATIENT: u32 = 64;

/// For how many words each of so many ranks has room along with its signal where the longest message of late had `longest`.
pub fn inline_words(longest: usize, ranks: usize) -> usize {
    let most = (MOST_OF_ALL / ranks.max(1)).max(INLINE_WORDS);
    match longest <= INLINE_WORDS {
        true => INLINE_WORDS,
        false => longest.min(most).next_power_of_two().min(most),
    }
}

/// The room in the next exchange. All ranks see the same messages, so all of them have the same.
#[cfg(any(test, feature = "mpi"))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Inline {
    words: usize,
    ranks: usize,
    /// Exchanges in a row that needed less than half.
    ample: u32,
}

#[cfg(any(test, feature = "mpi"))]
impl Inline {
    pub fn new(ranks: usize) -> Self {
        Self {
            words: INLINE_WORDS,
            ranks,
            ample: 0,
        }
    }

    pub fn words(self) -> usize {
        self.words
    }

    /// Takes note of the longest message of an exchange.
    pub fn note(&mut self, longest: usize) {
        if longest > self.words {
            self.words = inline_words(longest, self.ranks);
            self.ample = 0;
        } else if 2 * longest < self.words {
            self.ample += 1;
            if self.ample == PATIENT {
                self.words = inline_words(self.words / 2, self.ranks);
                self.ample = 0;
            }
        } else {
            self.ample = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_what_was_sent_of_late() {
        let mut inline = Inline::new(2);
        assert_eq!(inline.words(), INLINE_WORDS);
        inline.note(INLINE_WORDS);
        assert_eq!(inline.words(), INLINE_WORDS);
        inline.note(100);
        assert_eq!(inline.words(), 128);
        inline.note(1_000_000);
        assert_eq!(inline.words(), 4096);
        assert_eq!(inline_words(1_000_000, 1024), INLINE_WORDS);
        for _ in 0..PATIENT {
            inline.note(1500);
        }
        assert_eq!(inline.words(), 2048);
        // One that is longer begins the count anew.
        for k in 0..2 * PATIENT {
            inline.note(if k == PATIENT / 2 { 1024 } else { 3 });
        }
        assert_eq!(inline.words(), 1024);
        for _ in 0..20 * PATIENT {
            inline.note(0);
        }
        assert_eq!(inline.words(), INLINE_WORDS);
    }
}
