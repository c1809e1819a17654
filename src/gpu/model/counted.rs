//! A schedule with what its kernels will meet: what turns of loops are counted from.

use std::collections::BTreeMap;

use super::multiplied::Multiplied;
use super::reach::Reached;
use super::trips::{Met, Trips};
use super::turns::Turns;
use crate::gpu::kernels::gather::GatherParameters;
use crate::gpu::kernels::gather_synapses::GatherSynapsesParameters;
use crate::gpu::layout::Column;
use crate::gpu::schedule::{Dispatch, Schedule};
use crate::gpu::tables::Tables;

/// A schedule, and what its kernels will meet.
pub(super) struct Counted<'a> {
    pub tables: &'a Tables,
    pub schedule: &'a Schedule,
    pub trips: &'a Trips,
    pub columns: &'a [Column],
    /// By population and first column.
    pub reached: BTreeMap<(usize, u32), Reached>,
    pub multiplied: BTreeMap<(usize, u32), Multiplied>,
    /// The window and the population of the latest dispatch that lists arrivals.
    pub listed: (u32, usize),
}

impl Counted<'_> {
    pub(super) fn turns(&self, dispatch: &Dispatch) -> Turns {
        self.simulated(dispatch)
            .or_else(|| self.swept(dispatch))
            .or_else(|| self.carried(dispatch))
            .unwrap_or_else(|| Turns::once(dispatch))
    }

    /// The population that begins with a neuron.
    pub(super) fn population(&self, first_unit: u32) -> usize {
        let mut populations = self.tables.populations.iter();
        let found = populations.position(|population| population.first_unit == first_unit);
        found.expect("a dispatch is of a population")
    }

    pub(super) fn met(&self, window: u32, population: usize) -> Met {
        self.trips.met[window as usize][population]
    }

    /// The population onto which a projection goes, by its number.
    pub(super) fn target_of(&self, projection: u32) -> usize {
        let found = self.tables.populations.iter().position(|population| {
            let first = population.first_projection;
            (first..first + population.n_projections).contains(&projection)
        });
        found.expect("a projection has a target")
    }

    /// The window and the population of a dispatch that lists arrivals over some projection.
    pub(super) fn listed_by(&self, dispatch: &Dispatch) -> Option<(u32, usize)> {
        let (window, projection, n) = match dispatch.kernel {
            "gather" => {
                let of: GatherParameters = self.parameters(dispatch);
                (of.window, of.first_projection, of.n_projections)
            }
            "gather_synapses" => {
                let of: GatherSynapsesParameters = self.parameters(dispatch);
                (of.window, of.first_projection, of.n_projections)
            }
            _ => return None,
        };
        let population = match n {
            0 => self.listed.1,
            _ => self.target_of(projection),
        };
        Some((window, population))
    }
}
