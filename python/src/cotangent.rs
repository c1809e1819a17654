//! Derivatives with respect to what is recorded, and of what is recorded.

use numpy::{IntoPyArray, PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use spikefront::event::Recording;
use spikefront::network::Network;

use crate::arrays;
use crate::error::raise;

/// The derivatives of a scalar loss with respect to what a recording holds.
///
/// Parameters
/// ----------
/// spike_times : array of float, optional
///     With respect to the time of each spike, in the recording's order; in 1/ms, as of all here zero unless given.
/// integrals : mapping of str to array, optional
///     For readouts, by name: with respect to the integrals of V, `[sample x neuron]`.
/// voltages : mapping of str to array, optional
///     With respect to V at the requested times, `[sample x time x neuron]`.
/// maxima : mapping of str to array, optional
///     With respect to the largest V, `[sample x neuron]`.
#[pyclass(module = "spikefront", name = "Cotangent", frozen, get_all)]
pub struct Cotangent {
    /// With respect to the time of each spike; None where it is zero, as of all here.
    spike_times: Option<Py<PyAny>>,
    /// With respect to the integrals of readouts, by name.
    integrals: Option<Py<PyAny>>,
    /// With respect to the voltages of readouts, by name.
    voltages: Option<Py<PyAny>>,
    /// With respect to the largest voltages of readouts, by name.
    maxima: Option<Py<PyAny>>,
}

#[pymethods]
impl Cotangent {
    #[new]
    #[pyo3(signature = (spike_times=None, *, integrals=None, voltages=None, maxima=None))]
    fn new(
        spike_times: Option<Py<PyAny>>,
        integrals: Option<Py<PyAny>>,
        voltages: Option<Py<PyAny>>,
        maxima: Option<Py<PyAny>>,
    ) -> Self {
        Self {
            spike_times,
            integrals,
            voltages,
            maxima,
        }
    }
}

impl Cotangent {
    /// What the library takes: of a cotangent, or of an array of those of spike times.
    pub fn read(
        of: &Bound<'_, PyAny>,
        network: &Network,
        recording: &Recording,
    ) -> PyResult<spikefront::Cotangent> {
        let py = of.py();
        let mut found = spikefront::Cotangent::zeros(recording);
        let Ok(given) = of.cast::<Self>() else {
            write(
                of,
                "cotangent",
                &[recording.n_spikes()],
                &mut found.spike_times,
            )?;
            return Ok(found);
        };
        let given = given.get();
        if let Some(times) = &given.spike_times {
            write(
                times.bind(py),
                "spike_times",
                &[recording.n_spikes()],
                &mut found.spike_times,
            )?;
        }
        let (n, times) = (recording.n_samples(), recording.voltage_times().len());
        let kinds = [
            ("integrals", &given.integrals, vec![n], &mut found.integrals),
            (
                "voltages",
                &given.voltages,
                vec![n, times],
                &mut found.voltages,
            ),
            ("maxima", &given.maxima, vec![n], &mut found.maxima),
        ];
        for (kind, of, shape, to) in kinds {
            if let Some(of) = of {
                write_readouts((kind, of.bind(py)), network, recording, &shape, to)?;
            }
        }
        Ok(found)
    }

    /// What the library gave.
    pub fn of(
        py: Python<'_>,
        network: &Network,
        recording: &Recording,
        found: spikefront::Cotangent,
    ) -> PyResult<Self> {
        let Laid {
            spike_times,
            integrals,
            voltages,
            maxima,
        } = Laid::new(py, network, recording, found)?;
        let any = |dict: Py<PyDict>| Some(dict.into_any());
        Ok(Self {
            spike_times: Some(spike_times.into_any()),
            integrals: any(integrals),
            voltages: any(voltages),
            maxima: any(maxima),
        })
    }
}

fn write(of: &Bound<'_, PyAny>, field: &str, shape: &[usize], to: &mut [f64]) -> PyResult<()> {
    let array = arrays::shaped(of, field, shape)?;
    to.iter_mut()
        .zip(array.as_array())
        .for_each(|(to, from)| *to = *from);
    Ok(())
}

/// Writes what is given for some of the readouts, by their names; `shape` is without neurons.
fn write_readouts(
    (kind, of): (&str, &Bound<'_, PyAny>),
    network: &Network,
    recording: &Recording,
    shape: &[usize],
    to: &mut [Vec<f64>],
) -> PyResult<()> {
    for pair in of.cast::<PyMapping>()?.items()?.iter() {
        let (name, array): (String, Bound<'_, PyAny>) = pair.extract()?;
        let population = network.population_named(&name).map_err(raise)?.index();
        let Some(ix) = recording
            .readouts()
            .iter()
            .position(|readout| readout.population == population)
        else {
            let known: Vec<&str> = recording
                .readouts()
                .iter()
                .map(|r| network.populations()[r.population].name.as_str())
                .collect();
            return Err(raise(spikefront::Error::unknown("readout", &name, &known)));
        };
        let size = network.populations()[population].size;
        let shape: Vec<usize> = shape.iter().copied().chain([size]).collect();
        if to[ix].is_empty() && shape.iter().product::<usize>() > 0 {
            let remedy = "simulate with record_maxima=True first";
            return Err(crate::error::invalid(
                format!("{kind} of {name:?}"),
                "not recorded",
                remedy,
            ));
        }
        write(&array, &format!("{kind} of {name:?}"), &shape, &mut to[ix])?;
    }
    Ok(())
}

/// Numbers laid out as a recording is.
struct Laid {
    spike_times: Py<PyArray1<f64>>,
    integrals: Py<PyDict>,
    voltages: Py<PyDict>,
    maxima: Py<PyDict>,
}

impl Laid {
    fn new(
        py: Python<'_>,
        network: &Network,
        recording: &Recording,
        of: spikefront::Cotangent,
    ) -> PyResult<Self> {
        let (n, times) = (recording.n_samples(), recording.voltage_times().len());
        let named = |all: Vec<Vec<f64>>, shape: &[usize]| -> PyResult<Py<PyDict>> {
            let found = PyDict::new(py);
            for (readout, values) in recording.readouts().iter().zip(all) {
                let population = &network.populations()[readout.population];
                let shape: Vec<usize> = shape.iter().copied().chain([population.size]).collect();
                if values.len() == shape.iter().product::<usize>() {
                    let array: Bound<'_, PyArrayDyn<f64>> =
                        values.into_pyarray(py).reshape(shape)?;
                    found.set_item(&population.name, array)?;
                }
            }
            Ok(found.unbind())
        };
        Ok(Self {
            spike_times: of.spike_times.into_pyarray(py).unbind(),
            integrals: named(of.integrals, &[n])?,
            voltages: named(of.voltages, &[n, times])?,
            maxima: named(of.maxima, &[n])?,
        })
    }
}

/// The derivatives of everything that a recording holds along one direction.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct Tangent {
    /// Of each spike time, in ms per unit of the direction.
    spike_times: Py<PyArray1<f64>>,
    /// For each readout, of the integrals of V, `[sample x neuron]`.
    integrals: Py<PyDict>,
    /// Of V at the requested times, `[sample x time x neuron]`.
    voltages: Py<PyDict>,
    /// Of the largest V, `[sample x neuron]`; empty where maxima were not recorded.
    maxima: Py<PyDict>,
    /// How many spikes were slower than the slope floor.
    grazing_spikes: usize,
}

impl Tangent {
    /// What the library gave.
    pub fn new(
        py: Python<'_>,
        network: &Network,
        recording: &Recording,
        of: spikefront::Tangent,
    ) -> PyResult<Self> {
        let grazing_spikes = of.grazing_spikes;
        let of = spikefront::Cotangent {
            spike_times: of.spike_times,
            integrals: of.integrals,
            voltages: of.voltages,
            maxima: of.maxima,
        };
        let Laid {
            spike_times,
            integrals,
            voltages,
            maxima,
        } = Laid::new(py, network, recording, of)?;
        Ok(Self {
            spike_times,
            integrals,
            voltages,
            maxima,
            grazing_spikes,
        })
    }
}
