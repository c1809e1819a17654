//! Sweeping back: a slot for each sample of a batch, or for each row of a sample's Jacobian.

use super::engine::Inner;
use super::kernel::Role;
use super::layout::RECORDED_WORDS;
use super::memory::{self, PerSlot};
use super::rows::{Row, Swept, clear_unasked};
use super::schedule::{self, Capacities, Request};
use super::shown::Shown;
use super::simulate::MOST_REPEATS;
use super::tables::Tables;
use crate::Result;
use crate::engine::{Cotangent, GradientOptions, Jacobian};
use crate::event::Recording;
use crate::problem::Problem;

impl Inner<'_> {
    /// One sample's Jacobian by the adjoint, a slot for each row.
    pub async fn adjoint_jacobian(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        let mut jacobian = Jacobian::zeros(problem, recording, sample);
        jacobian.grazing_spikes =
            problem.grazing_spikes(recording, recording.range(sample), options);
        let cotangent = Cotangent::zeros(recording);
        let n_values = problem.network.layout().len();
        let n_rows = jacobian.parameters.nrows();
        let mut first = 0;
        while first < n_rows {
            let rows: Vec<Row<'_>> = (first..n_rows)
                .map(|row| Row {
                    sample,
                    cotangent: &cotangent,
                    only: Some(row),
                })
                .collect();
            let swept = self.sweep(problem, recording, &rows, options, true).await?;
            for slot in 0..swept.n_slots {
                let values = &swept.values[slot * n_values..(slot + 1) * n_values];
                let mut row: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
                clear_unasked(problem, options, &mut row);
                jacobian
                    .parameters
                    .row_mut(first + slot)
                    .assign(&ndarray::aview1(&row));
                if options.input_times {
                    let times = swept.input_times(problem, sample, slot);
                    jacobian
                        .input_times
                        .row_mut(first + slot)
                        .assign(&ndarray::aview1(&times));
                }
            }
            first += swept.n_slots;
        }
        Ok(jacobian)
    }

    /// Sweeps back as many of the rows as fit at once.
    pub async fn sweep(
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
            let shown = Shown::new(problem.options);
            let n_values = problem.network.layout().len();
            let mut per_slot = per_slot(&tables, &capacities, shown, n_values);
            if options.asks_of_neurons() {
                per_slot.push((Role::Sensitivities, memory::own_values(&tables, shown)));
            }
            per_slot.push(memory::packed(&tables, RECORDED_WORDS));
            let n_slots = memory::slots(self.context, self.budget, rows.len(), &per_slot)?;
            self.prepare(problem, &tables, &per_slot, n_slots)?;
            let rows = &rows[..n_slots];
            self.buffers.clear(
                self.context,
                Role::Gradient,
                (n_slots * n_values * 4) as u64,
            );
            let request = Request {
                is_one_sample,
                ..Request::gradient(problem, options, n_slots)
            };
            let sizes = request.sizes(&tables, &capacities);
            self.upload_rows(problem, recording, rows, &tables, sizes)
                .await?;
            let mut schedule = schedule::adjoint(&tables, &capacities, &request);
            if !is_one_sample {
                schedule::reduce(&mut schedule, true);
            }
            self.record(&schedule).await?;
            let values = match is_one_sample {
                true => (Role::Gradient, (n_slots * n_values * 4) as u64),
                false => (Role::Totals, (n_values * 4) as u64),
            };
            let wanted = [
                (Role::Counters, memory::counters_head(&tables)),
                values,
                (Role::Adjoints, Swept::read_bytes(&tables, n_slots, options)),
            ];
            let read = self.buffers.read(self.context, &wanted).await?;
            let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
            if self.grow(
                problem,
                &tables,
                &counters,
                rows[0].sample,
                tables.plan.n_windows(),
            )? {
                continue;
            }
            return Ok(Swept::new(&tables, n_slots, &read[1], &read[2]));
        }
        Err(self
            .context
            .failure("a sweep did not end however much room it was given"))
    }
}

/// What a sweep takes.
pub(super) fn per_slot(
    tables: &Tables,
    capacities: &Capacities,
    shown: Shown,
    n_values: usize,
) -> PerSlot {
    let shares = schedule::most_shares(tables, capacities);
    let lanes = (tables.neurons.len() * tables.receptors.lane_words()) as u64;
    let mut per_slot = memory::simulation(tables, capacities, shown);
    per_slot.push((Role::Requested, shown.n_places(tables) as u64 * 4));
    per_slot.push((
        Role::Adjoints,
        (u64::from(tables.stretch()) + lanes + shares) * 4,
    ));
    per_slot.push((Role::Gradient, n_values as u64 * 4));
    per_slot
}
