//! Shaders as a device takes them: with checks of every index, and without counters in every loop.
//!
//! wgpu adds a counter to each loop of a shader, since a driver's compiler may take a loop without end for code that is never
//! reached. Compilers then unroll no loop. On an NVIDIA H200 `contract` took 3.2 times as long with counters and checks of indices as
//! without both, `sensitivity_tiled` 1.3 times (benches/results/2026-11-29-h200.md); the checks were not taken out alone.

use std::borrow::Cow;

/// A module of one of this crate's kernels.
#[expect(
    unsafe_code,
    reason = "loops without counters are not a safe choice of wgpu's"
)]
pub(super) fn shader_module(
    device: &wgpu::Device,
    label: &'static str,
    text: Cow<'_, str>,
) -> wgpu::ShaderModule {
    let descriptor = wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(text),
    };
    let mut checks = wgpu::ShaderRuntimeChecks::checked();
    checks.force_loop_bounding = false;
    // SAFETY: only kernels of `shaders/` come here, and each of their loops ends: over a range that is known when it begins, a
    // search that halves its range, a list that is followed to its end, or at most so many steps as the shader says.
    // All other checks stay.
    unsafe { device.create_shader_module_trusted(descriptor, checks) }
}
