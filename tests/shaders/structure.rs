//! Entry points, workgroups, bindings and workgroup memory of every kernel.

use std::collections::BTreeMap;

use naga::proc::Layouter;
use naga::{
    AddressSpace, GlobalVariable, Module, ScalarKind, ShaderStage, StorageAccess, TypeInner,
};
use spikefront::gpu::kernel::{Role, bindings};
use spikefront::gpu::kernels::sensitivity_tiled::BLOCK_LANES;
use spikefront::gpu::layout;

use super::corpus::{assert_reported, kernels, parse, perturbed, validate};

/// Storage buffers that every WebGPU device offers a shader.
const MOST_STORAGE: usize = 8;
/// Uniform buffers: a kernel's own parameters, and what all dispatches of a run share.
const MOST_UNIFORM: usize = 2;
/// Bytes of workgroup memory that every WebGPU device offers.
const MOST_WORKGROUP_MEMORY: u32 = 16 << 10;

/// What is wrong with a kernel's entry point, bindings and memory.
fn faults(name: &str, module: &Module) -> Vec<String> {
    let mut faults = Vec::new();
    let [entry] = module.entry_points.as_slice() else {
        return vec![format!("{} entry points", module.entry_points.len())];
    };
    if entry.stage != ShaderStage::Compute || entry.name != name {
        faults.push(format!("its entry point is {}", entry.name));
    }
    let lanes = match name {
        "sensitivity_tiled" => BLOCK_LANES,
        _ => layout::WORKGROUP,
    };
    if entry.workgroup_size != [lanes, 1, 1] || entry.workgroup_size_overrides.is_some() {
        let size = entry.workgroup_size;
        faults.push(format!("its workgroup is {size:?}, not {lanes}"));
    }
    let mut layouter = Layouter::default();
    layouter.update(module.to_ctx()).expect("types have sizes");
    let (mut n_uniform, mut n_storage, mut memory) = (0, 0, 0);
    for (_, global) in module.global_variables.iter() {
        match global.space {
            AddressSpace::Uniform => n_uniform += 1,
            AddressSpace::Storage { .. } => n_storage += 1,
            // A device may begin every variable at a multiple of 16 bytes.
            AddressSpace::WorkGroup => memory += layouter[global.ty].size.next_multiple_of(16),
            AddressSpace::Private => {}
            other => faults.push(format!("a variable in {other:?}")),
        }
        if global.binding.is_some() {
            faults.extend(binding_fault(module, global));
        }
    }
    if n_uniform > MOST_UNIFORM {
        faults.push(format!("{n_uniform} uniform buffers"));
    }
    if n_storage > MOST_STORAGE {
        faults.push(format!("{n_storage} storage buffers"));
    }
    if memory > MOST_WORKGROUP_MEMORY {
        faults.push(format!("{memory} bytes of workgroup memory"));
    }
    faults.extend(unused(module));
    faults
}

fn binding_fault(module: &Module, global: &GlobalVariable) -> Option<String> {
    let name = global.name.as_deref().unwrap_or_default();
    let binding = global.binding?;
    let Some(role) = Role::ALL.into_iter().find(|role| role.name() == name) else {
        return Some(format!("{name} is no role"));
    };
    if binding.group != 0 || binding.binding != role as u32 {
        let (group, number) = (binding.group, binding.binding);
        return Some(format!(
            "{name} is at {group}.{number}, not 0.{}",
            role as u32
        ));
    }
    let is_uniform = global.space == AddressSpace::Uniform;
    if is_uniform != role.is_uniform() {
        return Some(format!("{name} is in {:?}", global.space));
    }
    let name_of_type = module.types[global.ty].name.as_deref();
    let is_other = role == Role::Sizes && name_of_type != Some("Sizes");
    is_other.then(|| format!("{name} is no Sizes"))
}

/// Bindings that the entry point does not reach: each costs a slot of eight.
fn unused(module: &Module) -> Vec<String> {
    let info = validate(module).unwrap_or_else(|e| panic!("{e}"));
    let info = info.get_entry_point(0);
    let globals = module.global_variables.iter();
    globals
        .filter(|(handle, global)| global.binding.is_some() && info[*handle].is_empty())
        .map(|(_, global)| {
            let name = global.name.as_deref().unwrap_or_default();
            format!("{name} is bound and not used")
        })
        .collect()
}

/// What a buffer is made of; whether it is accessed atomically changes no layout.
fn element(module: &Module, global: &GlobalVariable) -> String {
    let base = match &module.types[global.ty].inner {
        TypeInner::Array { base, .. } => *base,
        _ => global.ty,
    };
    let ty = &module.types[base];
    match (&ty.inner, &ty.name) {
        (TypeInner::Scalar(scalar) | TypeInner::Atomic(scalar), _) => {
            let kind = match scalar.kind {
                ScalarKind::Float => "f",
                ScalarKind::Uint => "u",
                ScalarKind::Sint => "i",
                _ => "?",
            };
            format!("{kind}{}", 8 * u32::from(scalar.width))
        }
        (_, Some(name)) => name.clone(),
        (inner, None) => format!("{inner:?}"),
    }
}

/// Buffers that two kernels read as different things.
fn element_faults<'a>(modules: impl IntoIterator<Item = (&'a str, &'a Module)>) -> Vec<String> {
    let mut elements: BTreeMap<String, (String, &str)> = BTreeMap::new();
    let mut faults = Vec::new();
    for (kernel, module) in modules {
        for (_, global) in module.global_variables.iter() {
            // Parameters are each kernel's own.
            let is_buffer = global.binding.is_some() && global.space != AddressSpace::Uniform;
            let Some(name) = global.name.clone().filter(|_| is_buffer) else {
                continue;
            };
            let here = element(module, global);
            let (there, first) = elements
                .entry(name.clone())
                .or_insert_with(|| (here.clone(), kernel));
            if *there != here {
                faults.push(format!(
                    "{name} holds {there} in {first}, {here} in {kernel}"
                ));
            }
        }
    }
    faults
}

#[test]
fn every_kernel_is_built_as_the_host_expects() {
    let kernels = kernels();
    let mut all = element_faults(kernels.iter().map(|k| (k.name, &k.module)));
    for kernel in &kernels {
        let found = faults(kernel.name, &kernel.module);
        all.extend(
            found
                .iter()
                .map(|fault| format!("{}: {fault}", kernel.name)),
        );
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn the_host_binds_what_shaders_declare() {
    for kernel in kernels() {
        let source = kernel.source;
        let bound = bindings(&source).unwrap_or_else(|e| panic!("{e}"));
        let globals = kernel.module.global_variables.iter();
        let mut declared: Vec<(u32, bool)> = globals
            .filter_map(|(_, global)| {
                let is_written = matches!(global.space, AddressSpace::Storage { access }
                    if access.contains(StorageAccess::STORE));
                Some((global.binding?.binding, is_written))
            })
            .collect();
        declared.sort_unstable();
        let bound: Vec<_> = bound
            .iter()
            .map(|b| (b.role as u32, b.is_written))
            .collect();
        assert_eq!(bound, declared, "{}", source.name);
    }
}

#[test]
fn roles_are_numbered_and_named_apart() {
    for (number, role) in Role::ALL.into_iter().enumerate() {
        assert_eq!(role as usize, number, "{}", role.name());
        let same = |other: &Role| other.name() == role.name();
        assert_eq!(Role::ALL.iter().filter(|other| same(other)).count(), 1);
    }
}

#[test]
fn every_fault_is_reported() {
    let advance = |from: &str, to: &str| faults("advance", &perturbed("advance", from, to));
    assert_reported(&faults("other", &kernels()[0].module), "its entry point is");
    let size = advance("@workgroup_size(WORKGROUP)", "@workgroup_size(32)");
    assert_reported(&size, "its workgroup is [32, 1, 1]");
    let entry = "@compute @workgroup_size";
    let second = "@compute @workgroup_size(64) fn second() {}\n@compute @workgroup_size";
    assert_reported(&advance(entry, second), "2 entry points");
    let moved = advance("@binding(9)", "@binding(19)");
    assert_reported(&moved, "fired is at 0.19");
    let more: String = [5, 10]
        .map(|number| {
            let name = Role::ALL[number].name();
            format!("@group(0) @binding({number}) var<storage, read> {name}: array<f32>;\n")
        })
        .concat();
    let many = advance("fn record(", &format!("{more}fn record("));
    assert_reported(&many, "10 storage buffers");
    assert_reported(&many, "requested is bound and not used");
    let large = "var<workgroup> large: array<f32, 4097>;\nfn record(";
    assert_reported(
        &advance("fn record(", large),
        "24592 bytes of workgroup memory",
    );
    let uniform = "@group(0) @binding(17) var<uniform> labels: vec4<u32>;\nfn record(";
    let uniform = advance("fn record(", uniform);
    assert_reported(&uniform, "3 uniform buffers");
    assert_reported(&uniform, "labels is in Uniform");
    let other = advance("struct Sizes {", "alias Sizes = Other;\nstruct Other {");
    assert_reported(&other, "sizes is no Sizes");
    let stranger = "@group(0) @binding(3) var<storage, read> worths: array<f32>;\nfn record(";
    assert_reported(&advance("fn record(", stranger), "worths is no role");
    let advance = parse("@group(0) @binding(9) var<storage> fired: array<vec2<u32>>;");
    let order = parse("@group(0) @binding(9) var<storage> fired: array<f32>;");
    let modules = [advance, order].map(|module| module.unwrap_or_else(|e| panic!("{e}")));
    let faults = element_faults([("advance", &modules[0]), ("order", &modules[1])]);
    assert_reported(&faults, "f32 in order");
}
