//! One engine set against another on one problem: which spikes, when, and what gradients.
//!
//! [`compare`] runs both and leaves an [`Agreement`]; [`Bars`] say how much is enough. Single
//! precision may miss a spike that hardly reaches its threshold; [`margin`] asks the
//! reference how near it was itself to another answer, so that such a miss is told from a mistake.

mod agreement;
mod bars;
mod errors;
mod margin;
mod matching;
mod subject;

pub use agreement::{Agreement, GradientAgreement, UnequalSample, compare};
pub use bars::Bars;
pub use errors::Errors;
pub use margin::{RESOLUTION, margin};
pub use subject::Subject;
