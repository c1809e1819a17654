//! Trainers of a prepared experiment, at its start or where another was.

use super::{
    ImageShift, Initial, Keep, Prepared, TaskData, Trainer, TrainerSettings, TrainerState,
};
use crate::{Engine, Error, Result};

impl Prepared {
    /// The weights that the training begins with, where they come from a file.
    ///
    /// # Errors
    /// A file that cannot be read or does not fit the network.
    pub fn initial(&self) -> Result<Option<Initial>> {
        let seed = self.experiment.seed;
        let init = self.experiment.init.as_ref();
        init.map(|init| init.read(&self.network, seed)).transpose()
    }

    /// A trainer at the start of the experiment.
    ///
    /// # Errors
    /// A setting out of its range, initial weights that do not fit, samples that the network cannot be given.
    pub fn trainer(&self, engine: impl Engine + 'static) -> Result<Trainer> {
        self.trainer_with(engine, self.settings()?)
    }

    /// A trainer that goes on from where another was; initial weights are not looked at.
    ///
    /// # Errors
    /// A setting out of its range, a state of another training.
    pub fn trainer_from(
        &self,
        engine: impl Engine + 'static,
        state: &TrainerState,
    ) -> Result<Trainer> {
        let mut trainer = self.drawn(engine, self.settings()?)?;
        trainer.restore(state)?;
        Ok(trainer)
    }

    fn settings(&self) -> Result<TrainerSettings> {
        self.experiment.guards.check()?;
        let mut settings = self.experiment.trainer_settings();
        settings.groups.clone_from(&self.groups);
        settings.image_shift = self.image_shift()?;
        Ok(settings)
    }

    fn image_shift(&self) -> Result<Option<ImageShift>> {
        let most = self.experiment.image_shift;
        match &self.data {
            _ if most == 0 => Ok(None),
            TaskData::Features(splits) => {
                ImageShift::new(splits.train.n_features(), most).map(Some)
            }
            TaskData::Spikes(_) => {
                let remedy = "leave it out: the samples are spikes, not images";
                Err(Error::invalid("image_shift", most, remedy))
            }
        }
    }

    /// A trainer with settings of one's own, such as the other method.
    ///
    /// # Errors
    /// As [`trainer`](Self::trainer).
    pub fn trainer_with(
        &self,
        engine: impl Engine + 'static,
        settings: TrainerSettings,
    ) -> Result<Trainer> {
        let mut trainer = self.drawn(engine, settings)?;
        if let Some(initial) = self.initial()? {
            trainer.begin_with(&initial)?;
        }
        let sets = [
            Some(&self.train),
            self.validation.as_ref(),
            Some(&self.test),
        ];
        for samples in sets.into_iter().flatten() {
            trainer.check(samples)?;
        }
        Ok(trainer)
    }

    /// A trainer with drawn weights.
    fn drawn(&self, engine: impl Engine + 'static, settings: TrainerSettings) -> Result<Trainer> {
        if settings.keep == Keep::Best && self.validation.is_none() {
            let name = self.experiment.data.task.name();
            let remedy = format!("keep the last: {name} has no validation set to judge epochs by");
            return Err(Error::invalid("keep", "best", remedy));
        }
        let seed = self.experiment.seed;
        Trainer::new(
            self.network.clone(),
            engine,
            self.loss.clone(),
            settings,
            seed,
        )
    }
}
