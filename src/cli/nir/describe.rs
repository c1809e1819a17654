//! A graph in words.

use std::fmt::Write;

use spikefront::count;
use spikefront::network::{Network, Source};
use spikefront::nir::{NirGraph, NirNetwork, NirNode};

/// So many edges are listed.
const MOST_EDGES: usize = 100;

/// Nodes with their parameters, and edges.
pub fn graph(graph: &NirGraph) -> String {
    let version = match graph.version() {
        "" => String::new(),
        version => format!(", NIR {version}"),
    };
    let n_edges = graph.edges().count();
    let mut text = format!(
        "{}, {}{version}\n\nnodes:\n",
        count(graph.nodes().len(), "node"),
        count(n_edges, "edge")
    );
    let width = |of: fn(&NirNode) -> &str| {
        let lengths = graph.nodes().iter().map(|node| of(node).chars().count());
        lengths.max().unwrap_or(0)
    };
    let (names, kinds) = (width(|node| &node.name), width(|node| &node.kind));
    for node in graph.nodes() {
        let parameters: Vec<String> = node
            .parameters
            .iter()
            .map(|(name, values)| {
                let mut flat = values.iter();
                match flat.next() {
                    Some(first) if flat.all(|value| value == first) => match values.ndim() {
                        0 => format!("{name} = {first}"),
                        _ => format!("{name} {:?} = {first}", values.shape()),
                    },
                    _ => format!("{name} {:?}", values.shape()),
                }
            })
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {:names$}  {:kinds$}  {}",
            node.name,
            node.kind,
            parameters.join(", ")
        );
    }
    text.push_str("\nedges:\n");
    for (from, to) in graph.edges().take(MOST_EDGES) {
        let _ = writeln!(text, "  {from} -> {to}");
    }
    if n_edges > MOST_EDGES {
        let _ = writeln!(text, "  and {} more", n_edges - MOST_EDGES);
    }
    text
}

/// What was chosen and why.
pub fn notes(network: &NirNetwork) -> String {
    let mut text = String::from("\nread as:\n");
    for note in &network.notes {
        let _ = writeln!(text, "  {note}");
    }
    if !network.outputs.is_empty() {
        let _ = writeln!(text, "  outputs: {}", network.outputs.join(", "));
    }
    text
}

/// Inputs, populations and projections.
pub fn network(network: &Network) -> String {
    let mut text = String::from("\nnetwork:\n");
    for input in network.inputs() {
        let _ = writeln!(
            text,
            "  input {}: {}",
            input.name,
            count(input.size, "channel")
        );
    }
    for population in network.populations() {
        let kind = match population.is_spiking() {
            true => "",
            false => ", without threshold",
        };
        let neurons = count(population.size, "neuron");
        let _ = writeln!(text, "  population {}: {neurons}{kind}", population.name);
    }
    for connection in network.connections() {
        let own = match connection.source {
            Source::Population(id) if id == connection.target => ", recurrent",
            _ => "",
        };
        let synapses = count(connection.n_synapses(), "synapse");
        let _ = writeln!(text, "  projection {}: {synapses}{own}", connection.name);
    }
    text
}
