//! What rustdoc's pages say of the items that are public.

use std::collections::BTreeSet;
use std::path::Path;

/// Kinds of pages that are an item each.
const KINDS: [&str; 7] = ["struct", "enum", "trait", "fn", "type", "constant", "macro"];

/// Every public item with its path, one a line, in order.
pub fn items(pages: &Path) -> std::io::Result<String> {
    let mut found = BTreeSet::new();
    visit(pages, "spikefront", &mut found)?;
    Ok(found.into_iter().map(|line| line + "\n").collect())
}

fn visit(folder: &Path, module: &str, found: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            visit(&path, &format!("{module}::{name}"), found)?;
            continue;
        }
        let Some((kind, item)) = name.strip_suffix(".html").and_then(|n| n.split_once('.')) else {
            continue;
        };
        if KINDS.contains(&kind) {
            let page = std::fs::read_to_string(&path)?;
            let lines = declarations(&page).into_iter();
            found.extend(lines.map(|line| format!("{module}::{item}: {line}")));
        }
    }
    Ok(())
}

/// The declaration of a page's item, its own methods and constants, and the traits that it is said to have.
/// None of a page that only leads to another.
pub fn declarations(page: &str) -> Vec<String> {
    let Some(item) = between(page, "<pre class=\"rust item-decl\">", "</pre>") else {
        return Vec::new();
    };
    let mut lines = vec![text(item)];
    // What rustdoc derives by itself, such as Send, comes after these.
    let written = page
        .split("<h2 id=\"synthetic-implementations\"")
        .next()
        .unwrap_or_default();
    let mut parts = written.splitn(2, "<h2 id=\"trait-implementations\"");
    let own = parts.next().unwrap_or_default();
    // A trait's page has its methods in the declaration.
    if let Some((_, own)) = own.split_once("<h2 id=\"implementations\"") {
        lines.extend(headers(own, "h4"));
    }
    let traits = headers(parts.next().unwrap_or_default(), "h3");
    // What `derive(PartialEq)` adds for the compiler's own use.
    lines.extend(
        traits
            .into_iter()
            .filter(|line| !line.contains("StructuralPartialEq")),
    );
    lines
}

fn headers(part: &str, tag: &str) -> Vec<String> {
    let (open, close) = (
        format!("<{tag} class=\"code-header\">"),
        format!("</{tag}>"),
    );
    let headers = part.split(&open).skip(1);
    headers
        .filter_map(|rest| Some(text(rest.split_once(&close)?.0)))
        .collect()
}

fn between<'p>(page: &'p str, open: &str, close: &str) -> Option<&'p str> {
    Some(page.split_once(open)?.1.split_once(close)?.0)
}

/// A piece of a page without tags, on one line.
fn text(piece: &str) -> String {
    let mut plain = String::new();
    for part in piece.split('<') {
        plain.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    for (written, meant) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
        ("ⓘ", ""),
    ] {
        plain = plain.replace(written, meant);
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
