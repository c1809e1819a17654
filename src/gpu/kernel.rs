//! A compute pipeline whose bindings are read from its shader.
//!
//! Every buffer has one binding number and one name in all shaders ([`Role`]); which of them a
//! kernel binds, whether it writes them and how large an element is, naga says.

use naga::{AddressSpace, StorageAccess};

use super::context::Context;
use super::layout::Step;
use crate::{Error, Result};

/// What a buffer is for; the number is its binding in every shader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Role {
    Step = 0,
    Neurons = 1,
    Projections = 2,
    Values = 3,
    Spikes = 4,
    Windows = 5,
    Arrivals = 6,
    Counters = 7,
    States = 8,
    Fired = 9,
    Requested = 10,
    Observed = 11,
    Adjoints = 12,
    Gradient = 13,
    Columns = 14,
    Sensitivities = 15,
    Totals = 16,
    Labels = 17,
    Results = 18,
    Trained = 19,
    Populations = 20,
    SparseStates = 21,
    Queues = 22,
    Drives = 23,
    Upcoming = 24,
    SparseFired = 25,
    Listed = 26,
    SparseSources = 27,
    Pieces = 28,
    Synapses = 29,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::Step,
        Self::Neurons,
        Self::Projections,
        Self::Values,
        Self::Spikes,
        Self::Windows,
        Self::Arrivals,
        Self::Counters,
        Self::States,
        Self::Fired,
        Self::Requested,
        Self::Observed,
        Self::Adjoints,
        Self::Gradient,
        Self::Columns,
        Self::Sensitivities,
        Self::Totals,
        Self::Labels,
        Self::Results,
        Self::Trained,
        Self::Populations,
        Self::SparseStates,
        Self::Queues,
        Self::Drives,
        Self::Upcoming,
        Self::SparseFired,
        Self::Listed,
        Self::SparseSources,
        Self::Pieces,
        Self::Synapses,
    ];

    /// Its name in every shader.
    pub fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Neurons => "neurons",
            Self::Projections => "projections",
            Self::Values => "values",
            Self::Spikes => "spikes",
            Self::Windows => "windows",
            Self::Arrivals => "arrivals",
            Self::Counters => "counters",
            Self::States => "states",
            Self::Fired => "fired",
            Self::Requested => "requested",
            Self::Observed => "observed",
            Self::Adjoints => "adjoints",
            Self::Gradient => "gradient",
            Self::Columns => "columns",
            Self::Sensitivities => "sensitivities",
            Self::Totals => "totals",
            Self::Labels => "labels",
            Self::Results => "results",
            Self::Trained => "trained",
            Self::Populations => "populations",
            Self::SparseStates => "sparse_states",
            Self::Queues => "queues",
            Self::Drives => "drives",
            Self::Upcoming => "upcoming",
            Self::SparseFired => "sparse_fired",
            Self::Listed => "listed",
            Self::SparseSources => "sparse_sources",
            Self::Pieces => "pieces",
            Self::Synapses => "synapses",
        }
    }
}

/// A kernel's text: the file of its name in `shaders/` after the shared files it needs.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Its name, which is also its entry point's and its file's.
    pub name: &'static str,
    /// WGSL.
    pub text: &'static str,
}

/// `source!("kernel": "shared", ..)`: the shared files, then the kernel's own.
macro_rules! source {
    ($name:literal: $($part:literal),*) => {
        Source {
            name: $name,
            text: concat!(
                $(include_str!(concat!("../../../shaders/", $part, ".wgsl")), "\n",)*
                include_str!(concat!("../../../shaders/", $name, ".wgsl")),
            ),
        }
    };
}
pub(super) use source;

/// A kernel ready to dispatch.
#[derive(Debug)]
pub struct Kernel {
    pub(super) name: &'static str,
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
    /// The storage buffers it binds, in order of binding.
    pub(super) roles: Vec<Role>,
}

/// One binding of a shader as naga sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Which buffer.
    pub role: Role,
    /// Whether the kernel writes it.
    pub is_written: bool,
    /// The least size in bytes: that of the struct, or of one element.
    pub least_size: u64,
}

/// The bindings of a shader, in order of binding.
///
/// # Errors
/// Text that is not WGSL, or a binding that is no known role.
pub fn bindings(source: &Source) -> Result<Vec<Binding>> {
    let malformed = |detail: String| Error::malformed(format!("shader {}", source.name), detail);
    let module = naga::front::wgsl::parse_str(source.text)
        .map_err(|error| malformed(error.emit_to_string(source.text)))?;
    let mut layouter = naga::proc::Layouter::default();
    layouter
        .update(module.to_ctx())
        .map_err(|error| malformed(error.to_string()))?;
    let mut found = Vec::new();
    for (_, global) in module.global_variables.iter() {
        let Some(binding) = &global.binding else {
            continue;
        };
        let name = global.name.as_deref().unwrap_or_default();
        let role = Role::ALL
            .into_iter()
            .find(|role| role.name() == name && *role as u32 == binding.binding)
            .ok_or_else(|| malformed(format!("binding {} is {name:?}", binding.binding)))?;
        let is_written = match global.space {
            AddressSpace::Storage { access } => access.contains(StorageAccess::STORE),
            _ => false,
        };
        let element = match module.types[global.ty].inner {
            naga::TypeInner::Array { base, .. } => base,
            _ => global.ty,
        };
        found.push(Binding {
            role,
            is_written,
            least_size: u64::from(layouter[element].size),
        });
    }
    found.sort_by_key(|binding| binding.role);
    Ok(found)
}

impl Kernel {
    /// Compiles a kernel.
    ///
    /// # Errors
    /// A shader that the device refuses.
    pub(super) async fn new(context: &Context, source: &Source) -> Result<Self> {
        let bindings = bindings(source)?;
        let device = &context.device;
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let entries: Vec<wgpu::BindGroupLayoutEntry> = bindings
            .iter()
            .map(|binding| {
                let ty = match binding.role {
                    Role::Step => wgpu::BufferBindingType::Uniform,
                    _ => wgpu::BufferBindingType::Storage {
                        read_only: !binding.is_written,
                    },
                };
                wgpu::BindGroupLayoutEntry {
                    binding: binding.role as u32,
                    visibility: wgpu::ShaderStages::COMPUTE,
                    ty: wgpu::BindingType::Buffer {
                        ty,
                        has_dynamic_offset: binding.role == Role::Step,
                        min_binding_size: wgpu::BufferSize::new(binding.least_size),
                    },
                    count: None,
                }
            })
            .collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(source.name),
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(source.name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(source.name),
            source: wgpu::ShaderSource::Wgsl(source.text.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(source.name),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(source.name),
            compilation_options: wgpu::PipelineCompilationOptions {
                // Workgroup memory is written before it is read.
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: None,
        });
        if let Some(error) = scope.pop().await {
            return Err(context.failure(&format!("kernel {}: {error}", source.name)));
        }
        let roles = bindings
            .iter()
            .map(|b| b.role)
            .filter(|&role| role != Role::Step)
            .collect();
        Ok(Self {
            name: source.name,
            pipeline,
            layout,
            roles,
        })
    }
}

/// How far apart the parameters of two dispatches lie, in bytes.
pub(super) fn step_stride(limits: &wgpu::Limits) -> u64 {
    let alignment = u64::from(limits.min_uniform_buffer_offset_alignment);
    (size_of::<Step>() as u64).next_multiple_of(alignment)
}
