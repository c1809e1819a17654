//! From a simulation's file to the builder of its network.

use std::ops::Range;

use super::settings::{PopulationSettings, ResetSettings};
use super::{SimulationFile, ValueSettings};
use crate::error::nearest;
use crate::network::{
    InputId, Network, NetworkBuilder, Neuron, PerNeuron, PopulationId, Projection, Reset, Rule,
    Source, Values, weight_of_peak,
};
use crate::{Error, Result};

impl SimulationFile {
    /// The network that the file describes, to be built; files that it names are read.
    ///
    /// # Errors
    /// A name that nothing has, with the nearest that there is, or that two have; a weight or a delay that is missing or given
    /// twice; a size, a time constant, a rate or an interval of a record that cannot be; a file that cannot be read. What the values must be the builder checks.
    pub fn describe(&self) -> Result<NetworkBuilder> {
        self.check()?;
        let mut network = Network::builder().seed(self.simulation.seed);
        let mut populations = Vec::new();
        let mut first = 0_u32;
        for settings in &self.populations {
            let neurons = first..first.saturating_add(settings.size);
            first = neurons.end;
            let neuron = neuron(settings, self.simulation.seed, neurons);
            let population = network.population(&settings.name, settings.size as usize, neuron);
            populations.push(population);
            if let Some(values) = settings.initial_potential {
                network.initial_potential(population, values.values(|value| value));
            }
            for (name, values) in &settings.initial_currents {
                let field = format!("initial_currents of population \"{}\"", settings.name);
                let receptor = receptor(settings, Some(name), &field)?;
                network.initial_current(population, receptor, values.values(|value| value));
            }
        }
        let mut generators = Vec::new();
        for settings in &self.generators {
            let trains = settings.trains(&self.folder)?;
            generators.push(network.generators(&settings.name, trains));
        }
        self.connect(&mut network, &populations, &generators)?;
        for settings in &self.drives {
            let name = &settings.target;
            let field = |member: &str| format!("{member} of poisson \"{name}\"");
            let ix = self.population_ix(name, "target of a poisson section")?;
            let target = &self.populations[ix];
            let receptor = receptor(target, settings.receptor.as_deref(), &field("receptor"))?;
            let one = |value: Option<f64>| value.map(ValueSettings::One);
            let given = [one(settings.weight), one(settings.weight_of_peak)];
            let weight = weight(given, target, receptor, &field("weight"))?;
            let weight = weight.constant().unwrap_or_default();
            network.poisson(populations[ix], receptor, &settings.rate, weight);
        }
        Ok(network)
    }

    fn connect(
        &self,
        network: &mut NetworkBuilder,
        populations: &[PopulationId],
        generators: &[InputId],
    ) -> Result<()> {
        for settings in &self.projections {
            let label = format!("{}->{}", settings.source, settings.target);
            let field = |member: &str| format!("{member} of projection \"{label}\"");
            let generator = self
                .generators
                .iter()
                .position(|generator| generator.name == settings.source);
            let source: Source = match generator {
                Some(ix) => generators[ix].into(),
                None => populations[self.source_ix(&settings.source, &field("source"))?].into(),
            };
            let ix = self.population_ix(&settings.target, &field("target"))?;
            let target = &self.populations[ix];
            let receptor = receptor(target, settings.receptor.as_deref(), &field("receptor"))?;
            let rule = settings.rule.rule(&field("rule"), &self.folder)?;
            let projection = if let Rule::List(list) = rule {
                for (key, is_given) in [
                    ("weight", settings.weight.is_some()),
                    ("weight_of_peak", settings.weight_of_peak.is_some()),
                    ("delay", settings.delay.is_some()),
                ] {
                    if is_given {
                        let remedy = "leave it out: the synapses of a list have their own";
                        return Err(Error::invalid(field(key), "given", remedy));
                    }
                }
                Projection::list(list)
            } else {
                let given = [settings.weight, settings.weight_of_peak];
                let weight = weight(given, target, receptor, &field("weight"))?;
                let Some(delay) = settings.delay else {
                    return Err(Error::invalid(
                        field("delay"),
                        "missing",
                        "give a time in ms, zero or more, or a distribution",
                    ));
                };
                Projection::by_rule(rule, weight).delay(delay.values(|value| value))
            };
            let mut projection = projection.receptor(receptor);
            projection.autapses = settings.autapses;
            network.connect(source, populations[ix], projection);
        }
        Ok(())
    }

    /// Which population has a name; `field` is what errors call it.
    pub(super) fn population_ix(&self, name: &str, field: &str) -> Result<usize> {
        let names = || self.populations.iter().map(|p| p.name.as_str());
        let found = names().position(|known| known == name);
        found.ok_or_else(|| unknown(field, name, names().collect()))
    }

    fn source_ix(&self, name: &str, field: &str) -> Result<usize> {
        let populations = self.populations.iter().map(|p| p.name.as_str());
        let found = populations.clone().position(|known| known == name);
        let generators = self.generators.iter().map(|g| g.name.as_str());
        found.ok_or_else(|| unknown(field, name, populations.chain(generators).collect()))
    }
}

/// A name that nothing has.
pub(super) fn unknown(field: &str, name: &str, known: Vec<&str>) -> Error {
    let remedy = match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("give one of {}; the nearest is {nearest}", known.join(", ")),
        None => "describe one of that name first".to_owned(),
    };
    Error::invalid(field, format!("\"{name}\""), remedy)
}

/// The neurons of a population, which are counted through the network; what is drawn is drawn by the seed.
fn neuron(settings: &PopulationSettings, seed: u64, neurons: Range<u32>) -> Neuron {
    /// How many values a neuron has beside those of its receptors.
    const MEMBERS: usize = 5;
    let each = |which: usize, values: ValueSettings| {
        let values = values.values(|value| value);
        values.of_neurons(seed, which, neurons.clone())
    };
    let rest = each(2, settings.rest);
    let (reset, start) = match settings.reset {
        None => (Reset::Subtract, rest.clone()),
        Some(ResetSettings::Subtract {}) => (Reset::Subtract, PerNeuron::Same(0.0)),
        Some(ResetSettings::To {
            potential,
            refractory,
        }) => {
            let potential = each(3, potential);
            let reset = Reset::refractory(potential.clone(), each(4, refractory));
            (reset, potential)
        }
    };
    let receptors = settings.receptors.iter().enumerate();
    let neuron = match settings.threshold {
        None => Neuron::leaky_integrator(),
        Some(threshold) => Neuron::leaky_integrate_and_fire().threshold(each(1, threshold)),
    };
    neuron
        .tau_membrane(each(0, settings.tau_membrane))
        .receptors(receptors.map(|(ix, receptor)| each(MEMBERS + ix, receptor.tau)))
        .rest(rest)
        .initial(start)
        .reset(reset)
}

/// Which of a population's receptors has a name; the only one where none is given.
fn receptor(target: &PopulationSettings, name: Option<&str>, field: &str) -> Result<usize> {
    let names: Vec<&str> = target.receptors.iter().map(|r| r.name.as_str()).collect();
    match name {
        None if names.len() == 1 => Ok(0),
        None => Err(Error::invalid(
            field,
            "missing",
            format!("give one of {}", names.join(", ")),
        )),
        Some(name) => {
            let found = names.iter().position(|known| *known == name);
            found.ok_or_else(|| unknown(field, name, names))
        }
    }
}

/// The one of a weight and the weight of a peak that is given.
fn weight(
    given: [Option<ValueSettings>; 2],
    target: &PopulationSettings,
    receptor: usize,
    field: &str,
) -> Result<Values> {
    match given {
        [Some(weight), None] => Ok(weight.values(|value| value)),
        [None, Some(peak)] => {
            let taus = (
                target.tau_membrane.one(),
                target.receptors[receptor].tau.one(),
            );
            let (Some(membrane), Some(synapse)) = taus else {
                return Err(Error::invalid(
                    field,
                    "given by its peak",
                    "give `weight`: the time constants of its target differ from neuron to neuron, and so does the peak",
                ));
            };
            // Refuses time constants before they are divided by; peaks go through as they are, for the builder to check.
            let of_one = weight_of_peak(1.0, membrane, synapse)?;
            let convert = |peak| weight_of_peak(peak, membrane, synapse).unwrap_or(peak * of_one);
            Ok(peak.values(convert))
        }
        [None, None] => Err(Error::invalid(
            field,
            "missing",
            "give `weight` in mV/ms or `weight_of_peak` in mV",
        )),
        [Some(_), Some(_)] => Err(Error::invalid(
            field,
            "given twice",
            "give `weight` or `weight_of_peak`, not both",
        )),
    }
}
