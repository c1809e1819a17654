use ndarray::array;

use super::*;
use crate::cpu::CpuEngine;
use crate::network::{Neuron, Projection, Reset};
use crate::nir::{NirReset, NirWriteOptions};
use crate::train::{Prepared, Task};

/// Iris, whose channels are four features and a bias, on a network of its own from a file.
struct Written {
    folder: tempfile::TempDir,
    network: Network,
}

impl Written {
    fn new(neuron: &Neuron) -> Result<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut network = Network::builder();
        let input = network.input("input", 5);
        let middle = network.population("middle", 4, neuron.clone());
        let last = network.population("last", 3, neuron.clone());
        let weights = ndarray::Array2::from_shape_fn((5, 4), |(i, j)| {
            0.2 + 0.03 * ((3 * i + 5 * j) % 7) as f64
        });
        network.connect(input, middle, Projection::dense(weights).delay(0.5));
        let weights = array![
            [0.3, 0.1, 0.2],
            [0.1, 0.4, 0.1],
            [0.2, 0.2, 0.4],
            [0.3, 0.1, 0.1]
        ];
        network.connect(middle, last, Projection::dense(weights));
        let network = network.build()?;
        let options = NirWriteOptions {
            leave_out_subtraction: true,
            ..NirWriteOptions::default()
        };
        let graph = NirGraph::of_network(&network, &network.parameters(0), &options)?;
        let written = Self { folder, network };
        graph.write(written.file())?;
        Ok(written)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("network.nir")
    }

    fn experiment(&self) -> Result<Experiment> {
        let iris = Experiment::preset(Task::Iris, "default")?;
        Ok(iris.with_graph(GraphSettings::new(self.file())))
    }
}

fn fires() -> Neuron {
    Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .tau_synapse(5.0)
        .reset(Reset::to(0.0))
}

fn refused(found: Result<Prepared>) -> String {
    found.expect_err("it does not fit").to_string()
}

#[test]
fn the_network_of_a_file_is_trained() -> Result<()> {
    let written = Written::new(&fires())?;
    let experiment = written.experiment()?;
    let prepared = experiment.prepare(3)?;
    let mut trainer = prepared.trainer(CpuEngine::new())?;
    let first = written.network.parameters(0);
    assert_eq!(trainer.parameters().values(), first.values());
    let names = |network: &Network| -> Vec<String> {
        let tensors = network.layout().tensors().iter();
        tensors.map(|tensor| tensor.name.clone()).collect()
    };
    assert_eq!(names(&prepared.network), names(&written.network));
    let before = trainer.evaluate(&prepared.train)?.loss;
    for _ in 0..5 {
        trainer.epoch(&prepared.train, None)?;
    }
    assert!(trainer.evaluate(&prepared.train)?.loss < before);
    let kept = |kind: &str| -> bool {
        let tensors = written.network.layout().tensors().iter();
        let mut of_kind = tensors.filter(|tensor| tensor.name.ends_with(kind));
        of_kind.all(|tensor| {
            let range = tensor.range.clone();
            trainer.parameters().values()[range.clone()] == first.values()[range]
        })
    };
    assert!(kept("delay") && kept("threshold") && !kept("weight"));
    Ok(())
}

#[test]
fn what_is_trained_beside_weights_is_said() -> Result<()> {
    let written = Written::new(&fires())?;
    let experiment = written.experiment()?;
    let experiment = experiment
        .set("nir.train={ weights = 0.0, tau_membrane = 1.0 }")?
        .set("nir.delays=20")?;
    let prepared = experiment.prepare(3)?;
    let mut trainer = prepared.trainer(CpuEngine::new())?;
    trainer.epoch(&prepared.train, None)?;
    let first = written.network.parameters(0);
    for tensor in written.network.layout().tensors() {
        let range = tensor.range.clone();
        let is_kept = trainer.parameters().values()[range.clone()] == first.values()[range];
        let is_trained =
            tensor.name.ends_with("/tau_membrane") || tensor.name == "input->middle/delay";
        // A delay of zero may stay there.
        if tensor.name != "middle->last/delay" {
            assert_eq!(is_kept, !is_trained, "{}", tensor.name);
        }
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_by_name() -> Result<()> {
    let written = Written::new(&fires())?;
    let experiment = written.experiment()?;
    let with = |assignment: &str| experiment.set(assignment)?.prepare(0);

    let others = Experiment::preset(Task::Xor, "default")?;
    let others = others.with_graph(GraphSettings::new(written.file()));
    let told = refused(others.prepare(0));
    assert!(told.contains("network.nir is 5 channels"), "{told}");

    let told = refused(with("loss={ kind = \"integral\", scale = 1.0 }"));
    assert!(
        told.contains("the output \"last\" has a threshold"),
        "{told}"
    );
    let told = refused(with("nir.output=lst"));
    assert!(
        told.contains("population is \"lst\"") && told.contains("last"),
        "{told}"
    );
    let told = refused(with("nir.output=middle"));
    assert!(told.contains("size of the output layer is 4"), "{told}");
    let told = refused(with("nir.file=missing.nir"));
    assert!(told.contains("missing.nir"), "{told}");
    let told = refused(with("nir.digest=another"));
    assert!(
        told.contains("another than the run began with") && told.contains("nir.digest"),
        "{told}"
    );

    let mut both = experiment.clone();
    both.layers = Experiment::preset(Task::Iris, "default")?.layers;
    let told = refused(both.prepare(0));
    assert!(told.starts_with("layers is given"), "{told}");
    both.layers.clear();
    both.neuron = Experiment::preset(Task::Iris, "default")?.neuron;
    let told = refused(both.prepare(0));
    assert!(told.starts_with("neuron is given"), "{told}");
    let mut neither = experiment.clone();
    neither.nir = None;
    neither.layers = Experiment::preset(Task::Iris, "default")?.layers;
    let told = refused(neither.prepare(0));
    assert!(told.starts_with("neuron is not given"), "{told}");
    Ok(())
}

#[test]
fn a_file_is_read_as_the_settings_say() -> Result<()> {
    let written = Written::new(&fires().reset(Reset::Subtract))?;
    let experiment = written.experiment()?;
    let reset = |experiment: &Experiment| -> Result<Reset> {
        let prepared = experiment.prepare(0)?;
        Ok(prepared
            .network
            .population(prepared.output)
            .neuron
            .reset
            .clone())
    };
    let said = experiment.set("nir.options.reset=subtract")?;
    let options = said.nir.as_ref().map(|graph| graph.options.reset);
    assert_eq!(options, Some(Some(NirReset::Subtract)));
    assert_eq!(reset(&said)?, Reset::Subtract);
    assert_ne!(reset(&experiment)?, Reset::Subtract, "a control");
    assert_eq!(Experiment::from_toml(&said.to_toml()?, "written")?, said);
    Ok(())
}
