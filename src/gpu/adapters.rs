//! Which adapters there are and what they can do.

use std::fmt;

use super::context::{driver, instance, shortcoming};
use super::engine::default_memory;
use super::reach::within_reach;

/// What to do where there is no adapter.
pub const DRIVER_REMEDY: &str = "install a Vulkan, Metal or DX12 driver (on Debian without a GPU: \
                                 mesa-vulkan-drivers)";

/// What an adapter is; better ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU lent by a hypervisor.
    Virtual,
    /// The driver does not say.
    Unknown,
    /// The processor's cores behind a graphics interface: slower than the CPU engine.
    Software,
}

impl AdapterKind {
    /// Whether it is a piece of hardware, as far as the driver says.
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }
}

impl From<wgpu::DeviceType> for AdapterKind {
    fn from(kind: wgpu::DeviceType) -> Self {
        match kind {
            wgpu::DeviceType::DiscreteGpu => Self::Discrete,
            wgpu::DeviceType::IntegratedGpu => Self::Integrated,
            wgpu::DeviceType::VirtualGpu => Self::Virtual,
            wgpu::DeviceType::Cpu => Self::Software,
            wgpu::DeviceType::Other => Self::Unknown,
        }
    }
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Unknown => "unknown kind",
            Self::Software => "software driver",
        })
    }
}

/// How much an adapter can hold and do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdapterLimits {
    /// Bytes of the largest buffer.
    pub buffer: u64,
    /// Bytes of a buffer that a kernel can reach.
    pub binding: u64,
    /// Buffers that a kernel can reach.
    pub storage_buffers: u32,
    /// Bytes that a workgroup shares.
    pub workgroup_memory: u32,
    /// Invocations in a workgroup.
    pub invocations: u32,
    /// Workgroups of a dispatch, in each dimension.
    pub workgroups: u32,
}

/// An adapter in plain words and numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterDescription {
    /// Its number, for [`AdapterChoice::Index`](super::AdapterChoice::Index).
    pub index: usize,
    /// What its maker calls it.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// The driver and its version; empty where the system does not say.
    pub driver: String,
    /// What it can hold and do at once.
    pub limits: AdapterLimits,
    /// How many bytes an engine on it uses unless it is told.
    pub default_memory: u64,
    /// Why it cannot run the kernels; `None` where it can.
    pub shortcoming: Option<String>,
}

impl AdapterDescription {
    fn new(index: usize, adapter: &wgpu::Adapter) -> Self {
        let (info, limits) = (adapter.get_info(), within_reach(adapter.limits()));
        let shortcoming = match info.backend {
            wgpu::Backend::Noop => Some("it computes nothing".to_owned()),
            _ => shortcoming(&limits),
        };
        Self {
            index,
            name: info.name.clone(),
            kind: info.device_type.into(),
            backend: info.backend.to_string(),
            driver: driver(&info),
            default_memory: default_memory(&limits),
            limits: AdapterLimits {
                buffer: limits.max_buffer_size,
                binding: limits.max_storage_buffer_binding_size,
                storage_buffers: limits.max_storage_buffers_per_shader_stage,
                workgroup_memory: limits.max_compute_workgroup_storage_size,
                invocations: limits.max_compute_invocations_per_workgroup,
                workgroups: limits.max_compute_workgroups_per_dimension,
            },
            shortcoming,
        }
    }

    /// Whether it is a piece of hardware that can run the kernels.
    pub fn is_usable_hardware(&self) -> bool {
        self.kind.is_hardware() && self.shortcoming.is_none()
    }
}

/// Every adapter of this machine, waiting for the drivers; none where there is no driver.
pub fn adapters() -> Vec<AdapterDescription> {
    pollster::block_on(adapters_async())
}

/// As [`adapters`], without waiting.
pub async fn adapters_async() -> Vec<AdapterDescription> {
    let found = instance().enumerate_adapters(wgpu::Backends::all()).await;
    let described = found.iter().enumerate();
    described
        .map(|(index, adapter)| AdapterDescription::new(index, adapter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_webgpu_device_offers_is_enough() {
        assert_eq!(shortcoming(&wgpu::Limits::default()), None);
    }

    #[test]
    fn a_limit_below_the_kernels_needs_is_named() {
        let limits = wgpu::Limits {
            max_storage_buffers_per_shader_stage: 4,
            ..wgpu::Limits::default()
        };
        let told = shortcoming(&limits).unwrap_or_default();
        assert!(told.contains("offers 4 storage buffers"), "{told}");
        assert!(told.contains("need 8"), "{told}");
        let limits = wgpu::Limits {
            max_compute_workgroup_storage_size: 8192,
            ..wgpu::Limits::default()
        };
        let told = shortcoming(&limits).unwrap_or_default();
        assert!(told.contains("8192 bytes of workgroup memory"), "{told}");
        let limits = wgpu::Limits {
            max_compute_invocations_per_workgroup: 32,
            ..wgpu::Limits::default()
        };
        let told = shortcoming(&limits).unwrap_or_default();
        assert!(told.contains("32 invocations"), "{told}");
    }

    #[test]
    fn hardware_comes_before_software() {
        let mut kinds = [
            AdapterKind::Software,
            AdapterKind::Unknown,
            AdapterKind::Integrated,
            AdapterKind::Discrete,
        ];
        kinds.sort();
        assert_eq!(kinds[0], AdapterKind::Discrete);
        assert_eq!(kinds[3], AdapterKind::Software);
        assert!(kinds.map(AdapterKind::is_hardware) == [true, true, false, false]);
    }

    #[test]
    fn numbers_are_places_in_the_list() {
        for (place, adapter) in adapters().iter().enumerate() {
            assert_eq!(adapter.index, place);
            assert!(!adapter.name.is_empty());
        }
    }
}
