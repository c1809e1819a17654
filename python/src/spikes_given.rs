//! The forms in which spikes may be given.

use std::sync::Arc;

use numpy::ndarray::ArrayD;
use pyo3::prelude::*;
use spikefront::event::{Spike, SpikeBatch};

use crate::arrays;
use crate::error::{invalid, raise};
use crate::spikes::Spikes;

/// Collects samples, sorting each.
#[derive(Default)]
struct Collected {
    batch: SpikeBatch,
    order: Vec<i64>,
    is_sorted: bool,
}

impl Collected {
    fn new() -> Self {
        Self {
            is_sorted: true,
            ..Self::default()
        }
    }

    /// Adds a sample whose spikes have these places in what was given.
    fn push(&mut self, mut spikes: Vec<(Spike, i64)>) -> PyResult<()> {
        let sample = self.batch.n_samples();
        if let Some((spike, ix)) = spikes
            .iter()
            .find(|(spike, _)| !(spike.time.is_finite() && spike.time >= 0.0))
        {
            let field = format!("times[{ix}], of sample {sample},");
            return Err(invalid(
                field,
                spike.time,
                "give a finite time in ms, zero or later",
            ));
        }
        if !spikes.is_sorted_by(|(x, _), (y, _)| x.time <= y.time) {
            spikes.sort_by(|(x, _), (y, _)| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
            self.is_sorted = false;
        }
        self.order.extend(spikes.iter().map(|(_, place)| place));
        let spikes: Vec<Spike> = spikes.into_iter().map(|(spike, _)| spike).collect();
        self.batch.push_sample(&spikes).map_err(raise)
    }

    fn finish(self) -> Spikes {
        // Places in a table that has gaps are not those of a list without.
        let is_identity =
            self.is_sorted && self.order.iter().zip(0..).all(|(&place, ix)| place == ix);
        Spikes {
            batch: Arc::new(self.batch),
            order: (!is_identity).then(|| self.order.into()),
        }
    }
}

#[pymethods]
impl Spikes {
    #[new]
    #[pyo3(signature = (times, units, offsets=None))]
    pub(crate) fn from_flat(
        times: &Bound<'_, PyAny>,
        units: &Bound<'_, PyAny>,
        offsets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (times, units) = (
            arrays::vector(times, "times")?,
            arrays::counts(units, "units")?,
        );
        check_units(units.len(), times.len())?;
        let offsets = offsets.map_or_else(
            || Ok(vec![0, times.len()]),
            |offsets| arrays::counts(offsets, "offsets"),
        )?;
        let is_whole = offsets.first() == Some(&0) && offsets.last() == Some(&times.len());
        if !is_whole || !offsets.is_sorted() {
            let remedy = format!(
                "give where each sample begins: ascending from 0, with {} behind the last",
                times.len()
            );
            return Err(invalid("offsets", format!("{offsets:?}"), remedy));
        }
        let mut collected = Collected::new();
        for range in offsets.windows(2) {
            let spike = |ix: usize| {
                (
                    Spike {
                        unit: units[ix],
                        time: times[ix],
                    },
                    ix as i64,
                )
            };
            collected.push((range[0]..range[1]).map(spike).collect())?;
        }
        Ok(collected.finish())
    }

    /// Spikes given sample by sample.
    ///
    /// Parameters
    /// ----------
    /// samples : iterable of (array of float, array of int)
    ///     For each sample times in ms and units.
    #[staticmethod]
    fn from_samples(samples: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut collected = Collected::new();
        let mut place = 0;
        for (sample, pair) in samples.try_iter()?.enumerate() {
            let pair: Vec<Bound<'_, PyAny>> = pair?.try_iter()?.collect::<PyResult<_>>()?;
            let [times, units] = &pair[..] else {
                let remedy = "give two: times in ms, and units";
                return Err(invalid(
                    format!("sample {sample}"),
                    format!("of {} parts", pair.len()),
                    remedy,
                ));
            };
            let times = arrays::vector(times, &format!("times of sample {sample}"))?;
            let units = arrays::counts(units, &format!("units of sample {sample}"))?;
            check_units(units.len(), times.len())?;
            let pairs = times.into_iter().zip(units).zip(place..);
            let spikes: Vec<_> = pairs
                .map(|((time, unit), place)| (Spike { unit, time }, place))
                .collect();
            place += spikes.len() as i64;
            collected.push(spikes)?;
        }
        Ok(collected.finish())
    }

    /// Spikes given as a list of times for each channel of each sample.
    ///
    /// Parameters
    /// ----------
    /// samples : list of list of list of float
    ///     ``samples[sample][channel]`` are the times of a channel in ms.
    #[staticmethod]
    fn from_channels(samples: Vec<Vec<Vec<f64>>>) -> PyResult<Self> {
        let mut collected = Collected::new();
        let mut places = 0..;
        for channels in samples {
            let channels = channels.into_iter().enumerate();
            let spikes = channels
                .flat_map(|(unit, times)| times.into_iter().map(move |time| Spike { unit, time }));
            collected.push(spikes.zip(places.by_ref()).collect())?;
        }
        Ok(collected.finish())
    }

    /// At most one spike for each channel: a table of times.
    ///
    /// Parameters
    /// ----------
    /// times : array of float
    ///     In ms, `[sample x channel]`; infinite where a channel is silent.
    #[staticmethod]
    fn from_first_spikes(times: &Bound<'_, PyAny>) -> PyResult<Self> {
        let times = arrays::matrix(times, "times")?;
        let mut collected = Collected::new();
        for (sample, row) in times.rows().into_iter().enumerate() {
            let spikes = row
                .iter()
                .enumerate()
                .filter(|(_, time)| **time != f64::INFINITY);
            let place = |unit: usize| (sample * times.ncols() + unit) as i64;
            collected.push(
                spikes
                    .map(|(unit, &time)| (Spike { unit, time }, place(unit)))
                    .collect(),
            )?;
        }
        Ok(collected.finish())
    }

    /// Spikes in two tables that are filled up, as in NIR's data files and from :meth:`padded`.
    ///
    /// Parameters
    /// ----------
    /// times : array of float
    ///     In ms, `[sample x place]`.
    /// units : array of int
    ///     `[sample x place]`; -1 where there is no spike.
    #[staticmethod]
    fn from_padded(times: &Bound<'_, PyAny>, units: &Bound<'_, PyAny>) -> PyResult<Self> {
        let times = arrays::matrix(times, "times")?;
        let units: ArrayD<i64> = arrays::whole(units, "units")?;
        if units.shape() != times.shape() {
            let remedy = format!("give units of the times' shape, {:?}", times.shape());
            return Err(invalid(
                "units",
                format!("of shape {:?}", units.shape()),
                remedy,
            ));
        }
        let mut collected = Collected::new();
        let mut all = times.iter().zip(&units).zip(0..);
        for _ in 0..times.nrows() {
            let mut spikes = Vec::new();
            for ((&time, &unit), place) in all.by_ref().take(times.ncols()) {
                match usize::try_from(unit) {
                    Ok(unit) => spikes.push((Spike { unit, time }, place)),
                    Err(_) if unit == -1 => {}
                    Err(_) => {
                        return Err(invalid(
                            format!("units[{place}]"),
                            unit,
                            "give a unit, or -1 for no spike",
                        ));
                    }
                }
            }
            collected.push(spikes)?;
        }
        Ok(collected.finish())
    }
}

fn check_units(units: usize, times: usize) -> PyResult<()> {
    if units == times {
        return Ok(());
    }
    Err(invalid(
        "units",
        format!("a list of {units}"),
        format!("give {times}, one for each time"),
    ))
}
