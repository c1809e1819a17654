//! Every shader in `shaders/`: against the portable core of WebGPU, against the host's side of
//! each struct and binding, through every translation, and by a second compiler.
//!
//! Each comparison gives a list of faults, and has a control: a shader with that fault.

mod corpus;
mod files;
mod lints;
mod second_compiler;
mod structure;
mod translate;
mod twins;

use corpus::{kernels, parse, validate};

#[test]
fn every_kernel_is_valid_without_optional_capabilities() {
    let kernels = kernels();
    let failures: Vec<String> = kernels
        .iter()
        .filter_map(|kernel| {
            let refusal = validate(&kernel.module).err()?;
            Some(format!("{}: {refusal}", kernel.name))
        })
        .collect();
    println!("{} kernels are valid", kernels.len() - failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_the_portable_core_lacks_is_refused() {
    let half = "enable f16; @compute @workgroup_size(64) fn main() { var x = 1.0h; x += x; }";
    let double = "@compute @workgroup_size(64) fn main() { var x = 1.0lf; x += x; }";
    for text in [half, double] {
        let refused = parse(text).and_then(|module| validate(&module).map(|_| ()));
        assert!(refused.is_err(), "{text}");
    }
}
