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
        let section = line.and_then(|line| section(text, line));
        let section = section.filter(|_| error.message().starts_with("missing field"));
        let section = section.map_or(String::new(), |section| format!("{section}: "));
        let single = line
            .and_then(|line| text.lines().nth(line - 1))
            .and_then(single);
        let message = match single {
            Some(name)
                if error
                    .message()
                    .starts_with("invalid type: map, expected a sequence") =>
            {
                format!("write [[{name}]], as there may be several")
            }
            _ => explained(error.message()),
        };
        Error::malformed(format!("{origin}{place}"), format!("{section}{message}"))
    })
}

/// The name in a line such as `[population]`.
fn single(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.split_once(']')?.0;
    (!name.starts_with('[')).then_some(name)
}

/// The section that a line, counted from 1, is in, with the name that it has: `[[population]] "excitatory"`.
fn section(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_heading = |line: &&str| line.starts_with('[') && line.contains(']');
    let at = (0..line.min(lines.len())).rfind(|&ix| is_heading(&lines[ix]))?;
    let heading = lines[at].split('#').next().unwrap_or_default().trim();
    let own = lines[at + 1..].iter().take_while(|line| !is_heading(line));
    let value = |line: &str, key: &str| {
        let (name, value) = line.split_once('=')?;
        let value = value.split('#').next().unwrap_or_default().trim();
        (name.trim() == key).then(|| value.to_owned())
    };
    let mut named = ["name", "population", "target", "source"].into_iter();
    let name = named.find_map(|key| {
        let found = own.clone().find_map(|line| value(line, key))?;
        Some(match key {
            "name" => format!(" {found}"),
            key => format!(" of {key} {found}"),
        })
    });
    Some(format!("{heading}{}", name.unwrap_or_default()))
}

/// What an item of the list at a key is called in keys; its number where nothing is.
pub(crate) type Label = fn(&str, &Value) -> Option<String>;

/// The full keys of a setting that is known by its last part: `optimiser.learning_rate` of `learning_rate`.
pub(crate) fn full_keys(all: &Value, last: &str, label: Label) -> Vec<String> {
    let mut found = Vec::new();
    walk(all, last, String::new(), label, &mut found);
    found.dedup();
    found
}

fn walk(value: &Value, last: &str, at: String, label: Label, found: &mut Vec<String>) {
    let below = |name: &str| match at.as_str() {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                if name == last && !at.is_empty() {
                    found.push(below(name));
                }
                walk(value, last, below(name), label, found);
            }
        }
        Value::Array(items) => {
            for (ix, item) in items.iter().enumerate().filter(|(_, item)| item.is_table()) {
                let name = label(&at, item).unwrap_or_else(|| ix.to_string());
                walk(item, last, below(&name), label, found);
            }
        }
        _ => {}
    }
}

/// What to say of a setting that was not found by its key alone.
pub(crate) fn with_full_keys(message: String, all: &Value, key: &str, label: Label) -> String {
    /// So many are listed.
    const MOST: usize = 4;
    let keys = match message.starts_with("unknown field") && !key.contains('.') {
        true => full_keys(all, key, label),
        false => Vec::new(),
    };
    match keys.len() {
        0 => message,
        n => {
            let more = if n > MOST { ", .." } else { "" };
            let some = keys[..n.min(MOST)].join(", ");
            format!("it is a part of others: give its full key, {some}{more}")
        }
    }
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
///
/// # Errors
/// A whole number that TOML has no room for.
pub(crate) fn value(text: &str) -> std::result::Result<Value, String> {
    let read = format!("value = {text}").parse::<Table>().ok();
    let read = read.filter(|table| table.len() == 1);
    if let Some(value) = read.and_then(|mut table| table.remove("value")) {
        return Ok(value);
    }
    let digits = text.trim_start_matches(['-', '+']);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let (least, most) = (i64::MIN, i64::MAX);
        return Err(format!("give a whole number from {least} to {most}"));
    }
    Ok(Value::String(text.to_owned()))
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

/// Of all files, those that must be there and are no single values.
const SECTIONS: [&str; 5] = ["simulation", "data", "loss", "optimiser", "neuron"];

/// A parser's message in words that whoever wrote the file knows, with what helps.
pub(crate) fn explained(message: &str) -> String {
    let message = with_nearest(&crate::error::plain(message));
    match message.strip_prefix("missing field ") {
        Some(field) => {
            let field = field.trim_matches('`');
            match SECTIONS.contains(&field) {
                true => format!("{message}; add a section [{field}]"),
                false => format!("{message}; add {field} = ..."),
            }
        }
        None => message,
    }
}

/// A message about a name that is unknown, with the known name that is nearest, if one is near: both stand in
/// backticks, the unknown one first.
fn with_nearest(message: &str) -> String {
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
