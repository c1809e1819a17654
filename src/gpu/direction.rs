//! The derivatives of everything recorded along one direction: forward propagation of one column.

use super::engine::Inner;
use super::forward::{Observables, Run};
use super::kernel::Role;
use super::memory;
use super::rows::Row;
use super::schedule::Request;
use super::simulate::MOST_REPEATS;
use crate::Result;
use crate::engine::{Cotangent, Direction, GradientOptions, Tangent};
use crate::event::Recording;
use crate::problem::Problem;

impl Inner<'_> {
    /// The derivatives along a direction, chunk by chunk of samples.
    pub async fn jvp(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent> {
        let all = 0..recording.n_spikes();
        let mut tangent = Tangent {
            grazing_spikes: problem.grazing_spikes(recording, all, options),
            ..Tangent::zeros(recording)
        };
        let mut first = 0;
        while first < recording.n_samples() {
            first += self
                .jvp_from(problem, recording, direction, options, first, &mut tangent)
                .await?;
        }
        Ok(tangent)
    }

    /// Those of as many samples from `first` on as fit at once, and how many these were.
    async fn jvp_from(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
        first: usize,
        tangent: &mut Tangent,
    ) -> Result<usize> {
        let nothing = Cotangent::zeros(recording);
        let rows: Vec<Row<'_>> = (first..recording.n_samples())
            .map(|sample| Row {
                sample,
                cotangent: &nothing,
                only: None,
            })
            .collect();
        for _ in 0..MOST_REPEATS {
            let run = self
                .start(problem, recording, &rows, options, Some(direction))
                .await?;
            let request = Request {
                needs_own: run.has_own,
                ..Request::gradient(problem, options, run.n_slots)
            };
            for tile in run.tiles() {
                let schedule = run.schedule(&request, tile);
                self.run(&schedule).await?;
            }
            let bytes = (run.n_slots * run.rows_per_column() * 4) as u64;
            let wanted = [
                (Role::Counters, memory::counters_head(&run.tables)),
                (Role::Sensitivities, bytes),
            ];
            let read = self.buffers.read(self.context, &wanted).await?;
            let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
            let n_windows = run.tables.plan.n_windows();
            if self.grow(problem, &run.tables, &counters, first, n_windows)? {
                continue;
            }
            let values: Vec<f32> = bytemuck::pod_collect_to_vec(&read[1]);
            for slot in 0..run.n_slots {
                let sample = (slot, first + slot);
                let observables = Observables::new(problem, recording, sample, &run);
                let found = observables.rows.iter().map(|&at| f64::from(values[at]));
                write(tangent, recording, first + slot, found);
            }
            return Ok(run.n_slots);
        }
        Err(self
            .context
            .failure("a run did not end however much room it was given"))
    }
}

/// Puts one sample's derivatives in their places: spikes, then for each readout voltages, integrals and maxima.
fn write(
    tangent: &mut Tangent,
    recording: &Recording,
    sample: usize,
    mut found: impl Iterator<Item = f64>,
) {
    let n_samples = recording.n_samples();
    let mut fill = |into: &mut [f64]| into.iter_mut().zip(&mut found).for_each(|(x, y)| *x = y);
    fill(&mut tangent.spike_times[recording.range(sample)]);
    let readouts = tangent.voltages.iter_mut().zip(&mut tangent.integrals);
    for ((voltages, integrals), maxima) in readouts.zip(&mut tangent.maxima) {
        for values in [voltages, integrals, maxima] {
            let n = values.len() / n_samples;
            fill(&mut values[sample * n..][..n]);
        }
    }
}

impl Run {
    /// The parameters and behind them the direction, as `shaders/column.wgsl` has them.
    pub fn with_direction(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        rows: &[Row<'_>],
        direction: &Direction,
    ) -> Vec<f32> {
        let parameters = problem.parameters.values().iter();
        let mut values: Vec<f32> = parameters.map(|&value| value as f32).collect();
        values.extend(direction.parameters.iter().map(|&value| value as f32));
        let projections = self.tables.projections.iter();
        values.extend(projections.map(|projection| {
            let delay = direction.parameters.get(projection.delays as usize);
            delay.map_or(0.0, |&value| value as f32)
        }));
        let n_places = self.tables.n_input_places();
        for (slot, row) in rows[..self.n_slots].iter().enumerate() {
            let observables = Observables::new(problem, recording, (slot, row.sample), self);
            let times = problem.inputs.range(row.sample);
            let moved = direction.input_times.get(times);
            values.extend((0..n_places).map(|place| {
                let input = observables.input_of(place);
                let entry = moved.and_then(|moved| moved.get(input?));
                entry.map_or(0.0, |&value| value as f32)
            }));
        }
        values
    }
}
