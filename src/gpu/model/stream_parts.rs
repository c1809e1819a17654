//! Of kernels of long runs: which piece of the text is gone through for each of what.

use super::part::{Part, Variables};
use super::shader::Of::{Outside, Turn, Whole};

/// What happens where a neuron fires, or may: counted apart from the interval in which it does.
const RARE: &[&str] = &[
    "sparse_crossing",
    "on_spike",
    "on_release",
    "reset",
    "drawn_after",
    "sort_queue",
];
/// The same, in an interval that is a whole window.
const IDLE: &[&str] = &[
    "sparse_flow",
    "sparse_crossing",
    "on_spike",
    "on_release",
    "reset",
    "drawn_after",
    "sort_queue",
];

/// Two parts of the synapses.
const SYNAPSES: &[&str] = &["more_synapses", "synapses"];

/// Of simulations.
pub(super) const SIMULATION: &[Part] = &[
    // By all invocations of a workgroup together.
    Part::new(
        "sparse_deliver",
        "spike and piece",
        "sparse_deliver",
        Turn(0),
    )
    .without(&["deliver"])
    .shared(&["listed", "pieces", "sparse_sources"]),
    Part::new("sparse_deliver", "piece", "deliver", Outside).shared(SYNAPSES),
    Part::new("sparse_deliver", "search", "first_reached", Turn(0)).shared(SYNAPSES),
    // What it reads of the synapse itself depends on how that is kept.
    Part::new("sparse_deliver", "arrival", "deliver", Turn(0))
        .counting(Variables::But(SYNAPSES))
        .scattered(&["counters", "queues"]),
    Part::new("sparse_advance", "neuron", "sparse_advance", Outside)
        .without(&["walk", "is_due", "begin_pass", "end_pass"])
        .counting(Variables::But(&["counters"]))
        .shared(&["populations"]),
    Part::new("sparse_advance", "idle interval", "walk", Turn(0))
        .without(IDLE)
        .counting(Variables::But(&["queues"])),
    Part::new("sparse_advance", "interval", "walk", Turn(0)).without(RARE),
    Part::new("sparse_advance", "interval and drive", "walk", Turn(1)).shared(&["drives"]),
    Part::new("sparse_advance", "draw", "drawn_after", Whole).without(&["rescaled"]),
    Part::new("sparse_advance", "look", "sparse_crossing", Whole),
    Part::new("sparse_advance", "spike", "on_spike", Whole)
        .without(&["find"])
        .scattered(&["events", "listed"]),
    Part::new("sparse_advance", "queued", "sort_queue", Turn(1)),
    Part::new("sparse_advance", "comparison", "sort_queue", Turn(2)),
];

/// Of the way back.
pub(super) const ADJOINT: &[Part] = &[
    // By all invocations of a workgroup together.
    Part::new("sparse_collect", "spike", "sparse_collect", Turn(0))
        .counting(Variables::But(&["shares"]))
        .shared(&["events", "sparse_sources", "windows"]),
    Part::new("sparse_collect", "share", "sparse_collect", Turn(0))
        .counting(Variables::Only(&["shares"])),
    Part::new(
        "sparse_collect",
        "spike and piece",
        "sparse_collect",
        Turn(1),
    )
    .shared(&["pieces", "synapses"]),
    Part::new("sparse_collect", "arrival", "collect", Whole)
        .counting(Variables::But(&["events", "synapses"]))
        .scattered(&["adjoints"]),
    Part::new("sparse_collect", "event met", "collect", Whole)
        .counting(Variables::Only(&["events"]))
        .scattered(&["events"]),
    Part::new("sparse_adjoint", "neuron", "sparse_adjoint", Outside)
        .shared(&["populations", "windows"])
        .counting(Variables::But(&["events"])),
    Part::new(
        "sparse_adjoint",
        "neuron and receptor",
        "sparse_adjoint",
        Turn(0),
    ),
    Part::new("sparse_adjoint", "receptor back", "sparse_adjoint", Turn(2)),
    Part::new("sparse_adjoint", "search", "end_of", Turn(0)).shared(&["events"]),
    Part::new("sparse_adjoint", "event", "sparse_adjoint", Turn(1)),
    Part::new("sparse_adjoint", "four shares", "collected", Turn(0)),
    Part::new("sparse_draw", "neuron", "sparse_draw", Turn(0)).shared(&["drives"]),
    Part::new("sparse_draw", "arrival", "sparse_draw", Turn(1)).without(&["rescaled"]),
];

/// All of them.
pub(super) const ALL: &[&[Part]] = &[SIMULATION, ADJOINT];
