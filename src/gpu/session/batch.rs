//! A batch of a session, chunk by chunk of samples.

use std::sync::Arc;

use super::arranged::Arrangement;
use super::judged::Seen;
use super::training::Training;
use crate::event::SpikeBatch;
use crate::gpu::adjoint::per_slot;
use crate::gpu::engine::{Inner, Memory};
use crate::gpu::kernel::Role;
use crate::gpu::layout::{GRAZING, NOT_FINITE};
use crate::gpu::memory;
use crate::gpu::schedule::{self, Capacities, Request, Schedule, Update};
use crate::gpu::shown::Shown;
use crate::gpu::simulate::MOST_REPEATS;
use crate::gpu::tables::Tables;
use crate::problem::Problem;
use crate::session::{BatchOutcome, DeviceLoss, Judged, SessionLoss};
use crate::{Error, Result};

/// A batch on its way: what all of its chunks share.
pub(super) struct Batch<'a> {
    pub task: &'a Training,
    pub problem: Problem<'a>,
    pub tables: Arc<Tables>,
    pub capacities: Capacities,
    pub labels: &'a [usize],
    /// Samples of a chunk.
    pub most: usize,
    pub shown: Shown,
    /// Which spikes a loss on the host looks at; none of a loss on the device.
    pub seen: Option<Seen>,
}

impl Training {
    pub async fn run(
        &self,
        memory: &mut Memory,
        arrangement: &mut Arrangement,
        inputs: &SpikeBatch,
        labels: &[usize],
        update: Option<Update>,
    ) -> Result<BatchOutcome> {
        let problem = self.problem(inputs);
        problem.check()?;
        self.check_labels(labels, inputs)?;
        for _ in 0..MOST_REPEATS {
            let mut inner = memory.inner(&self.context, self.budget);
            let batch = self.open(&mut inner, arrangement, problem, labels).await?;
            if let Some(outcome) = batch.attempt(&mut inner, arrangement, update).await? {
                return Ok(outcome);
            }
        }
        Err(self
            .context
            .failure("a step did not end however much room it was given"))
    }

    /// Makes room for a batch.
    async fn open<'a>(
        &'a self,
        inner: &mut Inner<'_>,
        arrangement: &mut Arrangement,
        problem: Problem<'a>,
        labels: &'a [usize],
    ) -> Result<Batch<'a>> {
        let n_samples = problem.inputs.n_samples();
        let n_values = self.network.layout().len();
        let capacities = inner.capacities(&problem);
        let tables = arrangement.tables(inner, &problem, &capacities).await?;
        let shown = Shown::new(problem.options);
        let mut per_slot = per_slot(&tables, &capacities, shown, n_values);
        if self.gradient.asks_of_neurons() {
            per_slot.push((Role::Sensitivities, memory::own_values(&tables, shown)));
        }
        let seen = match &self.loss {
            SessionLoss::Host(loss) => Some(Seen::of(&tables, &loss.populations())),
            SessionLoss::Device(_) => None,
        };
        if let Some(seen) = &seen {
            per_slot.push((Role::Seen, seen.bytes()));
        }
        // Spikes stay on the device; a host sends the derivatives by their times.
        let words = u32::from(seen.is_some());
        per_slot.push(memory::packed(&tables, words));
        let most = memory::slots(&self.context, self.budget, n_samples, &per_slot)?;
        inner.make_room(&problem, &tables, &per_slot, most)?;
        let context = &self.context;
        if matches!(self.loss, SessionLoss::Device(_)) {
            let indices: Vec<u32> = labels.iter().map(|&label| label as u32).collect();
            inner.buffers.fill(context, Role::Labels, &indices)?;
        }
        inner
            .buffers
            .ensure(context, Role::Results, (n_samples * 8) as u64)?;
        Ok(Batch {
            task: self,
            problem,
            tables,
            capacities,
            labels,
            most,
            shown,
            seen,
        })
    }
}

impl Batch<'_> {
    pub fn n_samples(&self) -> usize {
        self.problem.inputs.n_samples()
    }

    /// The first sample of each chunk, and how many it has.
    pub fn chunks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (n_samples, most) = (self.n_samples(), self.most);
        (0..n_samples)
            .step_by(most)
            .map(move |first| (first, most.min(n_samples - first)))
    }

    pub fn request(&self, n_slots: usize) -> Request<'_> {
        Request::gradient(&self.problem, &self.task.gradient, n_slots)
    }

    /// A schedule of a chunk, without dispatches.
    pub fn schedule(&self, n_slots: usize) -> Schedule {
        let request = self.request(n_slots);
        request.schedule(&self.tables, &self.capacities)
    }

    /// The simulation of a chunk whose inputs are written here.
    pub fn simulation(
        &self,
        inner: &mut Inner<'_>,
        first: usize,
        n_slots: usize,
    ) -> Result<Schedule> {
        let (tables, problem) = (&*self.tables, &self.problem);
        let (duration, windows) = (problem.options.duration, 0..tables.plan.n_windows());
        let (request, capacities) = (self.request(n_slots), &self.capacities);
        let mut schedule = self.schedule(n_slots);
        inner.upload(&mut schedule, problem, tables, first..first + n_slots)?;
        schedule.append(&schedule::simulation(
            tables, capacities, &request, duration, windows,
        ));
        Ok(schedule)
    }

    /// Runs the whole batch; none if something had too little room, of which nothing remains.
    async fn attempt(
        &self,
        inner: &mut Inner<'_>,
        arrangement: &mut Arrangement,
        update: Option<Update>,
    ) -> Result<Option<BatchOutcome>> {
        let judged = match &self.task.loss {
            SessionLoss::Host(loss) => {
                match self.judge(inner, loss.as_ref(), update.is_some()).await? {
                    None => return Ok(None),
                    judged => judged,
                }
            }
            SessionLoss::Device(loss) => {
                self.on_device(inner, loss, update.is_some()).await?;
                None
            }
        };
        if let Some(update) = update {
            inner.record(&self.update(arrangement, update)).await?;
        }
        self.outcome(inner, arrangement, judged, update).await
    }

    /// Simulates and judges a batch on the device, and goes back where that is asked for.
    async fn on_device(
        &self,
        inner: &mut Inner<'_>,
        loss: &DeviceLoss,
        is_update: bool,
    ) -> Result<()> {
        for (first, n_slots) in self.chunks() {
            self.clear_adjoints(inner, n_slots);
            let mut schedule = self.simulation(inner, first, n_slots)?;
            schedule::loss(&mut schedule, &self.tables, loss, &self.problem, first);
            inner.run(&schedule).await?;
            if !is_update {
                continue;
            }
            if matches!(loss, DeviceLoss::FirstSpike { .. }) {
                // What readouts showed lies where the sweep looks for the loss's derivatives by it: none.
                let shown = n_slots as u64 * u64::from(self.tables.n_readouts) * 4;
                inner.buffers.clear(inner.context, Role::Observed, shown);
            }
            self.sweep(inner, self.schedule(n_slots), first, n_slots)
                .await?;
        }
        Ok(())
    }

    /// Sets the derivatives by the spikes of a chunk to zero.
    pub fn clear_adjoints(&self, inner: &mut Inner<'_>, n_slots: usize) {
        let spikes = n_slots * self.tables.stretch() as usize;
        inner
            .buffers
            .clear(inner.context, Role::Adjoints, (spikes * 4) as u64);
    }

    /// Goes back through a chunk whose derivatives by spikes and readouts lie on the device after what is scheduled.
    pub async fn sweep(
        &self,
        inner: &mut Inner<'_>,
        mut schedule: Schedule,
        first: usize,
        n_slots: usize,
    ) -> Result<()> {
        let n_values = self.task.network.layout().len();
        let bytes = (n_slots * n_values * 4) as u64;
        inner.buffers.clear(inner.context, Role::Gradient, bytes);
        let request = self.request(n_slots);
        schedule.append(&schedule::adjoint(&self.tables, &self.capacities, &request));
        schedule::reduce(&mut schedule, first == 0);
        schedule::note_fired(&mut schedule, first == 0);
        inner.record(&schedule).await
    }

    /// The dispatches that end a batch.
    fn update(&self, arrangement: &Arrangement, update: Update) -> Schedule {
        let task = self.task;
        let n_values = task.network.layout().len() as u32;
        let mut schedule = Schedule::default();
        schedule::gradient_norm(&mut schedule, &task.tensors, task.clip_norm);
        for tensor in &task.tensors {
            schedule::optimise(&mut schedule, n_values, tensor, task.optimiser, update);
        }
        schedule::keep_below(&mut schedule, &task.tensors);
        if update.raises_silent() {
            let amount = update.step.raise_silent;
            let sizes = [n_values, task.raised.len() as u32];
            schedule::raise_silent(&mut schedule, sizes, amount, task.has_directions());
        }
        arrangement.renew(&mut schedule, &self.tables);
        schedule
    }

    /// Reads what there is to say of a batch.
    async fn outcome(
        &self,
        inner: &mut Inner<'_>,
        arrangement: &mut Arrangement,
        judged: Option<Judged>,
        update: Option<Update>,
    ) -> Result<Option<BatchOutcome>> {
        let (tables, network) = (&*self.tables, &self.task.network);
        let n_samples = self.n_samples();
        let is_raised = update.is_some_and(Update::raises_silent);
        let n_flags = if is_raised { network.n_neurons() } else { 0 };
        let flags = (3 * network.layout().len() * 4) as u64;
        let bytes = |n: usize, each: usize| 0..(n * each) as u64;
        let wanted = [
            (Role::Counters, 0..memory::counters_head(tables)),
            (
                Role::Results,
                bytes(if judged.is_none() { n_samples } else { 0 }, 8),
            ),
            (Role::Totals, flags..flags + (n_flags * 4) as u64),
            (Role::Norms, bytes(usize::from(update.is_some()), 8)),
            (
                Role::Extremes,
                bytes(update.map_or(0, |_| arrangement.n_watched()), 16),
            ),
        ];
        let read = inner.buffers.read_parts(inner.context, &wanted).await?;
        let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
        let n_windows = tables.plan.n_windows();
        if inner.grow(&self.problem, tables, &counters, 0, n_windows)? {
            return Ok(None);
        }
        if counters[NOT_FINITE as usize] != 0 {
            return Err(Error::astray("the gradient", "not finite"));
        }
        let judged = judged.unwrap_or_else(|| {
            let results: Vec<[f32; 2]> = bytemuck::pod_collect_to_vec(&read[1]);
            let losses = results.iter().map(|result| f64::from(result[0]));
            Judged {
                loss: losses.sum::<f64>() / n_samples as f64,
                n_correct: results.iter().filter(|result| result[1] != 0.0).count(),
                derivatives: Vec::new(),
            }
        });
        let norm: Vec<[f32; 2]> = bytemuck::pod_collect_to_vec(&read[3]);
        let extremes: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(&read[4]);
        if update.is_some() {
            arrangement.note(self.task, &self.problem, &extremes)?;
        }
        Ok(Some(BatchOutcome {
            loss: judged.loss,
            n_correct: judged.n_correct,
            grazing_spikes: counters[GRAZING as usize] as usize,
            raised_neurons: self.n_silent(&bytemuck::pod_collect_to_vec(&read[2])),
            is_clipped: norm.iter().any(|&[_, factor]| factor < 1.0),
            is_zero: norm.iter().any(|&[norm, _]| norm == 0.0),
            bytes_read: 0,
            bytes_written: 0,
            writes: 0,
            submissions: 0,
        }))
    }

    /// How many neurons with a threshold have no flag of having fired; 0 where no flags were read.
    fn n_silent(&self, flags: &[f32]) -> usize {
        let populations = self.task.network.populations().iter();
        populations
            .filter(|population| population.is_spiking())
            .filter_map(|population| flags.get(population.units()))
            .map(|flags| flags.iter().filter(|&&flag| flag == 0.0).count())
            .sum()
    }
}
