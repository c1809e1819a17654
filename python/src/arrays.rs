//! Arrays from Python, checked.

use numpy::ndarray::{Array2, ArrayD, Ix2};
use numpy::{PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::error::invalid;

/// `of` as numpy's array of one of the kinds of numbers, cast to `to`, contiguous.
fn cast<'py>(
    of: &Bound<'py, PyAny>,
    field: &str,
    kinds: &str,
    to: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = of.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let array = numpy.call_method1(intern!(py, "asarray"), (of,))?;
    let dtype = array.getattr(intern!(py, "dtype"))?;
    let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
    let is_empty = array.getattr(intern!(py, "size"))?.extract::<usize>()? == 0;
    if !kinds.contains(&kind) && !is_empty {
        let remedy = match to {
            "float64" => "give real numbers",
            _ => "give whole numbers",
        };
        return Err(invalid(field, format!("an array of {dtype}"), remedy));
    }
    if to == "int64" && kind == "u" && !is_empty {
        // What has no sign may be too large, and would come out negative.
        let largest: u64 = array.call_method0(intern!(py, "max"))?.extract()?;
        if i64::try_from(largest).is_err() {
            return Err(invalid(field, largest, "give whole numbers below 2^63"));
        }
    }
    let options = [("dtype", to)].into_py_dict(py)?;
    options.set_item("requirements", ["C", "ALIGNED"])?;
    numpy.call_method(intern!(py, "require"), (array,), Some(&options))
}

/// Numbers of any shape.
pub fn floats<'py>(of: &Bound<'py, PyAny>, field: &str) -> PyResult<PyReadonlyArrayDyn<'py, f64>> {
    // What is asked for most is there already as it should be.
    if let Ok(array) = of.cast::<PyArrayDyn<f64>>()
        && array.is_c_contiguous()
        && array.data().is_aligned()
    {
        return Ok(array.readonly());
    }
    let array = cast(of, field, "biuf", "float64")?;
    Ok(array.cast_into::<PyArrayDyn<f64>>()?.readonly())
}

/// Numbers of a shape that is known.
pub fn shaped<'py>(
    of: &Bound<'py, PyAny>,
    field: &str,
    shape: &[usize],
) -> PyResult<PyReadonlyArrayDyn<'py, f64>> {
    let array = floats(of, field)?;
    let found = array.as_array().shape().to_vec();
    if found != shape {
        let value = format!("of shape {found:?}");
        return Err(invalid(
            field,
            value,
            format!("give an array of shape {shape:?}"),
        ));
    }
    Ok(array)
}

/// A list of numbers.
pub fn vector(of: &Bound<'_, PyAny>, field: &str) -> PyResult<Vec<f64>> {
    let array = floats(of, field)?;
    dimensions(field, array.as_array().ndim(), 1)?;
    Ok(array.as_array().iter().copied().collect())
}

/// A table of numbers.
pub fn matrix(of: &Bound<'_, PyAny>, field: &str) -> PyResult<Array2<f64>> {
    let array = floats(of, field)?;
    dimensions(field, array.as_array().ndim(), 2)?;
    let shape = (array.as_array().shape()[0], array.as_array().shape()[1]);
    // An empty view may have strides that no array has.
    if array.as_array().is_empty() {
        return Ok(Array2::zeros(shape));
    }
    let array: ArrayD<f64> = array.as_array().to_owned();
    Ok(array
        .into_dimensionality::<Ix2>()
        .expect("it has two dimensions"))
}

/// Whole numbers of any shape.
pub fn whole(of: &Bound<'_, PyAny>, field: &str) -> PyResult<ArrayD<i64>> {
    let array = cast(of, field, "iu", "int64")?.cast_into::<PyArrayDyn<i64>>()?;
    let array = array.readonly();
    let array = array.as_array();
    match array.is_empty() {
        true => Ok(ArrayD::zeros(array.shape())),
        false => Ok(array.to_owned()),
    }
}

/// A list of whole numbers, zero or more.
pub fn counts(of: &Bound<'_, PyAny>, field: &str) -> PyResult<Vec<usize>> {
    let array = whole(of, field)?;
    dimensions(field, array.ndim(), 1)?;
    let mut counts = Vec::with_capacity(array.len());
    for (ix, &value) in array.iter().enumerate() {
        let count = usize::try_from(value);
        counts.push(
            count.map_err(|_| invalid(format!("{field}[{ix}]"), value, "give zero or more"))?,
        );
    }
    Ok(counts)
}

/// Refuses an array of another number of dimensions.
pub fn dimensions(field: &str, found: usize, wanted: usize) -> PyResult<()> {
    if found == wanted {
        return Ok(());
    }
    let remedy = match wanted {
        1 => "give one dimension",
        _ => "give two dimensions",
    };
    Err(invalid(
        field,
        format!("an array of {found} dimensions"),
        remedy,
    ))
}
