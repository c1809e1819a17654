//! What the pieces of kernels cost.

use std::collections::BTreeMap;

use super::cost::Cost;
use super::shader::{Of, Piece, Shader};
use crate::gpu::kernel::Source;
use crate::gpu::kernels;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::receptors::Receptors;
use crate::{Error, Result};

/// Bytes that memory moves at least where places next to one another are not used together.
const SECTOR: f64 = 32.0;

/// Which variables of a piece count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Variables {
    All,
    /// All but these; arithmetic counts.
    But(&'static [&'static str]),
    /// These alone, and no arithmetic.
    Only(&'static [&'static str]),
}

/// What a kernel does for each of something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub kernel: &'static str,
    /// What it does it for.
    pub each: &'static str,
    pub piece: Piece,
    pub variables: Variables,
    /// Variables that all invocations of a workgroup read at the same place, or one for all.
    pub shared: &'static [&'static str],
    /// Variables of which invocations next to one another use places that are not.
    pub scattered: &'static [&'static str],
}

impl Part {
    /// A piece in which all variables count, and each invocation has places of its own.
    pub const fn new(
        kernel: &'static str,
        each: &'static str,
        function: &'static str,
        of: Of,
    ) -> Self {
        Self {
            kernel,
            each,
            piece: Piece {
                function,
                of,
                without: &[],
            },
            variables: Variables::All,
            shared: &[],
            scattered: &[],
        }
    }

    pub const fn without(mut self, functions: &'static [&'static str]) -> Self {
        self.piece.without = functions;
        self
    }

    pub const fn shared(mut self, variables: &'static [&'static str]) -> Self {
        self.shared = variables;
        self
    }

    pub const fn scattered(mut self, variables: &'static [&'static str]) -> Self {
        self.scattered = variables;
        self
    }

    pub const fn counting(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// What it costs once.
    ///
    /// # Errors
    /// A piece that the kernel does not have.
    pub fn cost(&self, shader: &Shader) -> Result<Cost> {
        let tally = shader.tally(&self.piece)?;
        let mut cost = Cost::default();
        if !matches!(self.variables, Variables::Only(_)) {
            cost.multiply_adds = tally.multiply_adds;
            cost.exponentials = tally.exponentials;
        }
        for (name, traffic) in &tally.traffic {
            let name = name.as_str();
            let counts = match self.variables {
                Variables::All => true,
                Variables::But(others) => !others.contains(&name),
                Variables::Only(these) => these.contains(&name),
            };
            if !counts {
                continue;
            }
            if traffic.is_workgroup {
                cost.workgroup_bytes += traffic.bytes;
                continue;
            }
            let is_shared = self.shared.contains(&name);
            let each = if is_shared { f64::from(WORKGROUP) } else { 1.0 };
            cost.atomics += traffic.atomics / each;
            let bytes = if is_shared {
                traffic.bytes / each
            } else if self.scattered.contains(&name) {
                (traffic.bytes / SECTOR).ceil() * SECTOR
            } else {
                traffic.bytes
            };
            match name {
                "values" => cost.weight_bytes += bytes,
                _ => cost.memory_bytes += bytes,
            }
        }
        Ok(cost)
    }
}

/// What parts of kernels cost, read from their texts when it is first asked for.
pub(super) struct Prices {
    receptors: Receptors,
    parts: &'static [&'static [Part]],
    shaders: BTreeMap<&'static str, Shader>,
    costs: BTreeMap<(&'static str, &'static str), Cost>,
}

/// What a kernel costs for each invocation that goes once through all of it.
pub(super) const INVOCATION: &str = "invocation";

impl Prices {
    /// Those of kernels for so many receptors, with these parts.
    pub fn new(receptors: Receptors, parts: &'static [&'static [Part]]) -> Self {
        Self {
            receptors,
            parts,
            shaders: BTreeMap::new(),
            costs: BTreeMap::new(),
        }
    }

    /// What a kernel does for each of something.
    ///
    /// # Errors
    /// A part that the kernel does not have.
    pub fn of(&mut self, kernel: &'static str, each: &'static str) -> Result<Cost> {
        if let Some(cost) = self.costs.get(&(kernel, each)) {
            return Ok(*cost);
        }
        let mut parts = self.parts.iter().flat_map(|parts| parts.iter());
        let whole = Part::new(kernel, INVOCATION, kernel, Of::Whole);
        let part = match parts.find(|part| part.kernel == kernel && part.each == each) {
            Some(part) => part,
            None if each == INVOCATION => &whole,
            None => {
                let detail = format!("nothing is said of what it does for each {each}");
                return Err(Error::malformed(format!("shader {kernel}"), detail));
            }
        };
        if !self.shaders.contains_key(kernel) {
            let shader = shader(kernel, self.receptors)?;
            self.shaders.insert(kernel, shader);
        }
        let cost = part.cost(&self.shaders[kernel])?;
        self.costs.insert((kernel, each), cost);
        Ok(cost)
    }
}

/// A kernel by name.
///
/// # Errors
/// No kernel of that name.
pub(super) fn shader(kernel: &str, receptors: Receptors) -> Result<Shader> {
    let found = kernels::ALL.iter().find(|source| source.name == kernel);
    let source: Source = *found.ok_or_else(|| {
        Error::malformed(format!("shader {kernel}"), "there is none of that name")
    })?;
    Shader::new(kernel, source.of(receptors).text)
}
