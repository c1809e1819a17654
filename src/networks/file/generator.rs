//! Spikes at given times, from a file or as they stand.

use std::path::Path;

use super::settings::GeneratorSettings;
use crate::data::Npz;
use crate::{Error, Result, count};

/// The most channels: each takes memory even without a spike.
const MOST_CHANNELS: usize = 1 << 24;

impl GeneratorSettings {
    /// For each channel its times in order; a file is looked for from `folder` on.
    pub(super) fn trains(&self, folder: &Path) -> Result<Vec<Vec<f64>>> {
        let mut trains = match (&self.times, &self.file) {
            (Some(_), None) if self.sample != 0 => {
                let field = format!("sample of generator \"{}\"", self.name);
                let remedy = "leave it out: it is one of a file's, and the times are given";
                return Err(Error::invalid(field, self.sample, remedy));
            }
            (Some(times), None) => times.clone(),
            (None, Some(file)) => self.read(&folder.join(file))?,
            (times, _) => {
                let value = match times {
                    Some(_) => "given by both times and a file",
                    None => "without times",
                };
                let field = format!("generator \"{}\"", self.name);
                return Err(Error::invalid(
                    field,
                    value,
                    "give either `times` or `file`",
                ));
            }
        };
        if let Some(channels) = self.channels {
            if channels < trains.len() || channels > MOST_CHANNELS {
                return Err(Error::invalid(
                    format!("channels of generator \"{}\"", self.name),
                    channels,
                    format!("give a number from {} to {MOST_CHANNELS}", trains.len()),
                ));
            }
            trains.resize(channels, Vec::new());
        }
        for (channel, train) in trains.iter().enumerate() {
            if let Some(time) = train.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
                let field = format!("time in channel {channel} of generator \"{}\"", self.name);
                let remedy = "give finite times in ms, zero or more";
                return Err(Error::invalid(field, time, remedy));
            }
        }
        trains
            .iter_mut()
            .for_each(|train| train.sort_by(f64::total_cmp));
        Ok(trains)
    }

    fn read(&self, path: &Path) -> Result<Vec<Vec<f64>>> {
        let mut file = Npz::open(path)?;
        let times = file.vector("times")?;
        let units = file.indices("units", MOST_CHANNELS)?;
        if units.len() != times.len() {
            let (units, times) = (count(units.len(), "unit"), count(times.len(), "time"));
            return Err(file.fault("units", format!("{units} for {times}")));
        }
        let offsets = match file.has("offsets") {
            true => file.indices("offsets", times.len() + 1)?,
            false => vec![0, times.len()],
        };
        let samples = offsets.len().saturating_sub(1);
        if self.sample >= samples {
            return Err(Error::invalid(
                format!("sample of generator \"{}\"", self.name),
                self.sample,
                format!("{} has {samples}, counted from 0", path.display()),
            ));
        }
        let range = offsets[self.sample]..offsets[self.sample + 1];
        if range.start > range.end {
            let detail = format!("they go back from {} to {}", range.start, range.end);
            return Err(file.fault("offsets", detail));
        }
        let channels = units[range.clone()].iter().max().map_or(1, |most| most + 1);
        let mut trains = vec![Vec::new(); channels];
        for ix in range {
            trains[units[ix]].push(times[ix]);
        }
        Ok(trains)
    }
}
