use super::*;
use crate::data::fixtures::published;
use ndarray::{Array1, Array2, array};
use ndarray_npy::NpzWriter;
use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

type Outcome = std::result::Result<(), Box<dyn Error>>;

/// A small workload's arrays, to be spoilt one at a time.
#[derive(Clone)]
struct Arrays {
    matrices: Vec<(&'static str, Array2<f64>)>,
    label: Array1<i64>,
}

impl Arrays {
    fn feed_forward(n_samples: usize, n_channels: usize) -> Self {
        let mut t = Array2::from_shape_fn((n_samples, n_channels), |(s, c)| (s + 2 * c) as f64);
        t[[0, 0]] = f64::INFINITY;
        Self {
            matrices: vec![
                ("t", t),
                ("W1", Array2::from_elem((n_channels, 2), 0.5)),
                ("W2", array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            ],
            label: Array1::from_shape_fn(n_samples, |s| (s % 3) as i64),
        }
    }

    fn recurrent() -> Self {
        let ev = array![
            [1.0, 0.0, 9.0],
            [0.0, 1.0, 5.0],
            [0.0, 0.0, 7.0],
            [0.0, 1.0, 2.0]
        ];
        Self {
            matrices: vec![
                ("ev", ev),
                ("Win", Array2::from_elem((2, 3), 0.5)),
                ("Wr", Array2::from_elem((3, 3), 0.25)),
                ("Wo", Array2::from_elem((3, 4), 0.125)),
            ],
            label: array![3, 0],
        }
    }

    fn with(mut self, name: &str, spoil: impl FnOnce(&mut Array2<f64>)) -> Self {
        for (held, matrix) in &mut self.matrices {
            if *held == name {
                spoil(matrix);
                return self;
            }
        }
        panic!("no array {name}");
    }

    fn write(&self, path: &Path) -> Outcome {
        let mut writer = NpzWriter::new(File::create(path)?);
        for (name, matrix) in &self.matrices {
            writer.add_array(*name, matrix)?;
        }
        writer.add_array("label", &self.label)?;
        writer.finish()?;
        Ok(())
    }

    fn read(&self) -> std::result::Result<Workload, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("w.npz");
        self.write(&path)?;
        Ok(Workload::read(path)?)
    }

    fn fault(&self) -> String {
        self.read()
            .err()
            .map_or_else(String::new, |e| e.to_string())
    }
}

fn spikes(workload: &Workload, sample: usize) -> Vec<(usize, f64)> {
    let sample = workload.inputs().sample(sample);
    sample.map(|s| (s.unit, s.time)).collect()
}

#[test]
fn a_feed_forward_step_is_read() -> Outcome {
    let workload = Arrays::feed_forward(4, 3).read()?;
    assert_eq!(workload.duration_ms(), 40.0);
    assert_eq!(workload.n_channels(), 3);
    assert_eq!(workload.labels(), [0, 1, 2, 0]);
    assert_eq!(
        spikes(&workload, 0),
        [(1, 2.0), (2, 4.0)],
        "channel 0 is silent"
    );
    assert_eq!(spikes(&workload, 3), [(0, 3.0), (1, 5.0), (2, 7.0)]);
    Ok(())
}

#[test]
fn the_number_of_channels_sets_the_step() -> Outcome {
    for (n_samples, n_channels, step, duration) in [
        (200, 5, 150, 50.0),
        (60, 5, 60, 50.0),
        (130, 784, 128, 40.0),
        (200, 6, 200, 40.0),
    ] {
        let workload = Arrays::feed_forward(n_samples, n_channels).read()?;
        assert_eq!(workload.inputs().n_samples(), step);
        assert_eq!(workload.labels().len(), step);
        assert_eq!(workload.duration_ms(), duration);
    }
    Ok(())
}

#[test]
fn a_recurrent_step_is_read() -> Outcome {
    let workload = Arrays::recurrent().read()?;
    assert_eq!(workload.duration_ms(), 100.0);
    assert_eq!(workload.n_channels(), 2);
    assert_eq!(workload.labels(), [3, 0]);
    assert_eq!(spikes(&workload, 0), [(1, 2.0), (1, 5.0), (0, 7.0)]);
    assert_eq!(spikes(&workload, 1), [(0, 9.0)]);
    Ok(())
}

#[test]
fn faults_name_their_array() {
    let forward = || Arrays::feed_forward(4, 3);
    let recurrent = Arrays::recurrent;
    let labelled = |mut arrays: Arrays, label: &[i64]| {
        arrays.label = Array1::from(label.to_vec());
        arrays
    };
    let lacking = |mut arrays: Arrays, at: usize| {
        arrays.matrices.remove(at);
        arrays
    };
    let shaped = |rows, columns| move |m: &mut Array2<f64>| *m = Array2::zeros((rows, columns));
    let set = |at: [usize; 2], value| move |m: &mut Array2<f64>| m[at] = value;
    assert_eq!(forward().fault(), "");
    assert_eq!(recurrent().fault(), "");
    for (arrays, expected) in [
        (lacking(forward(), 0), "not a workload"),
        (lacking(forward(), 2), "array W2: it is missing"),
        (lacking(recurrent(), 0), "not a workload"),
        (lacking(recurrent(), 2), "array Wr: it is missing"),
        (
            labelled(forward(), &[0, 1, 3, 0]),
            "array label: element 2 is 3",
        ),
        (
            labelled(forward(), &[0, 1, -1, 0]),
            "array label: element 2 is -1",
        ),
        (labelled(forward(), &[0, 1]), "array t: 4 rows for 2 labels"),
        (labelled(recurrent(), &[]), "array label: it is empty"),
        (
            labelled(recurrent(), &[0, 4]),
            "array label: element 1 is 4",
        ),
        (
            forward().with("W1", shaped(4, 2)),
            "array W1: its shape is (4, 2)",
        ),
        (
            forward().with("W2", shaped(3, 3)),
            "array W2: its shape is (3, 3)",
        ),
        (
            forward().with("W2", shaped(2, 0)),
            "array W2: its shape is (2, 0)",
        ),
        (
            forward().with("W1", set([1, 1], f64::NAN)),
            "array W1: element (1, 1) is NaN",
        ),
        (
            forward().with("t", set([2, 1], -0.5)),
            "array t: sample 2, channel 1: -0.5 ms",
        ),
        (
            recurrent().with("Wr", shaped(3, 2)),
            "array Wr: its shape is (3, 2)",
        ),
        (
            recurrent().with("Wo", shaped(2, 4)),
            "array Wo: its shape is (2, 4)",
        ),
        (recurrent().with("ev", shaped(2, 2)), "array ev: 2 columns"),
        (
            recurrent().with("ev", set([1, 0], 2.0)),
            "array ev: row 1 is (2, 1, 5)",
        ),
        (
            recurrent().with("ev", set([1, 1], 0.5)),
            "array ev: row 1 is (0, 0.5, 5)",
        ),
        (
            recurrent().with("ev", set([1, 2], f64::NAN)),
            "array ev: row 1 is (0, 1, NaN)",
        ),
    ] {
        let fault = arrays.fault();
        assert!(fault.contains(expected), "{fault:?}, not {expected:?}");
        assert!(fault.contains("w.npz"), "{fault}");
    }
}

/// Every truncation is an error, and no flipped byte a panic.
#[test]
fn damage_is_an_error() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    Arrays::recurrent().write(&path)?;
    let whole = fs::read(&path)?;
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length])?;
        assert!(Workload::read(&path).is_err(), "cut to {length} bytes");
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            fs::write(&path, &damaged)?;
            if let Ok(workload) = Workload::read(&path) {
                assert_eq!(workload.labels(), [3, 0], "byte {at} changed what was read");
            }
        }
    }
    Ok(())
}

#[test]
fn the_published_files_are_read() -> Outcome {
    let Some(folder) = published("workloads") else {
        return Ok(());
    };
    let read = |name: &str| Workload::read(PathBuf::from(&folder).join(name));
    for (name, samples, channels, spikes, duration) in [
        ("w1.npz", 150, 5, 750, 50.0),
        ("w2.npz", 128, 784, 128 * 784, 40.0),
        ("w3.npz", 32, 100, 31_991, 100.0),
    ] {
        let workload = read(name)?;
        assert_eq!(workload.inputs().n_samples(), samples, "{name}");
        assert_eq!(workload.labels().len(), samples, "{name}");
        assert_eq!(workload.n_channels(), channels, "{name}");
        assert_eq!(workload.inputs().n_spikes(), spikes, "{name}");
        assert_eq!(workload.duration_ms(), duration, "{name}");
    }
    let first: Vec<usize> = spikes(&read("w2.npz")?, 0).iter().map(|s| s.0).collect();
    assert_eq!(first[..2], [552, 141]);
    let Workload::Recurrent {
        w_in, w_rec, w_out, ..
    } = read("w3.npz")?
    else {
        return Err("w3 is recurrent".into());
    };
    assert_eq!(
        (w_in.dim(), w_rec.dim(), w_out.dim()),
        ((100, 256), (256, 256), (256, 20))
    );
    let picked = [w_in[[0, 1]], w_rec[[1, 0]], w_out[[2, 3]]];
    assert_eq!(
        picked,
        [
            0.06657581738087445,
            0.00481706616441959,
            0.07346880743720229
        ]
    );
    Ok(())
}
