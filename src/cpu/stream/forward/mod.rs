//! Derivatives of spike times with respect to chosen parameters, forward in time
//! (Lee, Haghighatshoar and Karbasi 2023).
//!
//! In a window the sensitivities of all neurons obey the flow that potentials obey, and what arrivals do to them adds up
//! likewise; only neurons that fire or are released are taken event by event. The cost is that of the simulation for each
//! parameter that reaches a neuron, so choose few; for one number that depends on all spikes there is the adjoint.

mod chosen;
mod part;

use std::collections::VecDeque;

use super::record::Window;
use super::simulation::{CpuStream, Fired};
use super::{StreamOptions, StreamSpike};
use crate::network::{InputId, NetworkInRows, PopulationId, Source};
use crate::{Error, Result};
use chosen::Chosen;
use part::ForwardPart;

/// What a spike time is differentiated with respect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamParameter {
    /// The weight of a synapse: its place in [`NetworkInRows::placed_synapses`].
    Weight(u64),
    /// The delay of a synapse, likewise.
    Delay(u64),
    /// The threshold of a population, for all neurons alike.
    Threshold(PopulationId),
    /// The threshold of a neuron, counted through the network.
    NeuronThreshold(u32),
    /// The weight of a Poisson drive, in the order in which drives were described.
    Drive(usize),
    /// The time of a generator's spike.
    GeneratorTime {
        /// Which generators.
        generators: InputId,
        /// Which of them.
        channel: u32,
        /// Which of its spikes.
        spike: usize,
    },
    /// The potential of a neuron, counted through the network, at the start.
    InitialPotential(u32),
}

/// Spikes with the derivatives of their times.
#[derive(Debug, Clone, Copy)]
pub struct SpikeDerivatives<'a> {
    /// Those of one window, by time, then neuron.
    pub spikes: &'a [StreamSpike],
    /// `[spike x parameter]`, row by row; ms per unit of the parameter.
    pub rows: &'a [f64],
}

/// The derivatives of every spike time until `until` ms with respect to `parameters`, handed over window by
/// window. Returns how many spikes were slower than `slope_floor` (relative to their neuron's own scale, as
/// [`GradientOptions::slope_floor`](crate::GradientOptions::slope_floor) says), whose derivatives are bounded as if that were their slope.
///
/// # Errors
/// Those of a simulation, those of `spikes`, a parameter that the network does not have.
pub fn stream_derivatives(
    network: &NetworkInRows,
    options: StreamOptions,
    parameters: &[StreamParameter],
    slope_floor: f64,
    until: f64,
    mut spikes: impl FnMut(SpikeDerivatives) -> Result<()>,
) -> Result<u64> {
    if !(slope_floor.is_finite() && slope_floor > 0.0) {
        let remedy = "give a finite number above zero, in units of threshold distance over membrane time constant";
        return Err(Error::invalid("slope_floor", slope_floor, remedy));
    }
    let chosen = Chosen::new(network, parameters)?;
    let mut simulation = CpuStream::new(network, options)?;
    let window = simulation.window();
    let mut parts: Vec<ForwardPart> = (0..network.partitions())
        .map(|part| ForwardPart::new(network, part, &chosen, slope_floor))
        .collect();
    let mut underway = Underway::default();
    let mut generated = vec![Vec::new(); network.generators.len()];
    for (counts, generators) in generated.iter_mut().zip(network.generators.iter()) {
        counts.resize(generators.trains.len(), 0_usize);
    }
    while simulation.end() < until {
        simulation.step()?;
        let left = Window::last(&simulation);
        for (part, left) in parts.iter_mut().zip(&left.parts) {
            part.window(&simulation, left, &underway, &chosen, window);
        }
        for fired in &left.fired {
            underway.push(row_of(fired, &parts, &chosen, &mut generated));
        }
        let oldest = network.longest_delay() + window;
        underway.forget(simulation.end() - oldest, &left.fired, window);
        let seen: Vec<&Fired> = left.fired_until(until, window).collect();
        let fired: Vec<StreamSpike> = seen.iter().map(|fired| fired.spike).collect();
        let mut rows = Vec::with_capacity(fired.len() * chosen.len());
        for fired in seen {
            match underway.row(fired.id) {
                Some(row) => rows.extend_from_slice(row),
                None => rows.resize(rows.len() + chosen.len(), 0.0),
            }
        }
        if !fired.is_empty() {
            spikes(SpikeDerivatives {
                spikes: &fired,
                rows: &rows,
            })?;
        }
    }
    Ok(parts.iter().map(|part| part.grazing).sum())
}

/// The derivative of a spike's time; `None` where it is zero for every parameter.
fn row_of(
    fired: &Fired,
    parts: &[ForwardPart],
    chosen: &Chosen,
    generated: &mut [Vec<usize>],
) -> Option<Vec<f64>> {
    match fired.source {
        Source::Population(_) => parts
            .iter()
            .find_map(|part| part.row_of(fired.spike.neuron, fired.spike.offset))
            .filter(|row| row.iter().any(|moved| *moved != 0.0)),
        Source::Input(id) => {
            let spike = &mut generated[id.0][fired.number as usize];
            *spike += 1;
            chosen.generator_row(id, fired.number, *spike - 1)
        }
    }
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
    fn push(&mut self, row: Option<Vec<f64>>) {
        self.rows.push_back(row);
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
