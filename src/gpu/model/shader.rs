//! What a piece of a kernel does, counted in its intermediate representation.
//!
//! Of two ways through a piece the dearer counts, in each respect on its own. A loop of a function that a piece calls counts for one
//! turn; those of the piece's own function are pieces of their own.

use std::collections::BTreeMap;

use naga::valid::{Capabilities, FunctionInfo, ModuleInfo, ValidationFlags, Validator};
use naga::{
    AddressSpace, BinaryOperator, Block, Expression, Function, Handle, MathFunction, Module,
    ScalarKind, Statement, TypeInner,
};

use crate::{Error, Result};

/// A piece of a kernel: a function, or one of its loops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    pub function: &'static str,
    pub of: Of,
    /// Functions whose calls do not count.
    pub without: &'static [&'static str],
}

/// What of a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Of {
    /// All of it, each of its loops once.
    Whole,
    /// What is outside its loops.
    Outside,
    /// One turn of this loop, without the loops in it. Loops are numbered in the order in which they begin.
    Turn(usize),
}

/// Bytes of one variable, and atomic operations on it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Traffic {
    pub is_workgroup: bool,
    pub bytes: f64,
    pub atomics: f64,
}

/// What one passage through a piece does.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tally {
    pub multiply_adds: f64,
    pub exponentials: f64,
    /// By variables in memory and in workgroup memory. Uniform ones cost nothing.
    pub traffic: BTreeMap<String, Traffic>,
}

impl Tally {
    fn add(&mut self, more: Self) {
        self.multiply_adds += more.multiply_adds;
        self.exponentials += more.exponentials;
        for (name, more) in more.traffic {
            let held = self.traffic.entry(name).or_default();
            held.is_workgroup = more.is_workgroup;
            held.bytes += more.bytes;
            held.atomics += more.atomics;
        }
    }

    /// In each respect the larger.
    fn dearer(mut self, other: Self) -> Self {
        self.multiply_adds = self.multiply_adds.max(other.multiply_adds);
        self.exponentials = self.exponentials.max(other.exponentials);
        for (name, other) in other.traffic {
            let held = self.traffic.entry(name).or_default();
            held.is_workgroup = other.is_workgroup;
            held.bytes = held.bytes.max(other.bytes);
            held.atomics = held.atomics.max(other.atomics);
        }
        self
    }
}

/// A kernel that can be counted.
pub(super) struct Shader {
    name: String,
    module: Module,
    info: ModuleInfo,
}

impl Shader {
    /// Reads a kernel's text.
    ///
    /// # Errors
    /// Text that is no valid WGSL.
    pub fn new(name: &str, text: &str) -> Result<Self> {
        let malformed = |detail: String| Error::malformed(format!("shader {name}"), detail);
        let module = naga::front::wgsl::parse_str(text)
            .map_err(|error| malformed(error.emit_to_string(text)))?;
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .map_err(|error| malformed(error.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            module,
            info,
        })
    }

    /// Counts a piece.
    ///
    /// # Errors
    /// A function, or a loop, that the kernel does not have.
    pub fn tally(&self, piece: &Piece) -> Result<Tally> {
        let missing = |what: String| Error::malformed(format!("shader {}", self.name), what);
        let walk = self
            .walk(piece)
            .ok_or_else(|| missing(format!("it has no function {}", piece.function)))?;
        let body = &walk.function.body;
        let number = match piece.of {
            Of::Whole => return Ok(walk.block(body, Loops::Once)),
            Of::Outside => return Ok(walk.block(body, Loops::Never)),
            Of::Turn(number) => number,
        };
        let mut left = number;
        let Some((turn, continuing)) = find_loop(body, &mut left) else {
            return Err(missing(format!("{} has no loop {number}", piece.function)));
        };
        let mut tally = walk.block(turn, Loops::Never);
        tally.add(walk.block(continuing, Loops::Never));
        Ok(tally)
    }

    fn walk<'a>(&'a self, piece: &'a Piece) -> Option<Walk<'a>> {
        let entry = self.module.entry_points.first()?;
        let (function, info) = if entry.name == piece.function {
            (&entry.function, self.info.get_entry_point(0))
        } else {
            let mut functions = self.module.functions.iter();
            let of_name = |f: &Function| f.name.as_deref() == Some(piece.function);
            let (handle, function) = functions.find(|(_, function)| of_name(function))?;
            (function, &self.info[handle])
        };
        Some(Walk {
            shader: self,
            function,
            info,
            without: piece.without,
        })
    }
}

/// How often a nested loop is gone through.
#[derive(Clone, Copy, PartialEq)]
enum Loops {
    Never,
    Once,
}

/// The loop number `left` of a block, counted in the order in which they begin.
fn find_loop<'a>(block: &'a Block, left: &mut usize) -> Option<(&'a Block, &'a Block)> {
    block.iter().find_map(|statement| match statement {
        Statement::Loop {
            body, continuing, ..
        } => {
            if *left == 0 {
                return Some((body, continuing));
            }
            *left -= 1;
            find_loop(body, left)
        }
        Statement::Block(inner) => find_loop(inner, left),
        Statement::If { accept, reject, .. } => {
            find_loop(accept, left).or_else(|| find_loop(reject, left))
        }
        Statement::Switch { cases, .. } => {
            cases.iter().find_map(|case| find_loop(&case.body, left))
        }
        _ => None,
    })
}

/// Whether nothing comes after a block.
fn leaves(block: &[Statement]) -> bool {
    match block.last() {
        Some(Statement::Return { .. } | Statement::Break | Statement::Continue) => true,
        Some(Statement::Block(inner)) => leaves(inner),
        _ => false,
    }
}

struct Walk<'a> {
    shader: &'a Shader,
    function: &'a Function,
    info: &'a FunctionInfo,
    without: &'a [&'a str],
}

impl Walk<'_> {
    /// The dearest way through a block: where a branch leaves it, what comes after is the other branch's alone.
    fn block(&self, block: &[Statement], loops: Loops) -> Tally {
        let mut tally = Tally::default();
        for (ix, statement) in block.iter().enumerate() {
            if let Statement::If { accept, reject, .. } = statement
                && leaves(accept) != leaves(reject)
            {
                let (leaving, staying) = match leaves(accept) {
                    true => (accept, reject),
                    false => (reject, accept),
                };
                let mut on = self.block(staying, loops);
                on.add(self.block(&block[ix + 1..], loops));
                tally.add(self.block(leaving, loops).dearer(on));
                return tally;
            }
            tally.add(self.statement(statement, loops));
        }
        tally
    }

    fn statement(&self, statement: &Statement, loops: Loops) -> Tally {
        match statement {
            Statement::Emit(range) => {
                let mut tally = Tally::default();
                for handle in range.clone() {
                    self.expression(handle, &mut tally);
                }
                tally
            }
            Statement::Block(inner) => self.block(inner, loops),
            Statement::If { accept, reject, .. } => {
                self.block(accept, loops).dearer(self.block(reject, loops))
            }
            Statement::Switch { cases, .. } => cases
                .iter()
                .map(|case| self.block(&case.body, loops))
                .fold(Tally::default(), Tally::dearer),
            Statement::Loop {
                body, continuing, ..
            } if loops == Loops::Once => {
                let mut tally = self.block(body, loops);
                tally.add(self.block(continuing, loops));
                tally
            }
            Statement::Store { pointer, value } => self.traffic(*pointer, self.size(*value), 0.0),
            Statement::Atomic { pointer, value, .. } => {
                self.traffic(*pointer, 2.0 * self.size(*value), 1.0)
            }
            Statement::WorkGroupUniformLoad { pointer, result } => {
                self.traffic(*pointer, self.size(*result), 0.0)
            }
            Statement::Call { function, .. } => {
                let called = &self.shader.module.functions[*function];
                let name = called.name.as_deref().unwrap_or_default();
                if self.without.contains(&name) {
                    return Tally::default();
                }
                let walk = Walk {
                    function: called,
                    info: &self.shader.info[*function],
                    ..*self
                };
                walk.block(&called.body, Loops::Once)
            }
            _ => Tally::default(),
        }
    }

    fn inner(&self, handle: Handle<Expression>) -> &TypeInner {
        self.info[handle].ty.inner_with(&self.shader.module.types)
    }

    fn size(&self, handle: Handle<Expression>) -> f64 {
        let size = self.inner(handle).try_size(self.shader.module.to_ctx());
        f64::from(size.unwrap_or(0))
    }

    /// How many numbers in single precision a value is.
    fn floats(&self, handle: Handle<Expression>) -> f64 {
        match *self.inner(handle) {
            TypeInner::Scalar(scalar) if scalar.kind == ScalarKind::Float => 1.0,
            TypeInner::Vector { size, scalar } if scalar.kind == ScalarKind::Float => {
                f64::from(size as u8)
            }
            _ => 0.0,
        }
    }

    fn expression(&self, handle: Handle<Expression>, tally: &mut Tally) {
        let expressions = &self.function.expressions;
        let is_product = |handle: Handle<Expression>| {
            let multiply = BinaryOperator::Multiply;
            matches!(expressions[handle], Expression::Binary { op, .. } if op == multiply)
        };
        match expressions[handle] {
            Expression::Load { pointer } => {
                tally.add(self.traffic(pointer, self.size(handle), 0.0));
            }
            Expression::Binary { op, left, right } => match op {
                BinaryOperator::Multiply => tally.multiply_adds += self.floats(handle),
                BinaryOperator::Add | BinaryOperator::Subtract
                    if !is_product(left) && !is_product(right) =>
                {
                    tally.multiply_adds += self.floats(handle);
                }
                BinaryOperator::Divide => tally.exponentials += self.floats(handle),
                _ => {}
            },
            Expression::Math { fun, arg, .. } => match fun {
                MathFunction::Fma => tally.multiply_adds += self.floats(handle),
                MathFunction::Dot => tally.multiply_adds += self.floats(arg),
                MathFunction::Exp
                | MathFunction::Exp2
                | MathFunction::Log
                | MathFunction::Log2
                | MathFunction::Sqrt
                | MathFunction::InverseSqrt => tally.exponentials += self.floats(handle),
                _ => {}
            },
            _ => {}
        }
    }

    /// Bytes to or from what a pointer points into; nothing if that is no buffer and no workgroup memory.
    fn traffic(&self, pointer: Handle<Expression>, bytes: f64, atomics: f64) -> Tally {
        let mut tally = Tally::default();
        let mut at = pointer;
        loop {
            match self.function.expressions[at] {
                Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => at = base,
                Expression::GlobalVariable(global) => {
                    let global = &self.shader.module.global_variables[global];
                    let is_workgroup = global.space == AddressSpace::WorkGroup;
                    let is_memory = matches!(global.space, AddressSpace::Storage { .. });
                    if is_workgroup || is_memory {
                        let name = global.name.clone().unwrap_or_default();
                        let traffic = Traffic {
                            is_workgroup,
                            bytes,
                            atomics,
                        };
                        tally.traffic.insert(name, traffic);
                    }
                    return tally;
                }
                _ => return tally,
            }
        }
    }
}
