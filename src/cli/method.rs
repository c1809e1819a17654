//! Which way a command differentiates.

use clap::{Args, ValueEnum};
use spikefront::Method;

/// The method option of a command.
#[derive(Debug, Clone, Copy, Args)]
pub struct MethodArgs {
    /// How gradients are computed; both are exact
    #[arg(long, value_enum, default_value_t = MethodChoice::Adjoint)]
    method: MethodChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MethodChoice {
    /// Sensitivities carried forward in time
    Forward,
    /// One sweep backward in time
    Adjoint,
}

impl MethodArgs {
    /// The library's name for it.
    pub fn method(self) -> Method {
        match self.method {
            MethodChoice::Forward => Method::Forward,
            MethodChoice::Adjoint => Method::Adjoint,
        }
    }
}
