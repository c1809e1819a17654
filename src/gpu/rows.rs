//! What a gradient's slots are given, and what they leave behind.

use super::engine::Inner;
use super::kernel::Role;
use super::layout::Sizes;
use super::packed::{Packed, Recorded};
use super::record::{self, Stretch};
use super::schedule::{self, Capacities, Schedule};
use super::shown::{Shown, places};
use super::tables::Tables;
use crate::Result;
use crate::engine::{Cotangent, GradientOptions};
use crate::event::Recording;
use crate::problem::Problem;

/// A cotangent's row: what one slot contracts or sweeps back.
pub(super) struct Row<'a> {
    pub sample: usize,
    pub cotangent: &'a Cotangent,
    /// Where only one entry counts: which observable of the sample.
    pub only: Option<usize>,
}

impl Inner<'_> {
    /// How much room the spikes of a recording need.
    pub fn recorded_capacities(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
    ) -> Capacities {
        let mut capacities = self.capacities(problem);
        let n_inputs = problem.network.inputs().len();
        let fired = record::recorded_capacities(problem.network, recording);
        for (held, fired) in capacities.spikes[n_inputs..].iter_mut().zip(fired) {
            *held = (*held).max(fired);
        }
        capacities
    }

    /// Writes recordings, cotangents and inputs of all rows, and brings spikes to their places.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn upload_rows(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        rows: &[Row<'_>],
        tables: &Tables,
        sizes: Sizes,
    ) -> Result<()> {
        let is_one_sample = sizes.sample_stride == 0;
        let samples: Vec<usize> = match is_one_sample {
            true => rows[..1].iter().map(|row| row.sample).collect(),
            false => rows.iter().map(|row| row.sample).collect(),
        };
        let of_all = rows.first().filter(|_| !is_one_sample);
        let recorded = Recorded {
            recording,
            by_time: of_all.map(|row| &row.cotangent.spike_times[..]),
        };
        let packed = Packed::new(tables, problem, &samples, Some(&recorded));
        self.write_packed(&packed)?;
        let bytes = Swept::adjoint_bytes(tables, rows.len());
        self.buffers.clear(self.context, Role::Adjoints, bytes);
        let mut schedule = Schedule::new(sizes, tables.receptors);
        schedule::spread_recorded(&mut schedule, tables, &packed.most, samples.len() as u32);
        self.run(&schedule).await?;
        if is_one_sample {
            let adjoints = of_one_sample(tables, problem, recording, rows);
            self.buffers
                .write(self.context, Role::Adjoints, 0, &adjoints)?;
        }
        let mut observed = Vec::new();
        for row in rows {
            let n_spikes = recording.range(row.sample).len();
            observed.extend(row.observed(problem, recording, n_spikes));
        }
        self.buffers
            .write(self.context, Role::Observed, 0, &observed)?;
        let were: Vec<f32> = samples
            .iter()
            .flat_map(|&sample| places(tables, recording, sample))
            .collect();
        let n_times = problem.options.voltage_times.len() as u64;
        self.buffers
            .write(self.context, Role::Requested, n_times, &were)
    }
}

/// The derivatives by spikes' times of rows that are of one sample, `[row x place]`.
fn of_one_sample(
    tables: &Tables,
    problem: &Problem<'_>,
    recording: &Recording,
    rows: &[Row<'_>],
) -> Vec<f32> {
    let stretch = tables.stretch() as usize;
    let mut adjoints = vec![0.0; rows.len() * stretch];
    let Some(Row { sample, .. }) = rows.first() else {
        return adjoints;
    };
    let places = Stretch::recorded(tables, problem, recording, *sample).places;
    for (row, adjoints) in rows.iter().zip(adjoints.chunks_exact_mut(stretch)) {
        if let Some(&place) = row.only.and_then(|only| places.get(only)) {
            adjoints[place as usize] = 1.0;
        }
    }
    adjoints
}

impl Row<'_> {
    /// The cotangent of readouts, `[readout neuron x (integral, each time, then the maximum)]`.
    pub fn observed(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        n_spikes: usize,
    ) -> Vec<f32> {
        let shown = Shown::new(problem.options);
        let n_times = shown.n_times;
        let mut values = Vec::new();
        // Rows of a Jacobian: spikes, then for each readout voltages [time x neuron], integrals and maxima.
        let mut row = n_spikes;
        for (ix, readout) in recording.readouts().iter().enumerate() {
            let size = problem.network.populations()[readout.population].size;
            for neuron in 0..size {
                let integral = match self.only {
                    None => self.cotangent.integrals[ix][self.sample * size + neuron],
                    Some(only) => f64::from(u8::from(only == row + n_times * size + neuron)),
                };
                values.push(integral as f32);
                values.extend((0..n_times).map(|time| match self.only {
                    None => {
                        let at = (self.sample * n_times + time) * size + neuron;
                        self.cotangent.voltages[ix][at] as f32
                    }
                    Some(only) => f32::from(u8::from(only == row + time * size + neuron)),
                }));
                values.extend(shown.maximum().map(|column| match self.only {
                    None => self.cotangent.maxima[ix][self.sample * size + neuron] as f32,
                    Some(only) => f32::from(u8::from(only == row + column * size + neuron)),
                }));
            }
            row += shown.n_shown() * size;
        }
        values
    }
}

/// What a sweep left behind.
pub(super) struct Swept {
    /// Gradients, `[row x parameter]`.
    pub values: Vec<f32>,
    /// dL/d(spike time), `[slot x place]`.
    adjoints: Vec<f32>,
    bases: Vec<usize>,
    stretch: usize,
    pub n_slots: usize,
}

impl Swept {
    /// What was read back, as bytes.
    pub fn new(tables: &Tables, n_slots: usize, values: &[u8], adjoints: &[u8]) -> Self {
        Self {
            values: bytemuck::pod_collect_to_vec(values),
            adjoints: bytemuck::pod_collect_to_vec(adjoints),
            bases: tables.sources.iter().map(|s| s.base as usize).collect(),
            stretch: tables.stretch() as usize,
            n_slots,
        }
    }

    /// How many bytes of adjoints it takes.
    pub fn adjoint_bytes(tables: &Tables, n_slots: usize) -> u64 {
        n_slots as u64 * u64::from(tables.stretch()) * 4
    }

    /// How many of them are read: none unless the times of inputs are asked for.
    pub fn read_bytes(tables: &Tables, n_slots: usize, options: &GradientOptions) -> u64 {
        match options.input_times {
            true => Self::adjoint_bytes(tables, n_slots),
            false => 0,
        }
    }

    /// The adjoints of a sample's input spikes, in the batch's order.
    pub fn input_times(&self, problem: &Problem<'_>, sample: usize, slot: usize) -> Vec<f64> {
        let groups = problem.network.inputs();
        let mut next = vec![0; groups.len()];
        let inputs = problem.inputs.sample(sample);
        inputs
            .map(|spike| {
                let source = groups.partition_point(|group| group.first_unit <= spike.unit) - 1;
                let place = self.bases[source] + next[source];
                next[source] += 1;
                f64::from(self.adjoints[slot * self.stretch + place])
            })
            .collect()
    }
}

/// Clears what was computed on the way but not asked for.
pub(super) fn clear_unasked(problem: &Problem<'_>, options: &GradientOptions, values: &mut [f64]) {
    for tensor in problem.network.layout().tensors() {
        if !options.asks(tensor.kind) {
            values[tensor.range.clone()].fill(0.0);
        }
    }
}
