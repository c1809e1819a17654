//! The one error of the library.
//!
//! Numerical outcomes (a grazing spike, a silent output) are not errors: they
//! are counted in the results that carry them.

mod count;
mod nearest;
#[cfg(feature = "files")]
mod plain;

use std::fmt::Display;
use std::path::{Path, PathBuf};

#[doc(hidden)]
pub use count::count;
pub(crate) use nearest::{choices, nearest};
#[cfg(feature = "files")]
pub(crate) use plain::plain;

/// What went wrong, in one sentence that names the field, its value and the remedy.
///
/// The representation is private so that details can grow; [`Error::kind`]
/// tells the classes apart.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Repr>);

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

/// The classes of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value, a size or a combination of them that the library refuses.
    Invalid,
    /// A file whose content could not be understood.
    Malformed,
    /// The operating system refused to read or write.
    Io,
    /// Something that this build or this machine cannot do.
    Unavailable,
    /// A simulation that passed its spike budget.
    SpikeBudget,
    /// A GPU that failed or was lost.
    Device,
    /// A network that does not fit into the memory that may be used.
    Memory,
    /// A folder in which another process writes.
    Held,
    /// A process of several that failed, ended, is lost or did not answer.
    Rank,
}

#[derive(Debug, thiserror::Error)]
enum Repr {
    #[error("{field} is {value}: {remedy}")]
    Invalid {
        field: String,
        value: String,
        remedy: String,
    },
    #[error("{origin}: {detail}")]
    Malformed { origin: String, detail: String },
    #[error("failed to {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{what} is not available: {remedy}")]
    Unavailable { what: String, remedy: String },
    #[error("the device {device} failed: {detail}; {remedy}")]
    Device {
        device: String,
        detail: String,
        remedy: &'static str,
    },
    #[error("{what} needs {needed} MiB and may use {budget} MiB: {remedy}")]
    Memory {
        what: String,
        needed: u64,
        budget: u64,
        remedy: String,
    },
    #[error(
        "folder of the run is {}: {holder} writes there: let it end or stop it, or name another folder",
        folder.display()
    )]
    Held { folder: PathBuf, holder: String },
    #[error("rank {rank}: {detail}")]
    Rank { rank: usize, detail: String },
    #[error(
        "sample {sample} fired more than {budget} spikes before {} ms: \
         raise the spike budget or lower the drive and the weights",
        readable(time.to_string())
    )]
    SpikeBudget {
        sample: usize,
        budget: usize,
        time: f64,
    },
    #[error(
        "the {samples} samples fired more than {budget} spikes together: take fewer samples at a time, raise the \
         spike budget or lower the drive and the weights"
    )]
    BatchBudget { samples: usize, budget: usize },
}

/// A number that takes more characters than this is written with an exponent.
const LONGEST_NUMBER: usize = 24;

/// A value as people read it: `1e300` rather than three hundred zeros.
fn readable(value: String) -> String {
    match value.parse::<f64>() {
        Ok(number) if value.len() > LONGEST_NUMBER => format!("{number:e}"),
        _ => value,
    }
}

/// A sentence in which all numbers are readable.
fn readable_within(text: &str) -> String {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut rest = text;
    let mut whole = String::with_capacity(text.len());
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_of_number(c)).unwrap_or(from.len());
        // A full stop ends the sentence.
        let end = from[..end].trim_end_matches('.').len();
        whole += before;
        whole += &readable(from[..end].to_owned());
        rest = &from[end..];
    }
    whole + rest
}

impl Error {
    /// A refused value: which field, what it was, what would be accepted.
    pub fn invalid(
        field: impl Into<String>,
        value: impl Display,
        remedy: impl Into<String>,
    ) -> Self {
        Self(Box::new(Repr::Invalid {
            field: field.into(),
            value: readable(value.to_string()),
            remedy: readable_within(&remedy.into()),
        }))
    }

    /// A number of a training from which nothing more can be learnt.
    #[cfg(any(feature = "files", feature = "gpu"))]
    pub(crate) fn astray(field: impl Into<String>, value: impl Display) -> Self {
        let remedy = "training went astray; lower the learning rate or raise the slope floor";
        Self::invalid(field, value, remedy)
    }

    /// A name that nobody knows: the known name that is nearest, if one is near, and all of them.
    pub fn unknown(field: impl Into<String>, name: &str, known: &[&str]) -> Self {
        Self::invalid(field, format!("{name:?}"), choices(name, known))
    }

    /// A file or text that does not say what it should.
    pub fn malformed(origin: impl Into<String>, detail: impl Display) -> Self {
        Self(Box::new(Repr::Malformed {
            origin: origin.into(),
            detail: detail.to_string(),
        }))
    }

    /// A failed read or write; `action` is an infinitive such as `"read"`.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self(Box::new(Repr::Io {
            action,
            path: path.as_ref().to_path_buf(),
            source,
        }))
    }

    /// Something this build or machine cannot do, and what to do instead.
    pub fn unavailable(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self(Box::new(Repr::Unavailable {
            what: what.into(),
            remedy: remedy.into(),
        }))
    }

    #[cfg(feature = "files")]
    pub(crate) fn held(folder: &Path, holder: String) -> Self {
        let folder = folder.to_path_buf();
        Self(Box::new(Repr::Held { folder, holder }))
    }

    /// What became of one of several ranks.
    pub(crate) fn rank(rank: usize, detail: impl Display) -> Self {
        let detail = detail.to_string();
        Self(Box::new(Repr::Rank { rank, detail }))
    }

    /// That a rank has waited so long for others that have not come.
    pub(crate) fn absent(rank: usize, others: &[usize], patience: std::time::Duration) -> Self {
        let ranks = if others.len() == 1 { "rank" } else { "ranks" };
        let others: Vec<String> = others.iter().map(usize::to_string).collect();
        let (seconds, others) = (patience.as_secs_f64(), others.join(", "));
        Self::rank(
            rank,
            format!(
                "it has waited {seconds} s for {ranks} {others} in one exchange: look there for what holds it up"
            ),
        )
    }

    pub(crate) fn spike_budget(sample: usize, budget: usize, time: f64) -> Self {
        Self(Box::new(Repr::SpikeBudget {
            sample,
            budget,
            time,
        }))
    }

    pub(crate) fn batch_budget(samples: usize, budget: usize) -> Self {
        Self(Box::new(Repr::BatchBudget { samples, budget }))
    }

    pub(crate) fn device(
        device: impl Into<String>,
        detail: impl Display,
        remedy: &'static str,
    ) -> Self {
        Self(Box::new(Repr::Device {
            device: device.into(),
            detail: detail.to_string(),
            remedy,
        }))
    }

    /// Sizes in bytes.
    pub(crate) fn memory(
        what: impl Into<String>,
        needed: u64,
        budget: u64,
        remedy: String,
    ) -> Self {
        Self(Box::new(Repr::Memory {
            what: what.into(),
            needed: needed.div_ceil(1 << 20),
            budget: budget >> 20,
            remedy,
        }))
    }

    /// The class of this error.
    pub fn kind(&self) -> ErrorKind {
        match *self.0 {
            Repr::Invalid { .. } => ErrorKind::Invalid,
            Repr::Malformed { .. } => ErrorKind::Malformed,
            Repr::Io { .. } => ErrorKind::Io,
            Repr::Unavailable { .. } => ErrorKind::Unavailable,
            Repr::SpikeBudget { .. } | Repr::BatchBudget { .. } => ErrorKind::SpikeBudget,
            Repr::Device { .. } => ErrorKind::Device,
            Repr::Memory { .. } => ErrorKind::Memory,
            Repr::Held { .. } => ErrorKind::Held,
            Repr::Rank { .. } => ErrorKind::Rank,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_short_as_they_can_be_read() {
        let told = |value: &dyn Display| Error::invalid("x", value, "no").to_string();
        assert_eq!(told(&1e300), "x is 1e300: no");
        assert_eq!(told(&1e-320), "x is 1e-320: no");
        assert_eq!(told(&0.1), "x is 0.1: no");
        assert_eq!(told(&u64::MAX), "x is 18446744073709551615: no");
        let text = "a".repeat(40);
        assert_eq!(told(&text), format!("x is {text}: no"));
        let long = format!("give 0.5 to {}.", 1e300);
        let told = Error::invalid("x", 1, long).to_string();
        assert_eq!(told, "x is 1: give 0.5 to 1e300.");
        let budget = Error::spike_budget(0, 7, 1e300).to_string();
        assert!(budget.contains("before 1e300 ms"), "{budget}");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known() {
        let told = |name| Error::unknown("loss", name, &["maximum", "integral"]).to_string();
        assert_eq!(
            told("integrl"),
            "loss is \"integrl\": the nearest is integral; choose one of maximum, integral"
        );
        assert_eq!(
            told("hinge"),
            "loss is \"hinge\": choose one of maximum, integral"
        );
    }
}
