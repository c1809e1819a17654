//! The description of a population's neurons.

use super::TensorKind;
use super::parameters::is_usable;
use crate::{Error, Result};

const USABLE: &str = "give a finite value within 1e100";

/// The most synaptic currents that a neuron may have.
pub const MAX_RECEPTORS: usize = crate::dynamics::MAX_CURRENTS;

/// One value for all neurons of a population, or one each.
#[derive(Debug, Clone, PartialEq)]
pub enum PerNeuron {
    /// The same for all.
    Same(f64),
    /// One each, `len = population size`.
    Each(Vec<f64>),
}

impl From<f64> for PerNeuron {
    fn from(value: f64) -> Self {
        Self::Same(value)
    }
}

impl From<Vec<f64>> for PerNeuron {
    fn from(values: Vec<f64>) -> Self {
        Self::Each(values)
    }
}

impl PerNeuron {
    /// The value of one neuron.
    pub fn get(&self, neuron: usize) -> f64 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[neuron],
        }
    }

    /// Whether all neurons have one value.
    pub fn is_uniform(&self) -> bool {
        match self {
            Self::Same(_) => true,
            Self::Each(values) => values.windows(2).all(|pair| pair[0] == pair[1]),
        }
    }

    /// The one value, where it is one for all.
    pub(crate) fn shared(&self) -> Option<f64> {
        match self {
            Self::Same(value) => Some(*value),
            Self::Each(_) if self.is_uniform() => Some(self.get(0)),
            Self::Each(_) => None,
        }
    }

    fn check(
        &self,
        field: &str,
        size: usize,
        remedy: &str,
        accept: impl Fn(f64) -> bool,
    ) -> Result<()> {
        let values: &[f64] = match self {
            Self::Same(value) => std::slice::from_ref(value),
            Self::Each(values) if values.len() == size => values,
            Self::Each(values) => {
                return Err(Error::invalid(
                    field,
                    format!("a list of {}", values.len()),
                    format!("give one value, or one for each of the {size} neurons"),
                ));
            }
        };
        match values.iter().position(|&value| !accept(value)) {
            None => Ok(()),
            Some(ix) => {
                let field = match self {
                    Self::Same(_) => field.to_owned(),
                    Self::Each(_) => format!("{field} of neuron {ix}"),
                };
                Err(Error::invalid(field, values[ix], remedy))
            }
        }
    }
}

/// What a spike does to its neuron's potential; synaptic currents are never touched.
#[derive(Debug, Clone, PartialEq)]
pub enum Reset {
    /// `V -= threshold` (Lee et al. 2023).
    Subtract,
    /// V is held at `potential` for the refractory time, then released.
    To {
        /// The held potential; below the threshold.
        potential: PerNeuron,
        /// How long, in ms.
        refractory: PerNeuron,
    },
}

impl Reset {
    /// A reset to `potential` without refractory time.
    pub fn to(potential: impl Into<PerNeuron>) -> Self {
        Self::refractory(potential, 0.0)
    }

    /// A reset to `potential`, where V is held for so many ms.
    pub fn refractory(potential: impl Into<PerNeuron>, time: impl Into<PerNeuron>) -> Self {
        Self::To {
            potential: potential.into(),
            refractory: time.into(),
        }
    }
}

/// A leaky integrate-and-fire neuron with exponential synaptic currents, or a leaky integrator without threshold.
///
/// ```text
/// dV/dt = -(V - rest)/tau_membrane + sum of I_k        dI_k/dt = -I_k/tau_synapse[k]
/// ```
///
/// A spike of weight w that arrives at receptor k adds w to I_k. In mV and ms a current of x pA on a membrane of C pF is x/C
/// here (mV/ms), and a constant current is part of the rest: x tau_membrane/C. Every value may be one for the
/// population or one per neuron. Defaults: one receptor, tau_membrane 20 ms, tau_synapse 5 ms,
/// threshold 1, rest 0, initial potential 0, reset by subtraction.
#[derive(Debug, Clone, PartialEq)]
pub struct Neuron {
    /// Membrane time constant, in ms.
    pub tau_membrane: PerNeuron,
    /// Synaptic time constants in ms: one for each receptor, one to [`MAX_RECEPTORS`].
    pub tau_synapse: Vec<PerNeuron>,
    /// The potential at which the neuron fires; `None` makes it a readout that never fires.
    pub threshold: Option<PerNeuron>,
    /// The potential towards which V decays.
    pub rest: PerNeuron,
    /// V at the start of the run; below the threshold.
    pub initial: PerNeuron,
    /// What a spike does.
    pub reset: Reset,
}

impl Neuron {
    /// A leaky integrate-and-fire neuron.
    pub fn leaky_integrate_and_fire() -> Self {
        Self {
            tau_membrane: PerNeuron::Same(20.0),
            tau_synapse: vec![PerNeuron::Same(5.0)],
            threshold: Some(PerNeuron::Same(1.0)),
            rest: PerNeuron::Same(0.0),
            initial: PerNeuron::Same(0.0),
            reset: Reset::Subtract,
        }
    }

    /// A leaky integrator: no threshold, no spikes; losses look at its voltage.
    pub fn leaky_integrator() -> Self {
        Self {
            threshold: None,
            ..Self::leaky_integrate_and_fire()
        }
    }

    /// Sets the membrane time constant, in ms.
    #[must_use]
    pub fn tau_membrane(mut self, value: impl Into<PerNeuron>) -> Self {
        self.tau_membrane = value.into();
        self
    }

    /// Sets the synaptic time constant of a neuron with one receptor, in ms.
    #[must_use]
    pub fn tau_synapse(self, value: impl Into<PerNeuron>) -> Self {
        self.receptors([value])
    }

    /// Gives the neuron a receptor for each synaptic time constant, in ms.
    #[must_use]
    pub fn receptors<T: Into<PerNeuron>>(mut self, taus: impl IntoIterator<Item = T>) -> Self {
        self.tau_synapse = taus.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the threshold.
    #[must_use]
    pub fn threshold(mut self, value: impl Into<PerNeuron>) -> Self {
        self.threshold = Some(value.into());
        self
    }

    /// Sets the potential towards which V decays.
    #[must_use]
    pub fn rest(mut self, value: impl Into<PerNeuron>) -> Self {
        self.rest = value.into();
        self
    }

    /// Sets V at the start of the run.
    #[must_use]
    pub fn initial(mut self, value: impl Into<PerNeuron>) -> Self {
        self.initial = value.into();
        self
    }

    /// Sets the reset.
    #[must_use]
    pub fn reset(mut self, reset: Reset) -> Self {
        self.reset = reset;
        self
    }

    /// The values of one kind: none, one, or as many as receptors.
    pub(super) fn given(&self, kind: TensorKind) -> &[PerNeuron] {
        match kind {
            TensorKind::Weight | TensorKind::Delay => &[],
            TensorKind::Threshold => self.threshold.as_slice(),
            TensorKind::TauMembrane => std::slice::from_ref(&self.tau_membrane),
            TensorKind::TauSynapse => &self.tau_synapse,
            TensorKind::Rest => std::slice::from_ref(&self.rest),
            TensorKind::Initial => std::slice::from_ref(&self.initial),
        }
    }

    pub(super) fn given_mut(&mut self, kind: TensorKind) -> &mut [PerNeuron] {
        match kind {
            TensorKind::Weight | TensorKind::Delay => &mut [],
            TensorKind::Threshold => self.threshold.as_mut_slice(),
            TensorKind::TauMembrane => std::slice::from_mut(&mut self.tau_membrane),
            TensorKind::TauSynapse => &mut self.tau_synapse,
            TensorKind::Rest => std::slice::from_mut(&mut self.rest),
            TensorKind::Initial => std::slice::from_mut(&mut self.initial),
        }
    }

    /// Whether all neurons of a population have the same dynamics; they may start at different potentials.
    pub(crate) fn is_uniform(&self) -> bool {
        let resets: &[&PerNeuron] = match &self.reset {
            Reset::Subtract => &[],
            Reset::To {
                potential,
                refractory,
            } => &[potential, refractory],
        };
        let values = [&self.tau_membrane, &self.rest].into_iter();
        let values = values.chain(&self.tau_synapse).chain(&self.threshold);
        values
            .chain(resets.iter().copied())
            .all(PerNeuron::is_uniform)
    }

    pub(crate) fn check(&self, name: &str, size: usize) -> Result<()> {
        let field = |member: &str| format!("{member} of population \"{name}\"");
        let positive = "give a finite time in ms above zero";
        let is_tau = |value: f64| value.is_finite() && value > 0.0 && (1.0 / value).is_finite();
        self.tau_membrane
            .check(&field("tau_membrane"), size, positive, is_tau)?;
        if self.tau_synapse.is_empty() || self.tau_synapse.len() > MAX_RECEPTORS {
            return Err(Error::invalid(
                field("tau_synapse"),
                format!("a list of {}", self.tau_synapse.len()),
                format!("give one to {MAX_RECEPTORS} synaptic time constants"),
            ));
        }
        for (receptor, tau) in self.tau_synapse.iter().enumerate() {
            let member = TensorKind::TauSynapse.member(receptor, self.tau_synapse.len());
            tau.check(&field(&member), size, positive, is_tau)?;
        }
        self.rest.check(&field("rest"), size, USABLE, is_usable)?;
        self.initial
            .check(&field("initial"), size, USABLE, is_usable)?;
        let Some(threshold) = &self.threshold else {
            return Ok(());
        };
        threshold.check(&field("threshold"), size, USABLE, is_usable)?;
        let below = |member: &str, value: &PerNeuron| match (0..size)
            .find(|&ix| value.get(ix) >= threshold.get(ix))
        {
            None => Ok(()),
            Some(ix) => {
                let name = match (value, threshold) {
                    (PerNeuron::Same(_), PerNeuron::Same(_)) => member.to_owned(),
                    _ => format!("{member} of neuron {ix}"),
                };
                let remedy = format!("keep it below the threshold, {}", threshold.get(ix));
                Err(Error::invalid(field(&name), value.get(ix), remedy))
            }
        };
        match &self.reset {
            Reset::Subtract => threshold.check(
                &field("threshold"),
                size,
                "a reset by subtraction needs a threshold above zero; or reset to a potential",
                |value| value > 0.0,
            )?,
            Reset::To {
                potential,
                refractory,
            } => {
                potential.check(&field("reset potential"), size, USABLE, is_usable)?;
                refractory.check(
                    &field("refractory"),
                    size,
                    "give a finite time in ms, zero or more",
                    |value| value.is_finite() && value >= 0.0,
                )?;
                below("reset potential", potential)?;
            }
        }
        below("initial", &self.initial)
    }
}
