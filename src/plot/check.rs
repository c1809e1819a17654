//! What every picture refuses before it draws: nothing, and what has no place on an axis.

use crate::{Error, Result};

/// Refuses an empty slice.
pub(super) fn filled<T>(field: &str, values: &[T]) -> Result<()> {
    if values.is_empty() {
        return Err(Error::invalid(
            field,
            "empty",
            "give at least one value to draw",
        ));
    }
    Ok(())
}

/// Refuses NaN and infinite values.
pub(super) fn finite(field: &str, values: impl IntoIterator<Item = f64>) -> Result<()> {
    for (ix, value) in values.into_iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::invalid(
                format!("{field}[{ix}]"),
                value,
                "only finite values can be drawn",
            ));
        }
    }
    Ok(())
}

/// Refuses a length other than `expected`, which is that of `reference`.
pub(super) fn length(field: &str, got: usize, reference: &str, expected: usize) -> Result<()> {
    if got != expected {
        return Err(Error::invalid(
            format!("length of {field}"),
            got,
            format!("make it {expected}, the length of {reference}"),
        ));
    }
    Ok(())
}

/// Refuses an index that is not below `count`.
pub(super) fn index(field: impl Into<String>, got: usize, what: &str, count: usize) -> Result<()> {
    if got >= count {
        return Err(Error::invalid(
            field,
            got,
            format!("there are only {count} {what}, counted from 0"),
        ));
    }
    Ok(())
}

/// Refuses a value smaller than the one before it.
pub(super) fn ordered(field: &str, values: &[f64]) -> Result<()> {
    match values.windows(2).position(|pair| pair[1] < pair[0]) {
        None => Ok(()),
        Some(ix) => Err(Error::invalid(
            format!("{field}[{}]", ix + 1),
            values[ix + 1],
            format!("sort it: the value before it is {}", values[ix]),
        )),
    }
}
