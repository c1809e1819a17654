//! Files of simulations: read, written, changed, refused.

use std::io::Cursor;

use toml::{Table, Value};

use super::*;
use crate::data::NpzWriter;
use crate::network::{NetworkBuilder, Source};
use crate::networks::{NETWORKS, NamedNetwork};
use crate::{ErrorKind, Result};

type Done = std::result::Result<(), Box<dyn std::error::Error>>;

fn explained() -> Result<SimulationFile> {
    SimulationFile::from_toml(EVERY_KEY, "every key")
}

fn told(builder: &NetworkBuilder) -> String {
    format!("{:?}", builder.described())
}

#[test]
fn shipped_networks_survive_their_files() -> Result<()> {
    for network in NETWORKS {
        let described = network.describe(0.05, 7)?;
        let text = network.file(0.05, 7, &[])?.to_toml(network.about)?;
        assert!(text.starts_with(&format!(
            "# {}\n#\n#     tau_membrane dV/dt = ",
            network.about
        )));
        let read = SimulationFile::from_toml(&text, network.name)?;
        assert_eq!(read, network.file(0.05, 7, &[])?);
        assert_eq!(
            told(&read.describe()?),
            told(&described),
            "{}",
            network.name
        );
        assert_ne!(told(&read.describe()?), told(&network.describe(0.05, 8)?));
    }
    Ok(())
}

#[test]
fn every_key_is_explained_and_runs() -> Result<()> {
    let file = explained()?;
    assert_eq!(
        SimulationFile::from_toml(&file.to_toml("it")?, "written")?,
        file
    );
    let network = file.describe()?.build_in_rows()?;
    assert_eq!(network.neurons(), 100);
    let explained = |name: &str| {
        EVERY_KEY.lines().any(|line| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&format!("{name} = "))
                || line.contains(&format!("{{ {name} = "))
                || line.contains(&format!(", {name} = "))
                || line.split(['[', ']', ',']).any(|part| part.trim() == name)
                || line.contains(&format!("\"{name}\""))
        })
    };
    let all = file.table()?;
    let mut places: Vec<String> = ["", "simulation", "population.0.receptors.0"]
        .map(String::from)
        .into();
    for (name, section) in &all {
        if section.is_array() {
            places.push(format!("{name}.0"));
        }
    }
    let kinds = [
        ("population.0.reset", &["to", "subtract"][..]),
        (
            "projection.0.rule",
            &[
                "fixed_probability",
                "fixed_in_degree",
                "fixed_total_number",
                "one_to_one",
                "all_to_all",
                "list",
            ],
        ),
        ("projection.0.weight", &["uniform", "normal", "log_normal"]),
        ("record.0", &["spikes", "states"]),
    ];
    let mut asked: Vec<(String, String)> =
        places.into_iter().map(|p| (p, "zzz = 1".into())).collect();
    for (place, kinds) in kinds {
        asked.push((place.into(), "kind = \"zzz\"".into()));
        for kind in kinds {
            asked.push((place.into(), format!("kind = \"{kind}\"\nzzz = 1")));
        }
    }
    let mut n_names = 0;
    for (place, text) in asked {
        let unknown: Table = text.parse().expect("a table");
        let mut whole = Value::Table(all.clone());
        match place.as_str() {
            "" => whole = Value::Table(unknown),
            place => {
                *crate::files::toml_text::place(&mut whole, place).expect("it is there") =
                    Value::Table(unknown);
            }
        }
        let error = whole
            .try_into::<SimulationFile>()
            .expect_err("it is unknown");
        // A kind without keys of its own names none.
        let names = error
            .message()
            .split_once("expected ")
            .map_or("", |(_, names)| names);
        let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
        n_names += names.len();
        for name in names {
            assert!(explained(name), "{name} of {place:?} is not explained");
        }
    }
    assert!(n_names > 60, "{n_names}");
    Ok(())
}

#[test]
fn a_setting_is_changed_by_name() -> Result<()> {
    let file = explained()?;
    let changed = file
        .set("simulation.duration = 500")?
        .set("population.excitatory.threshold=-52")?
        .set("population.*.receptors.slow.tau=12")?
        .set("projection.excitatory->inhibitory.weight=0.25")?
        .set("projection.inhibitory->excitatory:slow.rule={ kind = \"one_to_one\" }")?
        .set("projection.excitatory->excitatory.rule.probability=0.3")?
        .set("poisson.inhibitory.rate=3")?
        .set("record.excitatory:states.every=1")?;
    assert_eq!(changed.simulation.duration, 500.0);
    assert_eq!(
        changed.populations[0]
            .threshold
            .and_then(ValueSettings::one),
        Some(-52.0)
    );
    assert_eq!(
        changed
            .populations
            .iter()
            .map(|p| p.receptors[1].tau.mean())
            .sum::<f64>(),
        24.0
    );
    // One of the two takes the other's place.
    assert_eq!(
        changed.projections[1].weight,
        Some(ValueSettings::One(0.25))
    );
    assert_eq!(changed.projections[1].weight_of_peak, None);
    assert_eq!(changed.projections[2].rule, RuleSettings::OneToOne {});
    assert_eq!(
        changed.projections[0].rule,
        RuleSettings::FixedProbability { probability: 0.3 }
    );
    assert_eq!(changed.drives[1].rate, RateSettings::One(3.0));
    let list = RateSettings::Changing(vec![(0.0, 1.0), (50.0, 2.0)]);
    let changing = file.set("poisson.inhibitory.rate=[[0, 1], [50, 2]]")?;
    assert_eq!(changing.drives[1].rate, list);
    assert_eq!(
        SimulationFile::from_toml(&changing.to_toml("it")?, "it")?,
        changing
    );
    assert!(matches!(
        changed.records[1],
        RecordSettings::States { every: 1.0, .. }
    ));
    for (assignment, expected) in [
        ("simulation.duration", "write it as KEY=VALUE"),
        (
            "population.excitatori.threshold=1",
            "the nearest is excitatory; choose one of excitatory, inhibitory",
        ),
        (
            "population.Zzz.threshold=1",
            "write it as population.NAME.KEY; choose one of excitatory, inhibitory",
        ),
        (
            "threshold=1",
            "give its full key, population.excitatory.threshold, population.inhibitory.threshold",
        ),
        (
            "population.excitatory.treshold=1",
            "the nearest is `threshold`",
        ),
        (
            "record.excitatory.every=1",
            "one of excitatory:spikes, excitatory:states",
        ),
        ("simulaton.duration=3", "the nearest is `simulation`"),
        (
            "population.excitatory.size=-1",
            "expected a whole number from 0 to 4294967295",
        ),
        (
            "rate=1",
            "give its full key, poisson.excitatory.rate, poisson.inhibitory.rate",
        ),
        (
            "delay=1",
            "projection.excitatory->excitatory.delay, projection.excitatory->inhibitory.delay",
        ),
        (
            "population.excitatory.name=inhibitory",
            "name of population 1 is \"inhibitory\": give each a name of its own",
        ),
        ("simulation=3", "expected a section"),
        ("population.excitatory.reset=3", "a table with its kind"),
    ] {
        let set = file.set(assignment).and_then(|file| file.describe());
        let error = set.map(|_| ()).expect_err("it is faulty").to_string();
        assert!(error.contains(expected), "{assignment}: {error}");
    }
    let mut file = file;
    file.simulation.seed = u64::MAX;
    assert!(file.to_toml("it").is_err());
    Ok(())
}

#[test]
fn spikes_and_synapses_come_from_files_beside() -> Done {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, arrays: &[(&str, &[f64])]| -> Done {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        for (array, values) in arrays {
            writer.add(array, &[values.len()], values)?;
        }
        Ok(std::fs::write(
            folder.path().join(name),
            writer.finish()?.into_inner(),
        )?)
    };
    write(
        "in.npz",
        &[
            ("times", &[5.0, 3.0, 1.0]),
            ("units", &[1.0, 1.0, 0.0]),
            ("offsets", &[0.0, 2.0, 3.0]),
        ],
    )?;
    let list: [(&str, &[f64]); 4] = [
        ("sources", &[0.0, 1.0]),
        ("targets", &[4.0, 3.0]),
        ("weights", &[0.5, -0.5]),
        ("delays", &[1.0, 2.0]),
    ];
    write("list.npz", &list)?;
    let text = EVERY_KEY
        .replacen(
            "times = [[10.0, 50.0, 90.0], [], [120.5]]",
            "file = \"in.npz\"",
            1,
        )
        .replacen(
            "synapses = [[0, 3, 4.0, 0.5], [2, 7, 4.0, 0.5]]",
            "file = \"list.npz\"",
            1,
        );
    let path = folder.path().join("own.toml");
    std::fs::write(&path, text)?;
    let file = SimulationFile::read(&path)?;
    let network = file.describe()?.build_in_rows()?;
    assert_eq!(
        network.generators[0].trains[..3],
        [vec![], vec![3.0, 5.0], vec![]]
    );
    let sources = |s: &crate::network::PlacedSynapse| matches!(s.source, Source::Input(_));
    let mut placed: Vec<_> = network.placed_synapses().filter(sources).collect();
    placed.sort_by_key(|synapse| synapse.target);
    let found: Vec<_> = placed
        .iter()
        .map(|s| (s.source_number, s.target, s.weight, s.delay))
        .collect();
    assert_eq!(found, [(1, 83, -0.5, 2.0), (0, 84, 0.5, 1.0)]);
    // What `set` leaves still finds its files.
    file.set("generator.stimulus.sample=1")?.describe()?;
    let error = file.set("generator.stimulus.sample=2")?.describe();
    assert!(
        error
            .expect_err("there are two")
            .to_string()
            .contains("sample of generator")
    );
    write("list.npz", &[&list[..3], &[("delays", &[1.0])]].concat())?;
    let error = file.describe().expect_err("a delay is missing").to_string();
    assert!(
        error.contains("list.npz: array delays: 1 element for 2 sources"),
        "{error}"
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_made() -> Result<()> {
    let file = explained()?;
    file.check_memory(true)?;
    if crate::memory::available().is_none() {
        return Ok(());
    }
    for (setting, is_synapses) in [
        ("population.excitatory.size=4000000000", false),
        (
            "projection.excitatory->excitatory.rule={ kind = \"fixed_total_number\", number = 1000000000000 }",
            true,
        ),
    ] {
        let large = file.set(setting)?;
        let error = large.check_memory(true).expect_err("it is too large");
        assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
        assert_eq!(large.check_memory(false).is_ok(), is_synapses);
    }
    Ok(())
}

#[test]
fn a_named_network_takes_settings_of_both_kinds() -> Result<()> {
    let brunel = NamedNetwork::find("brunel")?;
    let file = brunel.file(0.1, 3, &[("g", 4.0), ("eta", 1.5)])?;
    let weights: Vec<f64> = file.projections[..2]
        .iter()
        .filter_map(|p| match p.weight {
            Some(ValueSettings::One(weight)) => Some(weight),
            _ => None,
        })
        .collect();
    assert_eq!(weights[1], -4.0 * weights[0]);
    let default = brunel.file(0.1, 3, &[])?;
    let rate = |file: &SimulationFile| match file.drives[0].rate {
        RateSettings::One(rate) => rate,
        RateSettings::Changing(_) => f64::NAN,
    };
    assert!((rate(&file) / rate(&default) - 0.75).abs() < 1e-12);
    Ok(())
}
