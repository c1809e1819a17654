//! Every shader against the portable core of WebGPU.

use spikefront::gpu::kernels;

#[test]
fn every_shader_is_valid_without_optional_capabilities() {
    let mut failures = Vec::new();
    for source in kernels::ALL {
        let module = match naga::front::wgsl::parse_str(source.text) {
            Ok(module) => module,
            Err(error) => {
                failures.push(format!(
                    "{}: {}",
                    source.name,
                    error.emit_to_string(source.text)
                ));
                continue;
            }
        };
        let flags = naga::valid::ValidationFlags::all();
        let mut validator = naga::valid::Validator::new(flags, naga::valid::Capabilities::empty());
        if let Err(error) = validator.validate(&module) {
            failures.push(format!(
                "{}: {}",
                source.name,
                error.emit_to_string(source.text)
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
