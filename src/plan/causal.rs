//! Stages and windows from the delays of a network.

use super::graph::{components, reachability, topological_order};
use crate::network::{Network, Parameters, PopulationId, ProjectionId, Source};

/// A cycle whose delays are all shorter than this fraction of the run is resolved
/// event by event: windows that short would cost more than they save.
const SHORTEST_WINDOW: f64 = 1e-4;

/// How a stage is advanced through a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// Its neurons cannot influence one another inside a window: each walks through its arrivals on its own.
    Parallel,
    /// Its neurons influence one another at once: event by event.
    Sequential,
}

/// How to resolve a cycle of projections in which each synapse has a delay of its own, or arrivals are taken synapse by synapse. It makes no difference where some
/// delay on the cycle is below a ten-thousandth of the run: then the cycle is a sequential stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SynapticCycles {
    /// In windows no longer than the shortest delay on the cycle.
    Windows,
    /// As a sequential stage, arrival by arrival, whatever the delays are.
    Sequential,
}

/// Populations that are advanced together.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Each neuron on its own, or event by event.
    pub kind: StageKind,
    /// Which; one for a parallel stage, a whole component for a sequential one.
    pub populations: Vec<PopulationId>,
    /// The projections whose spikes it reads, its own inner ones included.
    pub reads: Vec<ProjectionId>,
}

/// Which populations to advance, in which order, through which windows of time.
///
/// The dependency relation, before any executor: an arrival inside the window
/// `[t, t + window)` comes from an input, from a spike before `t`, from a spike of
/// an earlier stage in the same window, or, within a sequential stage, from that
/// stage itself. A spike of a parallel stage reaches its own population, or an
/// earlier stage, only in a later window. A window's state at its end is the
/// state just before the arrivals at that time.
#[derive(Debug, Clone, PartialEq)]
pub struct CausalPlan {
    window: f64,
    n_windows: usize,
    duration: f64,
    stages: Vec<Stage>,
}

impl CausalPlan {
    /// Plans a run of `duration` ms in windows no longer than `longest_window` ms.
    ///
    /// The window is as long as the delays allow: the largest for which the
    /// projections with shorter delays form no cycle. That is the whole run for a
    /// feed-forward network, and for a recurrent one the smallest, over all
    /// cycles, of a cycle's longest delay.
    pub fn new(
        network: &Network,
        parameters: &Parameters,
        duration: f64,
        longest_window: f64,
        synaptic_cycles: SynapticCycles,
    ) -> Self {
        let edges = population_edges(network, parameters);
        let n = network.populations().len();
        let shortest = duration * SHORTEST_WINDOW;
        let is_sequential = synaptic_cycles == SynapticCycles::Sequential;
        let instant = edges
            .iter()
            .filter(|edge| edge.delay <= shortest || (edge.is_by_synapse && is_sequential));
        let reach = reachability(n, instant.map(|edge| (edge.from, edge.to)));
        let component = components(&reach);
        let between: Vec<Edge> = edges
            .iter()
            .map(|edge| Edge {
                from: component[edge.from],
                to: component[edge.to],
                ..*edge
            })
            .filter(|edge| edge.from != edge.to || !reach[edge.from][edge.from])
            .collect();
        let mut nodes = component.clone();
        nodes.sort_unstable();
        nodes.dedup();
        let (window, order) = widest_window(&nodes, &between, duration);
        let window = window.min(longest_window).min(duration);
        let n_windows = ((duration / window).ceil() as usize).max(1);
        let stages = order
            .into_iter()
            .map(|node| {
                let members: Vec<usize> = (0..n).filter(|&p| component[p] == node).collect();
                stage(network, &members, reach[node][node])
            })
            .collect();
        Self {
            window,
            n_windows,
            duration,
            stages,
        }
    }

    /// The stages of every window, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The length of a window, in ms.
    pub fn window(&self) -> f64 {
        self.window
    }

    /// How many windows.
    pub fn n_windows(&self) -> usize {
        self.n_windows
    }

    /// Start and end of a window, in ms; the last ends with the run.
    pub fn bounds(&self, window: usize) -> (f64, f64) {
        let at = |ix: usize| (ix as f64 * self.window).min(self.duration);
        if window + 1 == self.n_windows {
            (at(window), self.duration)
        } else {
            (at(window), at(window + 1))
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    /// The shortest, in ms.
    delay: f64,
    /// Whether each synapse has its own, or is taken by itself.
    is_by_synapse: bool,
}

fn population_edges(network: &Network, parameters: &Parameters) -> Vec<Edge> {
    let connections = network.connections().iter().enumerate();
    connections
        .filter_map(|(ix, connection)| {
            let Source::Population(from) = connection.source else {
                return None;
            };
            let range = parameters.layout().delays(ProjectionId(ix));
            let delays = &parameters.values()[range];
            Some(Edge {
                from: from.index(),
                to: connection.target.index(),
                delay: delays.iter().copied().fold(f64::MAX, f64::min),
                is_by_synapse: !connection.has_shared_delay() || connection.table.is_some(),
            })
        })
        .collect()
}

/// The widest window and the order of stages inside it.
fn widest_window(nodes: &[usize], edges: &[Edge], duration: f64) -> (f64, Vec<usize>) {
    let mut candidates: Vec<f64> = edges.iter().map(|edge| edge.delay).collect();
    candidates.push(f64::MAX);
    candidates.sort_by(|x, y| y.total_cmp(x));
    candidates
        .into_iter()
        .find_map(|window| {
            let shorter: Vec<(usize, usize)> = edges
                .iter()
                .filter(|edge| edge.delay < window)
                .map(|edge| (edge.from, edge.to))
                .collect();
            topological_order(nodes, &shorter).map(|order| (window.min(duration), order))
        })
        .expect("below the shortest delay no edge is left to form a cycle")
}

fn stage(network: &Network, members: &[usize], is_cycle: bool) -> Stage {
    let reads = network.connections().iter().enumerate();
    Stage {
        kind: if is_cycle {
            StageKind::Sequential
        } else {
            StageKind::Parallel
        },
        populations: members.iter().map(|&ix| PopulationId(ix)).collect(),
        reads: reads
            .filter(|(_, connection)| members.contains(&connection.target.index()))
            .map(|(ix, _)| ProjectionId(ix))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Neuron, Projection};
    use ndarray::Array2;

    /// Populations of one neuron each and projections (from, to, delay) between them.
    fn plan(n: usize, edges: &[(usize, usize, f64)]) -> CausalPlan {
        let mut builder = Network::builder();
        let ids: Vec<PopulationId> = (0..n)
            .map(|ix| builder.population(format!("p{ix}"), 1, Neuron::leaky_integrate_and_fire()))
            .collect();
        for &(from, to, delay) in edges {
            let projection = Projection::dense(Array2::ones((1, 1))).delay(delay);
            builder.connect(ids[from], ids[to], projection);
        }
        let network = builder.build().expect("the description is sound");
        CausalPlan::new(
            &network,
            &network.parameters(0),
            40.0,
            f64::MAX,
            SynapticCycles::Windows,
        )
    }

    fn shape(plan: &CausalPlan) -> Vec<(StageKind, Vec<usize>)> {
        let stages = plan.stages().iter();
        stages
            .map(|stage| {
                (
                    stage.kind,
                    stage.populations.iter().map(|p| p.index()).collect(),
                )
            })
            .collect()
    }

    use StageKind::{Parallel, Sequential};

    #[test]
    fn feed_forward_is_one_window_with_a_stage_per_layer() {
        let plan = plan(3, &[(2, 0, 0.0), (0, 1, 1.5)]);
        assert_eq!(plan.n_windows(), 1);
        assert_eq!(
            shape(&plan),
            [
                (Parallel, vec![2]),
                (Parallel, vec![0]),
                (Parallel, vec![1])
            ]
        );
        assert_eq!(plan.stages()[1].reads, [ProjectionId(0)]);
    }

    #[test]
    fn a_delayed_self_projection_sets_the_window() {
        let plan = plan(1, &[(0, 0, 1.5)]);
        assert_eq!(plan.window(), 1.5);
        assert_eq!(plan.n_windows(), 27);
        assert_eq!(plan.bounds(26), (39.0, 40.0));
        assert_eq!(shape(&plan), [(Parallel, vec![0])]);
    }

    #[test]
    fn a_cycle_with_one_delay_needs_no_sequential_stage() {
        let plan = plan(2, &[(0, 1, 0.0), (1, 0, 2.0)]);
        assert_eq!(plan.window(), 2.0);
        assert_eq!(shape(&plan), [(Parallel, vec![0]), (Parallel, vec![1])]);
    }

    #[test]
    fn the_window_is_the_longest_delay_of_the_tightest_cycle() {
        let plan = plan(3, &[(0, 1, 0.5), (1, 0, 2.0), (1, 2, 0.1), (2, 1, 3.0)]);
        assert_eq!(plan.window(), 2.0);
        assert_eq!(
            shape(&plan),
            [
                (Parallel, vec![0]),
                (Parallel, vec![1]),
                (Parallel, vec![2])
            ]
        );
    }

    #[test]
    fn a_cycle_without_delay_is_sequential_and_keeps_its_inner_delays() {
        let plan = plan(3, &[(0, 1, 0.0), (1, 0, 0.0), (0, 0, 1.0), (1, 2, 0.0)]);
        assert_eq!(plan.n_windows(), 1);
        assert_eq!(
            shape(&plan),
            [(Sequential, vec![0, 1]), (Parallel, vec![2])]
        );
    }

    #[test]
    fn windows_cover_the_run_without_gap_or_overlap() {
        let plan = plan(1, &[(0, 0, 0.3)]);
        let mut end = 0.0;
        for window in 0..plan.n_windows() {
            let (from, to) = plan.bounds(window);
            assert_eq!(from, end);
            assert!(to > from);
            end = to;
        }
        assert_eq!(end, 40.0);
    }

    #[test]
    fn delays_far_below_the_run_are_resolved_event_by_event() {
        assert_eq!(shape(&plan(1, &[(0, 0, 1e-9)])), [(Sequential, vec![0])]);
    }
}
