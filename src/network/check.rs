//! What a description must be, whatever is made of it.

use ndarray::Array2;

use super::{
    Delays, Input, NetworkBuilder, Population, Projection, Rule, Source, Synapse, Values, Weights,
};
use crate::{Error, Result};

/// The limit on numbers of draws, above which attempts are counted.
const MOST_DRAWS: u64 = 1 << 56;

impl NetworkBuilder {
    /// # Errors
    /// The first thing that is wrong, by name.
    pub(super) fn check(&self) -> Result<()> {
        if self.populations.is_empty() {
            return Err(Error::invalid(
                "network",
                "without populations",
                "add at least one",
            ));
        }
        self.check_names_and_sizes()?;
        for population in &self.populations {
            population.neuron.check(&population.name, population.size)?;
        }
        for (id, receptor, values) in &self.initials {
            let population = self.populations.get(id.0);
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
        self.check_generators()?;
        self.check_drives()?;
        for (number, (source, target, projection)) in self.projections.iter().enumerate() {
            let (from, sources) = self
                .source(*source)
                .ok_or_else(|| foreign("source", number))?;
            let target = self.populations.get(target.0);
            let target = target.ok_or_else(|| foreign("target", number))?;
            if let Source::Population(id) = source
                && !self.populations[id.0].is_spiking()
            {
                return Err(Error::invalid(
                    "source of a projection",
                    format!("the readout \"{from}\""),
                    "a population without threshold never fires: project from a spiking one",
                ));
            }
            let label = format!("{from}->{}", target.name);
            projection.check(&label, sources, target)?;
        }
        Ok(())
    }

    fn check_names_and_sizes(&self) -> Result<()> {
        let inputs = self.inputs.iter().map(|i| {
            let kind = match i.trains {
                None => "input",
                Some(_) => "generators",
            };
            (kind, &i.name, i.size)
        });
        let populations = self
            .populations
            .iter()
            .map(|p| ("population", &p.name, p.size));
        let mut seen: Vec<&str> = Vec::new();
        let mut totals = [0_usize; 2];
        for (kind, name, size) in inputs.chain(populations) {
            if name.is_empty() || seen.contains(&name.as_str()) {
                return Err(Error::invalid(
                    format!("name of a {kind}"),
                    format!("{name:?}"),
                    "give every input, population and generator a name of its own",
                ));
            }
            seen.push(name);
            let total = &mut totals[usize::from(kind == "population")];
            *total = total.saturating_add(size);
            // One less than 32 bits hold: numbers of neurons have a value that stands for none.
            if size == 0 || *total >= u32::MAX as usize {
                return Err(Error::invalid(
                    format!("size of {kind} \"{name}\""),
                    size,
                    "give one or more, and fewer than 4,294,967,295 in all",
                ));
            }
        }
        Ok(())
    }

    fn check_generators(&self) -> Result<()> {
        let generators = self.inputs.iter().filter_map(|input| {
            let trains = input.trains.as_ref()?;
            Some(("generators", input, trains))
        });
        let mut all: Vec<(&str, &Input, &Vec<Vec<f64>>)> = generators.collect();
        for (id, trains) in &self.input_spikes {
            let input = self.inputs.get(id.0);
            let input = input.ok_or_else(|| foreign("input", id.0))?;
            let field = format!("spikes of input \"{}\"", input.name);
            if input.is_generator() {
                let remedy = "leave them out: generators have their own";
                return Err(Error::invalid(field, "given", remedy));
            }
            if trains.len() != input.size {
                let given = format!("a list of {}", trains.len());
                let remedy = format!(
                    "give a list of times for each of the {} channels",
                    input.size
                );
                return Err(Error::invalid(field, given, remedy));
            }
            all.push(("input", input, trains));
        }
        for (kind, input, trains) in all {
            for (channel, train) in trains.iter().enumerate() {
                let name = &input.name;
                let field = format!("spike of channel {channel} of {kind} \"{name}\"");
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

    fn check_drives(&self) -> Result<()> {
        for drive in &self.drives {
            let population = self.populations.get(drive.population);
            let population = population.ok_or_else(|| foreign("population", drive.population))?;
            let field = |member: &str| format!("{member} of a drive of \"{}\"", population.name);
            let receptors = population.neuron.tau_synapse.len();
            check_receptor(&field("receptor"), drive.receptor, receptors)?;
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
}

impl Projection {
    fn check(&self, label: &str, sources: usize, target: &Population) -> Result<()> {
        let field = |member: &str| format!("{member} of \"{label}\"");
        let receptors = target.neuron.tau_synapse.len();
        check_receptor(&field("receptor"), self.receptor, receptors)?;
        let shape = (sources, target.size);
        let is_list = matches!(self.rule, Rule::List(_));
        let only_all = |what: &str| match self.rule {
            Rule::AllToAll => Ok(()),
            _ => Err(Error::invalid(
                field(what),
                "a matrix",
                "a rule or a list takes one value or a distribution: a matrix is for all-to-all",
            )),
        };
        match &self.weights {
            Weights::Given(values) => {
                only_all("weights")?;
                let remedy = "give a finite value";
                check_matrix(label, "weight", values, shape, remedy, f64::is_finite)?;
            }
            Weights::Drawn(values) => values.check(&field("weight"))?,
        }
        let is_delay = |delay: f64| delay.is_finite() && delay >= 0.0;
        let remedy = "give a finite delay in ms, zero or more";
        match &self.delays {
            Delays::Shared(delay) if is_delay(*delay) => {}
            Delays::Shared(delay) => return Err(Error::invalid(field("delay"), delay, remedy)),
            Delays::Given(delays) => {
                only_all("delays")?;
                check_matrix(label, "delay", delays, shape, remedy, is_delay)?;
            }
            Delays::Drawn(values) if is_list => {
                let value = values.least();
                let remedy = "leave it out: the synapses of a list have their own";
                return Err(Error::invalid(field("delay"), value, remedy));
            }
            Delays::Drawn(values) => {
                values.check(&field("delay"))?;
                if values.least() < 0.0 {
                    let remedy = "keep every delay at zero or more: give the distribution a lower bound (at_least)";
                    let value = match values.least() {
                        f64::MIN => "drawn without a lower bound".to_owned(),
                        least => least.to_string(),
                    };
                    return Err(Error::invalid(field("delay"), value, remedy));
                }
            }
        }
        self.check_rule(label, sources, target.size)
    }

    fn check_rule(&self, label: &str, sources: usize, targets: usize) -> Result<()> {
        let field = |member: &str| format!("{member} of \"{label}\"");
        match &self.rule {
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
            Rule::OneToOne if sources != targets => Err(Error::invalid(
                field("number of sources"),
                sources,
                format!("one-to-one needs as many as targets, {targets}"),
            )),
            Rule::List(list) => {
                let bad = list.iter().enumerate().find_map(|(ix, synapse)| {
                    let Synapse {
                        source,
                        target,
                        weight,
                        delay,
                    } = *synapse;
                    let (member, value, remedy) = if source as usize >= sources {
                        ("source", f64::from(source), format!("there are {sources}"))
                    } else if target as usize >= targets {
                        ("target", f64::from(target), format!("there are {targets}"))
                    } else if !weight.is_finite() {
                        ("weight", weight, "give a finite value".to_owned())
                    } else if !(delay.is_finite() && delay >= 0.0) {
                        let remedy = "give a finite delay in ms, zero or more";
                        ("delay", delay, remedy.to_owned())
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
}

fn check_initial_potential(population: &Population, values: &Values) -> Result<()> {
    let field = format!("initial potential of population \"{}\"", population.name);
    values.check(&field)?;
    let Some(thresholds) = &population.neuron.threshold else {
        return Ok(());
    };
    let least = values.constant().unwrap_or(values.least());
    match (0..population.size).find(|&neuron| least >= thresholds.get(neuron)) {
        None => Ok(()),
        Some(neuron) => {
            let remedy = format!("keep it below the threshold, {}", thresholds.get(neuron));
            Err(Error::invalid(field, least, remedy))
        }
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

fn check_matrix(
    name: &str,
    member: &str,
    values: &Array2<f64>,
    shape: (usize, usize),
    remedy: &str,
    accept: impl Fn(f64) -> bool,
) -> Result<()> {
    if values.dim() != shape {
        return Err(Error::invalid(
            format!("shape of the {member}s of \"{name}\""),
            format!("{:?}", values.dim()),
            format!("give [source x target] = {shape:?}"),
        ));
    }
    match values.indexed_iter().find(|(_, value)| !accept(**value)) {
        None => Ok(()),
        Some(((source, target), value)) => Err(Error::invalid(
            format!("{member} [{source}, {target}] of \"{name}\""),
            value,
            remedy,
        )),
    }
}

fn foreign(what: &str, number: usize) -> Error {
    Error::invalid(
        format!("{what} of a projection or drive"),
        format!("number {number}"),
        "use an id that this builder returned",
    )
}

/// Refuses a slope floor that no slope can be measured by.
pub(crate) fn check_slope_floor(floor: f64) -> Result<()> {
    if floor.is_finite() && floor > 0.0 {
        return Ok(());
    }
    let remedy = "give a finite number above zero, in units of threshold distance over membrane time constant";
    Err(Error::invalid("slope_floor", floor, remedy))
}
