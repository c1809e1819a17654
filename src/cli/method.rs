//! Which way a command differentiates.

use clap::{Args, ValueEnum};
use spikefront::Method;

/// The method option of a command.
#[derive(Debug, Clone, Copy, Args)]
pub struct MethodArgs {
    /// How gradients are computed; both are exact [default: adjoint]
    #[arg(long, value_enum)]
    method: Option<MethodChoice>,
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
        self.given().unwrap_or_default()
    }

    /// What the command line says, if anything.
    pub fn given(self) -> Option<Method> {
        self.method.map(|choice| match choice {
            MethodChoice::Forward => Method::Forward,
            MethodChoice::Adjoint => Method::Adjoint,
        })
    }
}
