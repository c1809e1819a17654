//! A network in matrices: what engines compute with where a projection is not all to all.
//!
//! A pair without a synapse has weight zero, and where each synapse has its own delay one that is longer than the run, so that
//! nothing arrives. A pair with several synapses of their own delays takes one matrix for each. A Poisson drive becomes an
//! input with a channel for each neuron, whose weights are one parameter. What each entry of the matrices is of the
//! network's own parameters is a list, along which values go in and derivatives come back.

use std::ops::Range;

use ndarray::Array2;

use super::{
    Connection, Delays, Input, InputId, Layout, Network, Parameters, Projection, ProjectionId,
    Rule, Source, Weights,
};
use crate::{Error, Result};

/// The most entries of the matrices of a network.
const MOST_ENTRIES: usize = 1 << 31;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dense {
    pub network: Network,
    /// What lies in both vectors as it is: where in the matrices', and from where on in the network's.
    same: Vec<(Range<usize>, usize)>,
    /// Of weights: a place in the matrices' vector, and the parameter that is added there.
    weights: Vec<[usize; 2]>,
    /// Of delays: a place, and the parameter that stands there.
    delays: Vec<[usize; 2]>,
    /// Delays of all pairs of a projection in which each synapse has its own.
    far: Vec<Range<usize>>,
}

impl Dense {
    /// The matrices of a network, in at most `limit` bytes; none where it needs no others than its own.
    ///
    /// # Errors
    /// More entries than fit, or than can be numbered.
    pub fn of(network: &Network, limit: u64) -> Result<Option<Self>> {
        let most = MOST_ENTRIES.min((limit / size_of::<f64>() as u64) as usize);
        let is_sparse = |connection: &Connection| connection.synapses().is_some();
        if network.drives.is_empty() && !network.connections.iter().any(is_sparse) {
            return Ok(None);
        }
        let mut dense = Self {
            network: Network {
                seed: network.seed,
                inputs: network.inputs.clone(),
                populations: network.populations.clone(),
                connections: Vec::new(),
                drives: Vec::new(),
                layout: Layout::default(),
                dense: None,
            },
            same: Vec::new(),
            weights: Vec::new(),
            delays: Vec::new(),
            far: Vec::new(),
        };
        // Every channel's spikes come with a batch that is complete.
        for input in &mut dense.network.inputs {
            input.trains = None;
        }
        for (ix, connection) in network.connections.iter().enumerate() {
            let own = ProjectionId(ix);
            let (weights, delays) = (network.layout.weights(own), network.layout.delays(own));
            match connection.synapses() {
                None => {
                    let id = dense.push(connection.clone(), most)?;
                    let layout = &dense.network.layout;
                    dense.same.push((layout.weights(id), weights.start));
                    dense.same.push((layout.delays(id), delays.start));
                }
                Some(synapses) => {
                    dense.push_sparse(connection, synapses, (weights.start, delays.start), most)?;
                }
            }
        }
        for ix in 0..network.drives.len() {
            dense.push_drive(network, ix, most)?;
        }
        for population in &network.populations {
            let layout = &mut dense.network.layout;
            let first = layout.tensors().len();
            layout.push_population(&population.name, population.size, &population.neuron);
            for tensor in &layout.tensors()[first..] {
                let own = network.layout.find(&tensor.name);
                let own = own.expect("both layouts name the parameters of a population alike");
                dense.same.push((tensor.range.clone(), own.range.start));
            }
        }
        Ok(Some(dense))
    }

    /// Adds a matrix, where there are at most `most` entries with it.
    fn push(&mut self, connection: Connection, most: usize) -> Result<ProjectionId> {
        let pairs = connection.source_size.checked_mul(connection.target_size);
        let total = pairs.and_then(|pairs| (2 * pairs).checked_add(self.network.layout.len()));
        if total.is_none_or(|total| total > most) {
            return Err(Error::invalid(
                format!("pairs of \"{}\"", connection.name),
                format!("{} x {}", connection.source_size, connection.target_size),
                format!(
                    "a batch computes with all pairs, at most {most} numbers in all; make the network in rows"
                ),
            ));
        }
        self.network.layout.push_projection(&connection);
        self.network.connections.push(connection);
        Ok(ProjectionId(self.network.connections.len() - 1))
    }

    fn push_sparse(
        &mut self,
        connection: &Connection,
        synapses: &[[u32; 2]],
        (weights, delays): (usize, usize),
        most: usize,
    ) -> Result<()> {
        let targets = connection.target_size;
        let cell = |[source, target]: [u32; 2]| source as usize * targets + target as usize;
        let matrix = |delays| Connection {
            projection: Projection {
                rule: Rule::AllToAll,
                weights: Weights::Drawn(0.0.into()),
                delays,
                ..connection.projection.clone()
            },
            synapses: None,
            ..connection.clone()
        };
        if connection.has_shared_delay() {
            let id = self.push(matrix(Delays::Shared(0.0)), most)?;
            let first = self.network.layout.weights(id).start;
            let entries = synapses.iter().enumerate();
            self.weights
                .extend(entries.map(|(ix, &ends)| [first + cell(ends), weights + ix]));
            self.same.push((self.network.layout.delays(id), delays));
            return Ok(());
        }
        // How many synapses of a pair came before.
        let mut seen = vec![0_u32; connection.source_size * targets];
        let mut layers: Vec<ProjectionId> = Vec::new();
        for (ix, &ends) in synapses.iter().enumerate() {
            let seen = &mut seen[cell(ends)];
            let layer = *seen as usize;
            *seen += 1;
            if layer == layers.len() {
                let own = Delays::Given(Array2::zeros((0, 0)));
                let id = self.push(matrix(own), most)?;
                self.far.push(self.network.layout.delays(id));
                layers.push(id);
            }
            let layout = &self.network.layout;
            let (w, d) = (layout.weights(layers[layer]), layout.delays(layers[layer]));
            self.weights.push([w.start + cell(ends), weights + ix]);
            self.delays.push([d.start + cell(ends), delays + ix]);
        }
        Ok(())
    }

    fn push_drive(&mut self, network: &Network, ix: usize, most: usize) -> Result<()> {
        let drive = &network.drives[ix];
        let population = drive.described.population;
        let size = network.populations[population].size;
        self.network.inputs.push(Input {
            name: drive.name.clone(),
            size,
            first_unit: drive.first_unit,
            trains: None,
        });
        let connection = Connection {
            name: drive.name.clone(),
            number: self.network.connections.len(),
            source: Source::Input(InputId(self.network.inputs.len() - 1)),
            source_size: size,
            target: super::PopulationId(population),
            target_size: size,
            projection: Projection::random(0.0).receptor(drive.described.receptor),
            synapses: None,
        };
        let id = self.push(connection, most)?;
        let first = self.network.layout.weights(id).start;
        let weight = network.layout.drive(ix);
        let diagonal = (0..size).map(|neuron| [first + neuron * (size + 1), weight]);
        self.weights.extend(diagonal);
        Ok(())
    }

    /// The values of the matrices; a pair without a synapse has a delay of `far` ms.
    pub fn expand(&self, own: &[f64], far: f64) -> Parameters {
        let mut values = vec![0.0; self.network.layout.len()];
        for range in &self.far {
            values[range.clone()].fill(far);
        }
        self.scatter(own, &mut values);
        Parameters::of(self.network.layout.clone(), values)
    }

    /// A direction in the space of the matrices' values: that of a direction of the network's own parameters.
    pub fn expand_direction(&self, own: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; self.network.layout.len()];
        self.scatter(own, &mut values);
        values
    }

    fn scatter(&self, own: &[f64], values: &mut [f64]) {
        for (range, from) in &self.same {
            values[range.clone()].copy_from_slice(&own[*from..from + range.len()]);
        }
        for &[place, parameter] in &self.weights {
            values[place] += own[parameter];
        }
        for &[place, parameter] in &self.delays {
            values[place] = own[parameter];
        }
    }

    /// Derivatives with respect to the network's own parameters, `len` of them, from those with respect to the matrices' values:
    /// the transpose of [`expand_direction`](Self::expand_direction).
    pub fn contract(&self, of_matrices: impl Fn(usize) -> f64, own: &mut [f64]) {
        for (range, to) in &self.same {
            for (offset, place) in range.clone().enumerate() {
                own[to + offset] += of_matrices(place);
            }
        }
        for &[place, parameter] in self.weights.iter().chain(&self.delays) {
            own[parameter] += of_matrices(place);
        }
    }
}
