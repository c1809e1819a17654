//! What an index of 32 bits reaches.

use crate::network::Population;
use crate::problem::Problem;
use crate::{Error, Result};

/// The most of anything that kernels count: the number after is no index.
const MOST: u64 = u32::MAX as u64 - 1;

/// The most bytes of a binding: kernels that check their indices count its bytes in 32 bits.
const MOST_BYTES: u64 = u32::MAX as u64 & !255;

/// An adapter's limits as far as kernels reach.
pub(super) fn within_reach(limits: wgpu::Limits) -> wgpu::Limits {
    wgpu::Limits {
        max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size.min(MOST_BYTES),
        ..limits
    }
}

/// Refuses a network that has more of something than kernels can count, or neurons of more receptors than they have
/// currents; `room` is for the spikes of each source in a sample.
pub(super) fn check(problem: &Problem<'_>, room: &[u32]) -> Result<()> {
    let network = problem.network;
    check_receptors(network.populations())?;
    let inputs: usize = network.inputs().iter().map(|group| group.size).sum();
    // A population whose synapses have delays of their own has a list more than it has neurons.
    let lists = network.n_neurons() + network.populations().len();
    check_counts(&[
        ("parameters", network.layout().len() as u64),
        ("input channels", inputs as u64),
        ("neurons", lists as u64),
        (
            "spikes in a sample",
            room.iter().map(|&spikes| u64::from(spikes)).sum(),
        ),
    ])
}

fn check_receptors(populations: &[Population]) -> Result<()> {
    let receptors = |population: &Population| population.neuron.tau_synapse.len();
    match populations
        .iter()
        .find(|population| receptors(population) > 1)
    {
        None => Ok(()),
        Some(population) => Err(Error::unavailable(
            format!(
                "a batch of population \"{}\" with {} receptors on the GPU",
                population.name,
                receptors(population)
            ),
            "its kernels for batches have one synaptic current a neuron; use the CPU engine, or make the network in rows for \
             one long run",
        )),
    }
}

fn check_counts(counts: &[(&str, u64)]) -> Result<()> {
    match counts.iter().find(|(_, count)| *count > MOST) {
        None => Ok(()),
        Some((what, count)) => Err(Error::unavailable(
            format!("a network of {count} {what} on the GPU"),
            format!("its kernels count {MOST} of them; use a smaller network or the CPU engine"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn what_32_bits_cannot_count_is_refused_by_name() -> Result<()> {
        check_counts(&[("parameters", MOST), ("neurons", 3)])?;
        let error = check_counts(&[("neurons", 3), ("parameters", MOST + 1)]);
        let error = error.expect_err("an index too many");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let told = error.to_string();
        assert!(
            told.starts_with("a network of 4294967295 parameters on the GPU"),
            "{told}"
        );
        Ok(())
    }

    #[test]
    fn several_receptors_are_refused_by_name() -> Result<()> {
        let network = |taus: &[f64]| {
            let mut network = crate::network::Network::builder();
            let neuron = crate::network::Neuron::leaky_integrate_and_fire();
            network.population("hidden", 3, neuron.receptors(taus.to_vec()));
            network.build()
        };
        check_receptors(network(&[2.0])?.populations())?;
        let error = check_receptors(network(&[2.0, 5.0])?.populations());
        let error = error.expect_err("a receptor too many");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let told = error.to_string();
        assert!(told.contains("\"hidden\" with 2 receptors"), "{told}");
        assert!(told.contains("use the CPU engine"), "{told}");
        Ok(())
    }

    #[test]
    fn bindings_end_where_indices_do() {
        let of = |bytes| {
            within_reach(wgpu::Limits {
                max_storage_buffer_binding_size: bytes,
                ..wgpu::Limits::default()
            })
            .max_storage_buffer_binding_size
        };
        assert_eq!(of(1 << 27), 1 << 27);
        for bytes in [1 << 32, 1 << 36, u64::MAX] {
            assert_eq!(of(bytes), (1 << 32) - 256);
        }
    }
}
