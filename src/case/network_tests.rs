//! Where the parts of a case lie in its network.

use super::*;
use crate::network::Source;

fn case(synapses: &str) -> Result<Case> {
    let soft =
        r#"{"tau_membrane": 20, "tau_synapse": 5, "threshold": 1.5, "reset": {"kind": "soft"}}"#;
    let hard = r#"{"tau_membrane": 10, "tau_synapse": 5, "threshold": 0.5,
                   "reset": {"kind": "hard", "potential": 0, "refractory": 1}}"#;
    let text = format!(
        r#"{{"inputs": 2, "neurons": [{hard}, {soft}, {hard}], "synapses": [{synapses}],
            "input_spikes": [[3, 7], [1, 3]], "end": 40}}"#
    );
    Case::parse(&text, "test")
}

fn synapse(source: &str, target: usize, weight: f64, delay: f64) -> String {
    format!(
        r#"{{"source": {{{source}}}, "target": {target}, "weight": {weight}, "delay": {delay}}}"#
    )
}

#[test]
fn every_part_is_found_where_the_maps_say() -> Result<()> {
    let synapses = [
        synapse(r#""input": 1"#, 2, 0.1, 0.5),
        synapse(r#""input": 1"#, 2, 0.2, 0.25),
        synapse(r#""neuron": 0"#, 1, 0.3, 2.0),
        synapse(r#""neuron": 2"#, 1, 0.4, 1.0),
        synapse(r#""neuron": 1"#, 1, 0.5, 0.0),
    ];
    let network = case(&synapses.join(","))?.network()?;
    let values = network.parameters().values();
    let weights: Vec<f64> = network.weights().iter().map(|&ix| values[ix]).collect();
    assert_eq!(weights, [0.1, 0.2, 0.3, 0.4, 0.5]);
    let delays: Vec<Option<f64>> = network
        .delays()
        .iter()
        .map(|d| d.map(|ix| values[ix]))
        .collect();
    assert_eq!(delays, [0.5, 0.25, 2.0, 1.0, 0.0].map(Some));
    let thresholds: Vec<f64> = network.thresholds().iter().map(|&ix| values[ix]).collect();
    assert_eq!(thresholds, [0.5, 1.5, 0.5]);
    assert_eq!(network.units(), [1, 0, 2]);
    // Sorted by time: input 1 at 1, input 0 at 3, input 1 at 3, input 0 at 7.
    assert_eq!(network.input_spikes(), [1, 3, 0, 2]);
    assert_eq!(network.inputs().times(), [1.0, 3.0, 3.0, 7.0]);
    assert_eq!(network.inputs().units(), [1, 0, 1, 0]);
    Ok(())
}

#[test]
fn absent_synapses_weigh_nothing_and_delay_as_the_shortest() -> Result<()> {
    let synapses = [
        synapse(r#""input": 0"#, 0, 0.1, 3.0),
        synapse(r#""input": 1"#, 2, 0.2, 2.0),
    ];
    let network = case(&synapses.join(","))?.network()?;
    assert_eq!(network.network().connections().len(), 1);
    let connection = &network.network().connections()[0];
    assert!(matches!(connection.source, Source::Input(_)));
    assert_eq!(network.parameters().values()[..4], [0.1, 0.0, 0.0, 0.2]);
    assert_eq!(network.parameters().values()[4..8], [3.0, 2.0, 2.0, 2.0]);
    Ok(())
}

#[test]
fn no_delay_at_all_is_one_shared_delay() -> Result<()> {
    let network = case(&synapse(r#""neuron": 0"#, 2, 0.1, 0.0))?.network()?;
    assert!(network.network().connections()[0].has_shared_delay());
    assert_eq!(network.delays(), [None]);
    assert_eq!(case("")?.network()?.network().connections().len(), 0);
    Ok(())
}

#[test]
fn a_network_too_large_for_dense_projections_is_refused_before_it_is_made() -> Result<()> {
    let neuron =
        r#"{"tau_membrane": 20, "tau_synapse": 5, "threshold": 1, "reset": {"kind": "soft"}}"#;
    let neurons = vec![neuron; 3000].join(",");
    let text = format!(
        r#"{{"inputs": 0, "neurons": [{neurons}], "synapses": [{}], "input_spikes": [], "end": 40}}"#,
        synapse(r#""neuron": 0"#, 2, 0.1, 0.0)
    );
    let error = Case::parse(&text, "test")?
        .network()
        .expect_err("too large");
    assert!(
        error
            .to_string()
            .contains("synapses is spread over more than"),
        "{error}"
    );
    Ok(())
}
