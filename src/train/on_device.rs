//! Training steps that leave the parameters on the engine's device.

use super::trainer::check_finite;
use super::{BatchMetrics, Samples, Trainer};
use crate::session::{Session, SessionPlan};
use crate::{Method, Result};

/// Where the training is.
pub(super) enum Device {
    /// Nobody has asked the engine yet.
    Unknown,
    /// On the host.
    None,
    /// On the engine's device; the host's parameters are those after the latest epoch or single step.
    Held {
        session: Box<dyn Session>,
        /// Whether the host's parameters have been written since.
        is_stale: bool,
    },
}

impl Trainer {
    /// An update where the parameters stay on the engine's device; none where the engine has no such thing.
    pub(super) fn update_on_device(&mut self, batch: &Samples) -> Result<Option<BatchMetrics>> {
        if matches!(self.device, Device::Unknown) {
            self.device = match self.session()? {
                Some(mut session) => {
                    if let Some(state) = self.optimiser.state() {
                        session.set_optimiser(&state)?;
                    }
                    Device::Held {
                        session,
                        is_stale: false,
                    }
                }
                None => Device::None,
            };
        }
        let rate = self.settings.learning_rate * self.settings.schedule.multiple(self.epochs);
        let Device::Held { session, is_stale } = &mut self.device else {
            return Ok(None);
        };
        if std::mem::take(is_stale) {
            session.set_parameters(self.parameters.values())?;
        }
        let outcome = session.step(batch.inputs(), batch.labels(), rate)?;
        check_finite("loss", outcome.loss)?;
        Ok(Some(BatchMetrics {
            batch: 1,
            n_samples: batch.n_samples(),
            loss: outcome.loss,
            n_correct: outcome.n_correct,
            grazing_spikes: outcome.grazing_spikes,
            is_clipped: false,
            raised_neurons: outcome.raised_neurons,
            is_zero: false,
        }))
    }

    /// A session, if the engine has one for what is trained here.
    fn session(&self) -> Result<Option<Box<dyn Session>>> {
        let gradient = &self.settings.gradient;
        let others = gradient.delays || gradient.thresholds || gradient.asks_of_neurons();
        let only_weights = gradient.weights && !others;
        let Some(loss) = self.loss.on_device() else {
            return Ok(None);
        };
        // A device adds up the gradient and takes the step at once: there is no norm to look at.
        let is_plain = self.settings.clip_norm.is_none() && self.settings.groups.is_none();
        // Devices raise all weights alike, from the first step to the last.
        let remedy = self.settings.silent_remedy;
        if remedy.is_some_and(|remedy| remedy.spread > 0.0 || remedy.epochs.is_some()) {
            return Ok(None);
        }
        if !is_plain || !only_weights || gradient.method != Method::Adjoint {
            return Ok(None);
        }
        self.engine.session(&SessionPlan {
            network: &self.network,
            parameters: &self.parameters,
            simulation: &self.settings.simulation,
            slope_floor: gradient.slope_floor,
            loss,
            optimiser: self.settings.optimiser.on_device(),
            raise_silent: remedy.map_or(0.0, |remedy| remedy.amount),
        })
    }

    /// Fetches the parameters that a device holds, unless the host's have been written since.
    pub(super) fn bring_home(&mut self) -> Result<()> {
        if let Device::Held {
            session,
            is_stale: false,
        } = &mut self.device
        {
            let values = session.parameters()?;
            self.parameters.values_mut().copy_from_slice(&values);
        }
        Ok(())
    }
}
