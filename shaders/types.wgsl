// The structs and constants that kernels share. `src/gpu/layout.rs` has the same
// for the host, as a kernel's file in `src/gpu/kernels` has its parameters; a test compares names, offsets, sizes and
// values.

// No index.
const NONE: u32 = 0xffffffffu;
// A time that never comes, in ms: finite, as infinities must not be values.
const NEVER: f32 = 3.0e38;
// Invocations in a workgroup.
const WORKGROUP: u32 = 64u;
// Neurons whose shares of a spike-time adjoint are added within a workgroup, and arrivals at a time.
const BATCH: u32 = 32u;
// What is kept of a largest voltage beside itself: its window, its time since the start of that, dV/dt before it.
const MAXIMUM_WORDS: u32 = 3u;
// Values of a gradient whose squares one workgroup adds up.
const NORM_PART: u32 = 4096u;
// Words before the spikes of a population that the host looks at: how many they are.
const SEEN_HEAD: u32 = 1u;
// Words of such a spike: window, time, neuron.
const SEEN_WORDS: u32 = 3u;
// Words of a packed spike of an input, which goes to the device: time, channel.
const INPUT_WORDS: u32 = 2u;
// Of a recorded one, which goes to it: time, neuron, both slopes, the neuron's spikes before and after, remainder, and the derivative by
// its time.
const RECORDED_WORDS: u32 = 8u;
// Of one that was fired, which comes from it: time, neuron, both slopes, remainder.
const FIRED_WORDS: u32 = 5u;
// Words of a projection in `projections`, behind which the synapses of those that are lists lie.
const PROJECTION_WORDS: u32 = 15u;
// How many populations a sequential stage may have.
const STAGE_POPULATIONS: u32 = 8u;

// Where `counters` holds what; the lengths of lists follow.
// The most spikes that any slot fired in a window.
const FIRED_NEEDED: u32 = 0u;
// The most arrivals that any list of a population had to hold.
const ARRIVALS_NEEDED: u32 = 1u;
// Above zero if a neuron was not done when its dispatches were; of a simulation how many windows were left, that one
// included.
const UNFINISHED: u32 = 2u;
// Above zero if anything had to hold more than it can: what was computed since is void.
const OVERFLOW: u32 = 3u;
// How many spikes were slower than the slope floor.
const GRAZING: u32 = 4u;
// Above zero if a slot passed its spike budget: its number plus one.
const PAST_BUDGET: u32 = 5u;
// Above zero if the gradient of a training step is not finite.
const NOT_FINITE: u32 = 6u;
// The most arrivals that any list of one neuron had to hold.
const OWN_ARRIVALS_NEEDED: u32 = 7u;
// The most spikes that any source had to hold, one for each source.
const SPIKES_NEEDED: u32 = 8u;

// A neuron's constants; potentials are measured from its rest, times in ms.
struct Neuron {
    // Of each receptor; 1 of those that it has not.
    synapse_rates: vec4<f32>,
    // Where its own values lie among the values: time constants, the potential to which it decays, that at the start. Of
    // receptors that it has not where that of the first is.
    tau_synapse: vec4<u32>,
    tau_membrane: u32,
    rest: u32,
    initial_place: u32,
    membrane_rate: f32,
    rest_potential: f32,
    initial: f32,
    reset_potential: f32,
    // Negative where the reset subtracts the threshold.
    refractory: f32,
    // Where the threshold lies among the values; NONE for a readout.
    threshold: u32,
    // Which of a slot's lists holds its arrivals.
    list: u32,
    stage: u32,
    // Which source its population is, and where that source's spikes lie in a slot's stretch.
    source: u32,
    source_base: u32,
    capacity: u32,
    // Its population.
    first_unit: u32,
    size: u32,
    first_projection: u32,
    n_projections: u32,
    // The potential after a reset, not from rest; and how many receptors it has: what it takes to make its rates and potentials
    // anew from its values.
    reset_value: f32,
    n_receptors: u32,
}

// A projection as its target sees it. A delay is a number of whole windows and a remainder.
struct Projection {
    source: u32,
    source_base: u32,
    source_capacity: u32,
    // Where its weights and delays begin among the values.
    weights: u32,
    delays: u32,
    is_per_synapse: u32,
    target_size: u32,
    // Of a shared delay.
    whole_windows: u32,
    remainder: f32,
    // An arrival is at least this many windows after its spike: 1 where the spike's stage comes later in the order.
    least_windows: u32,
    // Of delays per synapse: how many windows back the longest reaches.
    longest_windows: u32,
    // Whether source and target are in one sequential stage.
    is_inner: u32,
    // Which of the target's receptors it reaches.
    receptor: u32,
    // Of a list of synapses: where `projections`, as words, holds for each unit of the source the number of its first synapse, and
    // where it holds each synapse's target. NONE where every unit has a synapse to every target.
    rows: u32,
    targets: u32,
}

// A spike of a source, in order of (window, time, unit) in the source's part of a slot's stretch.
struct Spike {
    // Since the start of its window, in (0, window length].
    time: f32,
    window: u32,
    // Counted within the source.
    unit: u32,
    // dV/dt before the spike and after the release, in 1/ms.
    slope: f32,
    release_slope: f32,
    // The same neuron's spikes before and after, as places in the slot's stretch.
    previous: u32,
    next: u32,
    // What rounding took from the time: of a spike soon after its cause nearly all that is known of when.
    remainder: f32,
}

// A spike as it reaches a target.
struct Arrival {
    // Since the start of the window.
    time: f32,
    // Where its weight lies among the values, less the number of its target in the population: modulo 2^32, as it may be less.
    weights: u32,
    // The spike's place in its slot's stretch.
    origin: u32,
    // The projection, its receptor and whether each synapse has its own delay; see arrival.wgsl.
    over: u32,
    // As `weights`, of a delay of its own.
    delays: u32,
}

// A parameter, or an input spike's time, to differentiate with respect to.
struct Column {
    kind: u32,
    // The parameter's place among the values; the projection, of a delay that its synapses share; the
    // spike's place in the stretch.
    index: u32,
    // Where the parameter lies among the values.
    value: u32,
    // Of what belongs to one neuron: that and its stage.
    unit: u32,
    stage: u32,
}

// Kinds of columns.
const WEIGHT: u32 = 0u;
const DELAY: u32 = 1u;
const SHARED_DELAY: u32 = 2u;
const THRESHOLD: u32 = 3u;
const INPUT_TIME: u32 = 4u;
// All of them at once, along a direction.
const DIRECTION: u32 = 5u;
// A neuron's time constants, the potential to which it decays, and that at the start of a run.
const TAU_MEMBRANE: u32 = 6u;
const TAU_SYNAPSE: u32 = 7u;
const REST: u32 = 8u;
const INITIAL: u32 = 9u;

// Forms in which parameters are stepped: as they are, as they are and then not below a floor, as logarithms.
const AS_IT_IS: u32 = 0u;
const FLOORED: u32 = 1u;
const LOGARITHM: u32 = 2u;

// A population of a sequential stage: its first neuron among those of the network, how many they are, its number as a
// source, and where its spikes lie in a slot's stretch.
struct StagePopulation {
    first_unit: u32,
    size: u32,
    source: u32,
    source_base: u32,
}

// What all dispatches of a run share: how large the network, the batch and the room for them are.
struct Sizes {
    n_slots: u32,
    // 1 where each slot is a sample; 0 where all slots are one sample.
    sample_stride: u32,
    n_windows: u32,
    // In ms.
    window_length: f32,
    // Inputs, which come first, and populations.
    n_sources: u32,
    n_inputs: u32,
    // Neurons of the network.
    n_units: u32,
    n_readouts: u32,
    // Parameters of the network.
    n_values: u32,
    n_projections: u32,
    // Lists of arrivals of a slot: those that the neurons of a population share, which come first, and those of one neuron.
    n_lists: u32,
    n_shared_lists: u32,
    // How many arrivals each can hold: one that is shared, and one of a neuron.
    arrivals_capacity: u32,
    own_capacity: u32,
    // How many spikes of a population in one window a slot can hold.
    fired_capacity: u32,
    // A slot's stretch: how many spikes of all sources it can hold, and how many of inputs, which come first.
    spikes_capacity: u32,
    n_input_places: u32,
    // Requested voltages of each readout neuron.
    n_times: u32,
    // Numbers that each readout neuron shows: the integral, the requested voltages, and where it is asked for the
    // largest voltage.
    n_shown: u32,
    // Shares of adjoints of arrivals' times that a slot keeps apart, at most.
    n_shares: u32,
    // Whether derivatives by the neurons' own values are carried along.
    has_own: u32,
}
