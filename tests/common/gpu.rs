//! A GPU for tests, a software driver included.

use spikefront::ErrorKind;
use spikefront::gpu::{DeviceLimits, GpuEngine, GpuOptions};

/// Options of an engine that gets no more from its adapter than every WebGPU device has.
pub fn webgpu() -> GpuOptions {
    GpuOptions::default().limits(DeviceLimits::WebGpu)
}

/// An engine on the best adapter, opened with WebGPU's default limits. Without one the test is skipped, unless
/// `SPIKEFRONT_REQUIRE_GPU=1` says that there must be one.
pub fn gpu() -> Option<GpuEngine> {
    gpu_with(&webgpu())
}

/// As [`gpu`], with options.
pub fn gpu_with(options: &GpuOptions) -> Option<GpuEngine> {
    match GpuEngine::new(options) {
        Ok(engine) => Some(engine),
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            let is_required = std::env::var("SPIKEFRONT_REQUIRE_GPU").is_ok_and(|v| v == "1");
            assert!(!is_required, "SPIKEFRONT_REQUIRE_GPU is 1: {error}");
            println!("skipped: no Vulkan adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
