//! Which buffers kernels are bound to, kept from run to run while the buffers are the same.

use std::collections::BTreeMap;

use super::buffers::Buffers;
use super::context::Context;
use super::kernel::{Kernel, Kernels, Role};
use super::receptors::Receptors;
use super::schedule::Dispatch;

/// A kernel, for neurons of how many receptors, over which part of the synapses.
type Key = (&'static str, Receptors, usize);

/// A kernel's buffers, bound.
#[derive(Debug)]
struct Bound {
    layout: wgpu::BindGroupLayout,
    buffers: Vec<wgpu::Buffer>,
    group: wgpu::BindGroup,
}

/// The bindings of kernels.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<Key, Bound>);

impl Groups {
    /// Forgets all of them, so that none keeps a buffer that nobody else does.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Binds the kernel of a dispatch, unless it is bound to the same buffers.
    pub fn bind(
        &mut self,
        context: &Context,
        kernels: &Kernels,
        buffers: &Buffers,
        dispatch: &Dispatch,
    ) {
        let kernel = kernel_of(kernels, dispatch);
        let own = || kernel.bindings.iter().map(|binding| binding.role);
        let wanted = own().map(|role| buffer(buffers, dispatch.part, role));
        let key = (dispatch.kernel, dispatch.receptors, dispatch.part);
        let is_same = |bound: &Bound| {
            bound.layout == kernel.layout && bound.buffers.iter().eq(wanted.clone())
        };
        if !self.0.get(&key).is_some_and(is_same) {
            let group = kernel.bind(context, |role| buffer(buffers, dispatch.part, role));
            let bound = Bound {
                layout: kernel.layout.clone(),
                buffers: wanted.cloned().collect(),
                group,
            };
            self.0.insert(key, bound);
        }
    }

    /// The bindings of a dispatch's kernel.
    pub fn of(&self, dispatch: &Dispatch) -> &wgpu::BindGroup {
        let key = (dispatch.kernel, dispatch.receptors, dispatch.part);
        let bound = self.0.get(&key);
        &bound
            .expect("kernels are bound before they are dispatched")
            .group
    }
}

/// The kernel of a dispatch.
pub(super) fn kernel_of<'a>(kernels: &'a Kernels, dispatch: &Dispatch) -> &'a Kernel {
    &kernels[&(dispatch.kernel, dispatch.receptors)]
}

/// The buffer that a kernel has for a role, over a part of the synapses.
fn buffer(buffers: &Buffers, part: usize, role: Role) -> &wgpu::Buffer {
    match role {
        Role::Synapses => &buffers.synapses[part],
        Role::MoreSynapses => {
            let next = buffers.synapses.get(part + 1);
            next.unwrap_or(&buffers.synapses[part])
        }
        Role::Derivatives => &buffers.derivatives[part],
        // Sizes lie before all parameters.
        Role::Sizes => buffers.get(Role::Parameters),
        _ => buffers.get(role),
    }
}
