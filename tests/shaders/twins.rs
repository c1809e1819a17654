//! Structs and constants of `types.wgsl` against `src/gpu/layout.rs`, both ways, those of `sparse_types.wgsl` against
//! `src/gpu/sparse/layout.rs`, and the parameters of each kernel against its file in `src/gpu/kernels`.

use naga::proc::Layouter;
use naga::{AddressSpace, Expression, Literal, StructMember, TypeInner};
use spikefront::gpu::kernel::{Role, Source};
use spikefront::gpu::kernels;
use spikefront::gpu::layout::{self, Field, State, StateOfSeveral, Table, Twin};
use spikefront::gpu::receptors::Receptors;
use spikefront::gpu::stream::layout as sparse;

use super::corpus::{assert_reported, kernels, parse};

const TYPES: &str = include_str!("../../shaders/types.wgsl");
const CURRENTS_ONE: &str = include_str!("../../shaders/currents_one.wgsl");
const CURRENTS_SEVERAL: &str = include_str!("../../shaders/currents_several.wgsl");
const STATE: &str = include_str!("../../shaders/state.wgsl");
const LANES: &str = include_str!("../../shaders/lanes.wgsl");
const TILE: &str = include_str!("../../shaders/tile.wgsl");
const OWN_PLACES: &str = include_str!("../../shaders/own_places.wgsl");
/// What these files ask of a kernel.
const BINDINGS: &str = "
struct Parameters { tile_width: u32, }
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;
";
const SPARSE_TYPES: &str = include_str!("../../shaders/sparse_types.wgsl");

/// What differs between a module and the host's tables.
fn faults(module: &naga::Module, constants: &[(&str, f64)], twins: &[Table]) -> Vec<String> {
    let mut faults = constant_faults(module, constants);
    let mut layouter = Layouter::default();
    layouter.update(module.to_ctx()).expect("types have sizes");
    let mut seen = Vec::new();
    for (_, ty) in module.types.iter() {
        let TypeInner::Struct { members, span } = &ty.inner else {
            continue;
        };
        let name = ty.name.as_deref().unwrap_or_default();
        let Some((_, size, fields)) = twins.iter().find(|(twin, ..)| *twin == name) else {
            faults.push(format!("struct {name} has no twin"));
            continue;
        };
        seen.push(name);
        faults.extend(member_faults(
            &layouter,
            name,
            (members, *span),
            (*size, fields),
        ));
    }
    for (twin, ..) in twins.iter().filter(|(twin, ..)| !seen.contains(twin)) {
        faults.push(format!("the twin {twin} has no struct"));
    }
    faults
}

fn member_faults(
    layouter: &Layouter,
    name: &str,
    (members, span): (&[StructMember], u32),
    (size, fields): (usize, &[Field]),
) -> Vec<String> {
    let mut faults = Vec::new();
    if span as usize != size {
        faults.push(format!("{name} has {span} bytes, its twin {size}"));
    }
    if members.len() != fields.len() {
        let (here, there) = (members.len(), fields.len());
        faults.push(format!("{name} has {here} members, its twin {there}"));
    }
    for (member, field) in members.iter().zip(fields) {
        let name_here = member.name.as_deref().unwrap_or_default();
        let size = layouter[member.ty].size as usize;
        let here = (name_here, member.offset as usize, size);
        if here != *field {
            faults.push(format!("{name} has {here:?}, its twin {field:?}"));
        }
    }
    faults
}

/// What differs between the parameters of a kernel's shader and those that the host gives it.
fn parameter_faults(source: &Source, module: &naga::Module) -> Vec<String> {
    let mut layouter = Layouter::default();
    layouter.update(module.to_ctx()).expect("types have sizes");
    let (twin, size, fields) = source.parameters;
    let mut globals = module.global_variables.iter();
    let bound = globals.find(|(_, global)| {
        let binding = global.binding.map(|binding| binding.binding);
        global.space == AddressSpace::Uniform && binding == Some(Role::Parameters as u32)
    });
    let Some((_, global)) = bound else {
        let is_fault = !fields.is_empty();
        return Vec::from_iter(
            is_fault.then(|| format!("it has no parameters, its twin {fields:?}")),
        );
    };
    let ty = &module.types[global.ty];
    let TypeInner::Struct { members, span } = &ty.inner else {
        return vec!["its parameters are no struct".into()];
    };
    let name = ty.name.as_deref().unwrap_or_default();
    let mut faults = member_faults(&layouter, name, (members, *span), (size, fields));
    if name != twin {
        faults.push(format!("its parameters are {name}, their twin {twin}"));
    }
    faults
}

/// Fields of a kernel's parameters that its text does not name.
fn unused_parameters(source: &Source) -> Vec<String> {
    let (_, _, fields) = source.parameters;
    let names = fields.iter().map(|field| field.0);
    let is_used = |name: &str| {
        source.text.split("parameters.").skip(1).any(|after| {
            after
                .strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    names
        .filter(|name| !is_used(name))
        .map(|name| format!("{name} is not used"))
        .collect()
}

fn constant_faults(module: &naga::Module, constants: &[(&str, f64)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = Vec::new();
    for (_, constant) in module.constants.iter() {
        let name = constant.name.as_deref().unwrap_or_default();
        let here = match &module.global_expressions[constant.init] {
            Expression::Literal(Literal::U32(value)) => f64::from(*value),
            Expression::Literal(Literal::I32(value)) => f64::from(*value),
            Expression::Literal(Literal::F32(value)) => f64::from(*value),
            other => {
                faults.push(format!("constant {name} is {other:?}, not a number"));
                continue;
            }
        };
        seen.push(name);
        match constants.iter().find(|(twin, _)| *twin == name) {
            None => faults.push(format!("constant {name} has no twin")),
            Some((_, there)) if *there != here => {
                faults.push(format!("constant {name} is {here}, its twin {there}"));
            }
            Some(_) => {}
        }
    }
    for (twin, _) in constants.iter().filter(|(twin, _)| !seen.contains(twin)) {
        faults.push(format!("the twin {twin} has no constant"));
    }
    faults
}

fn faults_of(text: &str) -> Vec<String> {
    let module = parse(text).unwrap_or_else(|e| panic!("{e}"));
    faults(&module, layout::CONSTANTS, layout::TWINS)
}

#[test]
fn structs_and_constants_are_the_same_on_both_sides() {
    let (structs, constants) = (layout::TWINS.len(), layout::CONSTANTS.len());
    assert!(structs > 0 && constants > 0);
    println!("{structs} structs, {constants} constants");
    let faults = faults_of(TYPES);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What differs of a state's struct, and of the sizes that follow from how many numbers currents are.
fn faults_of_variant(receptors: Receptors, state: &str, lanes: &str) -> Vec<String> {
    let (words, twin) = match receptors {
        Receptors::One => (CURRENTS_ONE, State::TABLE),
        Receptors::Several => (CURRENTS_SEVERAL, StateOfSeveral::TABLE),
    };
    let parts = [TYPES, words, state, lanes, TILE, OWN_PLACES];
    // What the host has no twin of: the parts are parsed without it.
    let text = parts.concat() + BINDINGS;
    let module = parse(&text).unwrap_or_else(|e| panic!("{e}"));
    let sizes = [
        ("CURRENT_WORDS", receptors.current_words()),
        ("LANE_WORDS", receptors.lane_words()),
        ("SENSITIVITY_WORDS", receptors.sensitivity_words()),
        ("OWN_WORDS", receptors.own_words()),
        ("OWN_DERIVATIVES", receptors.own_derivatives()),
    ];
    let sizes = sizes.map(|(name, words)| (name, words as f64));
    let others = ["REMAINING_WORD", "FIRST_CURRENT_WORD", "COLLECTS_WEIGHTS"];
    let here = ["State", "Neuron"];
    let found = faults(
        &module,
        &[layout::CONSTANTS, &sizes].concat(),
        &[layout::TWINS, &[twin]].concat(),
    );
    let is_meant = |fault: &String| {
        let is_other = others.iter().any(|name| fault.contains(name));
        let is_struct =
            fault.starts_with("struct ") && !here.iter().any(|name| fault.contains(name));
        !is_other && !is_struct
    };
    found.into_iter().filter(is_meant).collect()
}

#[test]
fn sizes_that_depend_on_receptors_are_the_same_on_both_sides() {
    for receptors in Receptors::BOTH {
        let found = faults_of_variant(receptors, STATE, LANES);
        assert!(found.is_empty(), "{receptors:?}: {}", found.join("\n"));
        let longer = STATE.replacen("    due: f32,", "    due: f32,\n    extra: f32,", 1);
        let longer =
            faults_of_variant(receptors, &longer.replace("NEVER);", "NEVER, 0.0);"), LANES);
        assert_reported(&longer, "State has ");
        let more = LANES.replacen("= 7u + CURRENT_WORDS", "= 8u + CURRENT_WORDS", 1);
        let more = faults_of_variant(receptors, STATE, &more);
        assert_reported(&more, "constant LANE_WORDS is");
    }
}

#[test]
fn those_of_large_networks_are_too() {
    let faults_of = |text: &str| {
        let module = parse(text).unwrap_or_else(|e| panic!("{e}"));
        faults(&module, sparse::CONSTANTS, sparse::TWINS)
    };
    let found = faults_of(SPARSE_TYPES);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let wider = SPARSE_TYPES.replacen("    potential: f32,", "    potential: vec4<f32>,", 1);
    assert_reported(&faults_of(&wider), "SparseCell has 64 bytes");
}

#[test]
fn parameters_are_the_same_on_both_sides_and_all_of_them_are_used() {
    let (mut faults, mut n_fields) = (Vec::new(), Vec::new());
    for kernel in kernels() {
        let source = &kernel.source;
        let found = parameter_faults(source, &kernel.module).into_iter();
        let found = found.chain(unused_parameters(source));
        faults.extend(found.map(|fault| format!("{}: {fault}", source.name)));
        n_fields.push(source.parameters.2.len());
    }
    println!(
        "fields of the parameters of {} kernels: {n_fields:?}",
        n_fields.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_difference_of_parameters_is_reported() {
    let sgd = &kernels::sgd::SOURCE;
    let change = |from: &str, to: &str| {
        let text = "struct SgdParameters { first: u32, n: u32, n_values: u32, multiple: f32, form: u32, first_limit: u32,
                learning_rate: f32, momentum: f32, }
            @group(0) @binding(0) var<uniform> parameters: SgdParameters;";
        assert!(text.contains(from), "there is no {from:?} to change");
        let module = parse(&text.replace(from, to)).unwrap_or_else(|e| panic!("{e}"));
        parameter_faults(sgd, &module)
    };
    assert_eq!(change("momentum", "momentum"), Vec::<String>::new());
    let longer = change("momentum: f32,", "momentum: f32, extra: u32,");
    assert_reported(&longer, "SgdParameters has 36 bytes, its twin 32");
    assert_reported(&longer, "SgdParameters has 9 members, its twin 8");
    let renamed = change("momentum", "beta1");
    assert_reported(&renamed, "SgdParameters has (\"beta1\", 28, 4)");
    let wider = change("n_values: u32", "n_values: vec2<u32>");
    assert_reported(&wider, "SgdParameters has (\"n_values\", 8, 8)");
    assert_reported(&wider, "SgdParameters has (\"learning_rate\", 28, 4)");
    let other = change("SgdParameters", "AdamParameters");
    assert_reported(&other, "its parameters are AdamParameters");
    let lost = change(
        "var<uniform> parameters: SgdParameters",
        "var<uniform> sizes: f32",
    );
    assert_reported(&lost, "its parameters are no struct");
    let lost = change("@binding(0)", "@binding(30)");
    assert_reported(&lost, "it has no parameters");
    let other = Source {
        parameters: kernels::adam::SOURCE.parameters,
        ..*sgd
    };
    assert_reported(&unused_parameters(&other), "beta1 is not used");
}

#[test]
fn every_difference_is_reported() {
    let change = |from: &str, to: &str| {
        assert!(TYPES.contains(from), "types.wgsl has no {from:?} to change");
        faults_of(&TYPES.replacen(from, to, 1))
    };
    // Sixteen bytes where there were four move all that follows.
    let wider = change("    window: u32,", "    window: vec4<u32>,");
    assert_reported(&wider, "Spike has (\"window\", 16, 16)");
    assert_reported(&wider, "Spike has 64 bytes");
    let renamed = change("    origin: u32,", "    orogin: u32,");
    assert_reported(&renamed, "Arrival has (\"orogin\"");
    let longer = change("struct Arrival {", "struct Arrival {\n    extra: u32,");
    assert_reported(&longer, "Arrival has 6 members");
    let other = change("const NEVER: f32 = 3.0e38;", "const NEVER: f32 = 2.0e38;");
    assert_reported(&other, "constant NEVER is");
    let added = change("const NONE", "const EXTRA: u32 = 1u;\nconst NONE");
    assert_reported(&added, "constant EXTRA has no twin");
    let lost = change("const UNFINISHED: u32 = 2u;", "");
    assert_reported(&lost, "the twin UNFINISHED has no constant");
    let stranger = change("struct Arrival {", "struct Arival {");
    assert_reported(&stranger, "struct Arival has no twin");
    assert_reported(&stranger, "the twin Arrival has no struct");
}
