//! What an index of 32 bits reaches.

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

/// Refuses a network that has more of something than kernels can count; `room` is for the spikes of each source in a sample.
pub(super) fn check(problem: &Problem<'_>, room: &[u32]) -> Result<()> {
    let network = problem.network;
    let inputs: usize = network.inputs().iter().map(|group| group.size).sum();
    // Each neuron has a list of arrivals of its own, or its population has one.
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
