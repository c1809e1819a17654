//! A large network in time.

use pulp::Arch;
use rayon::prelude::*;

use super::kinds::Kinds;
use super::part::{Part, PartState};
use super::sampled::Sampling;
use crate::Result;
use crate::network::{InputId, NetworkInRows, PopulationId, Source};
use crate::stream::{
    Handover, StateRecorder, StateSample, StreamOptions, StreamSpike, StreamState,
};

/// A spike of any source, as it is handed to partitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fired {
    /// Counted through the run.
    pub id: u64,
    pub source: Source,
    /// Counted through the source.
    pub number: u32,
    pub spike: StreamSpike,
}

/// A large network in time: its state, and how far it is. It keeps the network, of which clones share the synapses.
///
/// Partitions are advanced by the threads of the current rayon pool, which sleep while there is nothing to do.
#[derive(Debug, Clone)]
pub struct CpuStream {
    network: NetworkInRows,
    arch: Arch,
    window: f64,
    kinds: Kinds,
    parts: Vec<Part>,
    /// The next window.
    now: u64,
    /// What was fired in the last one.
    fired: Vec<Fired>,
    /// Spikes of generators in order of time: time, generators, channel.
    generated: Vec<(f64, usize, u32)>,
    next_generated: usize,
    handover: Handover,
    recorders: Vec<StateRecorder>,
    /// Up to where runs have gone, in ms.
    reached: f64,
    /// Spikes of all sources.
    ids: u64,
}

/// What a simulation needs to go on from the start of a window.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    now: u64,
    parts: Vec<PartState>,
    fired: Vec<Fired>,
    next_generated: usize,
    ids: u64,
}

impl CpuStream {
    /// A network at time 0.
    ///
    /// # Errors
    /// Where the window is not a time above zero and no longer than the network allows.
    pub fn new(network: &NetworkInRows, options: StreamOptions) -> Result<Self> {
        let window = options.window_for(network)?;
        let parts = (0..network.partitions())
            .map(|part| Part::new(network, part, window))
            .collect();
        let mut generated: Vec<(f64, usize, u32)> = Vec::new();
        for (ix, generators) in network.generators.iter().enumerate() {
            for (channel, train) in generators.trains.iter().enumerate() {
                generated.extend(train.iter().map(|&time| (time, ix, channel as u32)));
            }
        }
        generated.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(Self {
            network: network.clone(),
            arch: Arch::new(),
            window,
            kinds: Kinds::new(network, window),
            parts,
            now: 0,
            fired: Vec::new(),
            generated,
            next_generated: 0,
            handover: Handover::default(),
            recorders: Vec::new(),
            reached: 0.0,
            ids: 0,
        })
    }

    /// The length of a window in ms.
    pub fn window(&self) -> f64 {
        self.window
    }

    /// How far the simulation is, in ms: up to where the last run went.
    pub fn time(&self) -> f64 {
        self.reached
    }

    /// The end of the last window in ms; it may lie beyond [`time`](Self::time).
    pub(super) fn end(&self) -> f64 {
        self.now as f64 * self.window
    }

    /// How many spikes have been handed over.
    pub fn spikes(&self) -> u64 {
        self.handover.handed()
    }

    /// How many arrivals neurons have had, those of drives included.
    pub fn synaptic_events(&self) -> u64 {
        self.parts.iter().map(|part| part.synaptic_events).sum()
    }

    /// What the neurons take in memory, in bytes: 25 each, 16 for each receptor and 16 for each Poisson drive, some
    /// 200 more where the values of a population differ from neuron to neuron; spikes on their way and room to work in come on top.
    pub fn neuron_bytes(&self) -> u64 {
        let parts = self.parts.iter().map(Part::neuron_bytes);
        parts.sum::<u64>() + self.kinds.bytes()
    }

    /// Goes on until `until` ms and hands over the spikes on the way, in order of time, then neuron:
    /// those of one window at a time, and never one after `until`.
    ///
    /// # Errors
    /// What `spikes` returns; or a neuron that fires without end.
    pub fn run(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        self.run_recording(until, spikes, |_| Ok(()))
    }

    /// As [`run`](Self::run), and hands over what [recorders](Self::record) find: window by window, by recorder, time, then
    /// neuron. The last window may go a little beyond `until`, and what is recorded there comes with it.
    ///
    /// # Errors
    /// As there, and what `states` returns.
    pub fn run_recording(
        &mut self,
        until: f64,
        mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
        mut states: impl FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        let window = self.window;
        self.handover.begin(until, window, &mut spikes)?;
        while self.end() < until {
            let last = self.step()?;
            let samples = self.parts.iter().flat_map(|part| &part.samples);
            let mut samples: Vec<StateSample> = samples.copied().collect();
            if !samples.is_empty() {
                samples.sort_unstable_by_key(|s| (s.recorder, s.number, s.neuron));
                states(&samples)?;
            }
            self.handover.pass(until, window, last, &mut spikes)?;
        }
        self.reached = self.reached.max(until);
        Ok(())
    }

    /// Records states of neurons from now on, exact at any time: recording changes no bit of a run. Samples come to
    /// [`run_recording`](Self::run_recording) with the number that is returned.
    ///
    /// ```
    /// use spikefront::cpu::stream::{StreamOptions, CpuStream, StateRecorder};
    ///
    /// let network = spikefront::networks::cuba(0.05, 1).build_in_rows()?;
    /// let mut simulation = CpuStream::new(&network, StreamOptions::default())?;
    /// simulation.record(StateRecorder { neurons: 3..5, every: 0.5, from: 0.0, until: 10.0 })?;
    /// let mut potentials = Vec::new();
    /// simulation.run_recording(10.0, |_| Ok(()), |samples| {
    ///     potentials.extend(samples.iter().map(|sample| sample.potential));
    ///     Ok(())
    /// })?;
    /// assert_eq!(potentials.len(), 2 * 20);
    /// # Ok::<(), spikefront::Error>(())
    /// ```
    ///
    /// # Errors
    /// Neurons that there are not, times that are not finite, or too many.
    pub fn record(&mut self, recorder: StateRecorder) -> Result<usize> {
        recorder.check(&self.network)?;
        self.recorders.push(recorder);
        Ok(self.recorders.len() - 1)
    }

    /// Advances all partitions through one window; its spikes, by time, then neuron.
    pub(super) fn step(&mut self) -> Result<Vec<StreamSpike>> {
        let (arch, network, kinds) = (self.arch, &self.network, &self.kinds);
        let (fired, now, window) = (&self.fired[..], self.now, self.window);
        let samplings = &Sampling::all(&self.recorders, now, window)[..];
        let step = |part: &mut Part| part.step(arch, network, kinds, fired, samplings, now, window);
        match &mut self.parts[..] {
            // Waking another thread up takes longer than a small network's window.
            [part] => step(part)?,
            parts => parts.par_iter_mut().try_for_each(step)?,
        }
        self.now += 1;
        let fired = self.parts.iter().flat_map(|part| &part.spikes);
        let mut spikes: Vec<StreamSpike> = fired.copied().collect();
        if self.parts.len() > 1 {
            let by_time = |a: &StreamSpike, b: &StreamSpike| a.offset.total_cmp(&b.offset);
            spikes.sort_unstable_by(|a, b| by_time(a, b).then(a.neuron.cmp(&b.neuron)));
        }
        self.hand_on(&spikes);
        Ok(spikes)
    }

    /// Where the simulation is.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            now: self.now,
            parts: self.parts.iter().map(|part| part.state.clone()).collect(),
            fired: self.fired.clone(),
            next_generated: self.next_generated,
            ids: self.ids,
        }
    }

    /// Goes back to where it was.
    pub(super) fn restore(&mut self, checkpoint: Checkpoint) {
        self.now = checkpoint.now;
        self.fired = checkpoint.fired;
        self.next_generated = checkpoint.next_generated;
        self.ids = checkpoint.ids;
        for (part, state) in self.parts.iter_mut().zip(checkpoint.parts) {
            part.state = state;
        }
    }

    /// Goes on from a checked state.
    pub(super) fn go_on_from(
        &mut self,
        state: &StreamState,
        fired: Vec<Fired>,
        handover: Handover,
    ) {
        self.now = state.now;
        self.reached = state.reached;
        self.ids = state.ids;
        self.next_generated = state.generated as usize;
        self.fired = fired;
        self.handover = handover;
        for part in &mut self.parts {
            part.load(&self.network, state);
        }
    }

    /// How many spikes generators have fired.
    pub(super) fn generated_so_far(&self) -> usize {
        self.next_generated
    }

    pub(super) fn handover(&self) -> &Handover {
        &self.handover
    }

    /// The number of the next window.
    pub(super) fn next_window(&self) -> u64 {
        self.now
    }

    /// What was fired in the last window.
    pub(super) fn fired(&self) -> &[Fired] {
        &self.fired
    }

    /// How many spikes of all sources there were.
    pub(super) fn ids(&self) -> u64 {
        self.ids
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    pub(super) fn network(&self) -> &NetworkInRows {
        &self.network
    }

    /// Keeps what was fired in the window just done for the next.
    fn hand_on(&mut self, spikes: &[StreamSpike]) {
        self.fired.clear();
        let populations = self.network.populations();
        self.fired.extend(spikes.iter().map(|spike| {
            let ix = populations.partition_point(|p| p.neurons.end <= spike.neuron);
            self.ids += 1;
            Fired {
                id: self.ids - 1,
                source: Source::Population(PopulationId(ix)),
                number: spike.neuron - populations[ix].neurons.start,
                spike: *spike,
            }
        }));
        let window = self.now - 1;
        let start = window as f64 * self.window;
        while let Some(&(time, generators, channel)) = self.generated.get(self.next_generated) {
            if time >= self.end() {
                break;
            }
            self.next_generated += 1;
            self.ids += 1;
            self.fired.push(Fired {
                id: self.ids - 1,
                source: Source::Input(InputId(generators)),
                number: channel,
                spike: StreamSpike {
                    window,
                    offset: (time - start).max(0.0),
                    neuron: 0,
                },
            });
        }
    }
}
