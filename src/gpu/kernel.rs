//! A compute pipeline whose bindings are read from its shader.
//!
//! Every buffer has one binding number and one name in all shaders ([`Role`]); which of them a
//! kernel binds, whether it writes them and how large an element is, naga says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use naga::{AddressSpace, StorageAccess};

use super::context::Context;
use super::layout::{Table, Twin};
use super::receptors::Receptors;
pub use super::role::Role;
use super::shader_module::shader_module;
use crate::{Error, Result};

/// A kernel's text: the file of its name in `shaders/` after the shared files it needs.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Its name, which is also its entry point's and its file's.
    pub name: &'static str,
    /// WGSL.
    pub text: &'static str,
    /// The same for neurons with several receptors, where they are its concern.
    pub several: Option<&'static str>,
    /// Its parameters; without fields where its shader has none.
    pub parameters: Table,
}

impl Source {
    /// That for neurons of so many receptors; one that they do not concern is the same for all.
    #[must_use]
    pub fn of(self, receptors: Receptors) -> Self {
        match (receptors, self.several) {
            (Receptors::Several, Some(text)) => Self {
                text,
                several: None,
                ..self
            },
            _ => self,
        }
    }

    /// For how many receptors that is.
    pub(super) fn variant(&self, receptors: Receptors) -> Receptors {
        match self.several {
            Some(_) => receptors,
            None => Receptors::One,
        }
    }
}

/// Compiled kernels, by name and by the number of receptors that they are for.
pub(super) type Kernels = BTreeMap<(&'static str, Receptors), Kernel>;

/// The parameters of a kernel, which say which kernel.
pub trait Parameters: Twin {
    /// The kernel.
    const SOURCE: Source;
}

/// `kernel! { "kernel": ["shared", ..]; Parameters { field: type, .. } }`: the kernel's text, which is the shared files' and
/// then its own, and its parameters as its own file has them. Between them there may be
/// `one ["shared", ..], several ["shared", ..];`: files that only a text for neurons with one receptor has, or that for several.
macro_rules! kernel {
    (
        $name:literal: [$($part:literal),*];
        one [$($one:literal),*], several [$($several:literal),*];
        $(#[$meta:meta])* $parameters:ident { $($fields:tt)* }
    ) => {
        $crate::gpu::kernel::kernel! {
            $name: $crate::gpu::kernel::text!($name: $($part,)* $($one),*),
            Some($crate::gpu::kernel::text!($name: $($part,)* $($several),*));
            $(#[$meta])* $parameters { $($fields)* }
        }
    };
    ($name:literal: [$($part:literal),*]; $(#[$meta:meta])* $parameters:ident { $($fields:tt)* }) => {
        $crate::gpu::kernel::kernel! {
            $name: $crate::gpu::kernel::text!($name: $($part),*), None;
            $(#[$meta])* $parameters { $($fields)* }
        }
    };
    ($name:literal: $text:expr, $of_several:expr; $(#[$meta:meta])* $parameters:ident { $($fields:tt)* }) => {
        $crate::gpu::layout::twin! { $(#[$meta])* $parameters { $($fields)* } }

        /// The kernel.
        pub const SOURCE: $crate::gpu::kernel::Source = $crate::gpu::kernel::Source {
            name: $name,
            text: $text,
            several: $of_several,
            parameters: <$parameters as $crate::gpu::layout::Twin>::TABLE,
        };

        impl $crate::gpu::kernel::Parameters for $parameters {
            const SOURCE: $crate::gpu::kernel::Source = SOURCE;
        }
    };
}
pub(super) use kernel;

/// The text of a kernel: the shared files' and then its own.
macro_rules! text {
    ($name:literal: $($part:literal),*) => {
        concat!(
            $(include_str!(concat!("../../../shaders/", $part, ".wgsl")), "\n",)*
            include_str!(concat!("../../../shaders/", $name, ".wgsl")),
        )
    };
}
pub(super) use text;

/// A piece of shaders replaced by another; for tests of what must not pass then.
#[derive(Debug, Clone)]
pub(super) struct Mutation {
    pub right: String,
    pub wrong: String,
}

impl Mutation {
    fn of(&self, text: &str) -> Cow<'static, str> {
        text.replace(&self.right, &self.wrong).into()
    }
}

/// A kernel ready to dispatch.
#[derive(Debug)]
pub struct Kernel {
    pub(super) name: &'static str,
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
    /// The buffers it binds, in order of binding.
    pub(super) bindings: Vec<Binding>,
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
    pub(super) async fn new(
        context: &Context,
        source: &Source,
        mutation: Option<&Mutation>,
    ) -> Result<Self> {
        let bindings = bindings(source)?;
        let text = mutation.map_or(source.text.into(), |mutation| mutation.of(source.text));
        let device = &context.device;
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let entries: Vec<wgpu::BindGroupLayoutEntry> = bindings
            .iter()
            .map(|binding| {
                let ty = match binding.role.is_uniform() {
                    true => wgpu::BufferBindingType::Uniform,
                    false => wgpu::BufferBindingType::Storage {
                        read_only: !binding.is_written,
                    },
                };
                wgpu::BindGroupLayoutEntry {
                    binding: binding.role as u32,
                    visibility: wgpu::ShaderStages::COMPUTE,
                    ty: wgpu::BindingType::Buffer {
                        ty,
                        has_dynamic_offset: binding.role == Role::Parameters,
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
        let module = shader_module(device, source.name, text);
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
        Ok(Self {
            name: source.name,
            pipeline,
            layout,
            bindings,
        })
    }

    /// Whether it has parameters of its own.
    pub(super) fn has_parameters(&self) -> bool {
        self.bindings.iter().any(|b| b.role == Role::Parameters)
    }

    /// Its bindings, given where each role's buffer is.
    pub(super) fn bind<'a>(
        &self,
        context: &Context,
        buffer: impl Fn(Role) -> &'a wgpu::Buffer,
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = self
            .bindings
            .iter()
            .map(|binding| wgpu::BindGroupEntry {
                binding: binding.role as u32,
                resource: match binding.role.is_uniform() {
                    true => wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: buffer(binding.role),
                        offset: 0,
                        size: wgpu::BufferSize::new(binding.least_size),
                    }),
                    false => buffer(binding.role).as_entire_binding(),
                },
            })
            .collect();
        context
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(self.name),
                layout: &self.layout,
                entries: &entries,
            })
    }
}
