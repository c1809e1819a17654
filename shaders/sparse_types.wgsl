// What kernels of large networks share, beside types.wgsl. `src/gpu/stream/layout.rs` has the same for the
// host; a test compares names, offsets, sizes and values. Times are a window and an offset since its
// start in ms; potentials are measured from rest. Needs types.wgsl.

// Where `counters` holds what, beside what types.wgsl says.
// How many spikes neurons have fired in a block so far.
const LISTED: u32 = 5u;
// Above zero if a neuron fired without end: its number plus one.
const RUNAWAY: u32 = 6u;
// How many spikes and releases a block has noted.
const NOTED: u32 = 7u;
// Windows in a block.
const SPARSE_BLOCK: u32 = 256u;
// Where spikes may arrive in their own window (sparse_pass.wgsl), for each window of a block:
// the latest pass that found other spikes than the one before;
const CHANGED_IN: u32 = 8u;
// the latest pass in which a spike of the window arrived;
const CAUSED_IN: u32 = 264u;
// the length of the longest chain of spikes in which each may cause the next and the last arrives in the window.
const DEPTH_IN: u32 = 520u;
// How many spikes the latest two passes have found, by whether their number is even.
const TRIED: u32 = 776u;
// Above zero if the last pass found other spikes of a neuron than the one before: its number plus one.
const UNSETTLED: u32 = 778u;
// How many arrivals each neuron has in this window.
const QUEUED: u32 = 779u;

// More spikes of a neuron in one window are taken for a runaway.
const MOST_SPIKES: u32 = 1000u;
// The most windows whose Poisson arrivals are drawn again at once.
const MOST_DRAWN: u32 = 32u;
// What is kept of a neuron's adjoint at the end of a window, beside dL/dI for each receptor: dL/dV, and how many of the window's
// events there are up to its last, none if it has none.
const ADJOINT_WORDS: u32 = 2u;

// Kinds of columns: nothing that happens within a run, the weight of a synapse, its delay, a threshold, the weight of a drive.
const NO_EVENT: u32 = 0u;
const SYNAPSE_WEIGHT: u32 = 1u;
const SYNAPSE_DELAY: u32 = 2u;
const SOME_THRESHOLD: u32 = 3u;
const DRIVE_WEIGHT: u32 = 4u;

// Neurons of one kind: those of a population, or where these differ those next to one another that do not. Rates are in 1/ms; unused
// currents are zero and stay so.
struct SparsePopulation {
    synapse_rates: vec4<f32>,
    // Over a whole window: exp(-a h) - 1, and what a current of 1 at its start adds to V.
    window_synapse: vec4<f32>,
    window_gain: vec4<f32>,
    membrane_rate: f32,
    // exp(-b h) - 1.
    window_membrane: f32,
    threshold: f32,
    // What a spike leaves V at, whether it is held there, for how many whole windows, and for how much more.
    reset_potential: f32,
    is_held: u32,
    held_windows: u32,
    held_rest: f32,
    n_receptors: u32,
    first_neuron: u32,
    first_drive: u32,
    n_drives: u32,
    // Potentials that near the threshold count as there.
    sliver: f32,
}

// What a neuron's flow changes. Currents and V are sums of two numbers: what rounding took from the first is in the
// second.
struct SparseCell {
    currents: vec4<f32>,
    lost_currents: vec4<f32>,
    potential: f32,
    lost: f32,
    // Of a neuron at the start of a window: what the latest pass has found, see sparse_pass.wgsl.
    found0: u32,
    found1: u32,
}

// A neuron at the start of a window.
struct SparseState {
    cell: SparseCell,
    // When its hold ends; NONE where it is not held.
    release_window: u32,
    release: f32,
    // Arrivals so far, those of drives included.
    n_arrivals: u32,
    // How many spikes the latest pass has found.
    n_found: u32,
}

// Poisson arrivals at every neuron of a population; or a change of the rate of such arrivals.
struct SparseDrive {
    // Of intervals, in ms; zero where none come.
    mean: f32,
    weight: f32,
    receptor: u32,
    // Where its neurons' next arrivals begin, less its first neuron: modulo 2^32 a neuron's lies at this and its number.
    first: u32,
    // Philox: the key, and the last word of the counter.
    key0: u32,
    key1: u32,
    stream: u32,
    // Where the changes of its rate lie among the drives, in order of time, and how many there are.
    first_change: u32,
    n_changes: u32,
    // Of a change: from when on its mean is that of intervals.
    window: u32,
    offset: f32,
}

// The next arrival of a drive at a neuron, and how many came before.
struct SparseNext {
    window: u32,
    offset: f32,
    number: u32,
}

// An arrival over a synapse in this window.
struct SparseArrival {
    offset: f32,
    weight: f32,
    // And of a spike of this window the pass in which it was sent, and how many spikes of the window are in the chain that led here.
    receptor: u32,
}

// Where an arrival's word of its receptor holds the rest. Receptors are below 4, passes below 2^12.
const PASS_SHIFT: u32 = 2u;
const CHAIN_SHIFT: u32 = 14u;

// An arrival over a synapse in this window, and where it comes from: which of the events, and over which of all synapses.
struct SparseOrigin {
    offset: f32,
    weight: f32,
    receptor: u32,
    event: u32,
    synapse: u32,
}

// What spike times are differentiated with respect to: `first` says of what, and where it is a threshold `end` one past the last
// neuron that has it.
struct SparseColumn {
    kind: u32,
    first: u32,
    end: u32,
}

// The state of a recorded neuron, some ms after a window's start.
struct SparseSample {
    cell: SparseCell,
    offset: f32,
    reserved0: u32,
    reserved1: u32,
    reserved2: u32,
}

// A spike of a unit: neurons first, then the channels of generators.
struct SparseFired {
    window: u32,
    offset: f32,
    unit: u32,
}

// A population or generators, and what a part of the synapses holds of theirs.
struct SparseSource {
    first_unit: u32,
    first_piece: u32,
    n_pieces: u32,
    reserved: u32,
}

// Rows of some units of a source, all onto one receptor. What is said of places means words of `synapses`.
struct SparsePiece {
    first_unit: u32,
    n_units: u32,
    // Where rows begin, counted within the piece, and the end of the last.
    starts: u32,
    targets: u32,
    // Where weights and delays lie; NONE where all are the same.
    weights: u32,
    delays: u32,
    weight: f32,
    // See sparse_delay.wgsl.
    delay: u32,
    receptor: u32,
    // Of the receptor and its neurons; zero where these differ.
    synapse_rate: f32,
    membrane_rate: f32,
    // Where the derivatives by its synapses' weights and delays begin.
    derivatives: u32,
}

// A spike of a unit, or a neuron's release. A list of them is in order of window, unit, then time.
struct SparseEvent {
    // The adjoint before it: dL/dI for each current, and dL/dV.
    currents: vec4<f32>,
    potential: f32,
    // When.
    window: u32,
    offset: f32,
    unit: u32,
    is_release: u32,
    // dV/dt before a neuron's spike, bounded from below, or after a release.
    slope: f32,
    // dL/d(spike time): at first what the loss says, in the end all of it.
    ell: f32,
    // What a spike adds to dL/d(threshold).
    threshold: f32,
}
