//! The rules of the model, and mutants of them for controls.

/// A rule that is wrong on purpose. A comparison that cannot tell it from the right one controls nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mutant {
    /// All rules as they should be.
    #[default]
    Right,
    /// At one time arrivals come before spikes.
    ArrivalsFirst,
    /// A spike takes the synaptic current away.
    ResetClearsCurrent,
    /// A hard reset goes to zero whatever its potential.
    ResetToZero,
    /// Arrivals during the refractory time are lost.
    HoldLosesArrivals,
    /// The current does not decay during the refractory time.
    HoldKeepsCurrent,
    /// A neuron's synapses onto itself do nothing.
    NoAutapses,
    /// Of several synapses between two units the last alone works.
    OneSynapseAPair,
    /// Delays are a tenth longer.
    LongDelays,
    /// Rest is at zero.
    RestAtZero,
    /// Of inputs at one time the last alone arrives.
    OneInputAtATime,
    /// Membrane and synaptic time constants that are within 1e-3 of one another count as equal.
    NearTimeConstantsAreEqual,
    /// A threshold at rest is reached once V has decayed to rounding.
    FiresAtRest,
}

/// Which near ties (closer than f64 can tell, yet not exact) are resolved the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flip {
    #[default]
    None,
    All,
    /// The one with this number, counted through the run.
    One(usize),
}

/// How a simulation goes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    pub mutant: Mutant,
    pub flip: Flip,
    /// Goes on however many spikes there are.
    pub is_long: bool,
}
