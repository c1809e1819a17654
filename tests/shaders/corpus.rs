//! The kernels as naga sees them.

use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use spikefront::gpu::kernel::Source;
use spikefront::gpu::kernels;
use spikefront::gpu::receptors::Receptors;

/// A kernel, parsed: one of its texts, where it has one for neurons with one receptor and one for several.
pub struct Kernel {
    pub source: Source,
    pub name: &'static str,
    pub text: &'static str,
    pub module: naga::Module,
}

/// All of them; a test over none would show nothing.
pub fn kernels() -> Vec<Kernel> {
    assert!(!kernels::ALL.is_empty(), "there are no kernels");
    let kernel = |source: Source| Kernel {
        source,
        name: source.name,
        text: source.text,
        module: parse(source.text).unwrap_or_else(|e| panic!("{}: {e}", source.name)),
    };
    sources().into_iter().map(kernel).collect()
}

/// The texts of all of them.
pub fn sources() -> Vec<Source> {
    let texts = |source: &Source| {
        let several = source.several.map(|_| source.of(Receptors::Several));
        [Some(source.of(Receptors::One)), several]
    };
    kernels::ALL.iter().flat_map(texts).flatten().collect()
}

/// Reads WGSL.
pub fn parse(text: &str) -> Result<naga::Module, String> {
    naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))
}

/// Checks a module against what every WebGPU device offers.
pub fn validate(module: &naga::Module) -> Result<ModuleInfo, String> {
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(module)
        .map_err(|error| format!("{:?}", error.into_inner()))
}

/// Whether a machine without a driver or a compiler must fail rather than skip.
pub fn is_required() -> bool {
    std::env::var("SPIKEFRONT_REQUIRE_GPU").is_ok_and(|value| value == "1")
}

/// Says that a tool is missing, or fails where it must be there.
pub fn skip(what: &str) {
    assert!(!is_required(), "{what} and SPIKEFRONT_REQUIRE_GPU is 1");
    println!("skipped: {what}");
}

/// A kernel's text with one thing changed.
pub fn perturbed(kernel: &str, from: &str, to: &str) -> naga::Module {
    let source = kernels::ALL.iter().find(|source| source.name == kernel);
    let text = source.expect("a kernel of that name").text;
    assert!(text.contains(from), "{kernel} has no {from:?} to change");
    parse(&text.replacen(from, to, 1)).unwrap_or_else(|e| panic!("{e}"))
}

/// Fails unless one of the faults says `what`.
pub fn assert_reported(faults: &[String], what: &str) {
    let is_reported = faults.iter().any(|fault| fault.contains(what));
    assert!(is_reported, "no fault says {what:?}: {faults:#?}");
}
