//! Settings as TOML: read with errors that name the line and the nearest key, changed by dotted keys.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::{Error, Result};

/// Reads settings; `origin` is what errors call the text.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map(|span| text[..span.start].matches('\n').count() + 1);
        let place = line.map_or(String::new(), |line| format!(", line {line}"));
        Error::malformed(format!("{origin}{place}"), with_nearest(error.message()))
    })
}

/// `KEY=VALUE` as its two parts; `example` shows how it is written.
pub(crate) fn assignment<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str)> {
    let Some((key, value)) = text.split_once('=') else {
        let remedy = format!("write it as KEY=VALUE, for example {example}");
        return Err(Error::invalid("setting", format!("{text:?}"), remedy));
    };
    Ok((key.trim(), value.trim()))
}

/// The value that a text stands for: TOML, and a string where it is none.
pub(crate) fn value(text: &str) -> Value {
    format!("value = {text}")
        .parse::<Table>()
        .ok()
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Where the value of a dotted key is, made where it is not yet. An item of a list is named by its number or, where it has one,
/// by its `name`.
pub(crate) fn place<'a>(
    mut value: &'a mut Value,
    key: &str,
) -> std::result::Result<&'a mut Value, String> {
    for part in key.split('.') {
        if part.is_empty() {
            return Err("a key is names joined by dots".to_owned());
        }
        if let Value::Array(items) = value {
            let n_items = items.len();
            let is_named = |item: &Value| item.get("name").and_then(Value::as_str) == Some(part);
            let named = items.iter().position(is_named);
            let at = named.or_else(|| part.parse().ok());
            let item = at.and_then(|ix: usize| items.get_mut(ix));
            value =
                item.ok_or_else(|| format!("{part} should be a number from 0 to below {n_items}"))?;
            continue;
        }
        if !value.is_table() {
            *value = Value::Table(Table::new());
        }
        let Value::Table(table) = value else {
            return Err(format!("{part} has no parts"));
        };
        value = table
            .entry(part)
            .or_insert_with(|| Value::Table(Table::new()));
    }
    Ok(value)
}

/// A message about a name that is unknown, with the known name that is nearest, if one is near: both stand in
/// backticks, the unknown one first.
pub(crate) fn with_nearest(message: &str) -> String {
    let message = message.trim_end().replace('\n', " ");
    let mut names = message.split('`').skip(1).step_by(2);
    let nearest = match names.next() {
        Some(unknown) if message.starts_with("unknown ") => crate::error::nearest(unknown, names),
        _ => None,
    };
    match nearest {
        Some(known) => format!("{message}; the nearest is `{known}`"),
        None => message,
    }
}
