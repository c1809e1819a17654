use ndarray::{Array1, Array2, Array3, s};
use ndarray_npy::NpzReader;

use crate::Result;
use crate::cpu::CpuEngine;
use crate::train::{Experiment, Samples, Task};

#[test]
fn spikes_choices_and_scores_are_those_of_the_network() -> Result<()> {
    let prepared = Experiment::preset(Task::Iris, "default")?.prepare(1)?;
    let engine = CpuEngine::new();
    let trainer = prepared.trainer(engine.clone())?;
    let test = &prepared.test;
    let found = trainer.predict(test.inputs(), &[1.0])?;
    assert_eq!(found.classes, trainer.evaluate(test)?.predictions);
    assert_eq!(
        found.populations,
        [("hidden".to_owned(), 0..10), ("output".to_owned(), 10..13)]
    );
    assert!(found.readout.is_none(), "outputs fire");
    let first = found.first_spikes.expect("outputs fire");
    assert_eq!(found.scores, Some(-first.clone()));
    let (mut n_hidden, mut n_finite) = (0, 0);
    for sample in 0..test.n_samples() {
        for output in 0..3 {
            let mut spikes = found.spikes.sample(sample);
            let spike = spikes.find(|spike| spike.unit == 10 + output);
            let time = spike.map_or(f64::INFINITY, |spike| spike.time);
            assert_eq!(first[[sample, output]], time);
            n_finite += usize::from(time.is_finite());
        }
        n_hidden += found
            .spikes
            .sample(sample)
            .filter(|spike| spike.unit < 10)
            .count();
    }
    assert!(n_hidden > 0 && n_finite > 0, "{n_hidden} {n_finite}");
    Ok(())
}

#[test]
fn many_samples_are_as_few_at_a_time() -> Result<()> {
    let prepared = Experiment::preset(Task::Xor, "default")?.prepare(1)?;
    let engine = CpuEngine::new();
    let trainer = prepared.trainer(engine.clone())?;
    let four = trainer.predict(prepared.test.inputs(), &[])?;
    let many: Samples = prepared.test.select(&[3, 2, 1, 0].repeat(501));
    let found = trainer.predict(many.inputs(), &[])?;
    let scores = found.scores.expect("scores");
    assert_eq!((scores.nrows(), found.spikes.n_samples()), (2004, 2004));
    for sample in 0..2004 {
        let of = 3 - sample % 4;
        assert_eq!(found.classes[sample], four.classes[of]);
        assert_eq!(
            scores.row(sample),
            four.scores.as_ref().expect("scores").row(of)
        );
        let spikes = |all: &crate::event::SpikeBatch, ix| all.sample(ix).collect::<Vec<_>>();
        assert_eq!(spikes(&found.spikes, sample), spikes(&four.spikes, of));
    }
    Ok(())
}

#[test]
fn what_is_written_another_reader_reads() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let experiment =
        Experiment::preset(Task::DelayedXor, "default")?.set("loss={kind=\"final_voltage\"}")?;
    let prepared = experiment.prepare(1)?;
    let engine = CpuEngine::new();
    let trainer = prepared.trainer(engine.clone())?;
    let few = prepared.test.select(&[0, 1, 2, 3, 4]);
    let end = experiment.duration;
    let found = trainer.predict(few.inputs(), &[0.0, 0.5 * end])?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("answer.npz");
    found.write_npz(&path, &["same".to_owned(), "different".to_owned()])?;
    let mut file = NpzReader::new(std::fs::File::open(&path)?)?;
    let mut names = file.names()?;
    names.sort();
    let expected = [
        "bounds",
        "class_names",
        "classes",
        "integrals",
        "offsets",
        "populations",
        "scores",
        "times",
        "units",
        "voltage_times",
        "voltages",
    ];
    assert_eq!(names, expected, "a readout has no first spikes");
    let times: Array1<f64> = file.by_name("voltage_times")?;
    assert_eq!(
        times.to_vec(),
        [0.0, 0.5 * end, end],
        "the loss looks at the end as well"
    );
    let voltages: Array3<f64> = file.by_name("voltages")?;
    let scores: Array2<f64> = file.by_name("scores")?;
    assert_eq!(voltages.dim(), (5, 3, 2));
    assert_eq!(voltages.slice(s![.., 2, ..]), scores);
    assert_ne!(voltages.slice(s![.., 1, ..]), scores, "a control");
    let offsets: Array1<i64> = file.by_name("offsets")?;
    let units: Array1<i64> = file.by_name("units")?;
    let bounds: Array1<i64> = file.by_name("bounds")?;
    assert_eq!(offsets.len(), 6);
    assert_eq!(offsets[5] as usize, units.len());
    assert_eq!(
        bounds.to_vec(),
        [
            0,
            found.populations[0].1.end as i64,
            found.populations[1].1.end as i64
        ]
    );
    assert!(
        units.iter().all(|&unit| unit < bounds[1]),
        "a readout does not fire"
    );
    let classes: Array1<i64> = file.by_name("classes")?;
    let chosen: Vec<Option<usize>> = classes
        .iter()
        .map(|&class| usize::try_from(class).ok())
        .collect();
    assert_eq!(chosen, found.classes);
    Ok(())
}
