//! The gradient of a scalar loss over a run of a large network, by one sweep backward.
//!
//! As the sweep forward: in a window an arrival only reads the adjoint of its target, so neurons without a spike or a
//! release need no order, and all they need is their adjoint at the window's end. Nothing of the potentials is
//! remembered but the slopes at spikes and releases (Wunderlich and Pehle 2021; Lee et al. 2023 for the same numbers forward in time).
//! Where some synapse has no delay it goes back from event to event, along what the simulation noted.

mod by_event;
mod cotangents;
mod neuron;
mod places;
mod reverse;

use rayon::prelude::*;

use super::record::{PartWindow, Window};
use super::simulation::{Checkpoint, CpuStream, Fired};
use super::way::Way;
use super::{StreamOptions, StreamSpike};
use crate::Result;
use crate::engine::{StreamGradient, StreamGradientOptions};
use crate::network::{NetworkInRows, PopulationInRows, Source};
use by_event::ReverseEvents;
use cotangents::Cotangents;
use reverse::ReversePart;

/// The gradient of a loss of the spikes until `until` ms.
///
/// `spikes` sees all spikes on the way forward, in order, window by window, as from [`CpuStream::run`]; `cotangent` is then called with the
/// spikes of a window and fills in dL/d(spike time) for each (0 where the loss does not depend on it), from the last window to the first.
///
/// # Errors
/// Those of a simulation, those of `spikes`, or options out of range.
pub fn stream_gradient(
    network: &NetworkInRows,
    options: &StreamGradientOptions,
    until: f64,
    mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    mut cotangent: impl FnMut(&[StreamSpike], &mut [f64]),
) -> Result<StreamGradient> {
    options.check(until)?;
    let window = options.window;
    let mut simulation = CpuStream::new(network, StreamOptions { window })?;
    let mut checkpoints: Vec<Checkpoint> = Vec::new();
    while simulation.end() < until {
        checkpoints.push(simulation.checkpoint());
        let end = (simulation.next_window() + options.segment) as f64 * simulation.window();
        simulation.run(end.min(until), &mut spikes)?;
    }
    let mut sweep = Sweep::new(&simulation, options, until);
    let mut end = simulation.next_window();
    while let Some(checkpoint) = checkpoints.pop() {
        simulation.restore(checkpoint);
        let windows = replay(&mut simulation, end)?;
        end -= windows.len() as u64;
        for window in windows.into_iter().rev() {
            let earlier = sweep.window(&simulation, &window, &mut cotangent);
            sweep.add(earlier);
        }
    }
    let (_, found) = sweep.own(&simulation);
    Ok(found.completed(&simulation))
}

/// Simulates the windows before number `end` again, and remembers them.
fn replay(simulation: &mut CpuStream, end: u64) -> Result<Vec<Window>> {
    let mut windows = Vec::new();
    while simulation.next_window() < end {
        simulation.step()?;
        windows.push(Window::last(simulation));
    }
    Ok(windows)
}

/// As a simulation went.
enum WayBack {
    InWindows(Vec<ReversePart>),
    ByEvent(ReverseEvents),
}

/// The way back.
pub(super) struct Sweep {
    cotangents: Cotangents,
    way: WayBack,
    generator_times: Vec<Vec<Vec<f64>>>,
    until: f64,
    window: f64,
    spikes: u64,
    slope_floor: f64,
}

impl Sweep {
    pub fn new(simulation: &CpuStream, options: &StreamGradientOptions, until: f64) -> Self {
        let network = simulation.network();
        let parts = 0..network.partitions();
        let way = match simulation.way() {
            Way::InWindows { .. } => {
                WayBack::InWindows(parts.map(|part| ReversePart::new(network, part)).collect())
            }
            Way::ByEvent(_) => WayBack::ByEvent(ReverseEvents::new(network)),
        };
        let generators = network
            .generators
            .iter()
            .map(|g| vec![Vec::new(); g.trains.len()]);
        Self {
            cotangents: Cotangents::new(simulation.ids()),
            way,
            generator_times: generators.collect(),
            until,
            window: simulation.window(),
            spikes: 0,
            slope_floor: options.slope_floor,
        }
    }

    /// Goes back through one window. What its arrivals add to dL/d(time) of the spikes that they come from, by id: give it to
    /// [`add`](Self::add) before going back to the windows of those spikes.
    pub fn window(
        &mut self,
        simulation: &CpuStream,
        window: &Window,
        cotangent: &mut impl FnMut(&[StreamSpike], &mut [f64]),
    ) -> Vec<(u64, f64)> {
        let seen: Vec<&Fired> = window.fired_until(self.until, self.window).collect();
        let spikes: Vec<StreamSpike> = seen.iter().map(|fired| fired.spike).collect();
        let mut values = vec![0.0; spikes.len()];
        cotangent(&spikes, &mut values);
        for (fired, value) in seen.iter().zip(&values) {
            self.cotangents.add(fired.id, *value);
        }
        self.spikes += spikes.len() as u64;
        if let WayBack::ByEvent(events) = &mut self.way {
            let (log, cotangents) = (&window.log[..], &mut self.cotangents);
            events.block(simulation, log, cotangents, self.slope_floor);
        }
        for fired in window.fired.iter().rev() {
            if let Source::Input(id) = fired.source {
                let value = self.cotangents.get(fired.id);
                self.generator_times[id.0][fired.number as usize].push(value);
            }
        }
        let mut own: Vec<(u32, f64)> = window
            .fired
            .iter()
            .filter(|fired| matches!(fired.source, Source::Population(_)))
            .map(|fired| (fired.spike.neuron, self.cotangents.get(fired.id)))
            .collect();
        // Stable: the spikes of one neuron stay in the order of time.
        own.sort_by_key(|(neuron, _)| *neuron);
        if let Some(first) = window.fired.iter().map(|fired| fired.id).min() {
            self.cotangents.forget_from(first);
        }
        let (own, length, slope_floor) = (&own[..], self.window, self.slope_floor);
        let back = |(part, left): (&mut ReversePart, &PartWindow)| {
            part.window(simulation, left, own, length, slope_floor);
        };
        let WayBack::InWindows(parts) = &mut self.way else {
            return Vec::new();
        };
        match &mut parts[..] {
            // Waking another thread up takes longer than a small network's window.
            [part] => back((part, &window.parts[0])),
            parts => parts.par_iter_mut().zip(&window.parts).for_each(back),
        }
        let earlier = parts.iter().flat_map(|part| &part.earlier);
        earlier.copied().collect()
    }

    /// Adds to dL/d(spike time) of spikes that are still to be met.
    pub fn add(&mut self, earlier: impl IntoIterator<Item = (u64, f64)>) {
        for (id, value) in earlier {
            self.cotangents.add(id, value);
        }
    }

    /// The part of each partition in the drives, in their order; and the sums over the partitions that are here.
    pub fn own(self, simulation: &CpuStream) -> (Vec<Vec<f64>>, Found) {
        let network = simulation.network();
        let mut gradient = StreamGradient {
            weights: Vec::new(),
            delays: Vec::new(),
            thresholds: Vec::new(),
            neuron_thresholds: Vec::new(),
            drives: vec![0.0; network.drives.len()],
            generator_times: self.generator_times,
            initial_potentials: Vec::new(),
            spikes: self.spikes,
            grazing: 0,
        };
        let drives = match self.way {
            WayBack::InWindows(parts) => {
                let drives = parts.iter().map(|part| part.drives.clone()).collect();
                parts
                    .into_iter()
                    .for_each(|part| part.add_to(&mut gradient));
                drives
            }
            WayBack::ByEvent(events) => {
                events.add_to(&mut gradient);
                Vec::new()
            }
        };
        (drives, Found(gradient))
    }
}

/// What all partitions have found: without what follows from it.
pub(super) struct Found(pub StreamGradient);

impl Found {
    /// With the thresholds of populations and the times of all generators' spikes.
    pub fn completed(self, simulation: &CpuStream) -> StreamGradient {
        let (network, mut gradient) = (simulation.network(), self.0);
        let own = |population: &PopulationInRows| {
            let neurons = population.neurons.start as usize..population.neurons.end as usize;
            gradient.neuron_thresholds[neurons].iter().sum()
        };
        gradient.thresholds = network.populations().iter().map(own).collect();
        for train in gradient.generator_times.iter_mut().flatten() {
            train.reverse();
        }
        // Spikes that lie beyond the run move nothing.
        for (times, generators) in gradient
            .generator_times
            .iter_mut()
            .zip(network.generators.iter())
        {
            for (times, train) in times.iter_mut().zip(&generators.trains) {
                times.resize(train.len(), 0.0);
            }
        }
        gradient
    }
}
