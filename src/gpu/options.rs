//! How a GPU is opened.

/// Which adapter to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdapterChoice {
    /// A hardware GPU if there is one, else whatever there is, a software driver included.
    #[default]
    Any,
    /// A hardware GPU only.
    Hardware,
    /// One of those that are as good as the best, a software driver included: number `n` of them, and from the first again where there are
    /// fewer. For processes that share a machine.
    InTurn(usize),
    /// The adapter with this place in [`adapters`](super::adapters()).
    Index(usize),
}

/// Which limits a device is opened with. They decide how much is computed at once, and no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeviceLimits {
    /// All that the adapter offers, as far as kernels reach.
    #[default]
    Adapter,
    /// WebGPU's default limits, which every WebGPU device has: 8 storage buffers for a kernel, 128 MiB for a binding, 256
    /// invocations and 16 KiB of memory for a workgroup. To try what runs there on an adapter that offers more.
    WebGpu,
}

/// How to open a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GpuOptions {
    /// Which adapter.
    pub adapter: AdapterChoice,
    /// Which limits to ask of it.
    pub limits: DeviceLimits,
    /// Whether to time every kernel by the device's clock; costs a little, and needs an adapter that has one.
    pub profiled: bool,
    /// How many bytes of device memory the engine may use; by default half of the largest
    /// buffer that the limits allow.
    pub memory: Option<u64>,
}

setters!(GpuOptions {
    adapter: AdapterChoice,
    limits: DeviceLimits,
    profiled: bool,
    memory: Option<u64>,
});
