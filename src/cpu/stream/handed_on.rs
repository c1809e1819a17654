//! What was fired in one window, as the next ones are given it.

use super::simulation::Fired;
use crate::network::{InputId, NetworkInRows, PopulationId, Source};
use crate::stream::StreamSpike;

/// What was fired in window number `window`, which starts at `start` ms: by neurons, then by generators (time, generators, channel).
pub(super) fn handed_on(
    network: &NetworkInRows,
    (window, start): (u64, f64),
    spikes: &[StreamSpike],
    generated: &[(f64, usize, u32)],
    ids: &mut u64,
) -> Vec<Fired> {
    let populations = network.populations();
    let of_neurons = spikes.iter().map(|spike| {
        let ix = populations.partition_point(|p| p.neurons.end <= spike.neuron);
        let number = spike.neuron - populations[ix].neurons.start;
        (Source::Population(PopulationId(ix)), number, *spike)
    });
    let generated = generated.iter().map(|&(time, generators, channel)| {
        let spike = StreamSpike {
            window,
            offset: (time - start).max(0.0),
            neuron: 0,
        };
        (Source::Input(InputId(generators)), channel, spike)
    });
    let all = of_neurons.chain(generated);
    let fired = all.map(|(source, number, spike)| {
        *ids += 1;
        Fired {
            id: *ids - 1,
            source,
            number,
            spike,
        }
    });
    fired.collect()
}
