//! What a gradient keeps on the device, and whether there is room for it.

use super::super::drawn::windows_at_once;
use super::super::layout::{ADJOINT_WORDS, SparseNext};
use super::super::tables::in_order;
use super::{GpuStream, GpuStreamOptions};
use crate::gpu::kernel::{Role, Source};
use crate::gpu::kernels::{sparse_adjoint, sparse_collect, sparse_draw};
use crate::network::NetworkInRows;
use crate::{Error, Result};

/// The kernels of the way back.
const SOURCES: [&Source; 3] = [
    &sparse_collect::SOURCE,
    &sparse_adjoint::SOURCE,
    &sparse_draw::SOURCE,
];

/// Bytes of the derivatives by a synapse's weight and delay. As a synapse takes a word or more, what binds so many bytes for each word of
/// synapses binds their derivatives, too.
pub(super) const DERIVATIVES: u64 = 8;

/// The sizes of what is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Of how many windows adjoints are kept.
    pub ring: u32,
    /// How many currents the neuron with most of them has.
    pub n_receptors: u32,
    /// Of how many windows Poisson arrivals are drawn again at once.
    pub at_once: u32,
    /// Neurons times drives.
    pub n_driven: u64,
    /// Whether some neurons' rates are looked up.
    pub has_rates: bool,
}

impl Kept {
    /// A simulation with room for its gradient.
    ///
    /// # Errors
    /// As of a simulation; less memory than is kept.
    pub async fn open(
        network: &NetworkInRows,
        options: &GpuStreamOptions,
        segment: u64,
        until: f64,
    ) -> Result<(GpuStream, Self)> {
        let mut simulation = GpuStream::begun(network, options, DERIVATIVES).await?;
        simulation.check_until(until)?;
        let populations = network.populations();
        let at_once = windows_at_once(network, simulation.window());
        let kept = Self {
            // For the windows of a draw and the one before them; for those that a spike reaches and its own.
            ring: at_once.max(simulation.delays.reach) + 1,
            n_receptors: network.receptors() as u32,
            at_once,
            n_driven: in_order(network)
                .map(|number| populations[network.drives[number].population].neurons.len() as u64)
                .sum(),
            has_rates: network.groups.iter().any(|group| group.taus.is_none()),
        };
        kept.check(&mut simulation, network.synapses(), segment, until)?;
        simulation.complete(network).await?;
        simulation.device.compile(&SOURCES).await?;
        Ok((simulation, kept))
    }

    fn check(
        self,
        simulation: &mut GpuStream,
        synapses: u64,
        segment: u64,
        until: f64,
    ) -> Result<()> {
        let windows = (until / simulation.window()).ceil() as u64;
        let drawn = segment.min(windows).div_ceil(self.at_once.into());
        let drawn = drawn.saturating_mul(self.n_driven * size_of::<SparseNext>() as u64);
        let adjoints = self.adjoint_bytes(simulation.n_neurons);
        simulation.kept = (DERIVATIVES * synapses + adjoints).saturating_add(drawn);
        let without_drawn = simulation.kept - drawn;
        match simulation.check_memory() {
            Err(_) if drawn > without_drawn => Err(Error::memory(
                "what Poisson drives have drawn in a segment",
                drawn,
                simulation.memory.unwrap_or(u64::MAX),
                format!("give shorter segments: `segment` is {segment} windows"),
            )),
            checked => checked,
        }
    }

    /// How many rates a neuron has: of its membrane, and of each receptor.
    fn n_rates(self) -> u64 {
        u64::from(1 + self.n_receptors)
    }

    /// Bytes of all neurons' adjoints; see `shaders/sparse_adjoints.wgsl`.
    fn adjoint_bytes(self, n_neurons: u32) -> u64 {
        let of_neuron = u64::from(self.ring) * u64::from(ADJOINT_WORDS + self.n_receptors) + 1;
        let rates = if self.has_rates { self.n_rates() } else { 0 };
        4 * (of_neuron + rates) * u64::from(n_neurons)
    }

    /// Makes the buffers that stay for the whole way back, filled with zeros but for rates.
    ///
    /// # Errors
    /// More than the adapter binds, or than it has.
    pub async fn make(self, simulation: &mut GpuStream, network: &NetworkInRows) -> Result<()> {
        let adjoints = self.adjoint_bytes(simulation.n_neurons);
        let why = format!(
            "adjoints of {} neurons over {} windows are too many for this adapter",
            simulation.n_neurons, self.ring
        );
        simulation.ensure_or(Role::Adjoints, adjoints, "the adjoints of neurons", &why)?;
        let totals = 4 * self.n_driven;
        simulation.ensure(Role::Totals, totals, "the derivatives by drives")?;
        let n_neurons = u64::from(simulation.n_neurons);
        let device = &mut simulation.device;
        let (context, buffers) = (&device.context, &mut device.buffers);
        if self.has_rates {
            let first = adjoints / 4 - self.n_rates() * n_neurons;
            let rates = rates_of(network, self.n_rates() as usize);
            buffers.write(context, Role::Adjoints, first, &rates)?;
        }
        for part in &simulation.synapses.parts {
            let size = (DERIVATIVES * part.synapses).max(256);
            let memory = context
                .device
                .push_error_scope(wgpu::ErrorFilter::OutOfMemory);
            let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("derivatives"),
                size,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            });
            if memory.pop().await.is_some() {
                return Err(Error::memory(
                    "the derivatives by a part of the synapses",
                    size,
                    0,
                    "the adapter has no more memory; use a smaller network, another adapter, or the CPU"
                        .to_owned(),
                ));
            }
            buffers.derivatives.push(buffer);
        }
        Ok(())
    }
}

/// For each neuron the rate of its membrane, and of each receptor, in 1/ms; `n_rates` in all.
fn rates_of(network: &NetworkInRows, n_rates: usize) -> Vec<f32> {
    let mut rates = vec![0.0; network.neurons() * n_rates];
    let mut rows = rates.chunks_mut(n_rates);
    for population in network.populations() {
        let neuron = &population.neuron;
        for (own, row) in rows.by_ref().take(population.neurons.len()).enumerate() {
            row[0] = (1.0 / neuron.tau_membrane.get(own)) as f32;
            for (rate, tau) in row[1..].iter_mut().zip(&neuron.tau_synapse) {
                *rate = (1.0 / tau.get(own)) as f32;
            }
        }
    }
    rates
}
