//! The page itself.

use std::fmt::Write;

use serde_json::Value;

use super::metrics::{spoken, written};
use super::{METRICS, ORDER, Picture, Run, SUMMARY};
use crate::plot::words::escaped;

const STYLE: &str = include_str!("style.css");

/// Nothing but what the page itself has may be shown, and nothing may run.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// Members of a summary with heading, factor and unit.
const FIGURES: [(&str, &str, f64, &str); 13] = [
    ("test_accuracy", "test accuracy", 100.0, " %"),
    ("validation_accuracy", "validation accuracy", 100.0, " %"),
    ("test_loss", "test loss", 1.0, ""),
    ("test_left_out", "test samples left out", 1.0, ""),
    ("epochs", "epochs", 1.0, ""),
    ("kept_epoch", "weights of epoch", 1.0, ""),
    ("n_parameters", "trained parameters", 1.0, ""),
    ("peak_memory_mb", "peak memory", 1.0, " MB"),
    ("train_seconds", "training time", 1.0, " s"),
    ("samples_per_second", "speed", 1.0, " samples/s"),
    ("engine", "engine", 1.0, ""),
    ("method", "method", 1.0, ""),
    ("seed", "seed", 1.0, ""),
];

/// Members of a summary that are shown elsewhere on the page.
const ELSEWHERE: [&str; 5] = ["task", "preset", "warnings", "notes", SETTINGS];
const SETTINGS: &str = "settings";

pub(super) fn page(run: &Run) -> String {
    let title = title(run);
    let mut body = format!("<h1>{}</h1>\n", escaped(&title));
    body += &format!("<p>{}</p>\n", escaped(&run.folder));
    body += &figures(run);
    if !run.pictures.is_empty() {
        body += "<h2>Pictures</h2>\n";
        run.pictures
            .iter()
            .for_each(|picture| body += &figure(picture));
    }
    body += &epochs(run);
    if let Some(settings) = run.summary.as_ref().and_then(|s| s.get(SETTINGS)) {
        body += &table_of_settings(settings);
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(&title)
    )
}

/// The task and its preset, or else the folder's last part.
fn title(run: &Run) -> String {
    let text = |member: &str| run.summary.as_ref()?.get(member)?.as_str();
    match (text("task"), text("preset")) {
        (Some(task), Some(preset)) => format!("{task} ({preset})"),
        (Some(task), None) => task.to_owned(),
        _ => {
            let last = run.folder.rsplit(['/', '\\']).find(|part| !part.is_empty());
            last.unwrap_or("run").to_owned()
        }
    }
}

fn figures(run: &Run) -> String {
    let Some(summary) = &run.summary else {
        return format!("<p>There is no {SUMMARY}: the run has not ended or was cut short.</p>\n");
    };
    let mut text = String::from("<dl class=\"figures\">\n");
    let mut show = |heading: &str, value: &Value, factor: f64, unit: &str| {
        let value = match value {
            Value::Null => return,
            Value::Number(number) => match number.as_f64() {
                Some(value) if factor != 1.0 || value.fract() != 0.0 => written(value * factor),
                _ => number.to_string(),
            },
            Value::String(value) => value.clone(),
            other => other.to_string(),
        };
        let (heading, value) = (escaped(heading), escaped(&(value + unit)));
        text += &format!("<div><dt>{heading}</dt><dd>{value}</dd></div>\n");
    };
    for (member, heading, factor, unit) in FIGURES {
        let value = summary.get(member).unwrap_or(&Value::Null);
        show(heading, value, factor, unit);
    }
    let is_known = |member: &str| FIGURES.iter().any(|(known, ..)| *known == member);
    for (member, value) in summary.as_object().into_iter().flatten() {
        if !is_known(member) && !ELSEWHERE.contains(&member.as_str()) {
            show(&spoken(member), value, 1.0, "");
        }
    }
    text += "</dl>\n";
    let told = ["warnings", "notes"].into_iter();
    let told = told.filter_map(|member| summary.get(member)?.as_array());
    for warning in told.flatten() {
        text += &format!(
            "<p><strong>Warning:</strong> {}</p>\n",
            escaped(warning.as_str().unwrap_or_default())
        );
    }
    text
}

fn figure(picture: &Picture) -> String {
    let known = ORDER.iter().find(|(name, _)| *name == picture.name);
    let caption = escaped(known.map_or(&picture.name, |(_, caption)| caption));
    format!(
        "<figure>\n<figcaption>{caption}</figcaption>\n<div class=\"picture\">\
         <img alt=\"{caption}\" src=\"data:image/svg+xml,{}\"></div>\n</figure>\n",
        percent_encoded(&picture.svg)
    )
}

fn epochs(run: &Run) -> String {
    let metrics = &run.metrics;
    let mut text = String::from("<h2>Epochs</h2>\n");
    if metrics.cut {
        text += &format!("<p>The last line of {METRICS} is not whole and is left out.</p>\n");
    }
    let Some(last) = metrics.rows.last() else {
        return text + "<p>No epoch has ended.</p>\n";
    };
    text += &table(&metrics.headings, std::slice::from_ref(last));
    if !metrics.zero.is_empty() {
        let names = escaped(&metrics.zero.join(", "));
        text += &format!("<p>Zero in every epoch: {names}.</p>\n");
    }
    if metrics.rows.len() > 1 {
        let n = metrics.rows.len();
        text += &format!("<details><summary>All epochs: {n}</summary>\n");
        text += &table(&metrics.headings, &metrics.rows);
        text += "</details>\n";
    }
    text
}

/// A row for each setting: the keys that lead to it, joined by dots, and its value.
fn table_of_settings(settings: &Value) -> String {
    let mut rows = Vec::new();
    flatten(String::new(), settings, &mut rows);
    let headings = ["setting", "value"].map(str::to_owned);
    format!(
        "<h2>Settings</h2>\n<details><summary>All {} settings</summary>\n<div class=\"settings\">\n{}</div></details>\n",
        rows.len(),
        table(&headings, &rows)
    )
}

fn flatten(key: String, value: &Value, rows: &mut Vec<Vec<String>>) {
    let below = |part: &str| match key.is_empty() {
        true => part.to_owned(),
        false => format!("{key}.{part}"),
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter();
            members.for_each(|(name, value)| flatten(below(name), value, rows));
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let items = items.iter().enumerate();
            items.for_each(|(ix, value)| flatten(below(&ix.to_string()), value, rows));
        }
        Value::String(text) => rows.push(vec![key, text.clone()]),
        other => rows.push(vec![key, other.to_string()]),
    }
}

fn table(headings: &[String], rows: &[Vec<String>]) -> String {
    let line = |tag: &str, cells: &[String]| {
        let cells = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = rows.iter().map(|row| line("td", row)).collect();
    let headings = line("th", headings);
    format!(
        "<div class=\"table\"><table>\n<thead>{headings}</thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// The text as it may stand in a data URL in a quoted attribute (RFC 3986, section 2.1).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 5 / 4);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b' '
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b':'
            | b'='
            | b','
            | b';'
            | b'('
            | b')' => encoded.push(char::from(byte)),
            // Writing to a text cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}
