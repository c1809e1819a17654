//! A network as engines compute with it, where it has projections that are not all to all.
//!
//! In matrices ([`Form::Matrices`]) a pair without a synapse has weight zero, and where each synapse has its own delay one that is
//! longer than the run, so that nothing arrives. A pair with several synapses of their own delays takes one matrix for
//! each. In lists ([`Form::Lists`]) projections have the synapses that there are, in the order of their sources and targets; in the form that is
//! fastest ([`Form::Synapses`]) those onto populations that `one_by_one` chooses. A Poisson drive becomes an
//! input with a channel for each neuron, whose weights are one parameter. What each entry is of the network's own
//! parameters is a list, along which values go in and derivatives come back.

use std::ops::Range;
use std::sync::Arc;

use ndarray::Array2;

use super::one_by_one::one_by_one;
use super::structure::Forms;
use super::too_large::too_large;
use super::{
    Connection, Delays, Input, InputId, Layout, Network, Parameters, PopulationId, Projection,
    ProjectionId, Rule, Source, SynapseTable, Weights,
};
use crate::Result;

/// The most entries of all matrices and lists of a network, so that places and rows fit into 32 bits.
pub(super) const MOST_ENTRIES: usize = 1 << 31;

/// How an engine computes with projections that are not all to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Every projection is a matrix of all pairs.
    Matrices,
    /// Projections onto populations whose arrivals are best taken one by one have the synapses that there are.
    Synapses,
    /// Every projection that is not all to all has the synapses that there are: a list.
    #[cfg(feature = "gpu")]
    Lists,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Computed {
    pub network: Network,
    /// What lies in both vectors as it is: where in that of `network`, and from where on in the asked network's.
    same: Vec<(Range<usize>, usize)>,
    /// Of weights: a place in the vector of `network`, and the parameter that is added there.
    weights: Vec<[u32; 2]>,
    /// Of delays: a place, and the parameter that stands there.
    delays: Vec<[u32; 2]>,
    /// Delays of all pairs of a projection in which each synapse has its own.
    far: Vec<Range<usize>>,
}

impl Computed {
    /// A network in a form, in at most as many bytes as its limit of memory says; none where it is in that form itself.
    ///
    /// # Errors
    /// More entries than fit, or than can be numbered.
    pub fn of(network: &Network, form: Form) -> Result<Option<Self>> {
        if network.is_in_matrices() {
            return Ok(None);
        }
        let one_by_one = match form {
            Form::Matrices => vec![false; network.populations.len()],
            Form::Synapses => one_by_one(network),
            #[cfg(feature = "gpu")]
            Form::Lists => vec![true; network.populations.len()],
        };
        let mut computed = Self {
            network: Network {
                seed: network.seed,
                inputs: network.inputs.clone(),
                populations: network.populations.clone(),
                connections: Vec::new(),
                drives: Vec::new(),
                layout: Layout::default(),
                computed: Forms::within(network.computed.limit()),
            },
            same: Vec::new(),
            weights: Vec::new(),
            delays: Vec::new(),
            far: Vec::new(),
        };
        // Every channel's spikes come with a batch that is complete.
        for input in &mut computed.network.inputs {
            input.trains = None;
        }
        for (ix, connection) in network.connections.iter().enumerate() {
            let own = ProjectionId(ix);
            let (weights, delays) = (network.layout.weights(own), network.layout.delays(own));
            match connection.synapses() {
                None => {
                    let id = computed.push(connection.clone())?;
                    let layout = &computed.network.layout;
                    computed.same.push((layout.weights(id), weights.start));
                    computed.same.push((layout.delays(id), delays.start));
                }
                Some(synapses) => {
                    let push = match one_by_one[connection.target.index()] {
                        true => Self::push_list,
                        false => Self::push_matrices,
                    };
                    let starts = (weights.start, delays.start);
                    push(&mut computed, connection, synapses, starts)?;
                }
            }
        }
        for ix in 0..network.drives.len() {
            let population = network.drives[ix].described.population;
            computed.push_drive(network, ix, one_by_one[population])?;
        }
        for population in &network.populations {
            let layout = &mut computed.network.layout;
            let first = layout.tensors().len();
            layout.push_population(&population.name, population.size, &population.neuron);
            for tensor in &layout.tensors()[first..] {
                let own = network.layout.find(&tensor.name);
                let own = own.expect("both layouts name the parameters of a population alike");
                computed.same.push((tensor.range.clone(), own.range.start));
            }
        }
        Ok(Some(computed))
    }

    /// Adds a projection, where there are no more numbers with it than fit.
    fn push(&mut self, connection: Connection) -> Result<ProjectionId> {
        let fit = self.network.computed.limit() / size_of::<f64>() as u64;
        let most = MOST_ENTRIES.min(fit as usize);
        let each = if connection.has_shared_delay() { 1 } else { 2 };
        let entries = match connection.synapses() {
            None => connection.source_size.checked_mul(connection.target_size),
            Some(synapses) => Some(synapses.len()),
        };
        let total = entries
            .and_then(|entries| {
                entries
                    .checked_mul(each)?
                    .checked_add(self.network.layout.len())
            })
            .filter(|&total| total <= most);
        if total.is_none() {
            return Err(too_large(&connection, most));
        }
        self.network.layout.push_projection(&connection);
        self.network.connections.push(connection);
        Ok(ProjectionId(self.network.connections.len() - 1))
    }

    /// Adds a list of synapses in the order of their sources.
    fn push_list(
        &mut self,
        connection: &Connection,
        synapses: &[[u32; 2]],
        (weights, delays): (usize, usize),
    ) -> Result<()> {
        let (table, places) = SynapseTable::new(connection.source_size, synapses);
        let id = self.push(Connection {
            synapses: Some(places.iter().map(|&ix| synapses[ix as usize]).collect()),
            table: Some(Arc::new(table)),
            ..connection.clone()
        })?;
        let layout = &self.network.layout;
        let pairs = |first: usize, own: usize| {
            let places = places.iter().enumerate();
            places.map(move |(ix, &place)| pair(first + ix, own + place as usize))
        };
        self.weights
            .extend(pairs(layout.weights(id).start, weights));
        match connection.has_shared_delay() {
            true => self.same.push((layout.delays(id), delays)),
            false => self.delays.extend(pairs(layout.delays(id).start, delays)),
        }
        Ok(())
    }

    /// Adds a matrix, or where synapses have delays of their own as many as a pair has synapses.
    fn push_matrices(
        &mut self,
        connection: &Connection,
        synapses: &[[u32; 2]],
        (weights, delays): (usize, usize),
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
            table: None,
            ..connection.clone()
        };
        if connection.has_shared_delay() {
            let id = self.push(matrix(Delays::Shared(0.0)))?;
            let first = self.network.layout.weights(id).start;
            let entries = synapses.iter().enumerate();
            self.weights
                .extend(entries.map(|(ix, &ends)| pair(first + cell(ends), weights + ix)));
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
                let id = self.push(matrix(own))?;
                self.far.push(self.network.layout.delays(id));
                layers.push(id);
            }
            let layout = &self.network.layout;
            let (w, d) = (layout.weights(layers[layer]), layout.delays(layers[layer]));
            self.weights.push(pair(w.start + cell(ends), weights + ix));
            self.delays.push(pair(d.start + cell(ends), delays + ix));
        }
        Ok(())
    }

    /// Adds a Poisson drive, as a list of synapses or as a matrix whose diagonal is its weight.
    fn push_drive(&mut self, network: &Network, ix: usize, is_list: bool) -> Result<()> {
        let drive = &network.drives[ix];
        let population = drive.described.population;
        let size = network.populations[population].size;
        self.network.inputs.push(Input {
            name: drive.name.clone(),
            size,
            first_unit: drive.first_unit,
            trains: None,
        });
        let synapses: Vec<[u32; 2]> = match is_list {
            true => (0..size as u32).map(|neuron| [neuron, neuron]).collect(),
            false => Vec::new(),
        };
        let connection = Connection {
            name: drive.name.clone(),
            number: self.network.connections.len(),
            source: Source::Input(InputId(self.network.inputs.len() - 1)),
            source_size: size,
            target: PopulationId(population),
            target_size: size,
            projection: Projection::random(0.0).receptor(drive.described.receptor),
            table: is_list.then(|| Arc::new(SynapseTable::new(size, &synapses).0)),
            synapses: is_list.then(|| synapses.into()),
        };
        let id = self.push(connection)?;
        let first = self.network.layout.weights(id).start;
        let weight = network.layout.drive(ix);
        let step = if is_list { 1 } else { size + 1 };
        let entries = (0..size).map(|neuron| pair(first + neuron * step, weight));
        self.weights.extend(entries);
        Ok(())
    }

    /// The values of this form; a pair without a synapse has a delay of `far` ms.
    pub fn expand(&self, own: &[f64], far: f64) -> Parameters {
        let mut values = vec![0.0; self.network.layout.len()];
        for range in &self.far {
            values[range.clone()].fill(far);
        }
        self.scatter(own, &mut values);
        Parameters::of(self.network.layout.clone(), values)
    }

    /// A direction in the space of this form's values: that of a direction of the network's own parameters.
    pub fn expand_direction(&self, own: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; self.network.layout.len()];
        self.scatter(own, &mut values);
        values
    }

    /// Where each of the network's own parameters lies, of a network in lists without Poisson drives: each in one place.
    #[cfg(feature = "gpu")]
    pub fn places(&self, n_own: usize) -> Vec<usize> {
        let mut places = vec![0; n_own];
        for (range, to) in &self.same {
            for (offset, place) in range.clone().enumerate() {
                places[to + offset] = place;
            }
        }
        for &[place, parameter] in self.weights.iter().chain(&self.delays) {
            places[parameter as usize] = place as usize;
        }
        places
    }

    /// Where the tensor lies that has a range of the network's own layout; none where no tensor has.
    #[cfg(feature = "gpu")]
    pub fn range_of(&self, own: &Layout, range: &Range<usize>) -> Option<Range<usize>> {
        let tensor = own.tensors().iter().find(|tensor| tensor.range == *range)?;
        let found = self.network.layout.find(&tensor.name)?;
        Some(found.range.clone())
    }

    fn scatter(&self, own: &[f64], values: &mut [f64]) {
        for (range, from) in &self.same {
            values[range.clone()].copy_from_slice(&own[*from..from + range.len()]);
        }
        for &[place, parameter] in &self.weights {
            values[place as usize] += own[parameter as usize];
        }
        for &[place, parameter] in &self.delays {
            values[place as usize] = own[parameter as usize];
        }
    }

    /// Derivatives with respect to the network's own parameters, from those with respect to this form's values:
    /// the transpose of [`expand_direction`](Self::expand_direction).
    pub fn contract(&self, of_form: impl Fn(usize) -> f64, own: &mut [f64]) {
        for (range, to) in &self.same {
            for (offset, place) in range.clone().enumerate() {
                own[to + offset] += of_form(place);
            }
        }
        for &[place, parameter] in self.weights.iter().chain(&self.delays) {
            own[parameter as usize] += of_form(place as usize);
        }
    }
}

/// A place in one vector, and a place in the other; neither has more than [`MOST_ENTRIES`].
fn pair(place: usize, parameter: usize) -> [u32; 2] {
    [place as u32, parameter as u32]
}
