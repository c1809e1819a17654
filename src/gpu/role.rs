//! What buffers are for, and where every shader binds them.

macro_rules! roles {
    ($($(#[$meta:meta])* $role:ident = $name:literal,)*) => {
        /// What a buffer is for; the number is its binding in every shader.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum Role { $($(#[$meta])* $role,)* }

        impl Role {
            /// All of them.
            pub const ALL: [Self; [$($name,)*].len()] = [$(Self::$role,)*];

            /// Its name in every shader.
            pub fn name(self) -> &'static str {
                match self { $(Self::$role => $name,)* }
            }
        }
    };
}

roles! {
    /// The kernel's own parameters, of one dispatch.
    Parameters = "parameters",
    Neurons = "neurons",
    Projections = "projections",
    Values = "values",
    Spikes = "spikes",
    Windows = "windows",
    Arrivals = "arrivals",
    Counters = "counters",
    States = "states",
    Fired = "fired",
    Requested = "requested",
    Observed = "observed",
    Adjoints = "adjoints",
    Gradient = "gradient",
    Columns = "columns",
    Sensitivities = "sensitivities",
    Totals = "totals",
    Labels = "labels",
    Results = "results",
    /// Floors of trained values, and margins by which initial potentials stay below thresholds.
    Limits = "limits",
    Populations = "populations",
    SparseStates = "sparse_states",
    Queues = "queues",
    Drives = "drives",
    Upcoming = "upcoming",
    /// The part of the synapses after that of [`Role::Synapses`], or the last again.
    MoreSynapses = "more_synapses",
    Listed = "listed",
    SparseSources = "sparse_sources",
    Pieces = "pieces",
    Synapses = "synapses",
    /// What all dispatches of a run share; it lies before the parameters in one buffer.
    Sizes = "sizes",
    Events = "events",
    Shares = "shares",
    Derivatives = "derivatives",
    Samples = "samples",
    RecordedNext = "recorded_next",
    Origins = "origins",
    Rows = "rows",
    /// The flow over each interval between the arrivals at neurons that share it.
    Intervals = "intervals",
    /// The norm of a gradient, and the parts of it.
    Norms = "norms",
    /// The spikes that a loss on the host looks at.
    Seen = "seen",
    /// The shortest and longest of tensors of delays and time constants.
    Extremes = "extremes",
    /// Along which directions weights of silent neurons are raised.
    Directions = "directions",
    /// By how much the potentials at spikes move with the times of arrivals.
    Factors = "factors",
    /// Spikes on their way between the host and the slots' stretches.
    Packed = "packed",
}

impl Role {
    /// Whether it is a uniform buffer; the others are storage buffers.
    pub fn is_uniform(self) -> bool {
        matches!(self, Self::Parameters | Self::Sizes)
    }
}
