use super::*;
use crate::cpu::CpuEngine;
use crate::train::Task;

fn with(settings: &[&str]) -> Result<Experiment> {
    let preset = Experiment::preset(Task::DelayedXor, "default")?;
    settings.iter().try_fold(preset, |e, set| e.set(set))
}

fn refused(settings: &[&str]) -> Result<String> {
    let error = with(settings).and_then(|experiment| experiment.prepare(1).map(|_| ()));
    Ok(error.expect_err("it is faulty").to_string())
}

#[test]
fn a_layer_may_come_back_to_itself() -> Result<()> {
    let (network, layers) = with(&[])?.layered(4)?;
    let names = network.connections().iter().map(|c| c.name.as_str());
    let expected = ["input->hidden", "hidden->hidden", "hidden->output"];
    assert!(names.eq(expected));
    assert!(layers[0].recurrent.is_some() && layers[1].recurrent.is_none());
    let delay = network
        .layout()
        .delays(layers[0].recurrent.expect("recurrent"));
    assert_eq!(network.parameters(0).values()[delay], [10.0]);

    let each = "{ weight_mean = 0, weight_deviation = 1, delays = { latest = 8, rate = 2 } }";
    let each = format!("layers.0.recurrent={each}");
    let each = with(&[&each, "layers.0.delays={ latest = 8, rate = 0 }"])?;
    let (network, layers) = each.layered(40)?;
    let values = network.parameters(0);
    let recurrent = layers[0].recurrent.expect("recurrent");
    let [forward, back] = [layers[0].forward, recurrent].map(|id| network.layout().delays(id));
    let [forward, back] = [forward, back].map(|range| &values.values()[range]);
    assert_eq!(forward.len(), back.len());
    assert_ne!(forward, back, "each is drawn by itself");
    assert!(back.iter().all(|delay| (0.0..8.0).contains(delay)));
    Ok(())
}

#[test]
fn a_layer_may_be_sparse_and_noisy() -> Result<()> {
    let sparse = "{ weight_mean = 0, weight_deviation = 1, probability = 0.2, delays = { latest = 8, rate = 2 } }";
    let sparse = format!("layers.0.recurrent={sparse}");
    let noise = "layers.0.poisson={ rate = 0.1, weight = 0.01 }";
    let experiment = with(&[&sparse, noise, "layers.0.probability=0.5"])?;
    let (network, layers) = experiment.layered(4)?;
    let of = |id: ProjectionId| network.layout().weights(id).len();
    let size = network.population(layers[0].population).size;
    let recurrent = layers[0].recurrent.expect("recurrent");
    assert!(of(layers[0].forward) < 4 * size && of(recurrent) < size * size / 2);
    assert_eq!(network.layout().delays(recurrent).len(), of(recurrent));
    assert!(network.has_own_spikes());
    // The seed decides which synapses there are.
    let again = experiment.layered(4)?.0;
    assert_eq!(again, network);
    let mut other = experiment;
    other.seed += 1;
    assert_ne!(other.layered(4)?.0, network);
    Ok(())
}

#[test]
fn a_layer_trains_what_it_names() -> Result<()> {
    let moved = |settings: &[&str]| -> Result<Vec<String>> {
        let prepared = with(settings)?.prepare(1)?;
        let engine = CpuEngine::new().threads(1)?;
        let mut trainer = prepared.trainer(engine.clone())?;
        let before = trainer.parameters().clone();
        trainer.step(&prepared.train.select(&[0, 1, 2, 3]))?;
        let after = trainer.parameters().values();
        let tensors = before.layout().tensors().iter();
        let tensors =
            tensors.filter(|t| before.values()[t.range.clone()] != after[t.range.clone()]);
        Ok(tensors.map(|tensor| tensor.name.clone()).collect())
    };
    let weights =
        ["input->hidden", "hidden->hidden", "hidden->output"].map(|p| format!("{p}/weight"));
    assert_eq!(moved(&[])?, weights);
    assert_eq!(
        moved(&["layers.0.train={weights=0, thresholds=0.1}"])?,
        ["hidden->output/weight", "hidden/threshold"]
    );
    assert_eq!(
        moved(&[
            "layers.0.train={weights=0, tau_synapse=1}",
            "layers.1.train={weights=0, tau_membrane=1}",
        ])?,
        ["hidden/tau_synapse", "output/tau_membrane"]
    );
    assert_eq!(
        moved(&[
            "layers.0.train={weights=0, rest=1}",
            "layers.1.train={weights=0, initial=1}",
        ])?,
        ["hidden/rest", "output/initial"]
    );
    let changed = with(&["layers.0.train.tau_membrane=0.5"])?;
    let told = changed.differences(&with(&[])?)?;
    assert!(told.contains(&"layers.0.train.tau_membrane: 0.5 here, not given there".to_owned()));
    Ok(())
}

#[test]
fn contradictions_are_errors_with_a_remedy() -> Result<()> {
    let recurrent = "{ weight_mean = 0, weight_deviation = 1";
    for (setting, told) in [
        (
            format!("layers.0.recurrent={recurrent} }}"),
            "layers.0.recurrent.delay is not given",
        ),
        (
            format!("layers.0.recurrent={recurrent}, delay=1, delays={{latest=2, rate=0}} }}"),
            "layers.0.recurrent.delay is 1 ms, beside delays: give one",
        ),
        (
            format!("layers.0.recurrent={recurrent}, dela=1 }}"),
            "the nearest is `delay`",
        ),
        (
            format!("layers.1.recurrent={recurrent}, delay=1 }}"),
            "layers.1.recurrent is given: leave it out: a readout sends no spikes",
        ),
        (
            "layers.1.train.thresholds=1".to_owned(),
            "layers.1.train.thresholds is 1: leave it out: a readout has none",
        ),
        (
            "layers.0.train.tau_membrane=-1".to_owned(),
            "learning rate of time constants is -1",
        ),
        (
            "layers.0.train.tau_membran=1".to_owned(),
            "the nearest is `tau_membrane`",
        ),
        (
            "layers.0.probability=2".to_owned(),
            "layers.0.probability is 2: give a number above 0",
        ),
        (
            "layers.0.recurrent.probability=0".to_owned(),
            "layers.0.recurrent.probability is 0: give a number above 0",
        ),
        (
            "layers.0.poisson={ rate = -1, weight = 1 }".to_owned(),
            "layers.0.poisson.rate is -1: give a finite rate in 1/ms",
        ),
        (
            "layers.0.poisson={ rate = 1000, weight = 1 }".to_owned(),
            "rates are per ms: 100 spikes a second are 0.1",
        ),
        (
            "layers.0.poisson={ rate = 1, weight = inf }".to_owned(),
            "layers.0.poisson.weight is inf",
        ),
        (
            "data.task=xor".to_owned(),
            "data.gap is 150 ms: leave it out: xor has no cues",
        ),
    ] {
        let found = refused(&[&setting])?;
        assert!(found.contains(told), "{found}");
    }
    Ok(())
}
