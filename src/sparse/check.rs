//! What a builder refuses.

use super::described::{Described, DescribedProjection};
use super::{Rule, SparsePopulation, SparseSource, Synapse, Values};
use crate::{Error, Result};

/// The limit on numbers of draws, above which attempts are counted.
const MOST_DRAWS: u64 = 1 << 56;

pub(super) fn check(described: &Described) -> Result<()> {
    if described.populations.is_empty() {
        return Err(Error::invalid(
            "populations",
            "an empty list",
            "add at least one",
        ));
    }
    let groups = described.populations.iter().map(|p| &p.name);
    let names: Vec<&String> = groups
        .chain(described.generators.iter().map(|g| &g.name))
        .collect();
    for (ix, name) in names.iter().enumerate() {
        if name.is_empty() || names[..ix].contains(name) {
            return Err(Error::invalid(
                "name of a population or of generators",
                format!("\"{name}\""),
                "give each a name of its own",
            ));
        }
    }
    for population in &described.populations {
        let name = &population.name;
        if population.neurons.is_empty() || population.neurons.end == u32::MAX {
            return Err(Error::invalid(
                format!("size of population \"{name}\""),
                population.neurons.len(),
                "give one neuron or more, and fewer than 4,294,967,295 in all",
            ));
        }
        population.neuron.check(name)?;
        check_initial_potential(population, &population.initial_potential)?;
    }
    for (id, receptor, values) in &described.initials {
        let population = described.populations.get(id.0);
        let population = population.ok_or_else(|| foreign("population", id.0))?;
        let Some(receptor) = *receptor else {
            check_initial_potential(population, values)?;
            continue;
        };
        let field = format!("receptor of the initial current of \"{}\"", population.name);
        check_receptor(&field, receptor, population.neuron.tau_synapse.len())?;
        values.check(&format!(
            "initial current {receptor} of population \"{}\"",
            population.name
        ))?;
    }
    check_generators(described)?;
    check_drives(described)?;
    let projections = described.projections.iter().enumerate();
    for (number, projection) in projections {
        check_projection(described, number, projection)?;
    }
    Ok(())
}

fn check_initial_potential(population: &SparsePopulation, values: &Values) -> Result<()> {
    let field = format!("initial potential of population \"{}\"", population.name);
    values.check(&field)?;
    let threshold = population.neuron.threshold;
    let least = values.constant().unwrap_or(values.least());
    if least >= threshold {
        let remedy = format!("keep it below the threshold, {threshold}");
        return Err(Error::invalid(field, least, remedy));
    }
    Ok(())
}

fn check_generators(described: &Described) -> Result<()> {
    for generators in &described.generators {
        let name = &generators.name;
        if u32::try_from(generators.trains.len()).is_err() || generators.trains.is_empty() {
            return Err(Error::invalid(
                format!("size of generators \"{name}\""),
                generators.trains.len(),
                "give one channel or more, and fewer than 4,294,967,295",
            ));
        }
        for (channel, train) in generators.trains.iter().enumerate() {
            let field = format!("spike of channel {channel} of generators \"{name}\"");
            if let Some(&time) = train.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
                return Err(Error::invalid(
                    field,
                    time,
                    "give finite times in ms, zero or more",
                ));
            }
            if let Some(pair) = train.windows(2).find(|pair| pair[1] < pair[0]) {
                return Err(Error::invalid(field, pair[1], "give times in order"));
            }
        }
    }
    Ok(())
}

fn check_drives(described: &Described) -> Result<()> {
    for drive in &described.drives {
        let population = described.populations.get(drive.population);
        let population = population.ok_or_else(|| foreign("population", drive.population))?;
        let field = |member: &str| format!("{member} of a drive of \"{}\"", population.name);
        check_receptor(
            &field("receptor"),
            drive.receptor,
            population.neuron.tau_synapse.len(),
        )?;
        drive.rate.check(&field("rate"))?;
        if !drive.weight.is_finite() {
            return Err(Error::invalid(
                field("weight"),
                drive.weight,
                "give a finite value",
            ));
        }
    }
    Ok(())
}

fn check_projection(
    described: &Described,
    number: usize,
    projection: &DescribedProjection,
) -> Result<()> {
    let source_name = match projection.source {
        SparseSource::Population(id) => described.populations.get(id.0).map(|p| &p.name),
        SparseSource::Generator(id) => described.generators.get(id.0).map(|g| &g.name),
    };
    let source_name = source_name.ok_or_else(|| foreign("source", number))?;
    let target = described.populations.get(projection.target.0);
    let target = target.ok_or_else(|| foreign("target", number))?;
    let field = |member: &str| format!("{member} of \"{source_name}->{}\"", target.name);
    check_receptor(
        &field("receptor"),
        projection.receptor,
        target.neuron.tau_synapse.len(),
    )?;
    projection.weight.check(&field("weight"))?;
    projection.delay.check(&field("delay"))?;
    let positive = "keep every delay above zero, a distribution by a least value (at_least): only small networks of layers may have none";
    let least = projection.delay.least();
    if (least as f32) <= 0.0 {
        return Err(Error::invalid(field("delay"), least, positive));
    }
    let sources = described.source_size(projection.source);
    match &projection.rule {
        Rule::FixedProbability(p) if !(0.0..=1.0).contains(p) => Err(Error::invalid(
            field("probability"),
            p,
            "give a probability between 0 and 1",
        )),
        Rule::FixedTotalNumber(n) if *n >= MOST_DRAWS => Err(Error::invalid(
            field("number of synapses"),
            n,
            format!("give fewer than {MOST_DRAWS}"),
        )),
        Rule::OneToOne if sources != target.neurons.len() => Err(Error::invalid(
            field("number of sources"),
            sources,
            format!(
                "one-to-one needs as many as targets, {}",
                target.neurons.len()
            ),
        )),
        Rule::List(list) => {
            let bad = list.iter().enumerate().find_map(|(ix, synapse)| {
                let Synapse {
                    source,
                    target: to,
                    weight,
                    delay,
                } = *synapse;
                let (member, value, remedy) = if source as usize >= sources {
                    ("source", f64::from(source), format!("there are {sources}"))
                } else if to as usize >= target.neurons.len() {
                    let targets = target.neurons.len();
                    ("target", f64::from(to), format!("there are {targets}"))
                } else if !(weight as f32).is_finite() {
                    ("weight", weight, "give a finite value".to_owned())
                } else if !((delay as f32).is_finite() && delay as f32 > 0.0) {
                    ("delay", delay, positive.to_owned())
                } else {
                    return None;
                };
                let field = field(&format!("{member} of synapse {ix}"));
                Some(Error::invalid(field, value, remedy))
            });
            bad.map_or(Ok(()), Err)
        }
        _ => Ok(()),
    }
}

fn check_receptor(field: &str, receptor: usize, receptors: usize) -> Result<()> {
    if receptor < receptors {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        receptor,
        format!("the target has {receptors}, counted from 0"),
    ))
}

fn foreign(what: &str, number: usize) -> Error {
    Error::invalid(what, number, "use ids that this builder gave out")
}
