//! The host's side of `shaders/types.wgsl`: every struct with the table of its fields.
//!
//! A test reflects the shaders and compares names, offsets, sizes and constants
//! with these; what each field means is written there. Parameters of one kernel are in its file in `kernels/`.

use bytemuck::Pod;

/// A member of a struct: name, offset and size in bytes.
pub type Field = (&'static str, usize, usize);

/// A struct's name, its size in bytes and its members in order.
pub type Table = (&'static str, usize, &'static [Field]);

/// A struct that shaders have as well.
pub trait Twin: Pod {
    /// Its name in WGSL.
    const NAME: &'static str;
    /// Its members in order.
    const FIELDS: &'static [Field];
    /// All of it.
    const TABLE: Table = (Self::NAME, size_of::<Self>(), Self::FIELDS);
}

macro_rules! twin {
    ($(#[$meta:meta])* $name:ident { $($fields:tt)* }) => {
        $crate::gpu::layout::twin! { $(#[$meta])* $name as (stringify!($name)) { $($fields)* } }
    };
    ($(#[$meta:meta])* $name:ident as ($shown:expr) { $($field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $(#[allow(missing_docs)] pub $field: $kind,)* }

        impl $crate::gpu::layout::Twin for $name {
            const NAME: &'static str = $shown;
            const FIELDS: &'static [$crate::gpu::layout::Field] = &[$((
                stringify!($field),
                std::mem::offset_of!($name, $field),
                size_of::<$kind>(),
            ),)*];
        }
    };
}

pub(super) use twin;

/// No index.
pub const NONE: u32 = u32::MAX;
/// A time that never comes, in ms.
pub const NEVER: f32 = 3.0e38;
/// Invocations in a workgroup.
pub const WORKGROUP: u32 = 64;
/// Arrivals whose adjoints are summed within a workgroup at a time.
pub const BATCH: u32 = 32;
/// Words that are kept of a largest voltage beside itself.
pub const MAXIMUM_WORDS: u32 = 3;
/// Values of a gradient whose squares one workgroup adds up.
pub const NORM_PART: u32 = 4096;
/// Words before the spikes of a population that the host looks at: how many they are.
pub const SEEN_HEAD: u32 = 1;
/// Words of such a spike: window, time, neuron.
pub const SEEN_WORDS: u32 = 3;
/// Words of a packed spike of an input, which goes to the device: time, channel.
pub const INPUT_WORDS: u32 = 2;
/// Of a recorded one, which goes to it: time, neuron, both slopes, the neuron's spikes before and after, remainder, and the derivative by
/// its time.
pub const RECORDED_WORDS: u32 = 8;
/// Of one that was fired, which comes from it: time, neuron, both slopes, remainder.
pub const FIRED_WORDS: u32 = 5;
/// Words of a projection.
pub const PROJECTION_WORDS: u32 = (size_of::<Projection>() / size_of::<u32>()) as u32;
/// How many populations a sequential stage may have.
pub const STAGE_POPULATIONS: u32 = 8;
/// Where the counters hold the most spikes that any slot fired in a window.
pub const FIRED_NEEDED: u32 = 0;
/// Where they hold the most arrivals that any list of a population had to hold.
pub const ARRIVALS_NEEDED: u32 = 1;
/// Where they say that a neuron was not done when its dispatches were.
pub const UNFINISHED: u32 = 2;
/// Where they say that something had to hold more than it can.
pub const OVERFLOW: u32 = 3;
/// Where they count the spikes slower than the slope floor.
pub const GRAZING: u32 = 4;
/// Where they say which sample passed its spike budget: its number plus one.
pub const PAST_BUDGET: u32 = 5;
/// Where they say that the gradient of a training step is not finite.
pub const NOT_FINITE: u32 = 6;
/// Where they hold the most arrivals that any list of one neuron had to hold.
pub const OWN_ARRIVALS_NEEDED: u32 = 7;
/// Where they hold the most spikes that each source had to hold.
pub const SPIKES_NEEDED: u32 = 8;

/// Kinds of columns: a weight.
pub const WEIGHT: u32 = 0;
/// A delay of one synapse.
pub const DELAY: u32 = 1;
/// A delay that all synapses of a projection share.
pub const SHARED_DELAY: u32 = 2;
/// A threshold.
pub const THRESHOLD: u32 = 3;
/// The time of an input spike.
pub const INPUT_TIME: u32 = 4;

/// All of them at once, along a direction.
pub const DIRECTION: u32 = 5;
/// A membrane time constant.
pub const TAU_MEMBRANE: u32 = 6;
/// A synaptic time constant.
pub const TAU_SYNAPSE: u32 = 7;
/// The potential to which a neuron decays.
pub const REST: u32 = 8;
/// The potential at the start of a run.
pub const INITIAL: u32 = 9;

/// Forms in which parameters are stepped: as they are.
pub const AS_IT_IS: u32 = 0;
/// As they are, and then not below a floor.
pub const FLOORED: u32 = 1;
/// As logarithms.
pub const LOGARITHM: u32 = 2;

/// The constants of `types.wgsl`, as f64.
pub const CONSTANTS: &[(&str, f64)] = &[
    ("NONE", NONE as f64),
    ("NEVER", NEVER as f64),
    ("WORKGROUP", WORKGROUP as f64),
    ("BATCH", BATCH as f64),
    ("MAXIMUM_WORDS", MAXIMUM_WORDS as f64),
    ("NORM_PART", NORM_PART as f64),
    ("SEEN_HEAD", SEEN_HEAD as f64),
    ("SEEN_WORDS", SEEN_WORDS as f64),
    ("INPUT_WORDS", INPUT_WORDS as f64),
    ("RECORDED_WORDS", RECORDED_WORDS as f64),
    ("FIRED_WORDS", FIRED_WORDS as f64),
    ("PROJECTION_WORDS", PROJECTION_WORDS as f64),
    ("STAGE_POPULATIONS", STAGE_POPULATIONS as f64),
    ("FIRED_NEEDED", FIRED_NEEDED as f64),
    ("ARRIVALS_NEEDED", ARRIVALS_NEEDED as f64),
    ("UNFINISHED", UNFINISHED as f64),
    ("OVERFLOW", OVERFLOW as f64),
    ("GRAZING", GRAZING as f64),
    ("PAST_BUDGET", PAST_BUDGET as f64),
    ("WEIGHT", WEIGHT as f64),
    ("DELAY", DELAY as f64),
    ("SHARED_DELAY", SHARED_DELAY as f64),
    ("THRESHOLD", THRESHOLD as f64),
    ("INPUT_TIME", INPUT_TIME as f64),
    ("DIRECTION", DIRECTION as f64),
    ("TAU_MEMBRANE", TAU_MEMBRANE as f64),
    ("TAU_SYNAPSE", TAU_SYNAPSE as f64),
    ("REST", REST as f64),
    ("INITIAL", INITIAL as f64),
    ("SPIKES_NEEDED", SPIKES_NEEDED as f64),
    ("NOT_FINITE", NOT_FINITE as f64),
    ("OWN_ARRIVALS_NEEDED", OWN_ARRIVALS_NEEDED as f64),
    ("AS_IT_IS", AS_IT_IS as f64),
    ("FLOORED", FLOORED as f64),
    ("LOGARITHM", LOGARITHM as f64),
];

twin! {
    /// A neuron's constants.
    Neuron {
        synapse_rates: [f32; 4],
        tau_synapse: [u32; 4],
        tau_membrane: u32,
        rest: u32,
        initial_place: u32,
        membrane_rate: f32,
        rest_potential: f32,
        initial: f32,
        reset_potential: f32,
        refractory: f32,
        threshold: u32,
        list: u32,
        stage: u32,
        source: u32,
        source_base: u32,
        capacity: u32,
        first_unit: u32,
        size: u32,
        first_projection: u32,
        n_projections: u32,
        reset_value: f32,
        n_receptors: u32,
    }
}

twin! {
    /// A projection as its target sees it.
    Projection {
        source: u32,
        source_base: u32,
        source_capacity: u32,
        weights: u32,
        delays: u32,
        is_per_synapse: u32,
        target_size: u32,
        whole_windows: u32,
        remainder: f32,
        least_windows: u32,
        longest_windows: u32,
        is_inner: u32,
        receptor: u32,
        rows: u32,
        targets: u32,
    }
}

twin! {
    /// A spike of a source.
    Spike {
        time: f32,
        window: u32,
        unit: u32,
        slope: f32,
        release_slope: f32,
        previous: u32,
        next: u32,
        remainder: f32,
    }
}

twin! {
    /// A spike as it reaches a target.
    Arrival {
        time: f32,
        weights: u32,
        origin: u32,
        over: u32,
        delays: u32,
    }
}

twin! {
    /// A neuron on its way through a window; of `shaders/state.wgsl`.
    State {
        current: f32,
        pending: f32,
        potential: f32,
        release: f32,
        time: f32,
        cursor: u32,
        first: u32,
        last: u32,
        fired: u32,
        due: f32,
    }
}

twin! {
    /// The same with several currents.
    StateOfSeveral as ("State") {
        current: [f32; 4],
        pending: [f32; 4],
        potential: f32,
        release: f32,
        time: f32,
        cursor: u32,
        first: u32,
        last: u32,
        fired: u32,
        due: f32,
    }
}

twin! {
    /// A parameter, or an input spike's time, to differentiate with respect to.
    Column {
        kind: u32,
        index: u32,
        value: u32,
        unit: u32,
        stage: u32,
    }
}

twin! {
    /// A population of a sequential stage.
    StagePopulation {
        first_unit: u32,
        size: u32,
        source: u32,
        source_base: u32,
    }
}

twin! {
    /// What all dispatches of a run share.
    Sizes {
        n_slots: u32,
        sample_stride: u32,
        n_windows: u32,
        window_length: f32,
        n_sources: u32,
        n_inputs: u32,
        n_units: u32,
        n_readouts: u32,
        n_values: u32,
        n_projections: u32,
        n_lists: u32,
        n_shared_lists: u32,
        arrivals_capacity: u32,
        own_capacity: u32,
        fired_capacity: u32,
        spikes_capacity: u32,
        n_input_places: u32,
        n_times: u32,
        n_shown: u32,
        n_shares: u32,
        has_own: u32,
    }
}

/// Every struct of `types.wgsl`.
pub const TWINS: &[Table] = &[
    Neuron::TABLE,
    Projection::TABLE,
    Spike::TABLE,
    Arrival::TABLE,
    Column::TABLE,
    StagePopulation::TABLE,
    Sizes::TABLE,
];
