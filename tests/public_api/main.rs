//! The public API is what `tests/public_api/items.txt` says: a change of it is seen in review, and named in CHANGELOG.md.
//!
//! Items of the crate's own, with their signatures; re-exported crates and what the compiler derives by itself, such as
//! Send, are not in it.
//!
//! Reads the pages that `cargo doc --no-deps` wrote; remove target/doc/spikefront before, as pages of items that are gone
//! stay there. `UPDATE_PUBLIC_API=1 cargo test --test public_api -- --ignored`
//! writes the file anew.

mod pages;

use std::path::Path;

use pages::items;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/public_api/items.txt");

/// The lines that one text has and the other lacks.
fn differences(old: &str, new: &str) -> Vec<String> {
    let only = |mark: &str, these: &str, others: &str| {
        let others: std::collections::BTreeSet<&str> = others.lines().collect();
        let these = these.lines().filter(|line| !others.contains(line));
        these
            .map(|line| format!("{mark} {line}"))
            .collect::<Vec<_>>()
    };
    let mut found = only("-", old, new);
    found.extend(only("+", new, old));
    found
}

#[test]
#[ignore = "needs the pages of `cargo doc --no-deps`"]
fn the_public_api_is_the_one_on_file() -> Result<(), Box<dyn std::error::Error>> {
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = tests.parent().ok_or("the target folder")?;
    let pages = target.join("doc/spikefront");
    let items = items(&pages).map_err(|error| format!("{}: {error}", pages.display()))?;
    assert!(
        items.lines().count() > 500,
        "rustdoc's pages look otherwise than this test expects"
    );
    if std::env::var("UPDATE_PUBLIC_API").is_ok_and(|v| v == "1") {
        std::fs::write(SNAPSHOT, &items)?;
        return Ok(());
    }
    let found = differences(&std::fs::read_to_string(SNAPSHOT)?, &items);
    assert!(
        found.is_empty(),
        "the public API has changed; where that is meant, UPDATE_PUBLIC_API=1 and CHANGELOG.md:\n{}",
        found.join("\n")
    );
    Ok(())
}

#[test]
fn a_change_is_noticed() {
    assert!(differences("a\nb\n", "b\na\n").is_empty());
    assert_eq!(
        differences("a: fn f()\nb\n", "a: fn f(x: u8)\nb\n"),
        ["- a: fn f()", "+ a: fn f(x: u8)"]
    );
}

#[test]
fn a_page_is_read() {
    let page = "<pre class=\"rust item-decl\"><code>pub struct <a>A</a>&lt;'a&gt; {\n    pub x: u8,\n}</code></pre>\
                <h2 id=\"implementations\"><section id=\"method.f\" class=\"method\"><h4 class=\"code-header\">pub fn \
                <a>f</a>(&amp;self) <a href=\"#\" class=\"tooltip\">ⓘ</a></h4></section>\
                <h2 id=\"trait-implementations\"><section id=\"impl-Clone-for-A\" class=\"impl\"><h3 class=\"code-header\">\
                impl Clone for A</h3></section><section id=\"method.clone\"><h4 class=\"code-header\">fn clone()</h4></section>\
                <h2 id=\"synthetic-implementations\"><section id=\"impl-Send-for-A\" class=\"impl\">\
                <h3 class=\"code-header\">impl Send for A</h3></section>";
    assert_eq!(
        pages::declarations(page),
        [
            "pub struct A<'a> { pub x: u8, }",
            "pub fn f(&self)",
            "impl Clone for A"
        ]
    );
}
