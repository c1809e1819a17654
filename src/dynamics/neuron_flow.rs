//! What a neuron's flow answers, with one receptor or several.

use super::{CurrentState, CurrentsFlow, Flow, Interval, MAX_CURRENTS, first_crossing};

/// The flow of a neuron between events. Potentials are measured from rest, times in ms.
pub trait NeuronFlow {
    /// The synaptic current; of several receptors the current of each.
    type Current: Copy;

    /// How many receptors a current may have.
    const RECEPTORS: usize;

    /// 1/tau_membrane, in 1/ms.
    fn membrane_rate(&self) -> f64;

    /// A current of which `each` says what it is at a receptor.
    fn current(each: impl FnMut(usize) -> f64) -> Self::Current;

    /// The current at each receptor.
    fn each(current: &Self::Current) -> &[f64];

    /// Adds the weight of an arrival at a receptor.
    fn receive(current: &mut Self::Current, receptor: usize, weight: f64);

    /// Potential and current after `elapsed >= 0` ms.
    fn after(&self, elapsed: f64, potential: f64, current: &Self::Current) -> (f64, Self::Current);

    /// The current after `elapsed >= 0` ms.
    fn decayed(&self, elapsed: f64, current: &Self::Current) -> Self::Current;

    /// Whether a bound says that the potential stays below the threshold for so many ms; cheaper than to look for a crossing.
    #[inline]
    fn stays_below(
        &self,
        _elapsed: f64,
        _potential: f64,
        _current: &Self::Current,
        _threshold: f64,
    ) -> bool {
        false
    }

    /// How long after the interval's start the potential first reaches the threshold from below, and the current then.
    fn crossing(
        &self,
        potential: f64,
        current: &Self::Current,
        threshold: f64,
        interval: Interval,
    ) -> Option<(f64, Self::Current)>;
}

impl NeuronFlow for Flow {
    type Current = f64;

    const RECEPTORS: usize = 1;

    #[inline]
    fn membrane_rate(&self) -> f64 {
        self.membrane_rate
    }

    #[inline]
    fn current(mut each: impl FnMut(usize) -> f64) -> f64 {
        each(0)
    }

    #[inline]
    fn each(current: &f64) -> &[f64] {
        std::slice::from_ref(current)
    }

    #[inline]
    fn receive(current: &mut f64, _: usize, weight: f64) {
        *current += weight;
    }

    #[inline]
    fn after(&self, elapsed: f64, potential: f64, current: &f64) -> (f64, f64) {
        self.propagator(elapsed).apply(potential, *current)
    }

    #[inline]
    fn decayed(&self, elapsed: f64, current: &f64) -> f64 {
        current * (-self.synapse_rate * elapsed).exp()
    }

    #[inline]
    fn crossing(
        &self,
        potential: f64,
        current: &f64,
        threshold: f64,
        interval: Interval,
    ) -> Option<(f64, f64)> {
        let crossing = first_crossing(self, potential, *current, threshold, interval)?;
        Some((crossing.after, current * crossing.synapse))
    }
}

impl NeuronFlow for CurrentsFlow {
    type Current = [f64; MAX_CURRENTS];

    const RECEPTORS: usize = MAX_CURRENTS;

    #[inline]
    fn membrane_rate(&self) -> f64 {
        self.membrane_rate
    }

    #[inline]
    fn current(each: impl FnMut(usize) -> f64) -> [f64; MAX_CURRENTS] {
        std::array::from_fn(each)
    }

    #[inline]
    fn each(current: &[f64; MAX_CURRENTS]) -> &[f64] {
        current
    }

    #[inline]
    fn receive(current: &mut [f64; MAX_CURRENTS], receptor: usize, weight: f64) {
        current[receptor] += weight;
    }

    #[inline]
    fn after(
        &self,
        elapsed: f64,
        potential: f64,
        &currents: &[f64; MAX_CURRENTS],
    ) -> (f64, [f64; MAX_CURRENTS]) {
        let start = CurrentState {
            potential,
            currents,
        };
        let end = self.after(elapsed, &start);
        (end.potential, end.currents)
    }

    #[inline]
    fn decayed(&self, elapsed: f64, currents: &[f64; MAX_CURRENTS]) -> [f64; MAX_CURRENTS] {
        let mut decayed = [0.0; MAX_CURRENTS];
        for ((flow, from), to) in self.flows().iter().zip(currents).zip(&mut decayed) {
            *to = from * (-flow.synapse_rate * elapsed).exp();
        }
        decayed
    }

    #[inline]
    fn stays_below(
        &self,
        elapsed: f64,
        potential: f64,
        &currents: &[f64; MAX_CURRENTS],
        threshold: f64,
    ) -> bool {
        /// Potentials that near the threshold count as there: far above rounding, far below what matters.
        const SLIVER: f64 = 1e-9;
        let start = CurrentState {
            potential,
            currents,
        };
        let sliver = SLIVER * (1.0 + threshold.abs() + potential.abs());
        self.upper_bound(elapsed, &start) < threshold - sliver
    }

    #[inline]
    fn crossing(
        &self,
        potential: f64,
        &currents: &[f64; MAX_CURRENTS],
        threshold: f64,
        interval: Interval,
    ) -> Option<(f64, [f64; MAX_CURRENTS])> {
        let start = CurrentState {
            potential,
            currents,
        };
        let after = self.first_crossing(&start, threshold, interval)?;
        Some((after, self.decayed(after, &currents)))
    }
}

impl<F: NeuronFlow> NeuronFlow for &F {
    type Current = F::Current;

    const RECEPTORS: usize = F::RECEPTORS;

    #[inline]
    fn membrane_rate(&self) -> f64 {
        F::membrane_rate(self)
    }

    #[inline]
    fn current(each: impl FnMut(usize) -> f64) -> F::Current {
        F::current(each)
    }

    #[inline]
    fn each(current: &F::Current) -> &[f64] {
        F::each(current)
    }

    #[inline]
    fn receive(current: &mut F::Current, receptor: usize, weight: f64) {
        F::receive(current, receptor, weight);
    }

    #[inline]
    fn after(&self, elapsed: f64, potential: f64, current: &F::Current) -> (f64, F::Current) {
        F::after(self, elapsed, potential, current)
    }

    #[inline]
    fn decayed(&self, elapsed: f64, current: &F::Current) -> F::Current {
        F::decayed(self, elapsed, current)
    }

    #[inline]
    fn stays_below(
        &self,
        elapsed: f64,
        potential: f64,
        current: &F::Current,
        threshold: f64,
    ) -> bool {
        F::stays_below(self, elapsed, potential, current, threshold)
    }

    #[inline]
    fn crossing(
        &self,
        potential: f64,
        current: &F::Current,
        threshold: f64,
        interval: Interval,
    ) -> Option<(f64, F::Current)> {
        F::crossing(self, potential, current, threshold, interval)
    }
}
