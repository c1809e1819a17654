//! Sweeping back over a recording, chunk by chunk of samples; and one row of a Jacobian a slot.

use super::engine::Inner;
use super::kernel::Role;
use super::kernels;
use super::layout::{State, WORKGROUP};
use super::memory::{self, PerSlot};
use super::record::{self, Stretch};
use super::schedule::{self, Capacities, Sweep};
use super::tables::Tables;
use crate::engine::{Cotangent, Gradient, GradientOptions, Jacobian};
use crate::event::Recording;
use crate::model::TensorKind;
use crate::problem::Problem;
use crate::Result;

/// Words of a sweep's state of one neuron.
const LANE_WORDS: u64 = 8;

/// How often a sweep is repeated with more room before something must be wrong.
const MOST_REPEATS: usize = 40;

/// A cotangent's rows: what one slot sweeps back.
struct Row<'a> {
    sample: usize,
    cotangent: &'a Cotangent,
    /// Where only one entry counts: which observable of the sample.
    only: Option<usize>,
}

impl Inner<'_> {
    /// The gradient by the adjoint.
    pub async fn adjoint_gradient(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        let n_values = problem.network.layout().len();
        let mut gradient = Gradient {
            parameters: vec![0.0; n_values],
            input_times: Vec::new(),
            grazing_spikes: grazing(recording, 0..recording.n_spikes(), options),
        };
        let mut first = 0;
        while first < recording.n_samples() {
            let rows: Vec<Row<'_>> = (first..recording.n_samples())
                .map(|sample| Row { sample, cotangent, only: None })
                .collect();
            let swept = self.sweep(problem, recording, &rows, options, false).await?;
            for (sum, &value) in gradient.parameters.iter_mut().zip(&swept.values[..n_values]) {
                *sum += f64::from(value);
            }
            if options.input_times {
                for slot in 0..swept.n_slots {
                    gradient.input_times.extend(swept.input_times(problem, first + slot, slot));
                }
            }
            first += swept.n_slots;
        }
        clear_unasked(problem, options, &mut gradient.parameters);
        Ok(gradient)
    }

    /// One sample's Jacobian by the adjoint, a slot for each row.
    pub async fn adjoint_jacobian(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        let mut jacobian = Jacobian::zeros(problem, recording, sample);
        jacobian.grazing_spikes = grazing(recording, recording.range(sample), options);
        let cotangent = Cotangent::zeros(recording);
        let n_values = problem.network.layout().len();
        let n_rows = jacobian.parameters.nrows();
        let mut first = 0;
        while first < n_rows {
            let rows: Vec<Row<'_>> = (first..n_rows)
                .map(|row| Row { sample, cotangent: &cotangent, only: Some(row) })
                .collect();
            let swept = self.sweep(problem, recording, &rows, options, true).await?;
            for slot in 0..swept.n_slots {
                let values = &swept.values[slot * n_values..(slot + 1) * n_values];
                let mut row: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
                clear_unasked(problem, options, &mut row);
                jacobian.parameters.row_mut(first + slot).assign(&ndarray::aview1(&row));
                if options.input_times {
                    let times = swept.input_times(problem, sample, slot);
                    jacobian.input_times.row_mut(first + slot).assign(&ndarray::aview1(&times));
                }
            }
            first += swept.n_slots;
        }
        Ok(jacobian)
    }

    /// Sweeps back as many of the rows as fit at once.
    async fn sweep(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        rows: &[Row<'_>],
        options: &GradientOptions,
        is_one_sample: bool,
    ) -> Result<Swept> {
        for _ in 0..MOST_REPEATS {
            let capacities = self.recorded_capacities(problem, recording);
            let tables = Tables::new(problem, &capacities.spikes)?;
            let n_times = problem.options.voltage_times.len();
            let n_values = problem.network.layout().len();
            let per_slot = per_slot(&tables, &capacities, n_times, n_values);
            let n_slots = memory::slots(self.context, self.budget, rows.len(), &per_slot)?;
            self.prepare(problem, &tables, &per_slot, n_slots)?;
            let rows = &rows[..n_slots];
            self.upload_rows(problem, recording, rows, &tables, is_one_sample);
            self.buffers.clear(self.context, Role::Gradient, (n_slots * n_values * 4) as u64);
            let sweep = Sweep {
                n_slots: n_slots as u32,
                is_one_sample,
                slope_floor: options.slope_floor as f32,
                needs_delays: options.delays,
                needs_inputs: options.input_times,
                voltage_times: &problem.options.voltage_times,
                n_values: n_values as u32,
            };
            let mut schedule = schedule::adjoint(&tables, &capacities, &sweep);
            if !is_one_sample {
                schedule.push(reduce(&tables, &capacities, &sweep));
            }
            self.run(&schedule).await?;
            let stretch = tables.stretch() as usize;
            let n_rows = if is_one_sample { n_slots } else { 1 };
            let wanted = [
                (Role::Counters, memory::counters_head(&tables)),
                (Role::Gradient, (n_rows * n_values * 4) as u64),
                (Role::Adjoints, (n_slots * stretch * 4) as u64),
            ];
            let read = self.buffers.read(self.context, &wanted).await?;
            let counters: &[u32] = bytemuck::cast_slice(&read[0]);
            if self.grow(problem, &tables, counters, rows[0].sample)? {
                continue;
            }
            return Ok(Swept {
                values: bytemuck::pod_collect_to_vec(&read[1]),
                adjoints: bytemuck::pod_collect_to_vec(&read[2]),
                bases: tables.sources.iter().map(|source| source.base as usize).collect(),
                stretch,
                n_slots,
            });
        }
        Err(self.context.failure("a sweep did not end however much room it was given"))
    }

    /// How much room the spikes of a recording need.
    fn recorded_capacities(&mut self, problem: &Problem<'_>, recording: &Recording) -> Capacities {
        let mut capacities = self.capacities(problem);
        let n_inputs = problem.network.inputs().len();
        let fired = record::recorded_capacities(problem.network, recording);
        for (held, fired) in capacities.spikes[n_inputs..].iter_mut().zip(fired) {
            *held = (*held).max(fired);
        }
        capacities
    }

    fn upload_rows(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        rows: &[Row<'_>],
        tables: &Tables,
        is_one_sample: bool,
    ) {
        let n_samples = if is_one_sample { 1 } else { rows.len() };
        let stretches: Vec<Stretch> = rows[..n_samples]
            .iter()
            .map(|row| Stretch::recorded(tables, problem, recording, row.sample))
            .collect();
        let mut states = Vec::with_capacity(n_samples * tables.neurons.len());
        for stretch in &stretches {
            let state = |&(first, last): &(u32, u32)| State { first, last, ..State::default() };
            states.extend(stretch.heads.iter().map(state));
        }
        self.buffers.write(self.context, Role::States, 0, &states);
        let stretch = tables.stretch() as usize;
        let mut adjoints = vec![0.0_f32; rows.len() * stretch];
        let mut observed = Vec::new();
        for (slot, row) in rows.iter().enumerate() {
            let places = &stretches[if is_one_sample { 0 } else { slot }].places;
            let range = recording.range(row.sample);
            for (ix, (&place, spike)) in places.iter().zip(range).enumerate() {
                let value = match row.only {
                    None => row.cotangent.spike_times[spike],
                    Some(only) => f64::from(u8::from(only == ix)),
                };
                adjoints[slot * stretch + place as usize] = value as f32;
            }
            observed.extend(row.observed(problem, recording, places.len()));
        }
        self.buffers.write(self.context, Role::Adjoints, 0, &adjoints);
        self.buffers.write(self.context, Role::Observed, 0, &observed);
        self.upload(tables, stretches.into_iter());
    }
}

impl Row<'_> {
    /// The cotangent of readouts, `[readout neuron x (integral, then each time)]`.
    fn observed(&self, problem: &Problem<'_>, recording: &Recording, n_spikes: usize) -> Vec<f32> {
        let n_times = problem.options.voltage_times.len();
        let mut values = Vec::new();
        // Rows of a Jacobian: spikes, then for each readout voltages [time x neuron] and integrals.
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
            }
            row += (n_times + 1) * size;
        }
        values
    }
}

/// What a sweep left behind.
struct Swept {
    /// Gradients, `[row x parameter]`.
    values: Vec<f32>,
    /// dL/d(spike time), `[slot x place]`.
    adjoints: Vec<f32>,
    bases: Vec<usize>,
    stretch: usize,
    n_slots: usize,
}

impl Swept {
    /// The adjoints of a sample's input spikes, in the batch's order.
    fn input_times(&self, problem: &Problem<'_>, sample: usize, slot: usize) -> Vec<f64> {
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

fn per_slot(tables: &Tables, capacities: &Capacities, n_times: usize, n_values: usize) -> PerSlot {
    let stages = tables.plan.stages().iter();
    let n_groups = stages.map(|stage| schedule::n_groups(tables, stage)).max().unwrap_or(1);
    let shares = u64::from(n_groups) * u64::from(capacities.arrivals);
    let lanes = tables.neurons.len() as u64 * LANE_WORDS;
    let mut per_slot = memory::simulation(tables, capacities, n_times);
    per_slot.push((Role::Adjoints, (u64::from(tables.stretch()) + lanes + shares) * 4));
    per_slot.push((Role::Gradient, n_values as u64 * 4));
    per_slot
}

fn reduce(tables: &Tables, capacities: &Capacities, sweep: &Sweep<'_>) -> schedule::Dispatch {
    let mut step = schedule::common(tables, capacities, sweep.n_slots);
    step.n_values = sweep.n_values;
    let groups = sweep.n_values.div_ceil(WORKGROUP);
    let workgroups = [groups.min(65_535), groups.div_ceil(65_535), 1];
    schedule::dispatch(&kernels::reduce::SOURCE, step, workgroups)
}

/// How many spikes are slower than the slope floor.
fn grazing(recording: &Recording, range: std::ops::Range<usize>, options: &GradientOptions) -> usize {
    let slopes = recording.slopes()[range].iter();
    slopes.filter(|&&slope| slope < options.slope_floor).count()
}

/// Clears what was computed on the way but not asked for.
fn clear_unasked(problem: &Problem<'_>, options: &GradientOptions, values: &mut [f64]) {
    for tensor in problem.network.layout().tensors() {
        let is_asked = match tensor.kind {
            TensorKind::Weight => options.weights,
            TensorKind::Delay => options.delays,
            TensorKind::Threshold => options.thresholds,
        };
        if !is_asked {
            values[tensor.range.clone()].fill(0.0);
        }
    }
}
