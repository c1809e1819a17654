//! How large a network would be, before any of it is made.

use super::LayerSettings;
use crate::{Error, Result, memory};

/// What a training holds of each parameter at least, in bytes: its value and its gradient, the values before and
/// after a step, the two moments of Adam, and what a checkpoint takes while it is written.
const BYTES: u64 = 8 * 8;

/// Refuses layers behind `n_channels` inputs that do not fit into memory.
pub(super) fn check(layers: &[LayerSettings], n_channels: usize) -> Result<()> {
    let (n_parameters, n_delays) = count(layers, n_channels);
    let what = |n: u128| format!("a training of {n} parameters");
    let needed = n_parameters.saturating_mul(BYTES.into());
    let needed = needed.saturating_add(8 * n_delays);
    let fits = |there: u64| {
        let most = there / BYTES;
        format!(
            "at most {most} parameters fit: give fewer neurons, as every neuron of a layer has a weight from every one of the \
             layer before and, where it is recurrent, of its own; sparse networks of any size are simulated by `simulate`"
        )
    };
    match u64::try_from(needed) {
        Ok(needed) => memory::check(&what(n_parameters), needed, fits),
        Err(_) => {
            let there = memory::available().unwrap_or(u64::MAX);
            Err(Error::memory(
                what(n_parameters),
                u64::MAX,
                there,
                fits(there),
            ))
        }
    }
}

/// How many parameters there are, and how many delays are drawn for them; saturating.
fn count(layers: &[LayerSettings], n_channels: usize) -> (u128, u128) {
    let (mut parameters, mut delays) = (0_u128, 0_u128);
    let mut width = n_channels as u128;
    for layer in layers {
        let size = layer.size as u128;
        let mut add = |synapses: u128, has_delays: bool| {
            parameters = parameters.saturating_add(synapses);
            if has_delays {
                parameters = parameters.saturating_add(synapses);
                delays = delays.saturating_add(synapses);
            }
        };
        add(width.saturating_mul(size), layer.delays.is_some());
        if let Some(recurrent) = layer.recurrent {
            add(size.saturating_mul(size), recurrent.delays.is_some());
        }
        parameters = parameters.saturating_add(size);
        width = size;
    }
    (parameters, delays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Experiment, Task};

    #[test]
    fn parameters_are_counted_before_they_are_made() -> Result<()> {
        for (preset, channels) in [("delays", 5), ("default", 5)] {
            let experiment = Experiment::preset(Task::YinYang, preset)?;
            let (network, _) = experiment.network(channels)?;
            // Shared delays, one a projection, and what a layer's neurons share are not counted.
            let shared = 2 * usize::from(preset == "default") + 2 * 4;
            let (parameters, _) = count(&experiment.layers, channels);
            assert_eq!(parameters as usize + shared, network.layout().len());
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_held_is_refused_at_once() -> Result<()> {
        let experiment = Experiment::preset(Task::Xor, "default")?;
        for size in ["4294967280", "9223372036854775807"] {
            for more in ["", "delays = { latest = 1.0, rate = 1.0 }"] {
                let mut large = experiment.set(&format!("layers.0.size={size}"))?;
                if !more.is_empty() {
                    large = large.set("layers.0.delays={ latest = 1.0, rate = 1.0 }")?;
                    large = large.set(
                        "layers.0.recurrent={ weight_mean = 0.0, weight_deviation = 0.1, delay = 1.0 }",
                    )?;
                }
                let told = large.network(2).expect_err("too large").to_string();
                assert!(
                    told.contains("MiB") && told.contains("fewer neurons"),
                    "{told}"
                );
            }
        }
        experiment.network(2)?;
        Ok(())
    }
}
