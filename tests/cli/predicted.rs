//! What `--model` predicts of devices that are not there.

use serde_json::Value;

use super::{TestResult, assert_refused, spikefront};

const NETWORKS: [&str; 8] = [
    "bench",
    "networks",
    "--network",
    "yin-yang",
    "--batch",
    "4",
    "--forward",
    "--model",
];

#[test]
fn networks_are_predicted_without_a_gpu() -> TestResult {
    let printed = spikefront(&[&NETWORKS[..], &["--json"]].concat())?;
    let rows: Value = serde_json::from_slice(&printed.stdout)?;
    let runs = rows[0]["runs"].as_array().ok_or("there are runs")?;
    let names: Vec<_> = runs.iter().filter_map(|run| run["run"].as_str()).collect();
    let expected = ["simulation", "adjoint", "update", "forward, one sample"];
    assert_eq!(names, expected);
    let advance = &runs[0]["kernels"]["advance"];
    assert!(advance["multiply_adds"].as_f64() > Some(0.0), "{advance}");
    let ms = |device: &str| runs[0]["total_ms"][device].as_f64();
    assert!(ms("h200") > Some(0.0) && ms("h200") <= ms("h100") && ms("h100") < ms("uhd-770"));
    let bound = advance["devices"]["h200"]["bound"].as_str();
    assert_eq!(bound, Some("chain"));
    // Assumptions can be replaced.
    let slower = [&NETWORKS[..], &["h200", "--dispatch-us", "1000", "--json"]].concat();
    let slower: Value = serde_json::from_slice(&spikefront(&slower)?.stdout)?;
    let bound = &slower[0]["runs"][0]["kernels"]["advance"]["devices"]["h200"]["bound"];
    assert_eq!(bound, "launch");
    Ok(())
}

#[test]
fn long_runs_are_predicted_without_a_gpu() -> TestResult {
    let arguments = [
        "bench",
        "large",
        "--network",
        "brunel",
        "--scales",
        "0.02",
        "--duration",
        "10",
        "--warm-up",
        "10",
        "--model",
        "m3",
    ];
    let printed = String::from_utf8(spikefront(&arguments)?.stdout)?;
    for told in [
        "of neurons have none in a window",
        "atomic operations for each arrival",
        "sparse_collect",
        "x real on m3",
    ] {
        assert!(printed.contains(told), "{printed}");
    }
    let json = spikefront(&[&arguments[..], &["--json"]].concat())?;
    let row: Value = serde_json::from_slice(&json.stdout)?;
    assert!(row["arrivals"].as_f64() > Some(0.0), "{row}");
    assert!(row["real_time_factors"]["m3"].as_f64() > Some(0.0), "{row}");
    Ok(())
}

#[test]
fn devices_that_are_not_known_are_refused() -> TestResult {
    assert_refused(&[&NETWORKS[..], &["h20"]].concat(), "the nearest is h200;")?;
    let large = ["bench", "large", "--model", "rtx"];
    assert_refused(&large, "the nearest is rtx-4090;")?;
    let measured = [&NETWORKS[..], &["measured", "--engines", "cpu"]].concat();
    assert_refused(&measured, "give --engines gpu, or the name of a device")?;
    let large = ["bench", "large", "--model", "measured", "--engines", "cpu"];
    assert_refused(&large, "give --engines gpu, or the name of a device")?;
    let negative = [&NETWORKS[..], &["h200", "--turn-us=-1"]].concat();
    assert_refused(&negative, "give a time of 0 or more")
}
