//! Sessions of networks with projections that are not all to all: an engine trains the same network with lists of synapses, whose
//! values are the network's own in another order.

use std::sync::Arc;

use super::{
    BatchOutcome, OptimiserState, Session, SessionPlan, Step, TrainedTensor, Transform, no_tensor,
};
use crate::event::SpikeBatch;
use crate::network::{Form, Network, Parameters};
use crate::{Error, Result};

/// A plan for the same network with lists of synapses.
pub(crate) struct Listed {
    own: Arc<Network>,
    network: Arc<Network>,
    parameters: Parameters,
    trained: Vec<TrainedTensor>,
    raise_directions: Vec<f64>,
    /// For each parameter of the network's own its place among those of the lists.
    places: Vec<usize>,
}

impl Listed {
    /// None where every projection is all to all. The network has no spikes of its own.
    ///
    /// # Errors
    /// More synapses than fit; a trained range that is no tensor's.
    pub fn new(plan: &SessionPlan<'_>) -> Result<Option<Self>> {
        let Some(computed) = plan.network.computed(Form::Lists)? else {
            return Ok(None);
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
        let mut listed = Self {
            own: plan.network.clone(),
            network: Arc::new(computed.network.clone()),
            parameters: computed.expand(plan.parameters.values(), 0.0),
            trained: trained.collect::<Result<_>>()?,
            raise_directions: Vec::new(),
            places,
        };
        if !plan.raise_directions.is_empty() {
            listed.raise_directions = listed.to_lists(plan.raise_directions);
        }
        Ok(Some(listed))
    }

    /// The plan, with everything else as it is.
    pub fn plan<'a>(&'a self, of: &SessionPlan<'a>) -> SessionPlan<'a> {
        SessionPlan {
            network: &self.network,
            parameters: &self.parameters,
            trained: &self.trained,
            raise_directions: &self.raise_directions,
            ..*of
        }
    }

    /// The session that the network was asked for, given that of its lists.
    pub fn session(self, session: Box<dyn Session>) -> ListedSession {
        ListedSession {
            listed: self,
            session,
        }
    }

    fn to_lists(&self, own: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; own.len()];
        for (value, &place) in own.iter().zip(&self.places) {
            values[place] = *value;
        }
        values
    }

    fn to_own(&self, values: &[f64]) -> Vec<f64> {
        self.places.iter().map(|&place| values[place]).collect()
    }
}

/// A session whose parameters an engine has in the order of its lists.
pub(crate) struct ListedSession {
    listed: Listed,
    session: Box<dyn Session>,
}

impl Session for ListedSession {
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], step: Step) -> Result<BatchOutcome> {
        self.session.step(inputs, labels, step)
    }

    fn evaluate(&mut self, inputs: &SpikeBatch, labels: &[usize]) -> Result<BatchOutcome> {
        self.session.evaluate(inputs, labels)
    }

    fn parameters(&mut self) -> Result<Vec<f64>> {
        Ok(self.listed.to_own(&self.session.parameters()?))
    }

    fn set_parameters(&mut self, values: &[f64]) -> Result<()> {
        let own = &self.listed.own;
        if values.len() != own.layout().len() {
            let remedy = format!("the network has {}", own.layout().len());
            return Err(Error::invalid("number of parameters", values.len(), remedy));
        }
        // By the names of the network's own synapses.
        Parameters::of(own.layout().clone(), values.to_vec()).check(own)?;
        self.session.set_parameters(&self.listed.to_lists(values))
    }

    fn optimiser(&mut self) -> Result<OptimiserState> {
        let mut state = self.session.optimiser()?;
        for (_, array) in &mut state.arrays {
            *array = self.listed.to_own(array);
        }
        Ok(state)
    }

    fn set_optimiser(&mut self, state: &OptimiserState) -> Result<()> {
        let n = self.listed.places.len();
        let moved = state.arrays.iter().map(|(name, values)| {
            // One of another length is refused below, by its name.
            let values = match values.len() == n {
                true => self.listed.to_lists(values),
                false => values.clone(),
            };
            (name.clone(), values)
        });
        self.session.set_optimiser(&OptimiserState {
            steps: state.steps,
            arrays: moved.collect(),
        })
    }
}
