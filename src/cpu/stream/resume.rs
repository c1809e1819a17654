//! A simulation's state saved, and gone on with.

use super::Fired;
use super::part::{source_of, underway};
use super::simulation::CpuStream;
use crate::Result;
use crate::network::{NetworkInRows, Source};
use crate::stream::{Handover, StreamOptions, StreamSpike, StreamState, UnderwaySpike};

impl CpuStream {
    /// Where the simulation is. [`resume`](Self::resume) goes on from there with the same bits, whatever the number of
    /// partitions.
    ///
    /// ```
    /// use spikefront::cpu::stream::{CpuStream, StreamOptions};
    ///
    /// let network = spikefront::networks::cuba(0.05, 1).build_in_rows()?;
    /// let options = StreamOptions::default();
    /// let mut whole = CpuStream::new(&network, options)?;
    /// let mut before = CpuStream::new(&network, options)?;
    /// whole.run(40.0, |_| Ok(()))?;
    /// before.run(20.0, |_| Ok(()))?;
    /// let mut after = CpuStream::resume(&network, options, &before.state())?;
    /// after.run(40.0, |_| Ok(()))?;
    /// assert_eq!(after.state(), whole.state());
    /// # Ok::<(), spikefront::Error>(())
    /// ```
    pub fn state(&self) -> StreamState {
        let network = self.network();
        let (neurons, receptors) = (network.neurons(), network.receptors());
        let driven = |drive: &crate::network::PoissonDrive| {
            network.populations[drive.population].neurons.len()
        };
        let mut state = StreamState {
            window: self.window(),
            now: self.next_window(),
            reached: self.time(),
            ids: self.ids(),
            generated: self.generated_so_far() as u64,
            synaptic_events: 0,
            handed: self.spikes(),
            potentials: vec![0.0; neurons],
            currents: vec![0.0; neurons * receptors],
            held: Vec::new(),
            drives: vec![(0.0, 0); network.drives.iter().map(driven).sum()],
            underway: Vec::new(),
            withheld: self.handover().withheld().to_vec(),
        };
        self.way().save(network, &mut state);
        // In one partition neurons are held in the order in which they fired; here in an order that no partition changes.
        state.held.sort_unstable_by_key(|held| held.neuron);
        let fired = self.fired().iter().map(|fired| underway(network, fired));
        state.underway.extend(fired);
        state.underway.sort_unstable_by_key(|spike| spike.id);
        state.underway.dedup_by_key(|spike| spike.id);
        state
    }

    /// A simulation that goes on where another was; [recorders](Self::record) are to be added again.
    ///
    /// # Errors
    /// A state of a network of other sizes or of windows of another length, or one that is damaged.
    pub fn resume(
        network: &NetworkInRows,
        options: StreamOptions,
        state: &StreamState,
    ) -> Result<Self> {
        let mut simulation = Self::new(network, options)?;
        state.check(network, simulation.window())?;
        let last = |spike: &&UnderwaySpike| spike.window + 1 == state.now;
        let fired = state.underway.iter().filter(last);
        let fired = fired.map(|spike| fired_again(network, spike)).collect();
        let handover = Handover::resumed(state.withheld.clone(), state.handed);
        simulation.go_on_from(state, fired, handover);
        Ok(simulation)
    }
}

fn fired_again(network: &NetworkInRows, spike: &UnderwaySpike) -> Fired {
    let source = source_of(network, spike.source);
    let neuron = match source {
        Source::Input(_) => 0,
        Source::Population(id) => network.population(id).neurons.start + spike.number,
    };
    Fired {
        id: spike.id,
        source,
        number: spike.number,
        spike: StreamSpike {
            window: spike.window,
            offset: spike.offset,
            neuron,
        },
    }
}
