//! The turns of the kernels of a simulation, which other runs dispatch as well.

use super::counted::Counted;
use super::trips::Met;
use super::turns::{LOOKS, Turns, invocations};
use crate::gpu::kernel::Parameters;
use crate::gpu::kernels::advance::AdvanceParameters;
use crate::gpu::kernels::advance_sequential::AdvanceSequentialParameters;
use crate::gpu::kernels::gather::GatherParameters;
use crate::gpu::kernels::gather_synapses::GatherSynapsesParameters;
use crate::gpu::kernels::order::OrderParameters;
use crate::gpu::kernels::propagators::PropagatorsParameters;
use crate::gpu::kernels::readout::ReadoutParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::receptors::Receptors;
use crate::gpu::schedule::Dispatch;

/// Ends of a run of arrivals that are searched for.
const ENDS: f64 = 3.0;

/// Turns that finding a spike takes beyond the first. Assumed.
const HALVINGS: f64 = 5.0;

impl Counted<'_> {
    /// None where the kernel is not one of a simulation.
    pub(super) fn simulated(&self, dispatch: &Dispatch) -> Option<Turns> {
        Some(match dispatch.kernel {
            "gather" => self.gather(dispatch),
            "gather_synapses" => self.gather_synapses(dispatch),
            "sort_lists" => self.sort_lists(dispatch),
            "propagators" => self.propagators(dispatch),
            "advance" => self.advance(dispatch),
            "order" => self.order(dispatch),
            "readout" => self.readout(dispatch),
            "advance_sequential" => self.advance_sequential(dispatch),
            _ => return None,
        })
    }

    fn gather(&self, dispatch: &Dispatch) -> Turns {
        let parameters: GatherParameters = self.parameters(dispatch);
        let first = parameters.first_projection as usize;
        let n_projections = parameters.n_projections as usize;
        let arrivals: f64 = self.trips.by_projection[parameters.window as usize]
            [first..first + n_projections]
            .iter()
            .sum();
        let others = n_projections.saturating_sub(1) as f64;
        let each = arrivals / f64::from(dispatch.workgroups[1]);
        let comparisons = (1.0 + each).log2().ceil();
        let n = n_projections as f64;
        let invocations = invocations(dispatch);
        let searched = invocations / f64::from(WORKGROUP) * n * ENDS;
        let each = (each * f64::from(dispatch.workgroups[1]) / invocations).ceil();
        Turns::of([
            ("end of a run", searched),
            ("search", searched * comparisons),
            ("invocation", invocations),
            ("arrival", arrivals),
            ("arrival and projection", arrivals * others),
            ("comparison", arrivals * others * comparisons),
        ])
        .chain([
            ("end of a run", (n * ENDS / f64::from(WORKGROUP)).ceil()),
            ("search", comparisons),
            ("arrival", each),
            ("comparison", each * others * comparisons),
        ])
    }

    fn gather_synapses(&self, dispatch: &Dispatch) -> Turns {
        let parameters: GatherSynapsesParameters = self.parameters(dispatch);
        let first = parameters.first_projection;
        let projections = first..first + parameters.n_projections;
        let all = projections.map(|ix| self.looked_at(parameters.window, ix));
        let (spikes, synapses) = all.fold((0.0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        let groups: f64 = dispatch.workgroups.iter().map(|&n| f64::from(n)).product();
        let each = (spikes / groups).ceil() * (synapses / spikes.max(1.0));
        Turns::of([
            ("spike", spikes * f64::from(WORKGROUP)),
            ("synapse", synapses),
        ])
        .chain([("synapse", each / f64::from(WORKGROUP))])
    }

    /// Spikes that are looked at for what they send in a window over a projection onto neurons with lists of their own, and synapses.
    pub(super) fn looked_at(&self, window: u32, projection: u32) -> (f64, f64) {
        let table = &self.tables.projections[projection as usize];
        let arrivals = self.trips.by_projection[window as usize][projection as usize];
        let size = f64::from(table.target_size);
        // Where each synapse has its own delay those of the windows before, as many in each: assumed.
        let windows = match table.is_per_synapse {
            0 => 1.0,
            _ => f64::from(table.longest_windows.min(window) + 1),
        };
        (arrivals * windows / size, arrivals * windows)
    }

    fn sort_lists(&self, dispatch: &Dispatch) -> Turns {
        let (window, population) = self.listed;
        let met = self.met(window, population);
        let n_lists = f64::from(self.tables.populations[population].n_lists);
        let lists = n_lists * f64::from(dispatch.workgroups[2]);
        // A list of n is gone through once for each pair of its powers of two.
        let rounds = |n: f64| {
            let powers = n.max(1.0).log2().ceil();
            powers * (powers + 1.0) / 2.0
        };
        let longest = (met.longest / f64::from(WORKGROUP)).ceil();
        Turns::of([
            ("list", lists),
            ("comparison", met.arrivals * rounds(met.arrivals / lists)),
        ])
        .chain([("comparison", longest * rounds(met.longest))])
    }

    fn propagators(&self, dispatch: &Dispatch) -> Turns {
        let parameters: PropagatorsParameters = self.parameters(dispatch);
        // It does not know its window: that of the dispatch before it.
        let met = self.met(self.listed.0, self.population(parameters.first_unit));
        let intervals = met.arrivals + f64::from(dispatch.workgroups[1]);
        let frames = if parameters.frame_length > 0.0 {
            intervals
        } else {
            0.0
        };
        Turns::of([("interval", intervals), ("frame", frames)]).chain([("interval", 1.0)])
    }

    fn advance(&self, dispatch: &Dispatch) -> Turns {
        let parameters: AdvanceParameters = self.parameters(dispatch);
        let n = f64::from(parameters.population_size) * f64::from(dispatch.workgroups[1]);
        let mut turns = Turns::of([("neuron", n)]);
        if parameters.is_first_pass == 0 {
            return turns;
        }
        let met = self.met(parameters.window, self.population(parameters.first_unit));
        let all = met.visits + n;
        let looks = LOOKS * met.fired;
        if self.tables.receptors == Receptors::Several {
            turns.all.push(("interval of several", all + looks));
            return turns.chain([("interval of several", met.longest + 1.0)]);
        }
        turns.all.push(("halving", HALVINGS * met.fired));
        turns.all.push(("spike", met.fired));
        if parameters.has_intervals != 0 {
            let looked = [("arrival", all), ("interval", looks), ("look", looks)];
            turns.all.extend(looked);
            turns.all.push(("eight weights", met.visits / 8.0));
            return turns.chain([
                ("eight weights", met.longest / 8.0),
                ("arrival", met.longest + 1.0),
            ]);
        }
        turns.all.push(("interval", all + looks));
        turns.all.push(("look", all + looks));
        turns.chain([("interval", met.longest + 1.0)])
    }

    fn order(&self, dispatch: &Dispatch) -> Turns {
        let parameters: OrderParameters = self.parameters(dispatch);
        let met = self.met(parameters.window, self.population(parameters.first_unit));
        Turns::of([
            ("spike", met.fired),
            ("key", met.fired_squared / f64::from(WORKGROUP)),
            ("pair", met.fired_squared),
            ("pair again", met.fired_again),
        ])
        .chain([("pair", met.most_fired)])
    }

    fn readout(&self, dispatch: &Dispatch) -> Turns {
        let parameters: ReadoutParameters = self.parameters(dispatch);
        let n = f64::from(parameters.population_size) * f64::from(dispatch.workgroups[1]);
        let mut turns = Turns::of([("neuron", n)]);
        if parameters.is_first_pass == 0 {
            return turns;
        }
        let met = self.met(parameters.window, self.population(parameters.first_unit));
        let shown = 1 + parameters.end_requested - parameters.first_requested;
        turns
            .all
            .push(("interval", met.visits + n * f64::from(shown)));
        turns.chain([("interval", met.longest + f64::from(shown))])
    }

    fn advance_sequential(&self, dispatch: &Dispatch) -> Turns {
        let parameters: AdvanceSequentialParameters = self.parameters(dispatch);
        if parameters.is_first_pass == 0 {
            return Turns::default();
        }
        let stage = parameters.populations[..parameters.n_populations as usize].iter();
        let stage: Vec<(f64, Met)> = stage
            .map(|of| {
                let met = self.met(parameters.window, self.population(of.first_unit));
                (f64::from(of.size), met)
            })
            .collect();
        let neurons: f64 = stage.iter().map(|(size, _)| size).sum();
        let slots = f64::from(dispatch.workgroups[0]);
        let fired: f64 = stage.iter().map(|(_, met)| met.fired).sum();
        // What arrives at one time is one event; an arrival at several populations counts for each.
        let arrivals: f64 = stage
            .iter()
            .map(|(size, met)| (met.visits - met.instant) / size)
            .sum();
        let events = arrivals + fired + slots;
        let each = (neurons / f64::from(WORKGROUP)).ceil();
        let comparisons = f64::from(WORKGROUP.ilog2());
        let chain = events / slots;
        let mut turns = Turns::of([
            ("neuron", neurons * slots),
            ("offer", events * neurons),
            ("comparison", events * comparisons * f64::from(WORKGROUP)),
            ("event and neuron", events * neurons),
            ("spike", fired),
        ]);
        if self.tables.receptors == Receptors::One {
            turns.all.push(("look", events * neurons));
            turns.all.push(("halving", HALVINGS * fired));
        }
        turns.chain([
            ("offer", chain * each),
            ("comparison", chain * comparisons),
            ("event and neuron", chain * each),
        ])
    }

    pub(super) fn parameters<P: Parameters>(&self, dispatch: &Dispatch) -> P {
        bytemuck::pod_read_unaligned(self.schedule.parameters(dispatch))
    }
}
