//! What is in files is what NIR's own library finds there.

use spikefront::nir::{NirGraph, NirNode};

use super::{Done, file};

fn node<'a>(graph: &'a NirGraph, name: &str) -> Done<&'a NirNode> {
    let found = graph.nodes().iter().find(|node| node.name == name);
    Ok(found.ok_or_else(|| format!("no node {name}"))?)
}

/// File, node, parameter, shape; first value, last value and sum by `nir.read` (1.0.8).
type Expected = (
    &'static str,
    &'static str,
    &'static str,
    &'static [usize],
    [f64; 3],
);

const EXPECTED: [Expected; 12] = [
    (
        ZERO,
        "fc1",
        "weight",
        &[38, 12],
        [
            -1.3380635976791382,
            -0.0005833222530782223,
            -202.84010977228172,
        ],
    ),
    (
        ZERO,
        "fc1",
        "bias",
        &[38],
        [
            -0.06660466641187668,
            0.06192011758685112,
            -13.776178013533354,
        ],
    ),
    (
        ZERO,
        "fc2",
        "weight",
        &[7, 38],
        [-0.506838858127594, 0.11923469603061676, -9.72256792220287],
    ),
    (
        ZERO,
        "lif1.lif",
        "tau_syn",
        &[38],
        [
            0.0002222222281091009,
            0.0002222222281091009,
            0.008444444668145834,
        ],
    ),
    (
        ZERO,
        "lif1.lif",
        "tau_mem",
        &[38],
        [
            0.0009999997615814777,
            0.0009999997615814777,
            0.037999990940096165,
        ],
    ),
    (
        ZERO,
        "lif1.lif",
        "r",
        &[38],
        [9.999997615814776, 9.999997615814776, 379.9999094009615],
    ),
    (
        ZERO,
        "lif1.lif",
        "w_in",
        &[38],
        [2.2222222810910086, 2.2222222810910086, 84.44444668145832],
    ),
    (
        ZERO,
        "lif1.w_rec",
        "weight",
        &[38, 38],
        [
            -0.47309109568595886,
            -0.7868391871452332,
            -401.91697428177577,
        ],
    ),
    (
        ZERO,
        "lif2",
        "tau_mem",
        &[7],
        [
            0.0002222222281091009,
            0.0002222222281091009,
            0.001555555596763706,
        ],
    ),
    (
        SUBTRACT,
        "fc1",
        "weight",
        &[40, 12],
        [
            -0.07052367925643921,
            -0.4353451728820801,
            -165.59237891819794,
        ],
    ),
    (
        SUBTRACT,
        "lif1.w_rec",
        "weight",
        &[40, 40],
        [
            -0.09206944704055786,
            0.17568230628967285,
            -291.2675760234288,
        ],
    ),
    (
        SUBTRACT,
        "lif2",
        "w_in",
        &[7],
        [1.8181817787737895, 1.8181817787737895, 12.727272451416527],
    ),
];
const ZERO: &str = "braille_noDelay_bias_zero.nir";
const SUBTRACT: &str = "braille_noDelay_noBias_subtract.nir";

#[test]
fn trained_networks_have_the_numbers_that_python_reads() -> Done {
    for (name, of, parameter, shape, [first, last, sum]) in EXPECTED {
        let graph = NirGraph::read(file(name))?;
        let values = &node(&graph, of)?.parameters[parameter];
        assert_eq!(values.shape(), shape, "{name} {of} {parameter}");
        assert_eq!(
            values.iter().next(),
            Some(&first),
            "{name} {of} {parameter}"
        );
        assert_eq!(values.iter().last(), Some(&last), "{name} {of} {parameter}");
        let found: f64 = values.iter().sum();
        assert!(
            (found / sum - 1.0).abs() < 1e-12,
            "{name} {of} {parameter}: {found}"
        );
    }
    let graph = NirGraph::read(file(SUBTRACT))?;
    assert_eq!(graph.version(), "0.2.0");
    let mut edges: Vec<_> = graph.edges().collect();
    edges.sort_unstable();
    let expected = [
        ("fc1", "lif1.lif"),
        ("fc2", "lif2"),
        ("input", "fc1"),
        ("lif1.lif", "fc2"),
        ("lif1.lif", "lif1.w_rec"),
        ("lif1.w_rec", "lif1.lif"),
        ("lif2", "output"),
    ];
    assert_eq!(edges, expected);
    Ok(())
}

#[test]
fn a_nested_graph_is_flattened() -> Done {
    let graph = NirGraph::read(file("nested.nir"))?;
    let mut edges: Vec<_> = graph.edges().collect();
    edges.sort_unstable();
    let expected = [
        ("each", "half"),
        ("first", "hidden.cell"),
        ("half", "out"),
        ("hidden.cell", "each"),
        ("hidden.cell", "hidden.lag"),
        ("hidden.lag", "hidden.recurrent"),
        ("hidden.recurrent", "hidden.cell"),
        ("input", "first"),
        ("input", "second"),
        ("out", "readout"),
        ("readout", "output"),
        ("second", "hidden.cell"),
    ];
    assert_eq!(edges, expected);
    assert!(
        node(&graph, "hidden.lag")?.parameters["delay"]
            .shape()
            .is_empty()
    );
    Ok(())
}

#[test]
fn an_edge_to_nowhere_is_refused_as_by_python() -> Done {
    let read = NirGraph::read(file("braille_noDelay_bias_zero_subgraph.nir"));
    let told = read.expect_err("there is no node lif").to_string();
    assert!(
        told.contains("graph \"lif1\": edges: node of the edge \"input\" to \"lif\" is \"lif\""),
        "{told}"
    );
    assert!(told.contains("lif1"), "{told}");
    Ok(())
}
