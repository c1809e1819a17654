//! A large network in time.

use super::events::Given;
use super::handed_on::handed_on;
use super::kinds::Kinds;
use super::sampled::Sampling;
use super::way::{Way, WayState};
use crate::Result;
use crate::network::{NetworkInRows, Source};
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
/// Partitions are advanced by the threads of the current rayon pool, which sleep while there is nothing to do. Where some synapse
/// has no delay the network goes from event to event, on one thread.
#[derive(Debug, Clone)]
pub struct CpuStream {
    network: NetworkInRows,
    window: f64,
    kinds: Kinds,
    way: Way,
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
    way: WayState,
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
        if network.shortest_delay() == 0.0 {
            return Ok(Self::by_event(network, window));
        }
        let kinds = Kinds::new(network, window);
        let way = Way::in_windows(network, window);
        Ok(Self::at_start(network, window, kinds, way))
    }

    /// A network at time 0, to go from event to event in blocks of `window` ms.
    pub(super) fn by_event(network: &NetworkInRows, window: f64) -> Self {
        let kinds = Kinds::new(network, window);
        let way = Way::by_event(network, &kinds);
        Self::at_start(network, window, kinds, way)
    }

    fn at_start(network: &NetworkInRows, window: f64, kinds: Kinds, way: Way) -> Self {
        let mut generated: Vec<(f64, usize, u32)> = Vec::new();
        for (ix, generators) in network.generators.iter().enumerate() {
            for (channel, train) in generators.trains.iter().enumerate() {
                generated.extend(train.iter().map(|&time| (time, ix, channel as u32)));
            }
        }
        generated.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            network: network.clone(),
            window,
            kinds,
            way,
            now: 0,
            fired: Vec::new(),
            generated,
            next_generated: 0,
            handover: Handover::default(),
            recorders: Vec::new(),
            reached: 0.0,
            ids: 0,
        }
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
        self.way.synaptic_events()
    }

    /// What the neurons take in memory, in bytes: 25 each, 16 for each receptor and 16 for each Poisson drive; where
    /// some synapse has no delay about 80 each and 16 for each drive. Some 200 more where the values of a population differ from
    /// neuron to neuron. Spikes on their way and room to work in come on top.
    pub fn neuron_bytes(&self) -> u64 {
        self.way.neuron_bytes() + self.kinds.bytes()
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
            let samples = self.way.samples();
            if !samples.is_empty() {
                states(&samples)?;
            }
            self.handover.pass(until, window, last, &mut spikes)?;
        }
        self.reach(until);
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
        recorder.check(self.network.neurons() as u32)?;
        self.recorders.push(recorder);
        Ok(self.recorders.len() - 1)
    }

    /// Goes on through one window; its spikes, by time, then neuron.
    pub(super) fn step(&mut self) -> Result<Vec<StreamSpike>> {
        let now = self.now;
        let spikes = self.advance()?;
        if let Way::InWindows { .. } = self.way {
            self.hand_on(now, &spikes);
        }
        Ok(spikes)
    }

    /// Goes on through one window with what was handed on before it; the spikes of its partitions, by time, then neuron.
    /// Where partitions go in windows, call [`hand_on`](Self::hand_on) with the spikes of all partitions before the first of them
    /// arrives.
    pub(super) fn advance(&mut self) -> Result<Vec<StreamSpike>> {
        let (now, window) = (self.now, self.window);
        let due = self.next_generated..self.generated_before(now + 1);
        let given = Given {
            network: &self.network,
            kinds: &self.kinds,
            generated: &self.generated[due.clone()],
            samplings: &self.samplings(now),
            now,
            window,
        };
        let spikes = match &mut self.way {
            Way::InWindows { arch, parts } => {
                let spikes = Way::step_windows((*arch, parts), &given, &self.fired)?;
                self.fired.clear();
                spikes
            }
            Way::ByEvent(events) => {
                events.step(given, &mut self.ids)?;
                self.fired.clone_from(&events.fired);
                self.next_generated = due.end;
                events.spikes.clone()
            }
        };
        self.now += 1;
        Ok(spikes)
    }

    /// Hands the spikes of all neurons in window number `of`, by time, then neuron, and those of generators on to the next windows.
    pub(super) fn hand_on(&mut self, of: u64, spikes: &[StreamSpike]) {
        // What an earlier window has fired comes first.
        self.way.enqueue(&self.network, &self.fired);
        let due = self.next_generated..self.generated_before(of + 1);
        self.next_generated = due.end;
        let generated = &self.generated[due];
        let start = of as f64 * self.window;
        self.fired = handed_on(&self.network, (of, start), spikes, generated, &mut self.ids);
    }

    /// How many spikes of generators lie before window number `now`.
    fn generated_before(&self, now: u64) -> usize {
        let start = now as f64 * self.window;
        let rest = &self.generated[self.next_generated..];
        self.next_generated + rest.partition_point(|(time, ..)| *time < start)
    }

    /// What recorders ask of a window.
    pub(super) fn samplings(&self, now: u64) -> Vec<Sampling> {
        Sampling::all(&self.recorders, now, self.window)
    }

    /// Where the simulation is.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            now: self.now,
            way: self.way.state(),
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
        self.way.restore(checkpoint.way);
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
        self.way.load(&self.network, state);
    }

    /// How many spikes generators have fired.
    pub(super) fn generated_so_far(&self) -> usize {
        self.next_generated
    }

    pub(super) fn handover(&self) -> &Handover {
        &self.handover
    }

    pub(super) fn handover_mut(&mut self) -> &mut Handover {
        &mut self.handover
    }

    /// Notes that a run has gone to `until` ms.
    pub(super) fn reach(&mut self, until: f64) {
        self.reached = self.reached.max(until);
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

    pub(super) fn way(&self) -> &Way {
        &self.way
    }

    pub(super) fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    pub(super) fn network(&self) -> &NetworkInRows {
        &self.network
    }
}
