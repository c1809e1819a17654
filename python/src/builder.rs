//! Describing a network.

use pyo3::prelude::*;
use spikefront::network::{NetworkBuilder as Described, PoissonRate, Projection, Source, Synapse};

use crate::arrays;
use crate::error::{invalid, raise};
use crate::network::Network;
use crate::neuron::Neuron;
use crate::rows::NetworkInRows;
use crate::rule::Rule;
use crate::values::{self, Given};

/// Collects the description of a network of any size.
///
/// Groups are named, and named by these names everywhere. From one description two forms are made: :meth:`build` makes the
/// :class:`Network` that batches of samples run on, :meth:`build_in_rows` the :class:`NetworkInRows` for one long run of a
/// large network.
///
/// Parameters
/// ----------
/// seed : int
///     Of what is drawn when the network is made: which synapses rules make and where neurons start; in rows also weights,
///     delays and Poisson arrivals.
///
/// Examples
/// --------
/// >>> import spikefront
/// >>> builder = spikefront.NetworkBuilder()
/// >>> builder.input("input", 5)
/// >>> builder.population("hidden", 120, spikefront.Neuron(tau_membrane=20.0, tau_synapse=5.0))
/// >>> builder.population("output", 3, spikefront.Neuron())
/// >>> builder.connect("input", "hidden", spikefront.normal(0.4, 0.2))
/// >>> builder.connect("hidden", "output", spikefront.normal(0.1, 0.05), delay=1.0)
/// >>> network = builder.build()
/// >>> network.shapes["input->hidden/weight"]
/// (5, 120)
#[pyclass(module = "spikefront")]
#[derive(Debug, Clone)]
pub struct NetworkBuilder(pub Described);

#[pymethods]
impl NetworkBuilder {
    #[new]
    #[pyo3(signature = (seed=0))]
    fn new(seed: u64) -> Self {
        Self(Described::default().seed(seed))
    }

    /// Adds a group of input channels, whose spikes come with each sample of a batch.
    ///
    /// Channels are counted over all inputs, in the order in which they were added.
    fn input(&mut self, name: &str, size: usize) {
        self.0.input(name, size);
    }

    /// Adds a group of channels with spikes of its own, the same in every sample.
    ///
    /// Parameters
    /// ----------
    /// name : str
    /// trains : list of list of float
    ///     For each channel its times in ms, in order.
    fn generators(&mut self, name: &str, trains: Vec<Vec<f64>>) {
        self.0.generators(name, trains);
    }

    /// Gives the channels of an input the spikes that they have in one long run (:meth:`build_in_rows`), anew where they had
    /// some; in a batch spikes come with each sample all the same.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Of an input.
    /// trains : list of list of float
    ///     For each channel its times in ms, in order.
    fn input_spikes(&mut self, name: &str, trains: Vec<Vec<f64>>) -> PyResult<()> {
        match self.0.source_named(name).map_err(raise)? {
            Source::Input(input) => self.0.input_spikes(input, trains),
            Source::Population(_) => {
                return Err(invalid("name of an input", name, "give that of an input"));
            }
        }
        Ok(())
    }

    /// Adds a population of neurons, which start without synaptic current.
    fn population(&mut self, name: &str, size: usize, neuron: &Neuron) {
        self.0.population(name, size, neuron.0.clone());
    }

    /// Adds a projection from an input or a population to a population.
    ///
    /// Parameters
    /// ----------
    /// source, target : str
    ///     Names of groups.
    /// weights : float, array of float or Values
    ///     What a spike adds to the synaptic current of its target: one value for all, one each `[source x target]`, or drawn.
    /// delay : float, array of float or Values
    ///     In ms, zero or more: one for all synapses (one parameter), or one each, given `[source x target]` or drawn.
    /// rule : Rule, optional
    ///     Which synapses there are; all to all unless given. A matrix of weights is all to all.
    /// receptor : int
    ///     Onto which of the target's receptors.
    /// autapses : bool
    ///     Whether a neuron may be connected to itself.
    #[pyo3(signature = (source, target, weights, *, delay=None, rule=None, receptor=0, autapses=true))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python function")]
    fn connect(
        &mut self,
        source: &str,
        target: &str,
        weights: &Bound<'_, PyAny>,
        delay: Option<&Bound<'_, PyAny>>,
        rule: Option<&Rule>,
        receptor: usize,
        autapses: bool,
    ) -> PyResult<()> {
        let mut projection = match (values::given(weights, "weights")?, rule) {
            (Given::Drawn(weights), None) => Projection::random(weights),
            (Given::Drawn(weights), Some(rule)) => Projection::by_rule(rule.0.clone(), weights),
            (Given::Each(weights), None) => Projection::dense(weights),
            (Given::Each(_), Some(rule)) => {
                let remedy = "give one weight or a distribution with a rule, or synapses one by one (connect_list)";
                return Err(invalid(
                    "weights",
                    format!("a matrix, with {:?}", rule.0),
                    remedy,
                ));
            }
        };
        projection = match delay
            .map(|delay| values::given(delay, "delay"))
            .transpose()?
        {
            None => projection,
            Some(Given::Drawn(delay)) => projection.delay(delay),
            Some(Given::Each(delays)) => projection.delays(delays),
        };
        self.add(source, target, projection, receptor, autapses)
    }

    /// Adds a projection with the synapses that are listed.
    ///
    /// Parameters
    /// ----------
    /// source, target : str
    ///     Names of groups.
    /// sources, targets : array of int
    ///     For each synapse the numbers of its neurons within their groups.
    /// weights : float or array of float
    ///     Of each synapse, or one for all.
    /// delays : float or array of float
    ///     In ms, of each synapse, or one for all.
    /// receptor : int
    ///     Onto which of the target's receptors.
    #[pyo3(signature = (source, target, sources, targets, weights, *, delays=None, receptor=0))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python function")]
    fn connect_list(
        &mut self,
        source: &str,
        target: &str,
        sources: &Bound<'_, PyAny>,
        targets: &Bound<'_, PyAny>,
        weights: &Bound<'_, PyAny>,
        delays: Option<&Bound<'_, PyAny>>,
        receptor: usize,
    ) -> PyResult<()> {
        let (sources, targets) = (numbers(sources, "sources")?, numbers(targets, "targets")?);
        let n = sources.len();
        if targets.len() != n {
            return Err(invalid(
                "targets",
                format!("a list of {}", targets.len()),
                format!("give {n}, one for each source"),
            ));
        }
        let weights = one_or_each(Some(weights), "weights", n)?;
        let delays = one_or_each(delays, "delays", n)?;
        let synapse = |ix: usize| Synapse {
            source: sources[ix],
            target: targets[ix],
            weight: weights[ix],
            delay: delays[ix],
        };
        let projection = Projection::list((0..n).map(synapse).collect());
        self.add(source, target, projection, receptor, true)
    }

    /// Draws the potentials at the start, in place of the neurons' `initial`.
    ///
    /// Parameters
    /// ----------
    /// population : str
    /// values : float or Values
    fn initial_potential(&mut self, population: &str, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let id = self.0.population_named(population).map_err(raise)?;
        self.0
            .initial_potential(id, values::values(values, "initial potential")?);
        Ok(())
    }

    /// Draws the synaptic currents of a receptor at the start; in rows only.
    fn initial_current(
        &mut self,
        population: &str,
        receptor: usize,
        values: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let id = self.0.population_named(population).map_err(raise)?;
        self.0
            .initial_current(id, receptor, values::values(values, "initial current")?);
        Ok(())
    }

    /// Adds independent Poisson arrivals at every neuron of a population.
    ///
    /// Parameters
    /// ----------
    /// population : str
    /// rate : float or list of (float, float)
    ///     Arrivals per ms at each neuron; or pairs of a time in ms and the rate from then on, none before the first.
    /// weight : float
    ///     What each arrival adds to the receptor's current.
    /// receptor : int
    #[pyo3(signature = (population, rate, weight, *, receptor=0))]
    fn poisson(
        &mut self,
        population: &str,
        rate: &Bound<'_, PyAny>,
        weight: f64,
        receptor: usize,
    ) -> PyResult<()> {
        let id = self.0.population_named(population).map_err(raise)?;
        let rate: PoissonRate = match rate.extract::<f64>() {
            Ok(rate) => rate.into(),
            Err(_) => rate.extract::<Vec<(f64, f64)>>()?.into(),
        };
        self.0.poisson(id, receptor, rate, weight);
        Ok(())
    }

    /// Makes the network that batches of samples run on.
    ///
    /// Returns
    /// -------
    /// Network
    ///
    /// Raises
    /// ------
    /// ValueError
    ///     What is wrong with the description, by name.
    fn build(&self, py: Python<'_>) -> PyResult<Network> {
        let described = self.within_memory();
        Network::new(crate::work::run(py, move || described.build())?)
    }

    /// Makes the network for one long run, in single precision, 4 to 12 bytes a synapse.
    ///
    /// Parameters
    /// ----------
    /// partitions : int, optional
    ///     Into how many parts neurons are divided, which threads advance side by side; one for each thread unless given.
    ///     The number changes no result.
    ///
    /// Returns
    /// -------
    /// NetworkInRows
    #[pyo3(signature = (*, partitions=None))]
    fn build_in_rows(&self, py: Python<'_>, partitions: Option<usize>) -> PyResult<NetworkInRows> {
        let mut described = self.within_memory();
        described.partitions(partitions.map_or_else(crate::work::threads, Ok)?);
        crate::work::run(py, move || described.build_in_rows()).map(NetworkInRows::new)
    }
}

impl NetworkBuilder {
    /// The description, to be made of what memory there is.
    fn within_memory(&self) -> Described {
        let mut described = self.0.clone();
        described.memory_limit(spikefront::memory::available().unwrap_or(u64::MAX));
        described
    }

    fn add(
        &mut self,
        source: &str,
        target: &str,
        projection: Projection,
        receptor: usize,
        autapses: bool,
    ) -> PyResult<()> {
        let (source, target) = (
            self.0.source_named(source).map_err(raise)?,
            self.0.population_named(target).map_err(raise)?,
        );
        let projection = projection.receptor(receptor);
        let projection = if autapses {
            projection
        } else {
            projection.without_autapses()
        };
        self.0.connect(source, target, projection);
        Ok(())
    }
}

/// Numbers of neurons.
fn numbers(of: &Bound<'_, PyAny>, field: &str) -> PyResult<Vec<u32>> {
    let counts = arrays::counts(of, field)?.into_iter().enumerate();
    let number = |(ix, count): (usize, usize)| {
        u32::try_from(count)
            .map_err(|_| invalid(format!("{field}[{ix}]"), count, "give a number below 2^32"))
    };
    counts.map(number).collect()
}

/// A number for all of `n`, or one each; zero where nothing is given.
fn one_or_each(of: Option<&Bound<'_, PyAny>>, field: &str, n: usize) -> PyResult<Vec<f64>> {
    let Some(of) = of else {
        return Ok(vec![0.0; n]);
    };
    if let Ok(value) = of.extract::<f64>() {
        return Ok(vec![value; n]);
    }
    let each = arrays::vector(of, field)?;
    if each.len() != n {
        return Err(invalid(
            field,
            format!("a list of {}", each.len()),
            format!("give {n}, one for each synapse"),
        ));
    }
    Ok(each)
}
