//! Losses, by name.

use std::sync::Arc;

use numpy::PyReadonlyArrayDyn;
use numpy::ndarray::Ix3;
use pyo3::prelude::*;
use spikefront::loss::{
    FinalVoltageCrossEntropy, FirstSpikeCrossEntropy, FirstSpikeMeanSquare, IntegralCrossEntropy,
    LateFirstSpikes, Loss as Judges, LossSum, MaximumCrossEntropy, SilentOutput, SpikeTargets,
    SpikeTimeMeanSquare, SurplusSpikes, VanRossumDistance, VoltageMeanSquare,
};
use spikefront::network::{Network, PopulationId};

use crate::arrays;
use crate::cotangent::Cotangent;
use crate::error::{invalid, raise};
use crate::recording::Recording;
use crate::work::run_here;

type Made = dyn Fn(&Network) -> spikefront::Result<Arc<dyn Judges>> + Send + Sync;

/// A loss: from what a network did to one number, and how it changes with every spike.
///
/// Called with a recording and the labels of its samples it gives a :class:`LossValue`. Give it to
/// :meth:`Network.simulate` as `record_for`, so that what it looks at is recorded. `factor * loss` and `loss + other` are losses.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Clone)]
pub struct Loss {
    name: String,
    made: Arc<Made>,
}

/// What a loss says about a batch.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct LossValue {
    /// The mean over the samples of the batch.
    mean: f64,
    /// The derivatives of the mean with respect to what the recording holds: what :meth:`Recording.gradient` takes.
    cotangent: Py<Cotangent>,
    /// The class that the network chose for each sample; None where it made no choice.
    predictions: Vec<Option<usize>>,
}

impl Loss {
    /// A loss on a population, which is looked for when the loss meets its network.
    fn new<L: Judges + 'static>(
        name: &str,
        population: &str,
        make: impl Fn(PopulationId) -> spikefront::Result<L> + Send + Sync + 'static,
    ) -> Self {
        let population = population.to_owned();
        let name = format!("{name}({population:?})");
        let made = move |network: &Network| {
            let id = network.population_named(&population)?;
            make(id).map(|loss| Arc::new(loss) as Arc<dyn Judges>)
        };
        Self {
            name,
            made: Arc::new(made),
        }
    }

    /// The loss on the populations of a network.
    pub fn on(&self, network: &Network) -> spikefront::Result<Arc<dyn Judges>> {
        (self.made)(network)
    }

    fn sum(name: String, terms: Vec<(f64, Self)>) -> Self {
        let made = move |network: &Network| {
            let mut sum = LossSum::new();
            for (factor, loss) in &terms {
                sum = sum.add(*factor, loss.on(network)?)?;
            }
            Ok(Arc::new(sum) as Arc<dyn Judges>)
        };
        Self {
            name,
            made: Arc::new(made),
        }
    }
}

#[pymethods]
impl Loss {
    /// Judges a recording; `labels` has a class for each sample, counted from 0.
    fn __call__(
        &self,
        py: Python<'_>,
        recording: &Recording,
        labels: &Bound<'_, PyAny>,
    ) -> PyResult<LossValue> {
        let labels = arrays::counts(labels, "labels")?;
        let network = recording.run.network.described.clone();
        let loss = self.on(&network).map_err(raise)?;
        // One pass over what was recorded: nothing beside the run that it was recorded in.
        let value = run_here(py, || loss.evaluate(&network, &recording.recorded, &labels))?;
        let cotangent = Cotangent::of(py, &network, &recording.recorded, value.cotangent)?;
        Ok(LossValue {
            mean: value.mean,
            cotangent: Py::new(py, cotangent)?,
            predictions: value.predictions,
        })
    }

    fn __add__(&self, other: &Self) -> Self {
        Self::sum(
            format!("{} + {}", self.name, other.name),
            vec![(1.0, self.clone()), (1.0, other.clone())],
        )
    }

    fn __mul__(&self, factor: f64) -> Self {
        self.__rmul__(factor)
    }

    /// Lets Python's ``sum`` begin with zero.
    fn __radd__(&self, zero: f64) -> PyResult<Self> {
        match zero == 0.0 {
            true => Ok(self.clone()),
            false => Err(invalid(
                "number that a loss is added to",
                zero,
                "add losses",
            )),
        }
    }

    fn __rmul__(&self, factor: f64) -> Self {
        Self::sum(
            format!("{factor} * ({})", self.name),
            vec![(factor, self.clone())],
        )
    }

    fn __repr__(&self) -> String {
        self.name.clone()
    }
}

/// What silent outputs count as.
fn silent(name: &str) -> PyResult<SilentOutput> {
    match name {
        "at_end" => Ok(SilentOutput::AtEnd),
        "left_out" => Ok(SilentOutput::LeftOut),
        other => Err(raise(spikefront::Error::unknown(
            "silent",
            other,
            &["at_end", "left_out"],
        ))),
    }
}

/// Cross-entropy of first spikes: the label's neuron should fire before the others (Göltz et al. 2021).
///
/// Parameters
/// ----------
/// population : str
///     The output, a neuron for each class.
/// scale : float
///     tau_0 in ms: how much earlier is clearly earlier.
/// early : (float, float), optional
///     Strength and scale (ms) of a term that rewards early spikes.
/// silent : {"at_end", "left_out"}
///     Whether an output that never fires counts as firing at the end of the run, or is left out.
#[pyfunction]
#[pyo3(signature = (population, scale, *, early=None, silent="at_end"))]
fn first_spike_cross_entropy(
    population: &str,
    scale: f64,
    early: Option<(f64, f64)>,
    silent: &str,
) -> PyResult<Loss> {
    let silent = self::silent(silent)?;
    Ok(Loss::new(
        "first_spike_cross_entropy",
        population,
        move |id| {
            let loss = FirstSpikeCrossEntropy::new(id, scale)?.silent(silent);
            match early {
                Some((strength, scale)) => loss.reward_early(strength, scale),
                None => Ok(loss),
            }
        },
    ))
}

/// Mean square distance of first spikes from two times, in ms: of the label's neuron from `right`, of the others from `others`.
#[pyfunction]
#[pyo3(signature = (population, right, others, *, silent="at_end"))]
fn first_spike_mean_square(
    population: &str,
    right: f64,
    others: f64,
    silent: &str,
) -> PyResult<Loss> {
    let silent = self::silent(silent)?;
    let make = move |id| Ok(FirstSpikeMeanSquare::new(id, right, others)?.silent(silent));
    Ok(Loss::new("first_spike_mean_square", population, make))
}

/// Penalty on first spikes that come after `deadline` ms.
#[pyfunction]
fn late_first_spikes(population: &str, deadline: f64) -> Loss {
    Loss::new("late_first_spikes", population, move |id| {
        LateFirstSpikes::new(id, deadline)
    })
}

/// Penalty on spikes beyond `allowance` of a neuron in a sample.
#[pyfunction]
fn surplus_spikes(population: &str, allowance: usize) -> Loss {
    Loss::new("surplus_spikes", population, move |id| {
        Ok(SurplusSpikes::new(id, allowance))
    })
}

/// Mean square distance of spikes from target trains, spike by spike.
///
/// Parameters
/// ----------
/// population : str
/// targets : list of list of list of float
///     ``targets[label][neuron]`` are times in ms, ascending.
#[pyfunction]
fn spike_time_mean_square(population: &str, targets: Vec<Vec<Vec<f64>>>) -> PyResult<Loss> {
    let targets = SpikeTargets::new(targets).map_err(raise)?;
    let make = move |id| Ok(SpikeTimeMeanSquare::new(id, targets.clone()));
    Ok(Loss::new("spike_time_mean_square", population, make))
}

/// The distance of van Rossum (2001) of spikes from target trains, with a kernel of `tau` ms.
///
/// Parameters
/// ----------
/// population : str
/// targets : list of list of list of float
///     ``targets[label][neuron]`` are times in ms, ascending.
/// tau : float
#[pyfunction]
fn van_rossum(population: &str, targets: Vec<Vec<Vec<f64>>>, tau: f64) -> PyResult<Loss> {
    let targets = SpikeTargets::new(targets).map_err(raise)?;
    let make = move |id| VanRossumDistance::new(id, targets.clone(), tau);
    Ok(Loss::new("van_rossum", population, make))
}

/// Cross-entropy of the voltages of readouts at the end of the run, times `scale`.
#[pyfunction]
fn final_voltage_cross_entropy(population: &str, scale: f64) -> Loss {
    Loss::new("final_voltage_cross_entropy", population, move |id| {
        FinalVoltageCrossEntropy::new(id, scale)
    })
}

/// Cross-entropy of the largest voltages of readouts over the run, times `scale`.
#[pyfunction]
fn maximum_cross_entropy(population: &str, scale: f64) -> Loss {
    Loss::new("maximum_cross_entropy", population, move |id| {
        MaximumCrossEntropy::new(id, scale)
    })
}

/// Cross-entropy of the integrals of the voltages of readouts, times `scale` in 1/ms.
#[pyfunction]
#[pyo3(signature = (population, *, scale=1.0))]
fn integral_cross_entropy(population: &str, scale: f64) -> Loss {
    Loss::new("integral_cross_entropy", population, move |id| {
        IntegralCrossEntropy::new(id).scale(scale)
    })
}

/// Mean square distance of the voltages of readouts from targets.
///
/// Parameters
/// ----------
/// population : str
/// times : array of float
///     When, in ms, ascending.
/// targets : array of float
///     `[label x time x neuron]`
#[pyfunction]
fn voltage_mean_square(
    population: &str,
    times: &Bound<'_, PyAny>,
    targets: &Bound<'_, PyAny>,
) -> PyResult<Loss> {
    let times = arrays::vector(times, "times")?;
    let targets: PyReadonlyArrayDyn<'_, f64> = arrays::floats(targets, "targets")?;
    let shape = targets.as_array().shape().to_vec();
    let targets = targets
        .as_array()
        .to_owned()
        .into_dimensionality::<Ix3>()
        .map_err(|_| {
            invalid(
                "targets",
                format!("of shape {shape:?}"),
                "give three dimensions: label, time, neuron",
            )
        })?;
    let make = move |id| VoltageMeanSquare::new(id, &times, targets.clone());
    Ok(Loss::new("voltage_mean_square", population, make))
}

/// Losses.
#[pymodule]
pub mod losses {
    #[pymodule_export]
    use super::{
        final_voltage_cross_entropy, first_spike_cross_entropy, first_spike_mean_square,
        integral_cross_entropy, late_first_spikes, maximum_cross_entropy, spike_time_mean_square,
        surplus_spikes, van_rossum, voltage_mean_square,
    };
}
