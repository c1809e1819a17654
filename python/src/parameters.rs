//! Parameters as a mapping of named arrays.

use numpy::PyArrayMethods;
use numpy::{IntoPyArray, PyArrayDyn};
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use spikefront::network::{Layout, Parameters};

use crate::arrays;
use crate::error::{invalid, raise};

/// The named parts of a flat vector, or of each row of several: shape `[..rows, ..tensor]`.
pub fn named<'py>(
    py: Python<'py>,
    layout: &Layout,
    rows: Option<usize>,
    values: &[f64],
) -> PyResult<Bound<'py, PyDict>> {
    let parts = PyDict::new(py);
    for tensor in layout.tensors() {
        let mut part = Vec::with_capacity(tensor.range.len() * rows.unwrap_or(1));
        for row in 0..rows.unwrap_or(1) {
            let start = row * layout.len();
            part.extend_from_slice(&values[start + tensor.range.start..start + tensor.range.end]);
        }
        let shape: Vec<usize> = rows
            .into_iter()
            .chain(tensor.shape.iter().copied())
            .collect();
        let array: Bound<'py, PyArrayDyn<f64>> = part.into_pyarray(py).reshape(shape)?;
        parts.set_item(&tensor.name, array)?;
    }
    Ok(parts)
}

/// The parameters that a mapping holds, in place of those of `template`.
pub fn read(template: &Parameters, mapping: &Bound<'_, PyAny>) -> PyResult<Parameters> {
    let mut parameters = template.clone();
    let layout = template.layout().clone();
    write(&layout, mapping, false, parameters.values_mut())?;
    Ok(parameters)
}

/// Writes the named arrays of a mapping into a flat vector; whether some may be left out `is_partial` says.
pub fn write(
    layout: &Layout,
    mapping: &Bound<'_, PyAny>,
    is_partial: bool,
    values: &mut [f64],
) -> PyResult<()> {
    let py = mapping.py();
    let mapping = mapping.cast::<PyMapping>().map_err(|_| {
        PyTypeError::new_err(
            "parameters are a mapping from names to arrays, such as network.parameters() gives",
        )
    })?;
    let mut found = 0;
    for tensor in layout.tensors() {
        let array = match mapping.get_item(&tensor.name) {
            Ok(array) => array,
            Err(error) if error.is_instance_of::<PyKeyError>(py) && is_partial => continue,
            Err(error) if error.is_instance_of::<PyKeyError>(py) => {
                let remedy = "give an array for each tensor of the network, see network.shapes";
                return Err(invalid(
                    format!("parameter {:?}", tensor.name),
                    "missing",
                    remedy,
                ));
            }
            Err(error) => return Err(error),
        };
        let array = arrays::shaped(&array, &tensor.name, &tensor.shape)?;
        let part = &mut values[tensor.range.clone()];
        match array.as_slice() {
            Ok(slice) => part.copy_from_slice(slice),
            Err(_) => part
                .iter_mut()
                .zip(array.as_array())
                .for_each(|(to, from)| *to = *from),
        }
        found += 1;
    }
    if mapping.len()? != found {
        let names: Vec<&str> = layout
            .tensors()
            .iter()
            .map(|tensor| tensor.name.as_str())
            .collect();
        for name in mapping.keys()?.iter() {
            let name = name.str()?.to_string();
            if !names.contains(&name.as_str()) {
                return Err(raise(spikefront::Error::unknown(
                    "parameter",
                    &name,
                    &names,
                )));
            }
        }
    }
    Ok(())
}
