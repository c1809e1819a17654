//! What the way back leaves on the device, brought to the host.

use super::super::layout::ADJOINT_WORDS;
use super::GpuStream;
use super::room::DERIVATIVES;
use super::sweep::Sweep;
use crate::Result;
use crate::engine::StreamGradient;
use crate::gpu::kernel::Role;
use crate::network::NetworkInRows;

/// Bytes of derivatives that are read at once.
const CHUNK: usize = 32 << 20;

impl Sweep {
    /// All of it.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn finish(
        self,
        simulation: &mut GpuStream,
        network: &NetworkInRows,
    ) -> Result<StreamGradient> {
        let populations = network.populations().iter().map(|population| {
            let neurons = population.neurons.start as usize..population.neurons.end as usize;
            self.thresholds[neurons].iter().sum()
        });
        let thresholds = populations.collect();
        let mut gradient = StreamGradient {
            weights: Vec::with_capacity(network.synapses() as usize),
            delays: Vec::with_capacity(network.synapses() as usize),
            initial_potentials: self.starts(simulation).await?,
            drives: self.drives(simulation, network).await?,
            thresholds,
            neuron_thresholds: self.thresholds,
            generator_times: by_generators(self.generator_times, network),
            spikes: self.spikes,
            grazing: self.grazing,
        };
        // Parts are filled one after another in the order of synapses.
        for (ix, part) in simulation.synapses.parts.iter().enumerate() {
            let device = &mut simulation.device;
            let buffer = device.buffers.derivatives[ix].clone();
            let end = DERIVATIVES * part.synapses;
            for from in (0..end).step_by(CHUNK) {
                let piece = [(buffer.clone(), from..end.min(from + CHUNK as u64))];
                let read = device.buffers.read_buffers(&device.context, &piece);
                let pairs: Vec<[f32; 2]> = bytemuck::pod_collect_to_vec(&read.await?[0]);
                gradient
                    .weights
                    .extend(pairs.iter().map(|pair| f64::from(pair[0])));
                gradient
                    .delays
                    .extend(pairs.iter().map(|pair| f64::from(pair[1])));
            }
        }
        Ok(gradient)
    }

    /// dL/d(potential at the start): the adjoints at the end of the window before the first.
    async fn starts(&self, simulation: &mut GpuStream) -> Result<Vec<f64>> {
        let words = (ADJOINT_WORDS + self.kept.n_receptors) as usize;
        let bytes = 4 * words as u64 * u64::from(simulation.n_neurons);
        let first = bytes * u64::from(self.kept.ring - 1);
        let device = &mut simulation.device;
        let wanted = [(Role::Adjoints, first..first + bytes)];
        let read = device.buffers.read_parts(&device.context, &wanted).await?;
        let adjoints: Vec<f32> = bytemuck::pod_collect_to_vec(&read[0]);
        let potentials = adjoints.chunks(words).map(|adjoint| f64::from(adjoint[0]));
        Ok(potentials.collect())
    }

    /// dL/d(weight) of each drive, from what the arrivals at each neuron found.
    async fn drives(
        &self,
        simulation: &mut GpuStream,
        network: &NetworkInRows,
    ) -> Result<Vec<f64>> {
        let device = &mut simulation.device;
        let wanted = [(Role::Totals, 4 * self.kept.n_driven)];
        let read = device.buffers.read(&device.context, &wanted).await?;
        let totals: Vec<f32> = bytemuck::pod_collect_to_vec(&read[0]);
        let mut drives = vec![0.0; network.drives.len()];
        let mut rest = &totals[..];
        for number in super::super::tables::in_order(network) {
            let population = &network.populations()[network.drives[number].population];
            let (own, others) = rest.split_at(population.neurons.len());
            drives[number] = own.iter().map(|&total| f64::from(total)).sum();
            rest = others;
        }
        Ok(drives)
    }
}

/// Channel by channel in order of time; spikes beyond the run move nothing.
fn by_generators(channels: Vec<Vec<f64>>, network: &NetworkInRows) -> Vec<Vec<Vec<f64>>> {
    let mut channels = channels.into_iter();
    let generators = network.generators.iter().map(|generators| {
        let trains = generators.trains.iter().zip(channels.by_ref());
        let times = trains.map(|(train, mut times)| {
            times.reverse();
            times.resize(train.len(), 0.0);
            times
        });
        times.collect()
    });
    generators.collect()
}
