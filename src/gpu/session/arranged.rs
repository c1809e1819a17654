//! The tables of a session, which last from step to step, and what makes them anew: parameters of neurons that move, and delays and time
//! constants that move the plan's windows.

use std::ops::Range;
use std::sync::Arc;

use super::tensors::Tensor;
use super::training::Training;
use crate::gpu::engine::Inner;
use crate::gpu::layout::{NEVER, NONE};
use crate::gpu::plan::plan;
use crate::gpu::schedule::{self, Capacities, Renewal, Schedule, Watched};
use crate::gpu::tables::Tables;
use crate::network::{Network, Parameters, PopulationId, ProjectionId};
use crate::problem::Problem;
use crate::{Error, Result};

/// Tables, and for how many spikes of each source they were made.
struct Arranged {
    spikes: Vec<u32>,
    tables: Arc<Tables>,
}

/// The tables of a session.
pub(super) struct Arrangement {
    /// Parameters that tables and plan are made from. Their shortest and longest delays and time constants are those on the device;
    /// other trained values may be out of date.
    pub standing: Parameters,
    held: Option<Arranged>,
    /// What moves tables when it is trained.
    renewal: Renewal,
    /// Populations in which each neuron has a time constant of its own that is trained, so that their neurons cannot share a flow.
    apart: Vec<PopulationId>,
}

impl Arrangement {
    pub fn new(task: &Training) -> Self {
        let network = &task.network;
        Self {
            standing: task.parameters.clone(),
            held: None,
            renewal: Renewal {
                populations: of_own_values(network, &task.tensors).collect(),
                watched: watched(network, &task.tensors, task.simulation.duration),
            },
            apart: apart(network, &task.tensors),
        }
    }

    /// How many tensors are watched for their shortest and longest.
    pub fn n_watched(&self) -> usize {
        self.renewal.watched.len()
    }

    /// Begins with parameters that the host has written.
    pub fn begin_anew(&mut self, task: &Training) {
        self.standing = task.parameters.clone();
        self.held = None;
    }

    /// The tables for a run, made and written where there are none that fit.
    pub async fn tables(
        &mut self,
        inner: &mut Inner<'_>,
        problem: &Problem<'_>,
        capacities: &Capacities,
    ) -> Result<Arc<Tables>> {
        if let Some(held) = &self.held
            && held.spikes == capacities.spikes
        {
            return Ok(held.tables.clone());
        }
        let problem = Problem {
            parameters: &self.standing,
            ..*problem
        };
        let mut tables = Tables::new(&problem, &capacities.spikes)?;
        for id in &self.apart {
            tables.populations[id.index()].shares_flow = false;
        }
        inner.write_tables(&tables)?;
        let tables = Arc::new(tables);
        self.held = Some(Arranged {
            spikes: capacities.spikes.clone(),
            tables: tables.clone(),
        });
        let mut schedule = Schedule::default();
        self.renew(&mut schedule, &tables);
        inner.run(&schedule).await?;
        Ok(tables)
    }

    /// Makes the tables on the device anew from its parameters.
    pub fn renew(&self, schedule: &mut Schedule, tables: &Tables) {
        schedule::renew(schedule, tables, &self.renewal);
    }

    /// Takes note of the shortest and longest after an update, which may ask for another plan.
    pub fn note(
        &mut self,
        task: &Training,
        problem: &Problem<'_>,
        extremes: &[[f32; 4]],
    ) -> Result<()> {
        if self.renewal.watched.is_empty() {
            return Ok(());
        }
        for (watched, &[shortest, above_zero, longest, _]) in
            self.renewal.watched.iter().zip(extremes)
        {
            let is_tau = watched.projection == NONE;
            let is_usable = shortest < NEVER && (!is_tau || shortest > 0.0);
            if !is_usable {
                let layout = task.network.layout().tensors().iter();
                let mut own = layout.filter(|tensor| tensor.range.start == watched.first as usize);
                let name = own.next().map_or("", |tensor| tensor.name.as_str());
                return Err(Error::astray(
                    format!("the shortest of {name}"),
                    format!("{shortest:e} ms"),
                ));
            }
            stand_in(
                &mut self.standing.values_mut()[watched.range()],
                [shortest, above_zero, longest],
            );
        }
        let problem = Problem {
            parameters: &self.standing,
            ..*problem
        };
        let plan = plan(&problem)?;
        if self
            .held
            .as_ref()
            .is_some_and(|held| held.tables.plan != plan)
        {
            self.held = None;
        }
        Ok(())
    }
}

/// Fills a tensor so that its shortest, its shortest above zero and its longest are these.
fn stand_in(values: &mut [f64], [shortest, above_zero, longest]: [f32; 3]) {
    values.fill(f64::from(longest.max(shortest)));
    if values.len() > 2 && above_zero < NEVER {
        values[1] = f64::from(above_zero);
    }
    if let Some(first) = values.first_mut() {
        *first = f64::from(shortest);
    }
}

fn is_trained(tensors: &[Tensor], range: &Range<usize>) -> bool {
    tensors.iter().any(|tensor| tensor.range() == *range)
}

/// The populations of which a value of the neurons is trained that tables have: first neuron and size.
fn of_own_values(network: &Network, tensors: &[Tensor]) -> impl Iterator<Item = (u32, u32)> {
    network.population_ids().filter_map(|id| {
        let mut own = network.layout().own_tensors(id).iter();
        let population = network.population(id);
        own.any(|tensor| is_trained(tensors, &tensor.range))
            .then_some((population.first_unit as u32, population.size as u32))
    })
}

fn apart(network: &Network, tensors: &[Tensor]) -> Vec<PopulationId> {
    let is_apart = |id: &PopulationId| {
        let mut own = network.layout().own_tensors(*id).iter();
        own.any(|tensor| {
            tensor.kind.is_time_constant()
                && tensor.range.len() > 1
                && is_trained(tensors, &tensor.range)
        })
    };
    network.population_ids().filter(is_apart).collect()
}

/// The trained tensors that the plan depends on; projections are numbered as tables number them.
fn watched(network: &Network, tensors: &[Tensor], duration: f64) -> Vec<Watched> {
    let layout = network.layout();
    let mut found = Vec::new();
    let mut row = 0;
    for id in network.population_ids() {
        for ProjectionId(projection) in network.incoming(id) {
            let range = layout.delays(ProjectionId(projection));
            if is_trained(tensors, &range) {
                found.push(Watched {
                    first: range.start as u32,
                    n: range.len() as u32,
                    projection: row,
                    farthest: match network.connections()[projection].has_shared_delay() {
                        true => NEVER,
                        false => duration as f32,
                    },
                });
            }
            row += 1;
        }
        for tensor in layout.own_tensors(id) {
            if tensor.kind.is_time_constant() && is_trained(tensors, &tensor.range) {
                found.push(Watched {
                    first: tensor.range.start as u32,
                    n: tensor.range.len() as u32,
                    projection: NONE,
                    farthest: NEVER,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_has_the_shortest_and_the_longest() {
        for n in 1..5 {
            let mut values = vec![7.0; n];
            stand_in(&mut values, [0.0, 0.5, 3.0]);
            let shortest = values.iter().copied().fold(f64::MAX, f64::min);
            let longest = values.iter().copied().fold(0.0, f64::max);
            let above = values.iter().copied().filter(|&x| x > 0.0);
            assert_eq!(shortest, 0.0);
            if n > 1 {
                assert_eq!(longest, 3.0);
            }
            if n > 2 {
                assert_eq!(above.fold(f64::MAX, f64::min), 0.5);
            }
        }
        // No delay that brings anything, and none above zero.
        let mut values = [1.0; 4];
        stand_in(&mut values, [50.0, 50.0, 0.0]);
        assert_eq!(values, [50.0; 4]);
        stand_in(&mut values, [0.0, NEVER, 0.0]);
        assert_eq!(values, [0.0; 4]);
    }
}
