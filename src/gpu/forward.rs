//! Forward propagation, tile after tile of columns.

use super::columns::{ALONG, columns};
use super::engine::Inner;
use super::kernel::Role;
use super::layout::{Column, INPUT_TIME, RECORDED_WORDS};
use super::memory::{self, PerSlot};
use super::rows::{Row, Swept};
use super::schedule::{self, Capacities, Carry, Request, Schedule, Tile};
use super::shown::Shown;
use super::simulate::MOST_REPEATS;
use super::tables::Tables;
use crate::Result;
use crate::engine::{Cotangent, Direction, GradientOptions, Jacobian};
use crate::event::Recording;
use crate::problem::Problem;

impl Inner<'_> {
    /// The gradients of as many rows as fit at once.
    pub async fn propagate(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        rows: &[Row<'_>],
        options: &GradientOptions,
    ) -> Result<Swept> {
        for _ in 0..MOST_REPEATS {
            let run = self.start(problem, recording, rows, options, None).await?;
            let request = self.forward_request(problem, options, run.n_slots);
            let mut tiles = run.tiles().peekable();
            while let Some(tile) = tiles.next() {
                let mut schedule = run.schedule(&request, tile);
                schedule::contract(&mut schedule, &run.tables, request.n_slots, tile);
                if tiles.peek().is_none() {
                    schedule::reduce(&mut schedule, true);
                }
                self.run(&schedule).await?;
            }
            let wanted = [
                (Role::Counters, memory::counters_head(&run.tables)),
                (Role::Totals, u64::from(request.n_values) * 4),
                (
                    Role::Adjoints,
                    Swept::read_bytes(&run.tables, run.n_slots, options),
                ),
            ];
            let read = self.buffers.read(self.context, &wanted).await?;
            let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
            if self.grow(
                problem,
                &run.tables,
                &counters,
                rows[0].sample,
                run.tables.plan.n_windows(),
            )? {
                continue;
            }
            return Ok(Swept::new(&run.tables, run.n_slots, &read[1], &read[2]));
        }
        Err(self
            .context
            .failure("a run did not end however much room it was given"))
    }

    /// One sample's Jacobian, a tile of its columns at a time.
    pub async fn forward_jacobian(
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
        let rows = [Row {
            sample,
            cotangent: &cotangent,
            only: None,
        }];
        'repeat: for _ in 0..MOST_REPEATS {
            let run = self.start(problem, recording, &rows, options, None).await?;
            let request = self.forward_request(problem, options, run.n_slots);
            let observables = Observables::new(problem, recording, (0, sample), &run);
            for tile in run.tiles() {
                let schedule = run.schedule(&request, tile);
                self.run(&schedule).await?;
                let bytes = (run.rows_per_column() * tile.width as usize * 4) as u64;
                let read = self
                    .buffers
                    .read(
                        self.context,
                        &[
                            (Role::Counters, memory::counters_head(&run.tables)),
                            (Role::Sensitivities, bytes),
                        ],
                    )
                    .await?;
                let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
                if self.grow(
                    problem,
                    &run.tables,
                    &counters,
                    sample,
                    run.tables.plan.n_windows(),
                )? {
                    continue 'repeat;
                }
                let values: Vec<f32> = bytemuck::pod_collect_to_vec(&read[1]);
                for (row, &at) in observables.rows.iter().enumerate() {
                    for ix in 0..tile.n_columns as usize {
                        let column = &run.columns[tile.first_column as usize + ix];
                        let value = f64::from(values[at * tile.width as usize + ix]);
                        if column.kind != INPUT_TIME {
                            jacobian.parameters[[row, column.value as usize]] = value;
                        } else if let Some(input) = observables.input_of(column.index) {
                            jacobian.input_times[[row, input]] = value;
                        }
                    }
                }
            }
            return Ok(jacobian);
        }
        Err(self
            .context
            .failure("a run did not end however much room it was given"))
    }

    fn forward_request<'a>(
        &self,
        problem: &Problem<'a>,
        options: &GradientOptions,
        n_slots: usize,
    ) -> Request<'a> {
        Request {
            carry: self.carry,
            ..Request::gradient(problem, options, n_slots)
        }
    }

    /// Makes room for as many rows as fit, and writes what they need.
    pub async fn start(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        rows: &[Row<'_>],
        options: &GradientOptions,
        direction: Option<&Direction>,
    ) -> Result<Run> {
        let capacities = self.recorded_capacities(problem, recording);
        let tables = Tables::new(problem, &capacities.spikes)?;
        let columns = match direction {
            None => columns(problem, &tables, options),
            Some(_) => vec![ALONG],
        };
        let mut run = Run {
            shown: Shown::new(problem.options),
            has_own: match direction {
                None => options.asks_of_neurons(),
                Some(direction) => direction.moves_own_values(problem),
            },
            tables,
            capacities,
            columns,
            carry: self.carry,
            width: 1,
            n_slots: 1,
        };
        let binding = memory::binding(self.context).min(self.budget / 2);
        let binding = binding.saturating_sub(run.own_bytes());
        let per_column = (run.rows_per_column() * 4) as u64;
        let most = (options.tile_memory as u64).min(binding) / per_column.max(1);
        run.width = (most as usize).clamp(1, run.columns.len().max(1));
        self.statistics.tile_width = run.width;
        let n_values = problem.network.layout().len();
        let per_slot = run.per_slot(n_values);
        run.n_slots = memory::slots(self.context, self.budget, rows.len(), &per_slot)?;
        self.prepare(problem, &run.tables, &per_slot, run.n_slots)?;
        self.buffers
            .fill(self.context, Role::Columns, &run.columns)?;
        if let Some(direction) = direction {
            let values = run.with_direction(problem, recording, rows, direction);
            self.buffers.fill(self.context, Role::Values, &values)?;
        }
        let request = Request::gradient(problem, options, run.n_slots);
        let sizes = request.sizes(&run.tables, &run.capacities);
        let rows = &rows[..run.n_slots];
        self.upload_rows(problem, recording, rows, &run.tables, sizes)
            .await?;
        self.buffers.clear(
            self.context,
            Role::Gradient,
            (run.n_slots * n_values * 4) as u64,
        );
        Ok(run)
    }
}

/// Forward propagation with its room made.
pub(super) struct Run {
    pub tables: Tables,
    pub capacities: Capacities,
    columns: Vec<Column>,
    carry: Carry,
    pub shown: Shown,
    /// Whether derivatives by the neurons' own values lie behind the tile.
    pub has_own: bool,
    /// Columns in a tile.
    width: usize,
    pub n_slots: usize,
}

impl Run {
    pub fn tiles(&self) -> impl Iterator<Item = Tile> {
        let (n, width) = (self.columns.len(), self.width);
        (0..n).step_by(width).map(move |first| Tile {
            first_column: first as u32,
            n_columns: (n - first).min(width) as u32,
            width: width as u32,
        })
    }

    /// The dispatches that carry a tile through the run.
    pub fn schedule(&self, request: &Request<'_>, tile: Tile) -> Schedule {
        let columns = &self.columns[tile.first_column as usize..][..tile.n_columns as usize];
        schedule::forward(&self.tables, &self.capacities, request, tile, columns)
    }

    pub fn rows_per_column(&self) -> usize {
        rows_per_column(&self.tables, self.shown)
    }

    fn per_slot(&self, n_values: usize) -> PerSlot {
        let mut per_slot = memory::forward(&self.tables, &self.capacities, self.shown);
        let places = self.shown.n_places(&self.tables) as u64;
        per_slot.push((Role::Requested, places * 4));
        per_slot.push((Role::Adjoints, u64::from(self.tables.stretch()) * 4));
        per_slot.push((Role::Gradient, n_values as u64 * 4));
        per_slot.push(memory::packed(&self.tables, RECORDED_WORDS));
        let factors = schedule::most_factors(&self.tables, &self.capacities, self.carry);
        per_slot.push((Role::Factors, u64::from(factors) * 4));
        per_slot.push((
            Role::Sensitivities,
            (self.rows_per_column() * self.width * 4) as u64 + self.own_bytes(),
        ));
        per_slot
    }

    /// What derivatives by the neurons' own values take behind a tile, in bytes.
    fn own_bytes(&self) -> u64 {
        match self.has_own {
            true => memory::own_values(&self.tables, self.shown),
            false => 0,
        }
    }
}

/// Words that a slot takes for each column of a tile; `shaders/tile.wgsl` divides them.
pub(super) fn rows_per_column(tables: &Tables, shown: Shown) -> usize {
    let n_rows = (tables.stretch() - tables.n_input_places()) as usize;
    let n_shown = tables.n_readouts as usize * shown.n_shown();
    n_rows + tables.receptors.sensitivity_words() * tables.neurons.len() + n_shown
}

/// Where a Jacobian's rows and input columns lie on the device.
pub(super) struct Observables {
    /// For each row: its place among the rows of a tile.
    pub rows: Vec<usize>,
    /// For each input place: the input spike's number in the sample.
    inputs: Vec<Option<usize>>,
}

impl Observables {
    /// Those of the sample in a slot.
    pub fn new(
        problem: &Problem<'_>,
        recording: &Recording,
        (slot, sample): (usize, usize),
        run: &Run,
    ) -> Self {
        let tables = &run.tables;
        let stretch = super::record::Stretch::recorded(tables, problem, recording, sample);
        let n_inputs = tables.n_input_places() as usize;
        let n_rows = tables.stretch() as usize - n_inputs;
        let mut rows: Vec<usize> = stretch
            .places
            .iter()
            .map(|&place| slot * n_rows + place as usize - n_inputs)
            .collect();
        let shown = run.shown;
        let n_readouts = tables.n_readouts as usize;
        let before =
            run.n_slots * (n_rows + tables.receptors.sensitivity_words() * tables.neurons.len());
        let first = before + slot * n_readouts * shown.n_shown();
        for table in tables.populations.iter().filter(|table| !table.is_spiking) {
            let at = |neuron: u32, column: usize| {
                first + (table.readout + neuron) as usize * shown.n_shown() + column
            };
            for column in (1..=shown.n_times).chain([0]).chain(shown.maximum()) {
                rows.extend((0..table.size).map(|neuron| at(neuron, column)));
            }
        }
        let groups = problem.network.inputs();
        let mut inputs = vec![None; n_inputs];
        let mut next: Vec<usize> = tables.sources.iter().map(|s| s.base as usize).collect();
        for (ix, spike) in problem.inputs.sample(sample).enumerate() {
            let source = groups.partition_point(|group| group.first_unit <= spike.unit) - 1;
            inputs[next[source]] = Some(ix);
            next[source] += 1;
        }
        Self { rows, inputs }
    }

    pub fn input_of(&self, place: u32) -> Option<usize> {
        self.inputs[place as usize]
    }
}
