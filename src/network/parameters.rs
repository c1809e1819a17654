//! All parameters of a network in one flat vector, with views that have names.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Connection, Delays, Network, Neuron, PopulationId, ProjectionId, Purpose, Weights};
use crate::{Error, Result};

/// The largest magnitude of a parameter or a potential: products of two, over any time constant that makes sense,
/// do not overflow, so that what is too large is refused by name rather than lost in an infinity.
pub(super) const LARGEST: f64 = 1e100;

/// Whether engines can compute with a parameter or a potential.
pub(super) fn is_usable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// What the values of a tensor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TensorKind {
    /// Synaptic weights.
    Weight,
    /// Delays, in ms.
    Delay,
    /// Thresholds.
    Threshold,
}

/// A named part of the flat vector, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// `"input->hidden/weight"`, `"input->hidden/delay"`, `"poisson->hidden/weight"` or `"hidden/threshold"`.
    pub name: String,
    /// What it holds.
    pub kind: TensorKind,
    /// Where it lies.
    pub range: Range<usize>,
    /// For weights and delays per synapse `[source, target]` where all are connected to all, else `[synapses]`; `[1]` for a shared
    /// delay and for the weight of a Poisson drive, `[size]` for thresholds.
    pub shape: Vec<usize>,
}

/// Which part of the flat vector means what.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    tensors: Vec<Tensor>,
    /// Per projection: tensor indices of weight and delay.
    projections: Vec<(usize, usize)>,
    /// Per Poisson drive: the tensor of its weight.
    drives: Vec<usize>,
    /// Per population: the tensor of thresholds, none for readouts.
    thresholds: Vec<Option<usize>>,
    len: usize,
}

impl Layout {
    pub(super) fn push_projection(&mut self, connection: &Connection) {
        let all = match connection.synapses() {
            None => vec![connection.source_size, connection.target_size],
            Some(synapses) => vec![synapses.len()],
        };
        let weight = self.push(TensorKind::Weight, &connection.name, all.clone());
        let shape = match connection.has_shared_delay() {
            true => vec![1],
            false => all,
        };
        let delay = self.push(TensorKind::Delay, &connection.name, shape);
        self.projections.push((weight, delay));
    }

    pub(super) fn push_drive(&mut self, name: &str) {
        let weight = self.push(TensorKind::Weight, name, vec![1]);
        self.drives.push(weight);
    }

    pub(super) fn push_population(&mut self, name: &str, size: usize, is_spiking: bool) {
        let tensor = is_spiking.then(|| self.push(TensorKind::Threshold, name, vec![size]));
        self.thresholds.push(tensor);
    }

    fn push(&mut self, kind: TensorKind, owner: &str, shape: Vec<usize>) -> usize {
        let start = self.len;
        self.len += shape.iter().product::<usize>();
        let member = match kind {
            TensorKind::Weight => "weight",
            TensorKind::Delay => "delay",
            TensorKind::Threshold => "threshold",
        };
        self.tensors.push(Tensor {
            name: format!("{owner}/{member}"),
            kind,
            range: start..self.len,
            shape,
        });
        self.tensors.len() - 1
    }

    /// The length of the flat vector.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the network has no parameters at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All named parts, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The named part `name`.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// A projection's weights: `[source x target]`, or one for each of its [synapses](Connection::synapses).
    pub fn weights(&self, projection: ProjectionId) -> Range<usize> {
        self.tensors[self.projections[projection.0].0].range.clone()
    }

    /// A projection's delays: one, or as many as weights.
    pub fn delays(&self, projection: ProjectionId) -> Range<usize> {
        self.tensors[self.projections[projection.0].1].range.clone()
    }

    /// Where the weight of a Poisson drive lies, counted in the order in which drives were described.
    pub(crate) fn drive(&self, drive: usize) -> usize {
        self.tensors[self.drives[drive]].range.start
    }

    /// A population's thresholds, one per neuron; `None` for a readout.
    pub fn thresholds(&self, population: PopulationId) -> Option<Range<usize>> {
        let tensor = self.thresholds[population.0]?;
        Some(self.tensors[tensor].range.clone())
    }
}

/// Parameter values of one network, flat, in the order of its [`Layout`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    layout: Layout,
    values: Vec<f64>,
}

impl Parameters {
    /// Values laid out as `layout` says.
    pub(super) fn of(layout: Layout, values: Vec<f64>) -> Self {
        Self { layout, values }
    }

    pub(super) fn initial(network: &Network, seed: u64) -> Self {
        let layout = network.layout.clone();
        let mut values = vec![0.0; layout.len()];
        for (ix, connection) in network.connections.iter().enumerate() {
            let id = ProjectionId(ix);
            let weights = &mut values[layout.weights(id)];
            match (&connection.projection.weights, connection.synapses()) {
                (Weights::Given(given), None) => copy_rows(weights, given.view()),
                (Weights::Drawn(drawn), None) => {
                    // A stream of its own per projection: adding one leaves the others' draws alone.
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    rng.set_stream(ix as u64);
                    drawn.fill(weights, &mut rng);
                }
                (_, Some(_)) => {
                    connection.synaptic_values(network.seed, seed, Purpose::Weight, weights);
                }
            }
            let delays = &mut values[layout.delays(id)];
            match &connection.projection.delays {
                Delays::Shared(delay) if connection.has_shared_delay() => delays.fill(*delay),
                Delays::Given(given) if connection.synapses().is_none() => {
                    copy_rows(delays, given.view());
                }
                _ => connection.delays_by_source(network.seed, seed, delays),
            }
        }
        for (ix, drive) in network.drives.iter().enumerate() {
            values[layout.drive(ix)] = drive.described.weight;
        }
        for (ix, population) in network.populations.iter().enumerate() {
            let range = layout.thresholds(PopulationId(ix));
            if let (Some(range), Some(threshold)) = (range, &population.neuron.threshold) {
                for (neuron, value) in values[range].iter_mut().enumerate() {
                    *value = threshold.get(neuron);
                }
            }
        }
        Self { layout, values }
    }

    /// The flat vector.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The flat vector, to write. Engines check what they are given.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Which part of the vector means what.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A projection's weights, `[source x target]`, or `[1 x synapses]` where not all are connected to all.
    pub fn weights(&self, network: &Network, projection: ProjectionId) -> ArrayView2<'_, f64> {
        let shape = network.connections[projection.0].shape();
        ArrayView2::from_shape(shape, &self.values[self.layout.weights(projection)])
            .expect("the layout was made from the same sizes")
    }

    /// A projection's weights, shaped as by [`weights`](Self::weights), to write.
    pub fn weights_mut(
        &mut self,
        network: &Network,
        projection: ProjectionId,
    ) -> ArrayViewMut2<'_, f64> {
        let shape = network.connections[projection.0].shape();
        ArrayViewMut2::from_shape(shape, &mut self.values[self.layout.weights(projection)])
            .expect("the layout was made from the same sizes")
    }

    /// Checks that the values belong to `network` and that engines can use them.
    ///
    /// # Errors
    /// Another network's layout, a value that is not finite or beyond 1e100 in magnitude, a negative delay,
    /// a threshold at or below the reset or initial potential.
    pub fn check(&self, network: &Network) -> Result<()> {
        if self.layout != network.layout {
            return Err(Error::invalid(
                "parameters",
                format!("laid out for {} values", self.layout.len()),
                format!(
                    "use parameters made from this network, which has {}",
                    network.layout.len()
                ),
            ));
        }
        // One fold over the whole vector first: this runs at every step of a training.
        let suspicious = self.values.iter().any(|value| !is_usable(*value));
        if suspicious {
            for tensor in self.layout.tensors() {
                let values = &self.values[tensor.range.clone()];
                if let Some(ix) = values.iter().position(|value| !is_usable(*value)) {
                    return Err(Error::invalid(
                        format!("{}[{ix}]", tensor.name),
                        format!("{:e}", values[ix]),
                        format!(
                            "keep every parameter finite and within {LARGEST:e}; a smaller learning rate may help"
                        ),
                    ));
                }
            }
        }
        for ix in 0..network.connections.len() {
            let range = self.layout.delays(ProjectionId(ix));
            if let Some(delay) = self.values[range].iter().find(|&&delay| delay < 0.0) {
                return Err(Error::invalid(
                    format!("{}/delay", network.connections[ix].name),
                    delay,
                    "give a delay in ms, zero or more",
                ));
            }
        }
        for (ix, population) in network.populations.iter().enumerate() {
            if let Some(range) = self.layout.thresholds(PopulationId(ix)) {
                let neuron = Neuron {
                    threshold: Some(self.values[range].to_vec().into()),
                    ..population.neuron.clone()
                };
                neuron.check(&population.name, population.size)?;
            }
        }
        Ok(())
    }
}

fn copy_rows(target: &mut [f64], given: ArrayView2<'_, f64>) {
    for (value, &given) in target.iter_mut().zip(given.iter()) {
        *value = given;
    }
}
