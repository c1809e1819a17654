//! The library's errors as Python's.

use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyMemoryError, PyOSError, PyValueError};
use spikefront::ErrorKind;

create_exception!(
    spikefront,
    Error,
    PyException,
    "What spikefront could not do although it was asked rightly: a simulation that passes its spike budget, a GPU that \
     is not there or failed. What was asked wrongly is a ValueError, a file that cannot be read or written an OSError, a \
     network that does not fit into memory a MemoryError."
);

/// The Python exception of a class of errors, with the library's own text.
pub fn raise(error: spikefront::Error) -> PyErr {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::Invalid | ErrorKind::Malformed | ErrorKind::Held => PyValueError::new_err(text),
        ErrorKind::Io => PyOSError::new_err(text),
        ErrorKind::Memory => PyMemoryError::new_err(text),
        _ => Error::new_err(text),
    }
}

/// A refused value, in the library's words.
pub fn invalid(
    field: impl Into<String>,
    value: impl std::fmt::Display,
    remedy: impl Into<String>,
) -> PyErr {
    raise(spikefront::Error::invalid(field, value, remedy))
}
