//! What is too large, of another kind, or dead: refused or said, by name.

use serde_json::Value;

use super::train::succeeds;
use super::{TestResult, assert_refused, command, fault, spikefront, text};

#[test]
fn sizes_that_cannot_be_held_are_refused_before_anything_is_made() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("run"));
    for name in [
        "delays",
        "plain-4e9",
        "recurrent-2147483648",
        "recurrent-65536",
        "recurrent-delays-4e9",
    ] {
        let file = fault(&format!("sizes/{name}.toml"));
        let arguments = [
            "train", &file, "--epochs", "1", "--engine", "cpu", "--out", &out,
        ];
        assert_refused(&arguments, " MiB and may use ")?;
        assert_refused(&arguments, "parameters fit: give fewer neurons")?;
    }
    let batch = |batch| {
        [
            "bench",
            "networks",
            "--engines",
            "cpu",
            "--network",
            "instant-256",
            "--batch",
            batch,
        ]
    };
    for size in ["4294967295", "1000000000000", "18446744073709551615"] {
        assert_refused(&batch(size), "give --batch of at most")?;
    }
    assert_refused(
        &["bench", "large", "--memory", "17592186044416"],
        "--memory",
    )?;
    assert_refused(&["bench", "large", "--threads", "60000"], "--threads")?;
    assert_refused(&["simulate", "cuba", "--threads", "60000"], "--threads")?;
    assert_refused(
        &["simulate", "cuba", "--window", "1e-320"],
        "windows at most",
    )?;
    let long = ["simulate", "cuba", "--scale", "0.1", "--duration", "1e300"];
    assert_refused(&long, "windows at most")
}

/// Limits of the process are limits of what it may use.
#[test]
#[cfg(target_os = "linux")]
fn limits_of_the_process_count() -> TestResult {
    let line = "ulimit -v 3000000; exec \"$0\" train xor --engine cpu --threads 1 --out /nonexistent --set layers.0.size=12000 \
                --set 'layers.0.recurrent={ weight_mean = 0.0, weight_deviation = 0.1, delay = 1.0 }'";
    let program = env!("CARGO_BIN_EXE_spikefront");
    let output = std::process::Command::new("sh")
        .args(["-c", line, program])
        .output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("144060030 parameters") || told.contains("MiB and may use"),
        "{told}"
    );
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_standard_error_is_no_panic() -> TestResult {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
    let output = command(&[
        "bench",
        "networks",
        "--engines",
        "cpu",
        "--network",
        "instant-256",
        "--batch",
        "1",
        "--repeats",
        "1",
    ])
    .stderr(full)
    .output()?;
    assert_eq!(output.status.code(), Some(0));
    Ok(())
}

#[test]
fn no_epochs_look_at_the_untrained_network() -> TestResult {
    let folder = tempfile::tempdir()?;
    let data = fault("npz-types/half");
    for (name, epochs) in [("file", &[][..]), ("option", &["--epochs", "0"])] {
        let run = folder.path().join(name);
        let out = text(&run);
        let file = match name {
            "file" => fault("zero.toml"),
            _ => fault("npz-types/base.toml"),
        };
        let train = [
            "train", &file, "--data", &data, "--engine", "cpu", "--out", &out,
        ];
        let told = succeeds(&[&train[..], epochs].concat())?;
        let told = String::from_utf8(told.stdout)?;
        assert!(told.contains("% after 0 epochs\n"), "no speed: {told}");
        let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json"))?)?;
        assert_eq!(summary["epochs"], 0);
        assert!(summary["test_accuracy"].is_number());
        assert!(std::fs::read_to_string(run.join("report.html"))?.contains("No epoch has ended"));
        assert!(run.join("confusion.svg").exists() && !run.join("training.svg").exists());
        succeeds(&["train", "--resume", &out])?;
    }
    Ok(())
}

#[test]
fn every_real_type_of_numpy_is_read() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut losses = Vec::new();
    for kind in ["half", "big"] {
        let run = folder.path().join(kind);
        let (file, data, out) = (
            fault("npz-types/base.toml"),
            fault(&format!("npz-types/{kind}")),
            text(&run),
        );
        let output = spikefront(&[
            "train", &file, "--data", &data, "--engine", "cpu", "--out", &out,
        ])?;
        let told = String::from_utf8(output.stderr)?;
        assert!(matches!(output.status.code(), Some(0 | 1)), "{told}");
        let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json"))?)?;
        losses.push(summary["test_loss"].as_f64().ok_or("a number")?);
    }
    println!("{losses:?}");
    Ok(())
}

#[test]
fn spikes_after_the_end_are_said() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("run"));
    let file = fault("spikes-after-the-end-unsaid/micro.toml");
    let data = fault("spikes-after-the-end-unsaid/data");
    let train = [
        "train", &file, "--data", &data, "--engine", "cpu", "--out", &out,
    ];
    assert_refused(&train, "239 of 240: give times in ms")?;
    assert_refused(&train, "after the end of the run, 50 ms,")?;
    assert!(!folder.path().join("run").exists());
    Ok(())
}

#[test]
fn a_dead_network_is_told_and_ends_with_one() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    let train = [
        "train", "yin-yang", "--engine", "cpu", "--epochs", "2", "--out", &out,
    ];
    let dead = [
        "--set",
        "layers.0.weight_mean=-0.5",
        "--set",
        "guards.raise_silent=0",
        "--set",
        "layers.1.rest=0",
    ];
    let output = spikefront(&[&train[..], &dead].concat())?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("warning: ") && told.contains("guards.raise_silent"),
        "{told}"
    );
    assert!(
        told.contains("samples without output") && told.contains("left out"),
        "{told}"
    );
    assert!(told.contains("% of hidden silent"), "{told}");
    let metrics = std::fs::read_to_string(run.join("metrics.jsonl"))?;
    let line: Value = serde_json::from_str(metrics.lines().next().ok_or("a line")?)?;
    let n = line["silent_samples"].as_u64().ok_or("a count")?;
    assert!(n > 0 && line["left_out_samples"] == n && line["zero_gradients"].as_u64() > Some(0));
    assert_eq!(line["silent_neurons"]["output"], 1.0);
    let page = std::fs::read_to_string(run.join("report.html"))?;
    assert!(page.contains("Warning:") && page.contains("silent hidden [%]"));
    // A control: the preset as it is.
    let output = succeeds(&[&train[..], &["--overwrite"]].concat())?;
    assert!(!String::from_utf8(output.stderr)?.contains("warning"));
    Ok(())
}

#[test]
fn a_graph_file_is_told_what_reads_it() -> TestResult {
    for command in [
        &["train", "net.nir"][..],
        &["jacobian", "net.nir"],
        &["check", "net.nir"],
        &["simulate", "net.nir"],
        &["bench", "workload", "net.nir"],
        &["report", "net.nir"],
        &["compare", "net.nir"],
    ] {
        assert_refused(
            command,
            "`spikefront nir net.nir` describes and simulates it",
        )?;
    }
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_report_holds_what_lies_in_the_folder_only() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    succeeds(&[
        "train", "xor", "--engine", "cpu", "--epochs", "20", "--out", &out,
    ])?;
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "<svg>a secret</svg>")?;
    std::os::unix::fs::symlink(&secret, run.join("x.svg"))?;
    succeeds(&["report", &out])?;
    let page = std::fs::read_to_string(run.join("report.html"))?;
    assert!(!page.contains("secret") && page.contains("Which class was taken"));
    std::fs::remove_file(run.join("summary.json"))?;
    std::os::unix::fs::symlink(&secret, run.join("summary.json"))?;
    assert_refused(&["report", &out], "leads out of the run's folder")
}

#[test]
fn the_files_of_spikes_are_named_where_one_looks() -> TestResult {
    let help = String::from_utf8(succeeds(&["train", "--help"])?.stdout)?;
    let every_key = String::from_utf8(succeeds(&["preset", "every-key"])?.stdout)?;
    let preset = String::from_utf8(succeeds(&["preset", "spikes"])?.stdout)?;
    let guide = include_str!("../../docs/GUIDE.md").to_owned();
    for text in [help, every_key, preset, guide] {
        for name in [
            "train.npz",
            "test.npz",
            "times",
            "units",
            "offsets",
            "labels",
        ] {
            assert!(text.contains(name), "{name} is not in {text}");
        }
    }
    let help = String::from_utf8(succeeds(&["train", "--help"])?.stdout)?;
    for file in [
        "shd_train.h5",
        "shd_test.h5",
        "ssc_train.h5",
        "ssc_valid.h5",
        "ssc_test.h5",
    ] {
        let task = String::from_utf8(succeeds(&["preset", &file[..3]])?.stdout)?;
        assert!(help.contains(file) && task.contains(file), "{file}");
    }
    for task in ["shd", "ssc", "spikes"] {
        succeeds(&["preset", task])?;
        assert_refused(
            &["train", task, "--engine", "cpu"],
            "data.folder is not given",
        )?;
    }
    Ok(())
}

/// Far fewer images than MNIST has: a twelfth is for validation, or as many as the key says.
#[test]
fn a_small_folder_of_images_is_trained_on() -> TestResult {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    for (part, n) in [("train", 120_u32), ("t10k", 40)] {
        let size = [n.to_be_bytes(), 4_u32.to_be_bytes(), 4_u32.to_be_bytes()].concat();
        let pixels: Vec<u8> = (0..n * 16).map(|ix| (ix * 37 % 256) as u8).collect();
        let labels: Vec<u8> = (0..n).map(|ix| (ix % 10) as u8).collect();
        let images = [&[0, 0, 8, 3][..], &size, &pixels].concat();
        let labels = [&[0, 0, 8, 1][..], &n.to_be_bytes(), &labels].concat();
        std::fs::write(data.join(format!("{part}-images-idx3-ubyte")), images)?;
        std::fs::write(data.join(format!("{part}-labels-idx1-ubyte")), labels)?;
    }
    let (data, out) = (text(&data), text(&folder.path().join("run")));
    let train = [
        "train", "mnist", "--data", &data, "--engine", "cpu", "--epochs", "1", "--out", &out,
    ];
    for key in ["", "data.validation=30", "data.validation=0"] {
        let set = if key.is_empty() {
            vec![]
        } else {
            vec!["--set", key]
        };
        let output = spikefront(&[&train[..], &set].concat())?;
        let told = String::from_utf8(output.stderr)?;
        assert!(matches!(output.status.code(), Some(0 | 1)), "{told}");
        assert_eq!(
            told.contains("validation"),
            key != "data.validation=0",
            "{told}"
        );
    }
    let all = [&train[..], &["--set", "data.validation=120"]].concat();
    assert_refused(&all, "leave at least one of the 120 images")
}
