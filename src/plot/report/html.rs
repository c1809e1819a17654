//! The page itself.

use std::fmt::Write;

use serde_json::Value;

use super::metrics::written;
use super::{METRICS, ORDER, Picture, Run, SUMMARY};

const STYLE: &str = include_str!("style.css");

/// Nothing but what the page itself has may be shown, and nothing may run.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// Members of a summary with heading, factor and unit.
const FIGURES: [(&str, &str, f64, &str); 12] = [
    ("test_accuracy", "test accuracy", 100.0, " %"),
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
    if let Some(summary) = &run.summary {
        let text = serde_json::to_string_pretty(summary).unwrap_or_default();
        body += &format!(
            "<h2>Settings</h2>\n<details><summary>{SUMMARY}</summary>\n<pre>{}</pre>\n</details>\n",
            escaped(&text)
        );
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
    for (member, heading, factor, unit) in FIGURES {
        let value = match summary.get(member) {
            None | Some(Value::Null) => continue,
            Some(Value::Number(number)) => match number.as_f64() {
                Some(value) if factor != 1.0 || value.fract() != 0.0 => written(value * factor),
                _ => number.to_string(),
            },
            Some(Value::String(value)) => value.clone(),
            Some(other) => other.to_string(),
        };
        let value = escaped(&(value + unit));
        text += &format!("<div><dt>{heading}</dt><dd>{value}</dd></div>\n");
    }
    text += "</dl>\n";
    for warning in summary
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
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
    if metrics.rows.len() > 1 {
        let n = metrics.rows.len();
        text += &format!("<details><summary>All {n} epochs</summary>\n");
        text += &table(&metrics.headings, &metrics.rows);
        text += "</details>\n";
    }
    text
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

/// The text without the characters that mean something in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
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
