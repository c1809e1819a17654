//! The same files on any number of ranks, and errors that are told once.

use crate::started::{bytes, run, succeed};

/// A network whose spikes and states are recorded.
const RECORDED: &str = r#"
[simulation]
duration = 60.0

[[population]]
name = "cells"
size = 150
tau_membrane = 10.0
threshold = 1.0
rest = 0.0
reset = { kind = "to", potential = 0.0, refractory = 2.0 }
receptors = [{ name = "fast", tau = 2.0 }, { name = "slow", tau = 5.0 }]
initial_potential = { kind = "uniform", lowest = 0.0, highest = 1.0 }

[[poisson]]
target = "cells"
receptor = "fast"
rate = 0.9
weight = 0.35

[[projection]]
source = "cells"
target = "cells"
receptor = "slow"
rule = { kind = "fixed_in_degree", in_degree = 12 }
weight = -0.05
delay = 1.5

[[record]]
kind = "states"
population = "cells"
neurons = "3-80"
every = 0.5

[[record]]
kind = "spikes"
population = "cells"
"#;

#[test]
fn files_are_those_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    for (network, more, files) in [
        (
            "cuba",
            &["--scale", "0.2", "--duration", "60"][..],
            &["spikes.npz", "rates.svg", "raster.svg"][..],
        ),
        (
            "microcircuit",
            &["--scale", "0.02", "--duration", "50"],
            &["spikes.npz", "rates.svg"],
        ),
        (
            "brunel",
            &["--scale", "0.05", "--duration", "50", "--window", "0.07"],
            &["spikes.npz"],
        ),
    ] {
        let out = |name: &str| folder.path().join(format!("{network}-{name}"));
        let on = |ranks: usize, name: &str, seed: &str| {
            let out = out(name);
            let mut arguments = vec![
                "simulate",
                network,
                "--seed",
                seed,
                "--out",
                out.to_str().unwrap(),
            ];
            arguments.extend(more);
            succeed(ranks, &arguments)
        };
        on(1, "one", "0");
        for ranks in [2, 4] {
            let told = on(ranks, &ranks.to_string(), "0");
            assert!(told.contains(&format!("{ranks} ranks: ")), "{told}");
            for file in files {
                let is_same = bytes(&out("one"), file) == bytes(&out(&ranks.to_string()), file);
                assert!(is_same, "{file} of {network} on {ranks} ranks");
            }
        }
        // The comparison can tell.
        on(2, "other", "1");
        assert!(bytes(&out("one"), "spikes.npz") != bytes(&out("other"), "spikes.npz"));
        let summary = bytes(&out("2"), "summary.json");
        let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(summary["ranks"]["ranks"], 2);
        assert!(summary["ranks"]["exchanges"].as_u64() > Some(100));
    }
}

/// Without a GPU or a software driver the test is skipped, unless SPIKEFRONT_REQUIRE_GPU=1 says that there must be one.
#[test]
fn files_of_gpus_are_those_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let on = |ranks: usize, seed: &str| {
        let out = folder.path().join(format!("{ranks}-{seed}"));
        let mut arguments = vec!["simulate", "cuba", "--scale", "0.1", "--duration", "40"];
        let out_name = out.to_str().unwrap();
        arguments.extend(["--engine", "gpu", "--seed", seed, "--out", out_name]);
        (run(ranks, &arguments), out)
    };
    let (output, one) = on(1, "0");
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_required = std::env::var("SPIKEFRONT_REQUIRE_GPU").is_ok_and(|v| v == "1");
        assert!(!is_required && told.contains("a GPU"), "{told}");
        println!("skipped: no Vulkan adapter");
        return;
    }
    let spikes = |seed| {
        let (output, out) = on(2, seed);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        bytes(&out, "spikes.npz")
    };
    assert!(spikes("0") == bytes(&one, "spikes.npz"));
    // The comparison can tell.
    assert!(spikes("1") != bytes(&one, "spikes.npz"));
}

#[test]
fn states_are_recorded_on_every_rank_and_written_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, RECORDED).unwrap();
    let out = |name: &str| folder.path().join(name);
    for ranks in [1, 2, 3] {
        let out = out(&ranks.to_string());
        succeed(
            ranks,
            &[
                "simulate",
                file.to_str().unwrap(),
                "--out",
                out.to_str().unwrap(),
            ],
        );
    }
    for name in ["states-cells.npz", "spikes.npz"] {
        let one = bytes(&out("1"), name);
        assert!(one.len() > 1000);
        assert!(
            one == bytes(&out("2"), name) && one == bytes(&out("3"), name),
            "{name}"
        );
    }
}

#[test]
fn an_error_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, RECORDED.replace("delay = 1.5", "delay = 0.0")).unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "a file, no folder").unwrap();
    let (file, taken) = (file.to_str().unwrap(), taken.to_str().unwrap());
    for (arguments, told) in [
        (&["simulate", "cuba", "--window", "77"][..], "window is 77"),
        (
            &["simulate", "cuba", "--engine", "gpu", "--checkpoint", taken],
            "use --engine cpu",
        ),
        (&["simulate", "cuba", "--adapter", "0"], "it is for a GPU"),
        (&["simulate", "cub"], "cuba"),
        (
            &["simulate", file],
            "shortest delay of a network over ranks is 0",
        ),
        (
            &["simulate", "cuba", "--scale", "0.1", "--out", taken],
            "taken",
        ),
    ] {
        let output = run(2, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        let lines: Vec<&str> = error
            .lines()
            .filter(|line| line.contains("error: "))
            .collect();
        assert!(
            lines.iter().all(|line| line.contains(told)) && !lines.is_empty(),
            "{error}"
        );
        if arguments[0] == "simulate" {
            assert_eq!(lines.len(), 1, "{error}");
        }
    }
}
