//! How many channels lead into each node and out of it.

use ndarray::ArrayD;

use super::{NirGraph, NirNode};
use crate::{Error, Result};

/// The most channels of a node.
const MOST: usize = 1 << 20;

/// How many numbers go in and come out; none where the node does not say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Size {
    into: Option<usize>,
    out: Option<usize>,
    /// Whether as many come out as go in.
    is_same: bool,
}

/// How many numbers come out of each node.
pub(super) fn sizes(graph: &NirGraph) -> Result<Vec<usize>> {
    let sizes = graph.nodes.iter().map(own);
    let mut sizes: Vec<Size> = sizes.collect::<Result<_>>()?;
    // Each round but the last finds at least one.
    loop {
        let mut found = false;
        for size in sizes.iter_mut().filter(|size| size.is_same) {
            found |= meet(&mut size.into, size.out);
            found |= meet(&mut size.out, size.into);
        }
        for &[from, to] in &graph.edges {
            let (out, into) = (sizes[from].out, sizes[to].into);
            if let (Some(out), Some(into)) = (out, into)
                && out != into
            {
                let (from, to) = (&graph.nodes[from], &graph.nodes[to]);
                return Err(Error::invalid(
                    format!(
                        "size of the edge {:?} ({}) to {:?} ({})",
                        from.name, from.kind, to.name, to.kind
                    ),
                    format!("{out} to {into}"),
                    "an edge leads from as many channels as it leads to; weights are [target x source]",
                ));
            }
            found |= meet(&mut sizes[from].out, into);
            found |= meet(&mut sizes[to].into, out);
        }
        if !found {
            break;
        }
    }
    let torn = |size: &Size| size.is_same && size.into != size.out;
    if let Some(number) = sizes.iter().position(torn) {
        let Size { into, out, .. } = sizes[number];
        let value = format!(
            "{} before and {} behind",
            into.unwrap_or(1),
            out.unwrap_or(1)
        );
        let remedy = "as many channels come out of such a node as go in";
        return Err(graph.nodes[number].refused("size", value, remedy));
    }
    // What nothing says the size of has one number.
    Ok(sizes.iter().map(|size| size.out.unwrap_or(1)).collect())
}

/// Takes over a size that is known elsewhere; whether that was news.
fn meet(here: &mut Option<usize>, there: Option<usize>) -> bool {
    let is_news = here.is_none() && there.is_some();
    *here = here.or(there);
    is_news
}

/// What a node says itself.
fn own(node: &NirNode) -> Result<Size> {
    match node.kind.as_str() {
        "Input" | "Output" => {
            let shape = node.parameter("shape")?;
            let is_whole = |axis: &&f64| axis.fract() == 0.0 && (1.0..=MOST as f64).contains(*axis);
            if let Some(axis) = shape.iter().find(|axis| !is_whole(axis)) {
                let remedy = format!("give whole numbers from 1 to {MOST}");
                return Err(node.refused("shape", axis, remedy));
            }
            let product = shape.iter().product::<f64>();
            if product > MOST as f64 {
                return Err(node.refused("shape", product, format!("{MOST} channels at most")));
            }
            Ok(same(Some(product as usize)))
        }
        "Linear" | "Affine" => match *node.parameter("weight")?.shape() {
            [out, into] if (1..=MOST).contains(&out) && (1..=MOST).contains(&into) => Ok(Size {
                into: Some(into),
                out: Some(out),
                is_same: false,
            }),
            ref shape => {
                let remedy = format!("give [target x source], each from 1 to {MOST}");
                Err(node.refused("shape of the weight", format!("{shape:?}"), remedy))
            }
        },
        _ => {
            // The parameters of a Flatten are no values of channels.
            let values = node.parameters.values().filter(|_| node.kind != "Flatten");
            let sizes = values.filter(|values| values.ndim() > 0).map(ArrayD::len);
            let size = sizes.max();
            match size {
                Some(size) if !(1..=MOST).contains(&size) => {
                    Err(node.refused("size", size, format!("give it 1 to {MOST} channels")))
                }
                size => Ok(same(size)),
            }
        }
    }
}

fn same(size: Option<usize>) -> Size {
    Size {
        into: size,
        out: size,
        is_same: true,
    }
}

/// The values of a parameter, one for each channel; one number, or a list of one, is that of all.
pub(super) fn each(node: &NirNode, name: &str, size: usize) -> Result<Vec<f64>> {
    let values = node.parameter(name)?;
    let mut flat = values.iter().copied();
    match (values.len(), flat.next()) {
        (1, Some(value)) => Ok(vec![value; size]),
        (len, _) if len == size => Ok(values.iter().copied().collect()),
        _ => {
            let remedy = format!("give one number, or one for each of {size} channels");
            let what = format!("shape of {name}");
            Err(node.refused(&what, format!("{:?}", values.shape()), remedy))
        }
    }
}
