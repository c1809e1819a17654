//! What a rank sends: a signal, and words.

/// Words that come before those of a message: its signal and their number.
pub const HEAD_WORDS: usize = 2;

/// How a rank is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    GoingOn,
    /// It exchanges nothing more.
    Ended,
    /// Its words are a text that says why.
    Failed,
}

/// What one rank sends in an exchange.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub signal: Signal,
    pub words: Vec<u64>,
}

impl Signal {
    #[cfg(feature = "mpi")]
    pub fn to_word(self) -> u64 {
        match self {
            Self::GoingOn => 0,
            Self::Ended => 1,
            Self::Failed => 2,
        }
    }

    /// What no rank sends counts as a failure.
    #[cfg(feature = "mpi")]
    pub fn from_word(word: u64) -> Self {
        match word {
            0 => Self::GoingOn,
            1 => Self::Ended,
            _ => Self::Failed,
        }
    }
}

impl Message {
    /// Words of a rank that goes on.
    pub fn of(words: Vec<u64>) -> Self {
        Self {
            signal: Signal::GoingOn,
            words,
        }
    }

    /// Why a rank has failed.
    pub fn failure(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut words = vec![bytes.len() as u64];
        words.extend(bytes.chunks(size_of::<u64>()).map(|chunk| {
            let mut word = [0; size_of::<u64>()];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        }));
        Self {
            signal: Signal::Failed,
            words,
        }
    }

    /// The text of a failure.
    pub fn text(&self) -> String {
        let (len, words) = self.words.split_first().unwrap_or((&0, &[]));
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let len = bytes.len().min(*len as usize);
        String::from_utf8_lossy(&bytes[..len]).into_owned()
    }

    /// What it takes on its way, in bytes: its words, their number and the signal.
    pub fn bytes(&self) -> u64 {
        ((self.words.len() + HEAD_WORDS) * size_of::<u64>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_arrive() {
        for text in ["", "a", "eight by", "a rather long text, with ä"] {
            assert_eq!(Message::failure(text).text(), text);
        }
        let mut cut = Message::failure("a rather long text");
        cut.words.pop();
        assert_eq!(cut.text(), "a rather long te");
    }
}
