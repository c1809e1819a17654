//! One engine set against another on one problem: which spikes, when, and what gradients.
//!
//! [`compare`] runs both and leaves an [`Agreement`]; [`Bars`] say how much is enough. Single
//! precision may miss a spike that hardly reaches its threshold, or have one long before or after an arrival that
//! the reference has on the other side of it; [`margin`] asks the reference how near it was itself to
//! another answer, so that this is told from a mistake.

mod agreement;
mod apart;
mod bars;
mod errors;
mod margin;
mod matching;
#[cfg(test)]
mod off_tests;
mod subject;

pub use agreement::{Agreement, GradientAgreement, UnequalSample, compare};
pub use bars::{Bars, Verdict};
pub use errors::Errors;
pub use margin::{RESOLUTION, margin};
pub use subject::Subject;
