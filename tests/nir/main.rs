//! Graphs in the Neuromorphic Intermediate Representation: what is read of them, what it means, and the way back.

#![cfg(feature = "hdf5")]

mod meaning;
mod python;
mod reading;
mod recurrent;
mod refusals;
mod round_trip;

use std::path::PathBuf;

use ndarray::{ArrayD, IxDyn};
use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::Network;
use spikefront::nir::{NirGraph, NirNode};
use spikefront::{Engine, Problem, SimulationOptions};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/nir/files");
    folder.join(name)
}

fn list(values: &[f64]) -> ArrayD<f64> {
    ArrayD::from_shape_fn(IxDyn(&[values.len()]), |ix| values[ix[0]])
}

fn number(value: f64) -> ArrayD<f64> {
    ArrayD::from_elem(IxDyn(&[]), value)
}

/// `[target x source]`.
fn matrix(rows: &[&[f64]]) -> ArrayD<f64> {
    let shape = [rows.len(), rows[0].len()];
    ArrayD::from_shape_fn(IxDyn(&shape), |ix| rows[ix[0]][ix[1]])
}

fn input(size: usize) -> NirNode {
    NirNode::new("input", "Input").with("shape", list(&[size as f64]))
}

fn output(size: usize) -> NirNode {
    NirNode::new("output", "Output").with("shape", list(&[size as f64]))
}

/// A CubaLI of one neuron, times in seconds.
fn readout() -> NirNode {
    NirNode::new("readout", "CubaLI")
        .with("tau_mem", list(&[0.02]))
        .with("tau_syn", list(&[0.005]))
        .with("r", list(&[3.0]))
        .with("v_leak", list(&[0.1]))
        .with("w_in", list(&[7.0]))
}

fn linear(rows: &[&[f64]]) -> NirNode {
    NirNode::new("fc", "Linear").with("weight", matrix(rows))
}

/// The nodes one behind another.
fn chain(nodes: Vec<NirNode>) -> spikefront::Result<NirGraph> {
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    let edges: Vec<(&str, &str)> = names
        .windows(2)
        .map(|pair| (pair[0].as_str(), pair[1].as_str()))
        .collect();
    NirGraph::new(nodes, &edges)
}

/// One sample; voltages at the given times.
fn simulate(
    network: &Network,
    channels: &[Vec<f64>],
    duration: f64,
    voltage_times: &[f64],
) -> spikefront::Result<Recording> {
    let mut inputs = SpikeBatch::new();
    inputs.push_channels(channels)?;
    let mut options = SimulationOptions::new(duration);
    options.add_voltage_times(voltage_times);
    CpuEngine::new().simulate(&Problem {
        network,
        parameters: &network.parameters(0),
        inputs: &inputs,
        options: &options,
    })
}
