//! What becomes of the derivatives as they are made: contracted, or written down.

use ndarray::Array2;

use super::columns::Columns;
use crate::cpu::compiled::Compiled;
use crate::cpu::replay::Replay;
use crate::engine::{Cotangent, Jacobian};
use crate::event::Recording;

/// Names an observable of a sample.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row {
    /// The time of a population's spike.
    Spike { population: usize, spike: usize },
    /// A readout's voltage at a requested time.
    Voltage {
        population: usize,
        time_ix: usize,
        neuron: usize,
    },
    /// The integral of a readout's voltage.
    Integral { population: usize, neuron: usize },
    /// The largest voltage of a readout.
    Maximum { population: usize, neuron: usize },
}

/// Takes the derivatives of observables with respect to a tile of columns.
pub(super) trait Collect {
    /// `values` are the derivatives for the columns from `first` of the tile on; the others are zero.
    fn row(&mut self, row: Row, first: usize, values: &[f64]);
}

/// Sums derivatives weighted by a cotangent: the gradient of one tile.
pub(super) struct Contract<'a> {
    pub compiled: &'a Compiled<'a>,
    pub replay: &'a Replay<'a>,
    pub recording: &'a Recording,
    pub cotangent: &'a Cotangent,
    pub sample: usize,
    /// `len = tile width`.
    pub sum: Vec<f64>,
}

impl Contract<'_> {
    fn weight(&self, row: Row) -> f64 {
        let readout = |population: usize| {
            let readouts = self.recording.readouts().iter();
            readouts.take_while(|r| r.population != population).count()
        };
        let size = |population: usize| self.compiled.populations[population].size;
        match row {
            Row::Spike { population, spike } => {
                let place = self.replay.places[population][spike] as usize;
                self.cotangent.spike_times[self.recording.range(self.sample).start + place]
            }
            Row::Voltage {
                population,
                time_ix,
                neuron,
            } => {
                let n_times = self.compiled.problem.options.voltage_times.len();
                let at = (self.sample * n_times + time_ix) * size(population) + neuron;
                self.cotangent.voltages[readout(population)][at]
            }
            Row::Integral { population, neuron } => {
                let at = self.sample * size(population) + neuron;
                self.cotangent.integrals[readout(population)][at]
            }
            Row::Maximum { population, neuron } => {
                let at = self.sample * size(population) + neuron;
                self.cotangent.maxima[readout(population)][at]
            }
        }
    }
}

impl Collect for Contract<'_> {
    fn row(&mut self, row: Row, first: usize, values: &[f64]) {
        let weight = self.weight(row);
        if weight != 0.0 {
            for (sum, value) in self.sum[first..].iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
    }
}

/// Writes derivatives into the rows of a Jacobian.
pub(super) struct Write<'a> {
    pub compiled: &'a Compiled<'a>,
    pub replay: &'a Replay<'a>,
    pub columns: &'a Columns,
    pub first_column: usize,
    pub jacobian: &'a mut Jacobian,
}

impl Write<'_> {
    /// Spikes first, then for each readout its voltages, its integrals and its maxima.
    fn place(&self, row: Row) -> usize {
        let options = self.compiled.problem.options;
        let n_times = options.voltage_times.len();
        let per_neuron = n_times + 1 + usize::from(options.record_maxima);
        let n_spikes: usize = self.replay.places.iter().map(Vec::len).sum();
        let before = |population: usize| {
            let readouts = self.compiled.populations[..population].iter();
            let sizes = readouts
                .filter(|p| !p.is_spiking)
                .map(|p| p.size * per_neuron);
            n_spikes + sizes.sum::<usize>()
        };
        let size = |population: usize| self.compiled.populations[population].size;
        match row {
            Row::Spike { population, spike } => self.replay.places[population][spike] as usize,
            Row::Voltage {
                population,
                time_ix,
                neuron,
            } => before(population) + time_ix * size(population) + neuron,
            Row::Integral { population, neuron } => {
                before(population) + n_times * size(population) + neuron
            }
            Row::Maximum { population, neuron } => {
                before(population) + (n_times + 1) * size(population) + neuron
            }
        }
    }
}

impl Collect for Write<'_> {
    fn row(&mut self, row: Row, first: usize, values: &[f64]) {
        let place = self.place(row);
        let n_parameters = self.jacobian.parameters.ncols();
        let flat = &self.columns.flat[self.first_column + first..];
        let put = |matrix: &mut Array2<f64>, column: usize, value: f64| {
            matrix[[place, column]] = value;
        };
        for (&column, &value) in flat.iter().zip(values) {
            if column < n_parameters {
                put(&mut self.jacobian.parameters, column, value);
            } else {
                put(&mut self.jacobian.input_times, column - n_parameters, value);
            }
        }
    }
}
