//! What arrives at each neuron: spikes through matrices and delays, and constants.

use ndarray::{Array2, ArrayView2, Ix2};

use super::sizes::each;
use super::{NirGraph, NirNode};
use crate::Result;

/// The most bytes of the matrices of a graph.
const MOST_BYTES: usize = 1 << 30;

/// Spikes of one source on their way to a node.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// The number of the node that they come from.
    pub source: usize,
    pub map: Map,
    /// In the file's unit, one for each source; of [`Map::Each`] they are in `of_channel`.
    of_source: Vec<f64>,
    /// In the file's unit, one for each channel.
    of_channel: Vec<f64>,
}

/// What a spike of a source is worth on a channel.
#[derive(Debug, Clone)]
pub(super) enum Map {
    /// Source k reaches channel k only.
    Each(Vec<f64>),
    /// `[source x channel]`.
    All(Array2<f64>),
}

/// All that arrives at a node, or leaves it.
#[derive(Debug, Clone, Default)]
pub(super) struct Signal {
    pub terms: Vec<Term>,
    /// What is there at all times, one for each channel; none where nothing is.
    pub constant: Option<Vec<f64>>,
}

impl Term {
    /// Spikes as they leave their source.
    pub fn begin(source: usize, size: usize) -> Self {
        Self {
            source,
            map: Map::Each(vec![1.0; size]),
            of_source: Vec::new(),
            of_channel: vec![0.0; size],
        }
    }

    /// The delay from a source to a channel, in the file's unit.
    pub fn delay(&self, source: usize, channel: usize) -> f64 {
        match self.map {
            Map::Each(_) => self.of_channel[channel],
            Map::All(_) => self.of_source[source] + self.of_channel[channel],
        }
    }

    /// The one delay of all, where they have one.
    pub fn shared_delay(&self) -> Option<f64> {
        let is_one = |delays: &[f64]| delays.windows(2).all(|pair| pair[0] == pair[1]);
        (is_one(&self.of_source) && is_one(&self.of_channel)).then(|| self.delay(0, 0))
    }

    fn bytes(&self) -> usize {
        let numbers = match &self.map {
            Map::Each(values) => values.len(),
            Map::All(matrix) => matrix.len(),
        };
        8 * (numbers + self.of_source.len() + self.of_channel.len())
    }

    /// Through a matrix `[target x source]`, as NIR has them.
    fn weighted(self, weight: ArrayView2<'_, f64>, node: &NirNode) -> Result<Self> {
        let (map, of_source) = match self.map {
            Map::Each(values) => {
                let mut matrix = Array2::zeros((weight.ncols(), weight.nrows()));
                matrix.assign(&weight.t());
                for (mut row, value) in matrix.rows_mut().into_iter().zip(values) {
                    row *= value;
                }
                (matrix, self.of_channel)
            }
            Map::All(matrix) => {
                let one = self.of_channel[0];
                if self.of_channel.iter().any(|&delay| delay != one) {
                    return Err(node.refused(
                        "input",
                        "channels with delays of their own",
                        "such a delay may stand right before a neuron or right behind one, not between two matrices",
                    ));
                }
                let of_source = self.of_source.iter().map(|delay| delay + one);
                (matrix.dot(&weight.t()), of_source.collect())
            }
        };
        Ok(Self {
            source: self.source,
            of_channel: vec![0.0; weight.nrows()],
            map: Map::All(map),
            of_source,
        })
    }

    fn scaled(&mut self, scale: &[f64]) {
        match &mut self.map {
            Map::Each(values) => values.iter_mut().zip(scale).for_each(|(v, s)| *v *= s),
            Map::All(matrix) => {
                for (mut column, scale) in matrix.columns_mut().into_iter().zip(scale) {
                    column *= *scale;
                }
            }
        }
    }
}

/// Whether spikes and constants go through a node of this type, which has no state.
pub(super) fn is_passed(kind: &str) -> bool {
    matches!(kind, "Affine" | "Linear" | "Scale" | "Delay" | "Flatten")
}

/// What arrives at each node, of `sizes` channels; `sources` are what leaves the nodes that spikes or constants begin at.
pub(super) fn arriving(
    graph: &NirGraph,
    sizes: &[usize],
    mut sources: impl FnMut(usize) -> Signal,
) -> Result<Vec<Signal>> {
    let before = graph.before();
    let n = graph.nodes.len();
    // How many nodes without a state each still waits for.
    let is_waited_for = |node: &usize| is_passed(&graph.nodes[*node].kind);
    let mut waits: Vec<usize> = before
        .iter()
        .map(|nodes| nodes.iter().filter(|node| is_waited_for(node)).count())
        .collect();
    let mut behind = vec![Vec::new(); n];
    for &[from, to] in &graph.edges {
        behind[from].push(to);
    }
    let mut left: Vec<Option<Signal>> = vec![None; n];
    let mut arrived: Vec<Signal> = vec![Signal::default(); n];
    let mut ready: Vec<usize> = (0..n).filter(|&node| waits[node] == 0).collect();
    for node in (0..n).filter(|node| !is_waited_for(node)) {
        left[node] = Some(sources(node));
    }
    let (mut done, mut bytes) = (0, 0);
    while let Some(number) = ready.pop() {
        done += 1;
        let node = &graph.nodes[number];
        let mut signal = Signal::default();
        for signal_before in before[number]
            .iter()
            .filter_map(|&from| left[from].as_ref())
        {
            bytes += signal_before.terms.iter().map(Term::bytes).sum::<usize>();
            check(bytes, node)?;
            signal.terms.extend(signal_before.terms.iter().cloned());
            signal.add(signal_before.constant.as_deref());
        }
        if is_passed(&node.kind) {
            let size = sizes[number];
            let sources = signal
                .terms
                .iter()
                .map(|term| 8 * (size + sizes[term.source]));
            let made = signal
                .terms
                .iter()
                .map(|term| 8 * size * sizes[term.source]);
            if matches!(node.kind.as_str(), "Affine" | "Linear") {
                bytes += sources.chain(made).sum::<usize>();
                check(bytes, node)?;
            }
            left[number] = Some(through(node, signal, size)?);
            for &next in &behind[number] {
                waits[next] -= 1;
                if waits[next] == 0 {
                    ready.push(next);
                }
            }
        } else {
            arrived[number] = signal;
        }
    }
    if done < n {
        let stuck = (0..n).find(|&node| waits[node] > 0 && is_waited_for(&node));
        let node = &graph.nodes[stuck.unwrap_or_default()];
        return Err(node.refused(
            "output",
            "part of a loop without a neuron",
            "a loop needs a neuron in it: without one its signals have no time to go round",
        ));
    }
    Ok(arrived)
}

fn check(bytes: usize, node: &NirNode) -> Result<()> {
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(node.refused(
        "input",
        "more than 1 GiB of matrices",
        "put matrices that follow one another together, or let fewer ways lead to it",
    ))
}

impl Signal {
    fn add(&mut self, constant: Option<&[f64]>) {
        match (&mut self.constant, constant) {
            (_, None) => {}
            (Some(sum), Some(more)) => sum.iter_mut().zip(more).for_each(|(s, m)| *s += m),
            (sum, Some(first)) => *sum = Some(first.to_vec()),
        }
    }
}

/// What comes out of a node without a state.
fn through(node: &NirNode, mut signal: Signal, size: usize) -> Result<Signal> {
    match node.kind.as_str() {
        "Linear" | "Affine" => {
            let weight = finite(node, "weight")?;
            let weight = weight.view().into_dimensionality::<Ix2>();
            let weight = weight.map_err(|e| node.refused("weight", e, "give [target x source]"))?;
            let terms = signal.terms.into_iter();
            let terms = terms.map(|term| term.weighted(weight, node));
            let mut out = Signal {
                terms: terms.collect::<Result<_>>()?,
                constant: signal.constant.map(|constant| {
                    let constant = ndarray::Array1::from_vec(constant);
                    weight.dot(&constant).to_vec()
                }),
            };
            if node.kind == "Affine" {
                finite(node, "bias")?;
                out.add(Some(&each(node, "bias", size)?));
            }
            Ok(out)
        }
        "Scale" => {
            finite(node, "scale")?;
            let scale = each(node, "scale", size)?;
            signal.terms.iter_mut().for_each(|term| term.scaled(&scale));
            if let Some(constant) = &mut signal.constant {
                constant.iter_mut().zip(&scale).for_each(|(c, s)| *c *= s);
            }
            Ok(signal)
        }
        "Delay" => {
            let delay = each(node, "delay", size)?;
            if let Some(delay) = delay
                .iter()
                .find(|delay| !(**delay >= 0.0 && delay.is_finite()))
            {
                return Err(node.refused("delay", delay, "give finite times, zero or more"));
            }
            for term in &mut signal.terms {
                let delays = term.of_channel.iter_mut().zip(&delay);
                delays.for_each(|(sum, delay)| *sum += delay);
            }
            Ok(signal)
        }
        _ => Ok(signal),
    }
}

/// A parameter whose values are all finite.
fn finite<'a>(node: &'a NirNode, name: &str) -> Result<&'a ndarray::ArrayD<f64>> {
    let values = node.parameter(name)?;
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(values),
        Some(value) => Err(node.refused(name, value, "give finite values")),
    }
}
