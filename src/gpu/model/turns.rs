//! How often one dispatch goes through the parts of its kernel.

use super::part::{INVOCATION, Prices};
use super::work::Launch;
use crate::Result;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::schedule::Dispatch;

/// How long a turn waits that loads from workgroup memory alone, beside one that loads from memory. Assumed.
const NEAR: f64 = 0.125;

/// Intervals in which a crossing is looked for, for each that is found. Assumed.
pub(super) const LOOKS: f64 = 2.0;

/// How often, by part; and of the invocation that has most to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Turns {
    pub all: Vec<(&'static str, f64)>,
    pub chain: Vec<(&'static str, f64)>,
}

impl Turns {
    pub fn of(all: impl Into<Vec<(&'static str, f64)>>) -> Self {
        Self {
            all: all.into(),
            chain: Vec::new(),
        }
    }

    pub fn chain(mut self, chain: impl Into<Vec<(&'static str, f64)>>) -> Self {
        self.chain = chain.into();
        self
    }

    /// Each invocation of a dispatch once through all of its kernel.
    pub fn once(dispatch: &Dispatch) -> Self {
        Self::of([(INVOCATION, invocations(dispatch))])
    }

    /// The work that this is.
    ///
    /// # Errors
    /// A part that the kernel does not have.
    pub fn launch(
        &self,
        prices: &mut Prices,
        kernel: &'static str,
        distinct_weight_bytes: f64,
    ) -> Result<Launch> {
        let mut launch = Launch {
            distinct_weight_bytes,
            ..Launch::default()
        };
        for &(part, times) in self.all.iter().filter(|(_, times)| *times > 0.0) {
            launch.cost += prices.of(kernel, part)? * times;
        }
        for &(part, times) in self.chain.iter().filter(|(_, times)| *times > 0.0) {
            let cost = prices.of(kernel, part)?;
            launch.chain += match cost.bytes() > 0.0 {
                true => times,
                false => times * NEAR,
            };
            launch.chain_multiply_adds += cost.multiply_adds * times;
        }
        Ok(launch)
    }
}

/// How many invocations a dispatch has.
pub(super) fn invocations(dispatch: &Dispatch) -> f64 {
    let groups = dispatch.workgroups.iter().map(|&n| f64::from(n));
    f64::from(WORKGROUP) * groups.product::<f64>()
}
