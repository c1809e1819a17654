//! What a valid shader may still not do: infinities and NaN as values, float atomics, numbers of
//! other widths than 32 bits, subgroups.

use naga::{
    Barrier, Binding, Block, BuiltIn, Expression, Function, Literal, Module, Scalar, ScalarKind,
    Span, Statement, TypeInner,
};

use super::corpus::{assert_reported, kernels, parse};

fn faults(module: &Module) -> Vec<String> {
    let mut faults = Vec::new();
    for (_, ty) in module.types.iter() {
        faults.extend(type_fault(&ty.inner));
    }
    let globals = module.global_expressions.iter();
    faults.extend(globals.filter_map(|(_, e)| expression_fault(e)));
    let entries = module.entry_points.iter().map(|entry| &entry.function);
    for function in module.functions.iter().map(|(_, f)| f).chain(entries) {
        function_faults(function, &mut faults);
    }
    faults
}

fn type_fault(inner: &TypeInner) -> Option<String> {
    match *inner {
        TypeInner::Atomic(scalar) if scalar.kind == ScalarKind::Float => {
            Some("a float atomic".into())
        }
        TypeInner::Scalar(scalar)
        | TypeInner::Vector { scalar, .. }
        | TypeInner::Matrix { scalar, .. }
        | TypeInner::Atomic(scalar) => width_fault(scalar),
        TypeInner::CooperativeMatrix { .. } => Some("a cooperative matrix".into()),
        _ => None,
    }
}

fn width_fault(scalar: Scalar) -> Option<String> {
    let is_number = scalar.kind != ScalarKind::Bool;
    let bits = 8 * u32::from(scalar.width);
    (is_number && bits != 32).then(|| format!("{:?} of {bits} bits", scalar.kind))
}

fn expression_fault(expression: &Expression) -> Option<String> {
    match *expression {
        Expression::Literal(literal) => {
            let is_finite = match literal {
                Literal::F32(value) => value.is_finite(),
                Literal::F64(value) | Literal::AbstractFloat(value) => value.is_finite(),
                Literal::F16(value) => f32::from(value).is_finite(),
                _ => true,
            };
            let width = width_fault(literal.scalar());
            if is_finite {
                width
            } else {
                Some(format!("{literal:?} as a value"))
            }
        }
        Expression::SubgroupBallotResult | Expression::SubgroupOperationResult { .. } => {
            Some("a subgroup operation".into())
        }
        _ => None,
    }
}

/// Bits that are written down and read as a float: an infinity would hide there.
fn bitcast_fault(function: &Function, expression: &Expression) -> Option<String> {
    let Expression::As {
        expr,
        kind: ScalarKind::Float,
        convert: None,
    } = *expression
    else {
        return None;
    };
    let bits = match function.expressions[expr] {
        Expression::Literal(Literal::U32(bits)) => bits,
        Expression::Literal(Literal::I32(bits)) => bits.cast_unsigned(),
        _ => return None,
    };
    let value = f32::from_bits(bits);
    (!value.is_finite()).then(|| format!("{value} as a value, in bits"))
}

fn function_faults(function: &Function, faults: &mut Vec<String>) {
    for argument in &function.arguments {
        if let Some(Binding::BuiltIn(
            BuiltIn::NumSubgroups
            | BuiltIn::SubgroupId
            | BuiltIn::SubgroupSize
            | BuiltIn::SubgroupInvocationId,
        )) = argument.binding
        {
            faults.push("a subgroup built-in".into());
        }
    }
    for (_, expression) in function.expressions.iter() {
        faults.extend(expression_fault(expression));
        faults.extend(bitcast_fault(function, expression));
    }
    block_faults(&function.body, faults);
}

/// A barrier among a subgroup leaves no expression behind.
fn block_faults(block: &Block, faults: &mut Vec<String>) {
    for statement in block.iter() {
        match statement {
            Statement::ControlBarrier(barrier) | Statement::MemoryBarrier(barrier)
                if barrier.contains(Barrier::SUB_GROUP) =>
            {
                faults.push("a subgroup barrier".into());
            }
            Statement::Block(inner) => block_faults(inner, faults),
            Statement::If { accept, reject, .. } => {
                block_faults(accept, faults);
                block_faults(reject, faults);
            }
            Statement::Switch { cases, .. } => {
                cases
                    .iter()
                    .for_each(|case| block_faults(&case.body, faults));
            }
            Statement::Loop {
                body, continuing, ..
            } => {
                block_faults(body, faults);
                block_faults(continuing, faults);
            }
            _ => {}
        }
    }
}

#[test]
fn no_kernel_does_what_is_not_portable() {
    let mut all = Vec::new();
    for kernel in kernels() {
        let found = faults(&kernel.module).into_iter();
        all.extend(found.map(|fault| format!("{}: {fault}", kernel.name)));
        if kernel.text.lines().any(|line| line.starts_with("enable ")) {
            all.push(format!("{}: an extension is enabled", kernel.name));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

fn faults_of(body: &str, arguments: &str, globals: &str) -> Vec<String> {
    let text = format!("{globals}\n@compute @workgroup_size(64) fn main({arguments}) {{ {body} }}");
    faults(&parse(&text).unwrap_or_else(|e| panic!("{text}: {e}")))
}

#[test]
fn every_fault_is_reported() {
    assert!(faults_of("var x = 1.0; x += 2.0;", "", "").is_empty());
    let bits = faults_of("var x = bitcast<f32>(0x7f800000u); x += 1.0;", "", "");
    assert_reported(&bits, "as a value");
    let double = faults_of("var x = 1.0lf; x += x;", "", "");
    assert_reported(&double, "Float of 64 bits");
    let half = faults_of("var x = 1.0h; x += x;", "", "enable f16;");
    assert_reported(&half, "Float of 16 bits");
    let long = faults_of("var x = 1li; x += x;", "", "");
    assert_reported(&long, "Sint of 64 bits");
    let sum = faults_of("let x = subgroupAdd(1.0);", "", "");
    assert_reported(&sum, "a subgroup operation");
    let barrier = faults_of("if (true) { loop { subgroupBarrier(); break; } }", "", "");
    assert_reported(&barrier, "a subgroup barrier");
    let size = faults_of("var x = n; x += 1u;", "@builtin(subgroup_size) n: u32", "");
    assert_reported(&size, "a subgroup built-in");
    let atomic = "@group(0) @binding(0) var<storage, read_write> x: atomic<f32>;";
    assert_reported(&faults_of("", "", atomic), "a float atomic");
}

/// WGSL has no way to write one down, but a constant expression might come to one.
#[test]
fn an_infinity_among_constants_is_reported() {
    let mut module = parse("const ONE = 1.0f;").unwrap_or_else(|e| panic!("{e}"));
    assert!(faults(&module).is_empty());
    for value in [f32::INFINITY, f32::NAN] {
        let literal = Expression::Literal(Literal::F32(value));
        module.global_expressions.append(literal, Span::UNDEFINED);
    }
    assert_reported(&faults(&module), "F32(inf) as a value");
    assert_reported(&faults(&module), "F32(NaN) as a value");
}
