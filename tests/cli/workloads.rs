//! `bench workload` on workloads with one hidden neuron.

use std::path::Path;

use ndarray::{Array1, Array2, array};
use ndarray_npy::NpzWriter;
use serde_json::Value;

use super::{TestResult, keys, spikefront, text};

/// A feed-forward workload of one input, one hidden neuron and two outputs.
pub fn feed_forward(path: &Path, w1: f64) -> TestResult {
    let mut file = NpzWriter::new_compressed(std::fs::File::create(path)?);
    file.add_array("t", &array![[1.0], [4.0]])?;
    file.add_array("label", &array![0_i64, 1])?;
    file.add_array("W1", &array![[w1]])?;
    file.add_array("W2", &array![[30.0, 25.0]])?;
    file.finish()?;
    Ok(())
}

/// A recurrent workload of one input, one hidden neuron and two readouts.
fn recurrent(path: &Path, w_in: f64) -> TestResult {
    let mut file = NpzWriter::new_compressed(std::fs::File::create(path)?);
    let events: Array2<f64> = array![[0.0, 0.0, 1.0], [0.0, 0.0, 9.0], [1.0, 0.0, 5.0]];
    file.add_array("ev", &events)?;
    file.add_array("label", &Array1::from(vec![1_i64, 0]))?;
    file.add_array("Win", &array![[w_in]])?;
    file.add_array("Wr", &array![[2.0]])?;
    file.add_array("Wo", &array![[1.0, -0.5]])?;
    file.finish()?;
    Ok(())
}

fn bench(path: &Path, method: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let path = text(path);
    let mut arguments = vec!["bench", "workload", &path, "--json", "--repeats", "2"];
    arguments.extend(["--threads", "1", "--engine", "cpu", "--method", method]);
    let output = spikefront(&arguments)?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{told}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// With one hidden neuron and one input the norm of the gradient is the loss's slope.
#[test]
fn a_workload_reports_the_gradient_of_the_file_s_own_weights() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    type Write = fn(&Path, f64) -> TestResult;
    let kinds: [(Write, f64, &str, &[&str]); 2] = [
        (feed_forward, 30.0, "W1", &["W1", "W2"]),
        (recurrent, 25.0, "Win", &["Win", "Wo", "Wr"]),
    ];
    for (write, weight, name, names) in kinds {
        let step = 1e-4 * weight;
        let loss = |weight: f64| -> Result<f64, Box<dyn std::error::Error>> {
            write(&path, weight)?;
            Ok(bench(&path, "adjoint")?["loss"].as_f64().expect("a number"))
        };
        let slope = (loss(weight + step)? - loss(weight - step)?) / (2.0 * step);
        write(&path, weight)?;
        for method in ["forward", "adjoint"] {
            let report = bench(&path, method)?;
            assert_eq!(
                keys(&report),
                [
                    "engine",
                    "gradient_ms",
                    "gradient_norms",
                    "grazing_spikes",
                    "hidden_spikes",
                    "loss",
                    "method",
                    "peak_memory_mb",
                    "simulate_ms",
                    "step_ms",
                    "threads"
                ]
            );
            assert_eq!(keys(&report["step_ms"]), ["max", "median", "min"]);
            assert_eq!(keys(&report["gradient_norms"]), names);
            assert_eq!(report["method"], method);
            assert_eq!(report["threads"], 1);
            assert!(report["hidden_spikes"].as_u64() >= Some(2));
            let norm = report["gradient_norms"][name].as_f64().expect("a number");
            println!("{name} {method}: {norm} against {slope}");
            assert!(slope.abs() > 1e-6 && (norm / slope.abs() - 1.0).abs() < 1e-5);
        }
    }
    Ok(())
}

#[test]
fn a_workload_is_reported_for_people_as_well() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    feed_forward(&path, 30.0)?;
    let output = spikefront(&["bench", "workload", &text(&path), "--repeats", "1"])?;
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout)?;
    for word in [
        "2 samples, cpu engine, adjoint",
        "median",
        "simulate",
        "|dL/dW2",
        "loss",
    ] {
        assert!(printed.contains(word), "{printed} lacks {word}");
    }
    Ok(())
}
