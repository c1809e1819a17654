//! Graphs from HDF5 files, read without trusting what they claim.

use std::collections::HashMap;
use std::path::Path;

use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions};
use ndarray::{ArrayD, IxDyn};

use super::{NirGraph, NirNode};
use crate::data::Number;
use crate::{Error, Result, files};

/// The deepest nesting of graphs.
const DEEPEST: usize = 16;
/// The most nodes, those of nested graphs among them.
const MOST_NODES: usize = 4096;
/// The most edges.
const MOST_EDGES: usize = 1 << 16;
/// The most axes of a parameter.
const MOST_AXES: usize = 8;
/// The most bytes that deflate makes of one (zlib's documentation: 1032 to 1).
const MOST_FROM_ONE: u64 = 1032;
/// The largest parameter, in bytes.
const MOST_BYTES: usize = 1 << 30;

impl NirGraph {
    /// Reads a graph from an HDF5 file.
    ///
    /// Nested graphs are flattened: their nodes are called `"outer.inner"`, and their own inputs and outputs are replaced by
    /// edges. Parameters that are no numbers, and metadata, are left out.
    ///
    /// # Errors
    /// A file that cannot be opened, is not HDF5, is damaged, or holds no graph; more than 4096 nodes, 65,536 edges, 16 levels
    /// or 1 GiB in a parameter; an edge to or from a node that is not there, or there twice; a nested graph with several
    /// inputs where an edge leads to it, or with several outputs where one begins.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let length = files::open(path)?.metadata();
        let length = length.map_err(|e| Error::io("open", path, e))?.len();
        let origin = path.display().to_string();
        let options = OpenOptions::default()
            .with_max_chunk_bytes(MOST_BYTES)
            .with_max_read_bytes(MOST_BYTES);
        let fault = |e: hdf5_reader::error::Error| {
            Error::malformed(&origin, format!("not a readable HDF5 file ({e})"))
        };
        let file = Hdf5File::open_with_options(path, options).map_err(fault)?;
        let root = file.root_group().map_err(fault)?;
        let mut reader = Reader {
            origin: &origin,
            length,
            nodes: Vec::new(),
            is_port: Vec::new(),
            edges: Vec::new(),
        };
        let graph = root.group("node");
        let graph = graph.map_err(|e| reader.fault("node", format!("no NIR graph ({e})")))?;
        reader.graph(&graph, "", 0)?;
        // Files of other programs need not have it.
        let version = root.dataset("version").and_then(|v| v.read_string());
        let (nodes, edges) = without_ports(reader)?;
        Self::numbered(version.unwrap_or_default(), nodes, edges)
            .map_err(|e| Error::malformed(&origin, e))
    }
}

struct Reader<'a> {
    origin: &'a str,
    /// How many bytes the file has.
    length: u64,
    nodes: Vec<NirNode>,
    /// Of each node whether it is the input or output of a nested graph.
    is_port: Vec<bool>,
    edges: Vec<[usize; 2]>,
}

/// Where edges to something lead, and where those from it begin.
struct Ends {
    to: Vec<usize>,
    from: Vec<usize>,
}

impl Reader<'_> {
    fn fault(&self, place: &str, detail: impl std::fmt::Display) -> Error {
        Error::malformed(self.origin, format!("{place}: {detail}"))
    }

    /// Reads a graph and what is nested in it.
    fn graph(&mut self, graph: &Group, outer: &str, depth: usize) -> Result<Ends> {
        let place = match outer {
            "" => "the graph".to_owned(),
            outer => format!("graph {outer:?}"),
        };
        if depth > DEEPEST {
            return Err(self.fault(&place, format!("nested more than {DEEPEST} levels deep")));
        }
        let kind = self.text(graph, "type", &place)?;
        if kind != "NIRGraph" {
            let detail = format!("its type is {kind:?}; it must be a NIRGraph");
            return Err(self.fault(&place, detail));
        }
        let nodes = graph.group("nodes").map_err(|e| self.fault(&place, e))?;
        let (names, _) = nodes.member_names().map_err(|e| self.fault(&place, e))?;
        let mut known: HashMap<String, Ends> = HashMap::new();
        let mut ports = Ends {
            to: Vec::new(),
            from: Vec::new(),
        };
        for name in names {
            let group = nodes.group(&name).map_err(|e| self.fault(&place, e))?;
            let full = match outer {
                "" => name.clone(),
                outer => format!("{outer}.{name}"),
            };
            let kind = self.text(&group, "type", &format!("node {full:?}"))?;
            let ends = if kind == "NIRGraph" {
                self.graph(&group, &full, depth + 1)?
            } else {
                let number = self.nodes.len();
                if number == MOST_NODES {
                    return Err(self.fault(&place, format!("more than {MOST_NODES} nodes")));
                }
                let port = match kind.as_str() {
                    "Input" if depth > 0 => Some(&mut ports.to),
                    "Output" if depth > 0 => Some(&mut ports.from),
                    _ => None,
                };
                self.is_port.push(port.is_some());
                port.into_iter().for_each(|ports| ports.push(number));
                let node = self.node(&group, full, kind)?;
                self.nodes.push(node);
                Ends {
                    to: vec![number],
                    from: vec![number],
                }
            };
            known.insert(name, ends);
        }
        self.edges(graph, &place, &known)?;
        Ok(ports)
    }

    fn edges(&mut self, graph: &Group, place: &str, known: &HashMap<String, Ends>) -> Result<()> {
        let edges = graph.dataset("edges").map_err(|e| self.fault(place, e))?;
        let fault = |detail: String| self.fault(place, format!("edges: {detail}"));
        let count = match *edges.shape() {
            [count, 2] if count <= MOST_EDGES as u64 => count as usize,
            // What a graph without edges is written as.
            [0] | [0, 0] => return Ok(()),
            ref shape => {
                return Err(fault(format!(
                    "the shape is {shape:?}; it must be [edges, 2] with {MOST_EDGES} at most"
                )));
            }
        };
        if count as u64 > self.length {
            return Err(fault(format!("{count} of them in {} bytes", self.length)));
        }
        let names = edges.read_strings().map_err(|e| fault(e.to_string()))?;
        let mut read = Vec::with_capacity(count);
        for pair in names.chunks_exact(2) {
            let find = |name: &str| {
                known.get(name).ok_or_else(|| {
                    let mut all: Vec<&str> = known.keys().map(String::as_str).collect();
                    all.sort_unstable();
                    let edge = format!("node of the edge {:?} to {:?}", pair[0], pair[1]);
                    fault(Error::unknown(edge, name, &all).to_string())
                })
            };
            let one = |ends: &[usize], what: &str, name: &str| match ends {
                [end] => Ok(*end),
                _ => Err(fault(format!(
                    "the nested graph {name:?} has {} {what}s; an edge needs it to have one",
                    ends.len()
                ))),
            };
            let from = one(&find(&pair[0])?.from, "output", &pair[0])?;
            read.push([from, one(&find(&pair[1])?.to, "input", &pair[1])?]);
        }
        if read.len() != count || self.edges.len() + count > MOST_EDGES {
            return Err(fault(format!("more than {MOST_EDGES}, or not all there")));
        }
        self.edges.extend(read);
        Ok(())
    }

    fn node(&self, group: &Group, name: String, kind: String) -> Result<NirNode> {
        let place = format!("node {name:?}");
        let (_, members) = group.member_names().map_err(|e| self.fault(&place, e))?;
        let mut node = NirNode::new(name, kind);
        for member in members.into_iter().filter(|member| member != "type") {
            let dataset = group.dataset(&member);
            let dataset = dataset.map_err(|e| self.fault(&place, e))?;
            let values = self.numbers(&dataset);
            let values =
                values.map_err(|detail| self.fault(&place, format!("{member}: {detail}")))?;
            if let Some(values) = values {
                node.parameters.insert(member, values);
            }
        }
        Ok(node)
    }

    /// The numbers of a parameter; none where it holds something else.
    fn numbers(&self, dataset: &Dataset) -> std::result::Result<Option<ArrayD<f64>>, String> {
        let Some(number) = Number::of(dataset.dtype()) else {
            return Ok(None);
        };
        let shape = dataset.shape();
        let product = |product: u64, &axis: &u64| product.checked_mul(axis);
        let bytes = shape.iter().try_fold(number.size() as u64, product);
        // Whatever is stored, and however it is packed, takes its part of the file.
        let is_possible = |bytes: u64| bytes / MOST_FROM_ONE <= self.length;
        if shape.len() > MOST_AXES || !bytes.is_some_and(is_possible) {
            return Err(format!(
                "it claims the shape {shape:?} in a file of {} bytes",
                self.length
            ));
        }
        let bytes = dataset.read_raw_bytes().map_err(|e| e.to_string())?;
        let shape: Vec<usize> = shape.iter().map(|&axis| axis as usize).collect();
        let values = ArrayD::from_shape_vec(IxDyn(&shape), number.values(&bytes));
        values.map(Some).map_err(|e| e.to_string())
    }

    /// A text that must be there.
    fn text(&self, group: &Group, name: &str, place: &str) -> Result<String> {
        let dataset = group.dataset(name);
        let dataset = dataset.map_err(|e| self.fault(place, format!("no {name} ({e})")))?;
        let is_text = match dataset.dtype() {
            Datatype::String { .. } | Datatype::VarLen { .. } => dataset.num_elements(),
            _ => Ok(0),
        };
        match is_text {
            Ok(1) => dataset.read_string().map_err(|e| self.fault(place, e)),
            _ => Err(self.fault(place, format!("its {name} is not one text"))),
        }
    }
}

/// Nodes and edges in which the inputs and outputs of nested graphs are replaced by edges past them.
fn without_ports(reader: Reader<'_>) -> Result<(Vec<NirNode>, Vec<[usize; 2]>)> {
    let mut edges = reader.edges;
    let ports = (0..reader.nodes.len()).filter(|&number| reader.is_port[number]);
    for port in ports {
        let fault = |detail: &str| {
            let place = format!("node {:?}: {detail}", reader.nodes[port].name);
            Error::malformed(reader.origin, place)
        };
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        for &[from, to] in &edges {
            match (from == port, to == port) {
                (true, true) => return Err(fault("it leads to itself without a neuron between")),
                (true, false) => behind.push(to),
                (false, true) => before.push(from),
                (false, false) => {}
            }
        }
        edges.retain(|edge| !edge.contains(&port));
        if before.len() * behind.len() > MOST_EDGES - edges.len() {
            return Err(fault("too many edges lead through it"));
        }
        for from in before {
            edges.extend(behind.iter().map(|&to| [from, to]));
        }
    }
    let mut numbers = vec![0; reader.nodes.len()];
    let mut nodes = Vec::with_capacity(reader.nodes.len());
    for (number, node) in reader.nodes.into_iter().enumerate() {
        numbers[number] = nodes.len();
        if !reader.is_port[number] {
            nodes.push(node);
        }
    }
    let edges = edges.into_iter().map(|edge| edge.map(|end| numbers[end]));
    Ok((nodes, edges.collect()))
}
