//! Derivatives of spike times with respect to chosen parameters, forward in time
//! (Lee, Haghighatshoar and Karbasi 2023).
//!
//! In a window the sensitivities of all neurons obey the flow that potentials obey, and what arrivals do to them adds up
//! likewise; only neurons that fire or are released are taken event by event. The cost is that of the simulation for each
//! parameter that reaches a neuron, so choose few; for one number that depends on all spikes there is the adjoint.

mod by_event;
mod chosen;
mod neuron;
mod part;

use std::collections::VecDeque;

use super::record::Window;
use super::simulation::{CpuStream, Fired};
use super::way::Way;
use super::{StreamOptions, StreamSpike};
use crate::Result;
use crate::network::{NetworkInRows, Source};
use crate::stream::{SpikeDerivatives, StreamParameter, check_derivatives};
use by_event::ForwardEvents;
use chosen::Chosen;
use part::ForwardPart;

/// The derivatives of every spike time until `until` ms with respect to `parameters`, handed over window by
/// window. Returns how many spikes were slower than `slope_floor` (relative to their neuron's own scale, as
/// [`GradientOptions::slope_floor`](crate::GradientOptions::slope_floor) says), whose derivatives are bounded as if that were their slope.
///
/// # Errors
/// Those of a simulation, those of `spikes`, an end that is not finite, a parameter that the network does not have.
pub fn stream_derivatives(
    network: &NetworkInRows,
    options: StreamOptions,
    parameters: &[StreamParameter],
    slope_floor: f64,
    until: f64,
    mut spikes: impl FnMut(SpikeDerivatives) -> Result<()>,
) -> Result<u64> {
    check_derivatives(network, parameters, slope_floor, until)?;
    let mut carried = Carried::new(network, options, parameters, slope_floor)?;
    while carried.end() < until {
        carried.step(until, &mut spikes)?;
    }
    Ok(carried.grazing())
}

/// A run, and the derivatives of its spike times with respect to some parameters.
pub(super) struct Carried {
    simulation: CpuStream,
    chosen: Chosen,
    forward: Forward,
    underway: Underway,
    /// Of each generator, how many spikes there were.
    generated: Vec<Vec<usize>>,
}

impl Carried {
    /// At time 0, for checked parameters.
    pub fn new(
        network: &NetworkInRows,
        options: StreamOptions,
        parameters: &[StreamParameter],
        slope_floor: f64,
    ) -> Result<Self> {
        let chosen = Chosen::new(network, parameters);
        let simulation = CpuStream::new(network, options)?;
        let forward = match simulation.way() {
            Way::InWindows { .. } => {
                let parts = 0..network.partitions();
                let part = |part| ForwardPart::new(network, part, &chosen, slope_floor);
                Forward::InWindows(parts.map(part).collect())
            }
            Way::ByEvent(_) => Forward::ByEvent(ForwardEvents::new(network, &chosen, slope_floor)),
        };
        let generators = network.generators.iter();
        let generated = generators.map(|generators| vec![0; generators.trains.len()]);
        Ok(Self {
            generated: generated.collect(),
            underway: Underway::default(),
            simulation,
            chosen,
            forward,
        })
    }

    /// How far the run is, in ms.
    pub fn end(&self) -> f64 {
        self.simulation.end()
    }

    /// The length of a window in ms.
    pub fn window(&self) -> f64 {
        self.simulation.window()
    }

    /// How many spikes were slower than the slope floor.
    pub fn grazing(&self) -> u64 {
        self.forward.grazing()
    }

    /// Goes on through a window, and hands over its spikes until `until` ms, if there are any.
    pub fn step(
        &mut self,
        until: f64,
        spikes: &mut impl FnMut(SpikeDerivatives) -> Result<()>,
    ) -> Result<()> {
        let Self {
            simulation,
            chosen,
            forward,
            underway,
            generated,
        } = self;
        simulation.step()?;
        let window = simulation.window();
        let left = Window::last(simulation);
        for fired in &left.fired {
            if let Source::Input(id) = fired.source {
                let spike = &mut generated[id.0][fired.number as usize];
                underway.set(fired.id, chosen.generator_row(id, fired.number, *spike));
                *spike += 1;
            }
        }
        forward.window(simulation, &left, underway, chosen);
        let oldest = simulation.network().longest_delay() + window;
        underway.forget(simulation.end() - oldest, &left.fired, window);
        let seen: Vec<&Fired> = left.fired_until(until, window).collect();
        if seen.is_empty() {
            return Ok(());
        }
        let fired: Vec<StreamSpike> = seen.iter().map(|fired| fired.spike).collect();
        let mut rows = Vec::with_capacity(fired.len() * chosen.len());
        for fired in seen {
            match underway.row(fired.id) {
                // Whether a zero has a sign depends on what else has a column.
                Some(row) => rows.extend(row.iter().map(|moved| moved + 0.0)),
                None => rows.resize(rows.len() + chosen.len(), 0.0),
            }
        }
        spikes(SpikeDerivatives {
            spikes: &fired,
            rows: &rows,
        })
    }
}

/// As a simulation goes.
enum Forward {
    InWindows(Vec<ForwardPart>),
    ByEvent(ForwardEvents),
}

impl Forward {
    /// Goes on through a window; `underway` gets how its neurons' spikes move.
    fn window(
        &mut self,
        simulation: &CpuStream,
        left: &Window,
        underway: &mut Underway,
        chosen: &Chosen,
    ) {
        match self {
            Self::InWindows(parts) => {
                for (part, left) in parts.iter_mut().zip(&left.parts) {
                    part.window(simulation, left, underway, chosen, simulation.window());
                }
                for fired in &left.fired {
                    if let Source::Population(_) = fired.source {
                        underway.set(fired.id, row_of(fired, parts));
                    }
                }
            }
            Self::ByEvent(events) => events.block(simulation, &left.log, underway, chosen),
        }
    }

    /// How many spikes were slower than the slope floor.
    fn grazing(&self) -> u64 {
        match self {
            Self::InWindows(parts) => parts.iter().map(|part| part.grazing).sum(),
            Self::ByEvent(events) => events.grazing,
        }
    }
}

/// The derivative of a neuron's spike time.
fn row_of(fired: &Fired, parts: &[ForwardPart]) -> Option<Vec<f64>> {
    let spike = &fired.spike;
    parts
        .iter()
        .find_map(|part| part.row_of(spike.neuron, spike.offset))
}

/// The derivatives of the spikes that may still arrive, by id.
#[derive(Debug, Default)]
pub(super) struct Underway {
    first: u64,
    rows: VecDeque<Option<Vec<f64>>>,
    /// For each window with spikes, its end in ms and the id after its last.
    windows: VecDeque<(f64, u64)>,
}

impl Underway {
    /// Notes how a spike moves; `None` where it does not. Of a window spikes may come in any order.
    fn set(&mut self, id: u64, row: Option<Vec<f64>>) {
        let ix = (id - self.first) as usize;
        if self.rows.len() <= ix {
            self.rows.resize(ix + 1, None);
        }
        self.rows[ix] = row.filter(|row| row.iter().any(|moved| *moved != 0.0));
    }

    /// `None` where it is zero.
    pub fn row(&self, id: u64) -> Option<&[f64]> {
        self.rows[(id - self.first) as usize].as_deref()
    }

    /// Forgets spikes that were fired before `time`, after those of a window have been added.
    fn forget(&mut self, time: f64, fired: &[Fired], window: f64) {
        if let Some(last) = fired.iter().map(|fired| fired.id).max() {
            let end = (fired[0].spike.window + 1) as f64 * window;
            self.windows.push_back((end, last + 1));
        }
        while self.windows.front().is_some_and(|(end, _)| *end < time) {
            if let Some((_, after)) = self.windows.pop_front() {
                let gone = (after - self.first) as usize;
                self.rows.drain(..gone);
                self.first = after;
            }
        }
    }
}
