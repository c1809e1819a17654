//! Where a training is.

use super::epoch::Tally;
use super::on_device::Device;
use super::{BestEpoch, Trainer};
use crate::session::OptimiserState;
use crate::{Error, Result};

/// All that it takes to go on with a training, bit for bit, besides its settings and its seed:
/// every stream of random numbers is a function of the seed and the number of the epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainerState {
    /// Whole epochs so far.
    pub epochs: usize,
    /// The epoch under way, if its batches have begun.
    pub tally: Tally,
    /// The parameters, flat, in the order of the network's layout.
    pub parameters: Vec<f64>,
    /// What the optimiser remembers.
    pub optimiser: OptimiserState,
    /// The best epoch so far, where it is kept.
    pub best: Option<BestEpoch>,
}

impl Trainer {
    /// Where it is.
    ///
    /// # Errors
    /// A device that fails; an optimiser of one's own that cannot say what it remembers.
    pub fn state(&mut self) -> Result<TrainerState> {
        self.bring_home()?;
        let optimiser = match &mut self.device {
            Device::Held { session, .. } => Some(session.optimiser()?),
            _ => self.optimiser.state(),
        };
        Ok(TrainerState {
            epochs: self.epochs,
            tally: self.tally.clone(),
            parameters: self.parameters.values().to_vec(),
            best: self.best.clone(),
            optimiser: optimiser.ok_or_else(|| {
                Error::unavailable(
                    "a checkpoint with this optimiser",
                    "let it implement Optimiser::state and Optimiser::restore",
                )
            })?,
        })
    }

    /// Goes on from where another trainer with the same settings was.
    ///
    /// # Errors
    /// Parameters that the network does not have; a state of another optimiser. The trainer is as it was then.
    pub fn restore(&mut self, state: &TrainerState) -> Result<()> {
        let n_values = self.parameters.values().len();
        let mut parameters = self.parameters.clone();
        let best = state.best.iter().map(|best| &best.parameters);
        // The latest come last and stay.
        for values in best.chain([&state.parameters]) {
            if values.len() != n_values {
                let remedy = format!("the network has {n_values}");
                return Err(Error::invalid("number of parameters", values.len(), remedy));
            }
            parameters.values_mut().copy_from_slice(values);
            parameters.check(&self.network)?;
        }
        self.optimiser.restore(&state.optimiser)?;
        if let Device::Held { session, is_stale } = &mut self.device {
            session.set_optimiser(&state.optimiser)?;
            *is_stale = true;
        }
        self.parameters = parameters;
        self.epochs = state.epochs;
        self.tally = state.tally.clone();
        self.best.clone_from(&state.best);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::CpuEngine;
    use crate::train::{Experiment, Task};
    use std::ops::ControlFlow;

    /// Yin-Yang's small sibling: Iris with everything that a state must carry.
    fn experiment() -> Result<Experiment> {
        Experiment::preset(Task::Iris, "default")?.set("guards.clip_norm=0.3")
    }

    #[test]
    fn a_training_that_was_left_in_an_epoch_goes_on_with_the_same_bits() -> Result<()> {
        let prepared = experiment()?.prepare(5)?;
        let engine = CpuEngine::new();
        let mut whole = prepared.trainer(engine.clone())?;
        let expected: Vec<f64> = (0..3)
            .map(|_| Ok(whole.epoch(&prepared.train, None)?.loss))
            .collect::<Result<_>>()?;

        let mut first = prepared.trainer(engine.clone())?;
        let mut found = vec![first.epoch(&prepared.train, None)?.loss];
        let left = first.epoch_until(&prepared.train, None, |batch| match batch.batch {
            4 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })?;
        assert!(left.is_none());
        let state = first.state()?;
        assert_eq!((state.epochs, state.tally.batches), (1, 4));

        let mut second = prepared.trainer(engine.clone())?;
        second.restore(&state)?;
        assert_eq!(second.state()?, state);
        for _ in 0..2 {
            found.push(second.epoch(&prepared.train, None)?.loss);
        }
        assert_eq!(found, expected);
        assert_eq!(second.parameters(), whole.parameters());

        // Without what the optimiser remembers it is another training.
        let mut forgetful = prepared.trainer(engine.clone())?;
        forgetful.restore(&TrainerState {
            optimiser: OptimiserState::default(),
            ..state
        })?;
        forgetful.epoch(&prepared.train, None)?;
        forgetful.epoch(&prepared.train, None)?;
        assert_ne!(forgetful.parameters(), whole.parameters());
        Ok(())
    }

    #[test]
    fn guards_are_counted_and_off_unless_named() -> Result<()> {
        let engine = CpuEngine::new();
        let counts = |experiment: &Experiment| {
            let prepared = experiment.prepare(5)?;
            let metrics = prepared
                .trainer(engine.clone())?
                .epoch(&prepared.train, None)?;
            Ok((
                metrics.clipped_steps,
                metrics.raised_neurons,
                metrics.grazing_spikes,
            ))
        };
        let guarded = experiment()?
            .set("guards.slope_floor=10")?
            .set("guards.clip_norm=1e-6")?
            .set("layers.0.weight_mean=0")?;
        let (clipped, raised, grazing) = counts(&guarded)?;
        assert!(
            clipped > 0 && raised > 0 && grazing > 0,
            "{clipped} {raised} {grazing}"
        );
        let mut plain = guarded;
        plain.guards = Default::default();
        let (clipped, raised, _) = counts(&plain)?;
        assert_eq!((clipped, raised), (0, 0));
        Ok(())
    }

    #[test]
    fn the_state_of_another_training_is_refused() -> Result<()> {
        let engine = CpuEngine::new();
        let iris = experiment()?.prepare(5)?;
        let xor = Experiment::preset(Task::Xor, "default")?.prepare(5)?;
        let state = xor.trainer(engine.clone())?.state()?;
        let mut trainer = iris.trainer(engine.clone())?;
        let before = trainer.state()?;
        assert!(trainer.restore(&state).is_err());
        assert_eq!(trainer.state()?, before);
        Ok(())
    }
}
