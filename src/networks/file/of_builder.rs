//! From the builder of a network to a simulation's file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::settings::{
    GeneratorSettings, PoissonSettings, PopulationSettings, ProjectionSettings, ReceptorSettings,
    ResetSettings, RunSettings,
};
use super::{SimulationFile, ValueSettings};
use crate::network::{Delays, NetworkBuilder, PerNeuron, Reset, Rule, Source, Values, Weights};
use crate::{Error, Result};

impl SimulationFile {
    /// The file that describes what a builder has been told, with the same synapses, starting values and arrivals to the
    /// last bit. `receptors` names the receptors of every population, as many as the one with most of them has.
    ///
    /// # Errors
    /// Fewer names than receptors; a description of which no network in rows can be made; weights or delays in a matrix.
    pub fn of(
        builder: &NetworkBuilder,
        receptors: &[&str],
        simulation: RunSettings,
    ) -> Result<Self> {
        let described = builder.described()?;
        let name = |ix: usize| described.populations[ix].name.clone();
        let receptor = |ix: usize| {
            let found = receptors.get(ix).map(|&name| name.to_owned());
            found.ok_or_else(|| {
                Error::invalid(
                    "names of receptors",
                    receptors.len(),
                    format!("name {} or more", ix + 1),
                )
            })
        };
        let mut populations = Vec::new();
        for population in &described.populations {
            let neuron = &population.neuron;
            let shared = |member: &str, values: &PerNeuron| {
                values.shared().ok_or_else(|| {
                    let field = format!("{member} of population \"{}\"", population.name);
                    let remedy =
                        "give one value for all: a file has a distribution, and no list of values";
                    Error::invalid(field, "different from neuron to neuron", remedy)
                })
            };
            let taus = neuron.tau_synapse.iter().enumerate();
            let own = taus.map(|(ix, tau)| {
                Ok(ReceptorSettings {
                    name: receptor(ix)?,
                    tau: shared("tau_synapse", tau)?.into(),
                })
            });
            let threshold = neuron.threshold.as_ref();
            let threshold = threshold.map(|values| shared("threshold", values));
            let rest = shared("rest", &neuron.rest)?;
            let reset = match &neuron.reset {
                _ if threshold.is_none() => None,
                Reset::Subtract => Some(ResetSettings::Subtract {}),
                Reset::To {
                    potential,
                    refractory,
                } => Some(ResetSettings::To {
                    potential: shared("reset potential", potential)?.into(),
                    refractory: shared("refractory", refractory)?.into(),
                }),
            };
            let start = match reset {
                None => rest,
                Some(ResetSettings::Subtract {}) => 0.0,
                Some(ResetSettings::To { potential, .. }) => potential.mean(),
            };
            let initial = match population.initial_potential {
                Some(values) => values,
                None => shared("initial", &neuron.initial)?.into(),
            };
            let mut currents = BTreeMap::new();
            for (ix, values) in population.initial_currents.iter().enumerate() {
                if values.constant() != Some(0.0) {
                    currents.insert(receptor(ix)?, ValueSettings::from(*values));
                }
            }
            populations.push(PopulationSettings {
                name: population.name.clone(),
                size: population.neurons.len() as u32,
                tau_membrane: shared("tau_membrane", &neuron.tau_membrane)?.into(),
                readout: threshold.is_none(),
                threshold: threshold.transpose()?.map(ValueSettings::from),
                rest: rest.into(),
                reset,
                receptors: own.collect::<Result<_>>()?,
                initial_potential: Some(initial)
                    .filter(|values| values.constant() != Some(start))
                    .map(ValueSettings::from),
                initial_currents: currents,
            });
        }
        let generators = described
            .generators
            .iter()
            .map(|generators| GeneratorSettings {
                name: generators.name.clone(),
                times: Some(generators.trains.clone()),
                file: None,
                sample: 0,
                channels: None,
            });
        let projections = described.projections.iter().map(|described_projection| {
            let projection = &described_projection.projection;
            let source = match described_projection.source {
                Source::Population(id) => name(id.0),
                Source::Input(id) => described.generators[id.0].name.clone(),
            };
            let target = name(described_projection.target.0);
            let matrix = |member: &str| {
                Error::invalid(
                    format!("{member} of \"{source}->{target}\""),
                    "a matrix",
                    "a file holds one value, a distribution or a list of synapses",
                )
            };
            let (weight, delay) = match (&projection.rule, &projection.weights, &projection.delays)
            {
                (Rule::List(_), ..) => (None, None),
                (_, Weights::Given(_), _) => return Err(matrix("weights")),
                (.., Delays::Given(_)) => return Err(matrix("delays")),
                (_, Weights::Drawn(weight), Delays::Shared(delay)) => {
                    (Some(*weight), Some(Values::from(*delay)))
                }
                (_, Weights::Drawn(weight), Delays::Drawn(delay)) => (Some(*weight), Some(*delay)),
            };
            Ok(ProjectionSettings {
                receptor: Some(receptor(projection.receptor)?),
                rule: (&projection.rule).into(),
                weight: weight.map(ValueSettings::from),
                weight_of_peak: None,
                delay: delay.map(ValueSettings::from),
                autapses: projection.autapses,
                source,
                target,
            })
        });
        let drives = described.drives.iter().map(|drive| {
            Ok(PoissonSettings {
                target: name(drive.population),
                receptor: Some(receptor(drive.receptor)?),
                rate: (&drive.rate).into(),
                weight: Some(drive.weight),
                weight_of_peak: None,
            })
        });
        Ok(Self {
            generators: generators.collect(),
            projections: projections.collect::<Result<_>>()?,
            drives: drives.collect::<Result<_>>()?,
            populations,
            records: Vec::new(),
            simulation,
            folder: PathBuf::new(),
        })
    }
}
