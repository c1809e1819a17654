use super::*;
use crate::cpu::CpuEngine;
use crate::train::{Experiment, Task};

fn with(settings: &[&str]) -> Result<Experiment> {
    let preset = Experiment::preset(Task::Iris, "default")?;
    settings.iter().try_fold(preset, |e, set| e.set(set))
}

fn refused(settings: &[&str]) -> Result<String> {
    let error = with(settings).and_then(|experiment| experiment.prepare(1).map(|_| ()));
    Ok(error.expect_err("it is faulty").to_string())
}

#[test]
fn every_kind_trains_and_decides_by_itself() -> Result<()> {
    let readout = ["layers.1.weight_mean=0", "layers.1.rest=0"];
    let targets = "targets={right=[25],others=[45]}";
    for (kind, rest, is_spiking) in [
        ("first_spike", "scale=0.5".to_owned(), true),
        (
            "first_spike_square",
            format!("{targets}, silent=\"left_out\""),
            true,
        ),
        ("spike_times", targets.to_owned(), true),
        ("van_rossum", format!("scale=20, {targets}"), true),
        ("maximum", "scale=5".to_owned(), false),
        ("final_voltage", "scale=500".to_owned(), false),
        ("integral", "scale=0.05".to_owned(), false),
    ] {
        let comma = if rest.is_empty() { "" } else { "," };
        let table = format!("loss={{ kind=\"{kind}\"{comma} {rest} }}");
        let mut settings = vec![table.as_str(), "epochs=40", "optimiser.learning_rate=0.005"];
        settings.extend(if is_spiking { &[][..] } else { &readout });
        let experiment = with(&settings)?;
        assert_eq!(experiment.loss.kind.name(), kind);
        assert_eq!(
            Experiment::from_toml(&experiment.to_toml()?, kind)?,
            experiment
        );
        let prepared = experiment.prepare(1)?;
        let output = prepared.network.population(prepared.output);
        assert_eq!(output.is_spiking(), is_spiking, "{kind}");
        let engine = CpuEngine::new().threads(1)?;
        let mut trainer = prepared.trainer(engine.clone())?;
        let before = trainer.evaluate(&prepared.train)?;
        for _ in 0..experiment.epochs {
            trainer.epoch(&prepared.train, None)?;
        }
        let after = trainer.evaluate(&prepared.train)?;
        println!(
            "{kind}: {} -> {}, {}",
            before.loss, after.loss, after.accuracy
        );
        assert!(after.loss < 0.9 * before.loss, "{kind}");
        assert!(
            after.accuracy > 0.6 && after.accuracy > before.accuracy,
            "{kind}"
        );
    }
    Ok(())
}

#[test]
fn old_files_still_mean_the_first_spike() -> Result<()> {
    let experiment = Experiment::preset(Task::Iris, "default")?;
    assert_eq!(experiment.loss.kind, LossKind::FirstSpike);
    assert!(!experiment.to_toml()?.contains("kind"));
    Ok(())
}

#[test]
fn settings_of_another_kind_are_errors_with_a_remedy() -> Result<()> {
    for (settings, told) in [
        (
            "loss={kind=\"integral\", silent=\"at_end\"}",
            "loss.silent is given: leave it out: a loss of kind \"integral\" has none",
        ),
        (
            "loss={kind=\"first_spike\"}",
            "loss.scale is not given: give tau_0 in ms",
        ),
        (
            "loss={kind=\"van_rossum\", scale=5}",
            "loss.targets is not given: give when",
        ),
        (
            "loss={kind=\"spike_times\", targets={right=[101],others=[]}}",
            "loss.targets is 101 ms: keep targets within the duration of the run, 100 ms",
        ),
        (
            "loss={kind=\"first_spike_square\", targets={right=[1, 2],others=[]}}",
            "loss.targets is 2 times for the right class and 0 for the others: give one time each",
        ),
        ("loss={kind=\"integal\"}", "the nearest is `integral`"),
        ("loss={scale=1, scal=2}", "the nearest is `scale`"),
        (
            "layers.1.readout=true",
            "layers.1.readout is true: leave it out, or choose a loss on",
        ),
        (
            "layers.0.readout=true",
            "layers.0.readout is true: leave it out: only the last",
        ),
    ] {
        let found = refused(&[settings])?;
        assert!(found.contains(told), "{found}");
    }
    let found = refused(&["loss={kind=\"integral\"}", "layers.1.readout=false"])?;
    assert!(
        found.contains("looks at voltages, which a layer that fires does not"),
        "{found}"
    );
    Ok(())
}

#[test]
fn penalties_are_added_to_the_loss() -> Result<()> {
    let loss = |settings: &[&str]| -> Result<_> {
        let prepared = with(settings)?.prepare(1)?;
        let engine = CpuEngine::new().threads(1)?;
        let trainer = prepared.trainer(engine.clone())?;
        let found = trainer.evaluate(&prepared.train)?;
        assert!(found.predictions.iter().any(Option::is_some));
        Ok(found.loss)
    };
    let penalty =
        |kind, strength, more| format!("{{kind=\"{kind}\", strength={strength}, {more}}}");
    let of = |list: &[String]| loss(&[&format!("penalties=[{}]", list.join(","))]);
    let none = of(&[])?;
    let early = penalty("late_first_spikes", 2.0, "deadline=10");
    let all = penalty("surplus_spikes", 0.5, "allowance=0");
    let both = of(&[early.clone(), all.clone()])?;
    let (first, second) = (of(&[early])? - none, of(&[all])? - none);
    assert!(first > 0.0 && second > 0.0);
    assert!((both - none - first - second).abs() < 1e-12 * both.abs());
    // On all layers is on each of them.
    let on = |layer| of(&[penalty("surplus_spikes", 0.5, layer)]);
    let [hidden, output] = [
        on("allowance=0, layer=0")? - none,
        on("allowance=0, layer=1")? - none,
    ];
    assert!((hidden + output - second).abs() < 1e-12 * both.abs());
    assert!(hidden > 0.0 && output > 0.0);
    for (faulty, told) in [
        (
            "kind=\"surplus_spikes\", strength=1",
            "penalties.0.allowance is not given",
        ),
        (
            "kind=\"late_first_spikes\", strength=1, deadline=100",
            "penalties.0.deadline is 100 ms: give a time before",
        ),
        (
            "kind=\"surplus_spikes\", strength=0, allowance=1",
            "penalties.0.strength is 0",
        ),
        (
            "kind=\"surplus_spikes\", strength=1, allowance=1, layer=2",
            "penalties.0.layer is 2",
        ),
        (
            "kind=\"surplus_spike\", strength=1",
            "the nearest is `surplus_spikes`",
        ),
    ] {
        let found = refused(&[&format!("penalties=[{{{faulty}}}]")])?;
        assert!(found.contains(told), "{found}");
    }
    Ok(())
}

#[test]
fn the_largest_score_is_the_prediction_of_every_kind() -> Result<()> {
    let targets = "targets={right=[10],others=[30]}";
    for settings in [
        "loss={kind=\"first_spike\", scale=0.5}".to_owned(),
        format!("loss={{kind=\"first_spike_square\", {targets}}}"),
        format!("loss={{kind=\"spike_times\", {targets}}}"),
        format!("loss={{kind=\"van_rossum\", scale=5, {targets}}}"),
        "loss={kind=\"maximum\"}".to_owned(),
        "loss={kind=\"final_voltage\"}".to_owned(),
        "loss={kind=\"integral\"}".to_owned(),
    ] {
        let prepared = with(&[&settings])?.prepare(1)?;
        let engine = CpuEngine::new();
        let trainer = prepared.trainer(engine.clone())?;
        let found = trainer.predict(prepared.train.inputs(), &[])?;
        let scores = found.scores.expect("every kind has scores");
        assert_eq!(scores.dim(), (prepared.train.n_samples(), 3));
        let mut n_chosen = 0;
        for (row, choice) in scores.rows().into_iter().zip(&found.classes) {
            let best = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let first = row
                .iter()
                .position(|&score| score == best && score > f64::NEG_INFINITY);
            assert_eq!(first, *choice, "{settings}: {row}");
            n_chosen += usize::from(choice.is_some());
        }
        assert!(n_chosen > 0, "{settings}");
        let evaluated = trainer.evaluate(&prepared.train)?;
        assert_eq!(evaluated.predictions, found.classes, "{settings}");
    }
    Ok(())
}
