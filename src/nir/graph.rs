//! A graph as its file has it: nodes with parameters, and edges.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ndarray::ArrayD;

use crate::{Error, Result};

/// A node of a graph: its type and the numbers that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct NirNode {
    /// Its name; of a node within a nested graph `"outer.inner"`.
    pub name: String,
    /// Its type as NIR calls it: `"CubaLIF"`, `"Affine"`, `"Input"`.
    pub kind: String,
    /// Its parameters by name, in the units of the file and in their own shape; one number has the shape `[]`.
    pub parameters: BTreeMap<String, ArrayD<f64>>,
}

impl NirNode {
    /// A node without parameters.
    pub fn new(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            parameters: BTreeMap::new(),
        }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, values: ArrayD<f64>) -> Self {
        self.parameters.insert(name.into(), values);
        self
    }

    /// A parameter that the node must have.
    pub(super) fn parameter(&self, name: &str) -> Result<&ArrayD<f64>> {
        self.parameters.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
            Error::invalid(
                format!("{name} of node {:?} ({})", self.name, self.kind),
                "not given",
                format!(
                    "a {} needs it as numbers; the node has {}",
                    self.kind,
                    match known.is_empty() {
                        true => "none".to_owned(),
                        false => known.join(", "),
                    }
                ),
            )
        })
    }

    /// A refusal of something about this node.
    pub(super) fn refused(
        &self,
        what: &str,
        value: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> Error {
        let field = format!("{what} of node {:?} ({})", self.name, self.kind);
        Error::invalid(field, value, remedy)
    }
}

/// A graph of the Neuromorphic Intermediate Representation.
///
/// What is said about a graph is in its edges: a node's input is the sum of what leads to it, and the order of nodes has no meaning.
/// Source: J. E. Pedersen et al., "Neuromorphic intermediate representation: A unified instruction set for interoperable
/// brain-inspired computing" (Nature Communications 2024).
#[derive(Debug, Clone, PartialEq)]
pub struct NirGraph {
    pub(super) version: String,
    pub(super) nodes: Vec<NirNode>,
    /// Numbers of nodes.
    pub(super) edges: Vec<[usize; 2]>,
}

impl NirGraph {
    /// A graph of nodes and of edges between them, each by the names of the node where it begins and of that where it ends.
    ///
    /// # Errors
    /// Two nodes of one name, an edge to or from a node that is not there, an edge that is there twice.
    pub fn new<A: AsRef<str>>(nodes: Vec<NirNode>, edges: &[(A, A)]) -> Result<Self> {
        let mut numbers = HashMap::new();
        for (number, node) in nodes.iter().enumerate() {
            if numbers.insert(node.name.as_str(), number).is_some() {
                return Err(twins(&node.name));
            }
        }
        let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        let number = |name: &str, edge: &str| {
            let number = numbers.get(name).copied();
            number.ok_or_else(|| Error::unknown(format!("node of the edge {edge}"), name, &names))
        };
        let mut numbered = Vec::with_capacity(edges.len());
        for (from, to) in edges {
            let (from, to) = (from.as_ref(), to.as_ref());
            let edge = format!("{from:?} to {to:?}");
            numbered.push([number(from, &edge)?, number(to, &edge)?]);
        }
        Self::numbered(String::new(), nodes, numbered)
    }

    /// As [`new`](Self::new), of edges between numbers of nodes.
    pub(super) fn numbered(
        version: String,
        nodes: Vec<NirNode>,
        edges: Vec<[usize; 2]>,
    ) -> Result<Self> {
        let mut names = BTreeSet::new();
        if let Some(node) = nodes.iter().find(|node| !names.insert(node.name.as_str())) {
            return Err(twins(&node.name));
        }
        let mut seen = BTreeSet::new();
        if let Some([from, to]) = edges.iter().find(|edge| !seen.insert(**edge)) {
            let (from, to) = (&nodes[*from].name, &nodes[*to].name);
            return Err(Error::invalid(
                format!("edge {from:?} to {to:?}"),
                "there twice",
                "give each edge once: whether the second counts is not said",
            ));
        }
        Ok(Self {
            version,
            nodes,
            edges,
        })
    }

    /// The version of NIR that the file says it was written by; empty where it says none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The nodes, those of nested graphs among them.
    pub fn nodes(&self) -> &[NirNode] {
        &self.nodes
    }

    /// The edges, by names.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        let name = |number: usize| self.nodes[number].name.as_str();
        self.edges
            .iter()
            .map(move |&[from, to]| (name(from), name(to)))
    }

    /// The nodes that lead to each.
    pub(super) fn before(&self) -> Vec<Vec<usize>> {
        let mut before = vec![Vec::new(); self.nodes.len()];
        for &[from, to] in &self.edges {
            before[to].push(from);
        }
        before
    }
}

fn twins(name: &str) -> Error {
    Error::invalid(
        "name of a node",
        format!("{name:?}, twice"),
        "give every node a name of its own; a node within a nested graph is called outer.inner",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(names: &[&str]) -> Vec<NirNode> {
        names
            .iter()
            .map(|name| NirNode::new(*name, "Scale"))
            .collect()
    }

    #[test]
    fn wrong_edges_and_names_are_refused() -> Result<()> {
        let graph = NirGraph::new(nodes(&["in", "a.b", "3"]), &[("in", "3"), ("a.b", "3")])?;
        assert_eq!(
            graph.edges().collect::<Vec<_>>(),
            [("in", "3"), ("a.b", "3")]
        );
        let told = |names: &[&str], edges: &[(&str, &str)]| {
            let graph = NirGraph::new(nodes(names), edges);
            graph.expect_err("it is wrong").to_string()
        };
        let dangling = told(&["in", "out"], &[("in", "oud")]);
        assert!(
            dangling.contains("edge \"in\" to \"oud\"") && dangling.contains("out"),
            "{dangling}"
        );
        assert!(told(&["in", "in"], &[]).contains("\"in\", twice"));
        let twice = told(&["in", "out"], &[("in", "out"), ("in", "out")]);
        assert!(twice.contains("there twice"), "{twice}");
        Ok(())
    }
}
