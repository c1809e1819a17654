//! From the builder of a network to a simulation's file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::settings::{
    GeneratorSettings, PoissonSettings, PopulationSettings, ProjectionSettings, ReceptorSettings,
    ResetSettings, RunSettings,
};
use super::{SimulationFile, ValueSettings};
use crate::sparse::{Rule, SparseNetworkBuilder, SparseReset, SparseSource};
use crate::{Error, Result};

impl SimulationFile {
    /// The file that describes what a builder has been told, with the same synapses, starting values and arrivals to the
    /// last bit. `receptors` names the receptors of every population, as many as the one with most of them has.
    ///
    /// # Errors
    /// Fewer names than receptors, or a builder that was given ids of another.
    pub fn of(
        builder: &SparseNetworkBuilder,
        receptors: &[&str],
        simulation: RunSettings,
    ) -> Result<Self> {
        let described = builder.described();
        let foreign = || {
            Error::invalid(
                "id",
                "of another builder",
                "use ids that this builder gave out",
            )
        };
        let name = |ix: usize| {
            let population = described.populations.get(ix);
            population.map(|p| p.name.clone()).ok_or_else(foreign)
        };
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
            let taus = neuron.tau_synapse.iter().enumerate();
            let own = taus.map(|(ix, &tau)| {
                Ok(ReceptorSettings {
                    name: receptor(ix)?,
                    tau,
                })
            });
            populations.push(PopulationSettings {
                name: population.name.clone(),
                size: population.neurons.len() as u32,
                tau_membrane: neuron.tau_membrane,
                threshold: neuron.threshold,
                rest: neuron.drive,
                reset: match neuron.reset {
                    SparseReset::Subtract => ResetSettings::Subtract {},
                    SparseReset::To {
                        potential,
                        refractory,
                    } => ResetSettings::To {
                        potential,
                        refractory,
                    },
                },
                receptors: own.collect::<Result<_>>()?,
                initial_potential: None,
                initial_currents: BTreeMap::new(),
            });
        }
        for (id, which, values) in &described.initials {
            let population = populations.get_mut(id.0).ok_or_else(foreign)?;
            let values = ValueSettings::from(*values);
            match which {
                None => population.initial_potential = Some(values),
                Some(ix) => {
                    population.initial_currents.insert(receptor(*ix)?, values);
                }
            }
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
        let projections = described.projections.iter().map(|projection| {
            let is_list = matches!(projection.rule, Rule::List(_));
            let given = |values| (!is_list).then(|| ValueSettings::from(values));
            Ok(ProjectionSettings {
                source: match projection.source {
                    SparseSource::Population(id) => name(id.0)?,
                    SparseSource::Generator(id) => {
                        let generators = described.generators.get(id.0);
                        generators.map(|g| g.name.clone()).ok_or_else(foreign)?
                    }
                },
                target: name(projection.target.0)?,
                receptor: Some(receptor(projection.receptor)?),
                rule: (&projection.rule).into(),
                weight: given(projection.weight),
                weight_of_peak: None,
                delay: given(projection.delay),
                autapses: projection.autapses,
            })
        });
        let drives = described.drives.iter().map(|drive| {
            Ok(PoissonSettings {
                target: name(drive.population)?,
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
