//! Sessions of networks with projections that are not all to all: an engine trains the same network with lists of synapses, whose
//! values are the network's own in another order.

use std::sync::Arc;

use super::{
    BatchOutcome, OptimiserState, Session, SessionPlan, Step, TrainedTensor, Transform, no_tensor,
};
use crate::Result;
use crate::event::SpikeBatch;
use crate::network::{Form, Network, Parameters};

/// Opens a session for a plan. Where some projection is not all to all it is one of the same network with lists of synapses, which is
/// told values, and tells them, in the network's own order. The network has no spikes of its own.
///
/// # Errors
/// More synapses than fit; a trained range that is no tensor's; what opening one refuses.
pub(crate) fn open_session(
    plan: &SessionPlan<'_>,
    open: impl FnOnce(&SessionPlan<'_>) -> Result<Box<dyn Session>>,
) -> Result<Box<dyn Session>> {
    let Some(computed) = plan.network.computed(Form::Lists)? else {
        return open(plan);
    };
    let places = computed.places(plan.network.layout().len());
    let range_of = |range| {
        let found = computed.range_of(plan.network.layout(), range);
        found.ok_or_else(|| no_tensor(range))
    };
    let trained = plan.trained.iter().map(|own| -> Result<TrainedTensor> {
        let range = range_of(&own.range)?;
        let transform = match &own.transform {
            Transform::Floor(floors) => {
                let mut moved = vec![0.0; floors.len()];
                for (floor, place) in floors.iter().zip(&places[own.range.clone()]) {
                    moved[place - range.start] = *floor;
                }
                Transform::Floor(moved)
            }
            Transform::Below {
                thresholds,
                margins,
            } => Transform::Below {
                thresholds: range_of(thresholds)?,
                margins: margins.clone(),
            },
            same => same.clone(),
        };
        Ok(TrainedTensor {
            range,
            multiple: own.multiple,
            transform,
        })
    });
    let trained = trained.collect::<Result<Vec<_>>>()?;
    let session = open(&SessionPlan {
        network: &Arc::new(computed.network.clone()),
        parameters: &computed.expand(plan.parameters.values(), 0.0),
        trained: &trained,
        raise_directions: &to_lists(&places, plan.raise_directions),
        ..*plan
    })?;
    Ok(Box::new(ListedSession {
        own: plan.network.clone(),
        places,
        session,
    }))
}

/// Numbers of the network's own parameters in the order of the lists. Those of which there are too few or too many stay as they are, to be
/// refused by whoever is given them.
fn to_lists(places: &[usize], own: &[f64]) -> Vec<f64> {
    let mut values = own.to_vec();
    if own.len() == places.len() {
        for (value, &place) in own.iter().zip(places) {
            values[place] = *value;
        }
    }
    values
}

/// A session whose parameters an engine has in the order of its lists.
struct ListedSession {
    own: Arc<Network>,
    /// For each parameter of the network's own its place among those of the lists.
    places: Vec<usize>,
    session: Box<dyn Session>,
}

impl ListedSession {
    fn to_own(&self, values: &[f64]) -> Vec<f64> {
        self.places.iter().map(|&place| values[place]).collect()
    }
}

impl Session for ListedSession {
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], step: Step) -> Result<BatchOutcome> {
        self.session.step(inputs, labels, step)
    }

    fn evaluate(&mut self, inputs: &SpikeBatch, labels: &[usize]) -> Result<BatchOutcome> {
        self.session.evaluate(inputs, labels)
    }

    fn parameters(&mut self) -> Result<Vec<f64>> {
        let values = self.session.parameters()?;
        Ok(self.to_own(&values))
    }

    fn set_parameters(&mut self, values: &[f64]) -> Result<()> {
        if values.len() == self.places.len() {
            // By the names of the network's own synapses.
            let layout = self.own.layout().clone();
            Parameters::of(layout, values.to_vec()).check(&self.own)?;
        }
        self.session.set_parameters(&to_lists(&self.places, values))
    }

    fn optimiser(&mut self) -> Result<OptimiserState> {
        let mut state = self.session.optimiser()?;
        for (_, array) in &mut state.arrays {
            *array = self.to_own(array);
        }
        Ok(state)
    }

    fn set_optimiser(&mut self, state: &OptimiserState) -> Result<()> {
        let arrays = state.arrays.iter();
        let moved = arrays.map(|(name, values)| (name.clone(), to_lists(&self.places, values)));
        self.session.set_optimiser(&OptimiserState {
            steps: state.steps,
            arrays: moved.collect(),
        })
    }
}
