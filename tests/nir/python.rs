//! NIR's own library reads what is written here, and what it writes of it is read as the same network.

use std::process::Command;

use spikefront::network::Reset;
use spikefront::nir::{NirGraph, NirOptions, NirWriteOptions};

use super::{Done, round_trip};

/// Reads a graph, checks types and sizes, prints what it found, writes it again.
const SCRIPT: &str = "\
import sys
import nir
graph = nir.read(sys.argv[1])
hidden = graph.nodes['hidden']
print(type(hidden).__name__, repr([float(x) for x in hidden.tau_mem]))
print(sorted(graph.inputs), sorted(graph.outputs), len(graph.edges))
print(repr([float(x) for x in graph.nodes['hidden_readout'].weight.ravel()]))
nir.write(sys.argv[2], graph)
";

#[test]
fn python_reads_it_and_writes_the_same() -> Done {
    let has = Command::new("python3").args(["-c", "import nir"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no python3 with nir (pip install nir)");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let [ours, theirs] = ["ours.nir", "theirs.nir"].map(|name| folder.path().join(name));
    let network = round_trip::network(false, Reset::to(-0.2))?;
    let parameters = network.parameters(0);
    NirGraph::of_network(&network, &parameters, &NirWriteOptions::default())?.write(&ours)?;
    let mut python = Command::new("python3");
    let output = python
        .args(["-c", SCRIPT])
        .arg(&ours)
        .arg(&theirs)
        .output()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told = String::from_utf8(output.stdout)?;
    let mut lines = told.lines();
    assert_eq!(lines.next(), Some("CubaLIF [0.02, 0.015, 0.0125, 0.03]"));
    assert_eq!(lines.next(), Some("['input'] ['output'] 12"));
    let weights: Vec<f64> = serde_json::from_str(lines.next().unwrap_or_default())?;
    let id = network.projection_ids().last().ok_or("a projection")?;
    // NIR has [target x source].
    let expected = parameters.weights(&network, id);
    assert_eq!(weights, expected.t().iter().copied().collect::<Vec<f64>>());
    let again = NirGraph::read(&theirs)?
        .network(&NirOptions::default())?
        .builder
        .build()?;
    assert_eq!(again, network);
    Ok(())
}
