//! The turns of the kernels of an adjoint.

use super::counted::Counted;
use super::turns::Turns;
use crate::gpu::kernels::adjoint::AdjointParameters;
use crate::gpu::kernels::adjoint_readout::AdjointReadoutParameters;
use crate::gpu::kernels::adjoint_sequential::AdjointSequentialParameters;
use crate::gpu::kernels::deliver::DeliverParameters;
use crate::gpu::kernels::deliver_synapses::DeliverSynapsesParameters;
use crate::gpu::layout::{BATCH, WORKGROUP};
use crate::gpu::schedule::Dispatch;

/// Fours of shares that an invocation adds up, for each arrival that it meets.
const FOURS_OF_SHARES: f64 = WORKGROUP as f64 / (4 * BATCH) as f64;

impl Counted<'_> {
    /// None where the kernel is not one of an adjoint.
    pub(super) fn swept(&self, dispatch: &Dispatch) -> Option<Turns> {
        Some(match dispatch.kernel {
            "adjoint" => self.adjoint(dispatch),
            "adjoint_readout" => self.adjoint_readout(dispatch),
            "adjoint_sequential" => self.adjoint_sequential(dispatch),
            "deliver" => self.deliver(dispatch),
            "deliver_synapses" => self.deliver_synapses(dispatch),
            "reduce" => {
                let values = f64::from(self.schedule.sizes.n_values);
                let slots = f64::from(self.schedule.sizes.n_slots);
                let [eights, ones] = [(slots / 8.0).floor(), slots % 8.0];
                Turns::of([
                    ("value", values),
                    ("value and eight samples", values * eights),
                    ("value and sample", values * ones),
                ])
                .chain([
                    ("value and eight samples", eights),
                    ("value and sample", ones),
                ])
            }
            _ => return None,
        })
    }

    fn adjoint(&self, dispatch: &Dispatch) -> Turns {
        let parameters: AdjointParameters = self.parameters(dispatch);
        let slots = f64::from(dispatch.workgroups[1]);
        let mut turns = Turns::of([("neuron", f64::from(parameters.population_size) * slots)]);
        if parameters.is_first_pass == 0 {
            return turns;
        }
        let met = self.met(parameters.window, self.population(parameters.first_unit));
        let needs_times = parameters.needs_arrival_times != 0;
        // A neuron that nothing after depends on is passed over, unless shares have to be added up.
        let walked = if needs_times { met.visits } else { met.awaited };
        turns.all.push(("spike", met.fired));
        if parameters.has_intervals == 0 {
            turns.all.push(("arrival on its own", walked));
            turns.all.push(("interval on its own", met.wanted));
            return turns.chain([("interval on its own", met.longest)]);
        }
        turns.all.push(("four arrivals", walked / 4.0));
        turns
            .all
            .push(("four arrivals that count", met.wanted / 4.0));
        if needs_times {
            turns
                .all
                .push(("four arrivals whose times count", met.visits / 4.0));
            turns
                .all
                .extend(shares(met.arrivals, dispatch.workgroups[0]));
        }
        let fours = f64::from(u8::from(needs_times)) * met.longest * FOURS_OF_SHARES;
        turns.chain([("four arrivals", met.longest / 4.0), ("four shares", fours)])
    }

    fn adjoint_readout(&self, dispatch: &Dispatch) -> Turns {
        let parameters: AdjointReadoutParameters = self.parameters(dispatch);
        let slots = f64::from(dispatch.workgroups[1]);
        let mut turns = Turns::of([("neuron", f64::from(parameters.population_size) * slots)]);
        if parameters.is_first_pass == 0 {
            return turns;
        }
        let met = self.met(parameters.window, self.population(parameters.first_unit));
        turns.all.push(("arrival", met.visits));
        turns.all.push(("interval", met.visits));
        if parameters.needs_arrival_times != 0 && parameters.has_own_lists == 0 {
            turns
                .all
                .extend(shares(met.arrivals, dispatch.workgroups[0]));
        }
        turns.chain([("interval", met.longest)])
    }

    fn adjoint_sequential(&self, dispatch: &Dispatch) -> Turns {
        let parameters: AdjointSequentialParameters = self.parameters(dispatch);
        if parameters.is_first_pass == 0 {
            return Turns::default();
        }
        let (mut neurons, mut fired, mut visits) = (0.0, 0.0, 0.0);
        for of in &parameters.populations[..parameters.n_populations as usize] {
            let met = self.met(parameters.window, self.population(of.first_unit));
            neurons += f64::from(of.size);
            fired += met.fired;
            visits += met.visits;
        }
        let slots = f64::from(dispatch.workgroups[0]);
        let lanes = f64::from(WORKGROUP);
        let chain = (fired / slots + 1.0) * (neurons / lanes).ceil();
        Turns::of([
            ("arrival", visits),
            ("spike and neuron", (fired + slots) * neurons),
            ("spike", fired),
        ])
        .chain([
            ("arrival", visits / (slots * neurons.min(lanes))),
            ("spike and neuron", chain),
        ])
    }

    fn deliver(&self, dispatch: &Dispatch) -> Turns {
        let parameters: DeliverParameters = self.parameters(dispatch);
        let (window, projection) = (parameters.window as usize, parameters.projection as usize);
        let delivered = self.trips.by_projection[window][projection];
        let population = self.target_of(parameters.projection);
        let listed = self.met(parameters.window, population).arrivals;
        let shares = f64::from(parameters.n_shares);
        Turns::of([("arrival", listed), ("share", delivered * shares)]).chain([("share", shares)])
    }

    fn deliver_synapses(&self, dispatch: &Dispatch) -> Turns {
        let parameters: DeliverSynapsesParameters = self.parameters(dispatch);
        let (window, projection) = (parameters.window, parameters.projection);
        let (spikes, synapses) = self.looked_at(window, projection);
        let arrivals = self.trips.by_projection[window as usize][projection as usize];
        let longest = self.met(window, self.target_of(projection)).longest;
        let halvings = (1.0 + longest).log2().ceil();
        let groups: f64 = dispatch.workgroups.iter().map(|&n| f64::from(n)).product();
        let lanes = f64::from(WORKGROUP);
        let each = (spikes / groups).ceil() * (synapses / spikes.max(1.0) / lanes).ceil();
        Turns::of([
            ("spike", spikes * lanes),
            ("synapse", synapses),
            ("halving", arrivals * halvings),
        ])
        .chain([("synapse", each), ("halving", each * halvings)])
    }
}

/// What a workgroup adds up: a share of each of its invocations for each arrival.
fn shares(arrivals: f64, groups: u32) -> [(&'static str, f64); 2] {
    let sums = arrivals * f64::from(groups);
    [
        ("four shares", sums * f64::from(WORKGROUP) / 4.0),
        ("sum", sums),
    ]
}
