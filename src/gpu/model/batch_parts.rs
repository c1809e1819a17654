//! Of kernels of batches: which piece of the text is gone through for each of what.

use super::part::{Part, Variables};
use super::shader::Of::{Outside, Turn, Whole};

/// Crossings are counted apart from the interval in which they are looked for.
const CROSSINGS: &[&str] = &[
    "solve",
    "crossing_after_minimum",
    "crossing_of_rest",
    "first_crossing",
];
const SOLVING: &[&str] = &["solve", "crossing_after_minimum", "crossing_of_rest"];

/// Of simulations.
pub(super) const SIMULATION: &[Part] = &[
    Part::new("gather", "end of a run", "gather", Turn(0)).shared(&["projections", "windows"]),
    Part::new("gather", "search", "lower_bound", Turn(0)),
    Part::new("gather", "invocation", "gather", Outside).shared(&["counters"]),
    Part::new("gather", "arrival", "put", Outside)
        .without(&["n_before"])
        .shared(&["projections"]),
    Part::new("gather", "arrival and projection", "n_before", Outside).shared(&["projections"]),
    Part::new("gather", "comparison", "n_before", Turn(0)),
    Part::new("gather_synapses", "spike", "send", Outside).shared(&["projections", "spikes"]),
    Part::new("gather_synapses", "synapse", "send", Turn(0)).scattered(&["arrivals"]),
    Part::new("sort_lists", "list", "count", Whole),
    Part::new("sort_lists", "comparison", "compare", Turn(0)),
    Part::new("propagators", "interval", "propagators", Whole).without(&["write_frame"]),
    Part::new("propagators", "frame", "write_frame", Whole),
    Part::new("advance", "neuron", "advance", Outside),
    Part::new("advance", "arrival", "advance_below", Turn(0)).shared(&["intervals"]),
    Part::new("advance", "eight weights", "load_weights", Turn(0)).shared(&["intervals"]),
    Part::new("advance", "interval", "advance", Turn(1))
        .without(&["advance_below", "first_crossing", "record", "let_go"])
        .shared(&["arrivals"]),
    Part::new("advance", "look", "first_crossing", Whole).without(SOLVING),
    Part::new("advance", "halving", "solve", Turn(0)),
    Part::new("advance", "spike", "record", Whole).scattered(&["fired"]),
    Part::new("advance", "interval of several", "advance", Turn(1)).shared(&["arrivals"]),
    Part::new("order", "spike", "put", Whole).scattered(&["spikes", "states"]),
    Part::new("order", "key", "load_keys", Whole).scattered(&["fired"]),
    Part::new("order", "pair", "order", Turn(2)),
    Part::new("order", "pair again", "order", Turn(4)),
    Part::new("readout", "neuron", "readout", Outside),
    Part::new("readout", "interval", "readout", Turn(1)).shared(&["arrivals", "requested"]),
    Part::new(
        "advance_sequential",
        "neuron",
        "advance_sequential",
        Turn(0),
    ),
    Part::new("advance_sequential", "offer", "advance_sequential", Turn(4))
        .without(CROSSINGS)
        .shared(&["arrivals", "counters"]),
    Part::new("advance_sequential", "look", "first_crossing", Whole).without(SOLVING),
    Part::new("advance_sequential", "halving", "solve", Turn(0)),
    Part::new(
        "advance_sequential",
        "comparison",
        "advance_sequential",
        Turn(5),
    ),
    Part::new(
        "advance_sequential",
        "event and neuron",
        "advance_sequential",
        Turn(6),
    )
    .without(&["fire", "let_go"])
    .shared(&["arrivals", "counters", "projections"]),
    Part::new("advance_sequential", "spike", "fire", Whole),
];

/// Of adjoints.
pub(super) const ADJOINT: &[Part] = &[
    Part::new("adjoint", "neuron", "sweep", Outside).without(&["walk_back", "add_shares"]),
    Part::new("adjoint", "four arrivals", "back_over_intervals", Turn(0))
        .shared(&["intervals", "arrivals"])
        .counting(Variables::But(&["gradient", "shares", "values"])),
    Part::new(
        "adjoint",
        "four arrivals that count",
        "back_over_intervals",
        Turn(0),
    )
    .counting(Variables::Only(&["gradient"])),
    Part::new(
        "adjoint",
        "four arrivals whose times count",
        "back_over_intervals",
        Turn(0),
    )
    .counting(Variables::Only(&["shares", "values"])),
    Part::new(
        "adjoint",
        "arrival on its own",
        "back_through_arrival",
        Whole,
    )
    .counting(Variables::But(&["gradient"])),
    Part::new("adjoint", "interval on its own", "flow_back", Whole),
    Part::new("adjoint", "four shares", "add_shares", Turn(0)),
    Part::new("adjoint", "sum", "add_shares", Outside),
    Part::new("adjoint", "spike", "walk_back", Whole),
    Part::new("adjoint_readout", "neuron", "sweep", Outside).without(&["walk_back", "add_shares"]),
    Part::new("adjoint_readout", "arrival", "back_through_arrival", Whole),
    Part::new("adjoint_readout", "interval", "flow_back", Whole),
    Part::new("adjoint_readout", "four shares", "add_shares", Turn(0)),
    Part::new("adjoint_readout", "sum", "add_shares", Outside),
    Part::new("deliver", "arrival", "deliver", Turn(0)),
    Part::new("deliver", "share", "deliver", Turn(1)),
    Part::new("deliver_synapses", "spike", "deliver_synapses", Turn(0))
        .without(&["sum_over"])
        .shared(&["projections", "spikes"]),
    Part::new("deliver_synapses", "synapse", "sum_over", Turn(0))
        .without(&["place_of"])
        .scattered(&["adjoints"]),
    Part::new("deliver_synapses", "halving", "place_of", Turn(0)).scattered(&["arrivals"]),
    Part::new("reduce", "value", "reduce", Outside),
    Part::new("reduce", "value and eight samples", "reduce", Turn(0)),
    Part::new("reduce", "value and sample", "reduce", Turn(1)),
    Part::new("adam", "invocation", "adam", Whole),
    Part::new(
        "adjoint_sequential",
        "arrival",
        "adjoint_sequential",
        Turn(4),
    ),
    Part::new(
        "adjoint_sequential",
        "spike and neuron",
        "adjoint_sequential",
        Turn(3),
    ),
    Part::new("adjoint_sequential", "spike", "back_through_spike", Whole),
];

/// Of forward propagation.
pub(super) const FORWARD: &[Part] = &[
    Part::new("sensitivity", "column", "sensitivity", Outside)
        .without(&["carry", "fire"])
        .shared(&["neurons", "spikes"]),
    Part::new("sensitivity", "arrival", "carry", Turn(0))
        .without(&["flow_through", "arrival_forward"])
        .shared(&["arrivals", "values"]),
    Part::new("sensitivity", "arrival that counts", "flow_on", Whole),
    Part::new("sensitivity", "spike", "fire", Whole).shared(&["neurons", "spikes", "values"]),
    Part::new("sensitivity_sequential", "arrival", "carry", Turn(0))
        .without(&["flow_through", "arrival_forward"])
        .shared(&["arrivals", "values"]),
    Part::new(
        "sensitivity_sequential",
        "arrival that counts",
        "flow_on",
        Whole,
    ),
    Part::new(
        "sensitivity_sequential",
        "spike",
        "sensitivity_sequential",
        Turn(1),
    )
    .without(&["carry"])
    .shared(&["neurons", "spikes", "values"]),
    Part::new(
        "sensitivity_readout",
        "column",
        "sensitivity_readout",
        Outside,
    )
    .without(&["carry"]),
    Part::new("sensitivity_readout", "arrival", "carry", Turn(0))
        .without(&["flow_through", "arrival_forward"])
        .shared(&["arrivals", "values"]),
    Part::new(
        "sensitivity_readout",
        "arrival that counts",
        "flow_on",
        Whole,
    ),
    // Of 8 neurons and 4 columns.
    Part::new(
        "sensitivity_tiled",
        "invocation",
        "sensitivity_tiled",
        Outside,
    )
    .without(&["read_block", "load_columns", "write_block"])
    .shared(&["neurons", "counters"]),
    Part::new("sensitivity_tiled", "entry in", "read_block", Turn(1)),
    Part::new("sensitivity_tiled", "entry out", "write_block", Turn(1)),
    Part::new("sensitivity_tiled", "arrival", "sensitivity_tiled", Turn(2)),
    // Of all neurons and columns of a block.
    Part::new(
        "sensitivity_tiled",
        "arrival of the batch",
        "load_arrivals",
        Outside,
    ),
    Part::new("sensitivity_tiled", "weights", "load_batch", Turn(0)),
    Part::new("sensitivity_tiled", "weight", "load_batch", Turn(1)),
    Part::new("sensitivity_tiled", "derivatives", "load_batch", Turn(2))
        .counting(Variables::But(&["sensitivities"])),
    Part::new("sensitivity_tiled", "derivative", "moved_by", Turn(0)),
    Part::new("sensitivity_tiled", "event", "meet_event", Outside),
    Part::new(
        "sensitivity_tiled",
        "event and column",
        "meet_event",
        Turn(0),
    ),
    Part::new("sensitivity_own", "column", "sensitivity_own", Outside)
        .without(&["clear_others", "fire_until"])
        .shared(&["neurons", "counters"]),
    Part::new(
        "sensitivity_own",
        "spike of another",
        "clear_others",
        Turn(0),
    )
    .shared(&["spikes"]),
    Part::new(
        "sensitivity_own",
        "arrival of the batch",
        "sensitivity_own",
        Turn(0),
    )
    .without(&["fire_until", "flow_through", "added"]),
    Part::new("sensitivity_own", "arrival", "sensitivity_own", Turn(1)).without(&[
        "fire_until",
        "flow_through",
        "added",
    ]),
    Part::new("sensitivity_own", "arrival that counts", "flow_on", Whole),
    Part::new("sensitivity_own", "spike", "fire_until", Turn(0)),
    Part::new("spike_factors", "spike", "spike_factors", Outside)
        .shared(&["neurons", "counters", "windows"]),
    Part::new(
        "spike_factors",
        "spike and arrival",
        "spike_factors",
        Turn(1),
    )
    .shared(&["arrivals"]),
    // Of 4 spikes and 8 columns.
    Part::new(
        "sensitivity_product",
        "arrival",
        "sensitivity_product",
        Turn(1),
    ),
    Part::new("sensitivity_product", "entry out", "write_sums", Turn(1)),
    // Of all spikes and columns of a block.
    Part::new("sensitivity_product", "derivatives", "load_moved", Turn(0))
        .shared(&["arrivals"])
        .counting(Variables::But(&["sensitivities"])),
    Part::new("sensitivity_product", "derivative", "moved_by", Turn(0)),
    Part::new("sensitivity_product", "factors", "load_factors", Turn(0)),
    Part::new("sensitivity_product", "factor", "load_factors", Turn(1)),
    Part::new("spike_chain", "column", "spike_chain", Outside)
        .shared(&["neurons", "values", "windows", "counters", "states"]),
    Part::new("spike_chain", "spike", "spike_chain", Turn(0)).shared(&["spikes", "values"]),
    Part::new("contract", "column", "contract", Outside),
    Part::new("contract", "column and eight spikes", "contract", Turn(0)).shared(&["adjoints"]),
    Part::new("contract", "column and readout", "contract", Turn(3)).shared(&["observed"]),
];

/// All of them.
pub(super) const ALL: &[&[Part]] = &[SIMULATION, ADJOINT, FORWARD];
