//! Training steps that leave the parameters on the engine's device.

use std::sync::Arc;

use super::trainer::check_finite;
use super::{BatchMetrics, Samples, Trainer};
use crate::event::Recording;
use crate::loss::Loss;
use crate::network::{Network, PopulationId};
use crate::session::{HostLoss, Judged, Session, SessionLoss, SessionPlan, Step};
use crate::{Method, Result};

/// A loss that no device knows, as a session asks it.
struct Judge {
    network: Arc<Network>,
    loss: Arc<dyn Loss>,
}

impl HostLoss for Judge {
    fn populations(&self) -> Vec<PopulationId> {
        self.loss.looks_at(&self.network)
    }

    fn judge(&self, recording: &Recording, labels: &[usize]) -> Result<Judged> {
        let value = self.loss.evaluate(&self.network, recording, labels)?;
        check_finite("loss", value.mean)?;
        Ok(Judged {
            loss: value.mean,
            n_correct: value.n_correct(labels),
            derivatives: value.cotangent.entries().collect(),
        })
    }
}

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
        let remedy = self.settings.silent_remedy;
        let remedy = remedy.filter(|remedy| remedy.is_due(self.epochs));
        let step = Step {
            rate: self.settings.learning_rate * self.settings.schedule.multiple(self.epochs),
            raise_silent: remedy.map_or(0.0, |remedy| remedy.amount),
        };
        let Device::Held { session, is_stale } = &mut self.device else {
            return Ok(None);
        };
        if std::mem::take(is_stale) {
            session.set_parameters(self.parameters.values())?;
        }
        let outcome = session.step(batch.inputs(), batch.labels(), step)?;
        check_finite("loss", outcome.loss)?;
        Ok(Some(BatchMetrics {
            batch: 1,
            n_samples: batch.n_samples(),
            loss: outcome.loss,
            n_correct: outcome.n_correct,
            grazing_spikes: outcome.grazing_spikes,
            is_clipped: outcome.is_clipped,
            raised_neurons: outcome.raised_neurons,
            is_zero: outcome.is_zero,
        }))
    }

    /// A session, if the engine has one for what is trained here.
    fn session(&self) -> Result<Option<Box<dyn Session>>> {
        let gradient = &self.settings.gradient;
        if gradient.method != Method::Adjoint {
            return Ok(None);
        }
        let loss = match self.loss.on_device() {
            Some(loss) => SessionLoss::Device(loss),
            None => SessionLoss::Host(Arc::new(Judge {
                network: self.network.clone(),
                loss: self.loss.clone(),
            })),
        };
        let remedy = self.settings.silent_remedy;
        self.engine.session(&SessionPlan {
            network: &self.network,
            parameters: &self.parameters,
            simulation: &self.settings.simulation,
            slope_floor: gradient.slope_floor,
            loss: &loss,
            optimiser: self.settings.optimiser.on_device(),
            trained: &self.groups.trained(),
            clip_norm: self.settings.clip_norm,
            raise_directions: match remedy.is_some_and(|remedy| remedy.spread > 0.0) {
                true => &self.directions,
                false => &[],
            },
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
