//! What a document is made of: fenced blocks, headings, links, file names.

/// The blocks fenced with three backticks and `language`.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let (mut found, mut open): (Vec<String>, Option<bool>) = (Vec::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(name), None) => {
                open = Some(name == language);
                if name == language {
                    found.push(String::new());
                }
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(true)) => {
                let block = found.last_mut().expect("the fence began one");
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

/// The text outside of fenced blocks.
pub fn prose(text: &str) -> String {
    let mut is_fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// How many words a reader reads: without tables and code, a link counted by its text.
pub fn n_words(text: &str) -> usize {
    let prose = prose(text);
    let lines = prose.lines().filter(|line| !line.starts_with('|'));
    let words = lines.flat_map(str::split_whitespace);
    words
        .filter(|word| word.contains(char::is_alphanumeric))
        .count()
}

/// The targets of links and pictures, without titles.
pub fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let after = prose.split("](").skip(1);
    let targets = after.filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
pub fn anchors(text: &str) -> Vec<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let name = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = name
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// Files of the project that a text names in backticks: paths that begin with one of its folders or end as its files do.
pub fn file_names(text: &str) -> Vec<String> {
    const FOLDERS: [&str; 8] = [
        "src/",
        "tests/",
        "shaders/",
        "docs/",
        "benches/",
        "presets/",
        "examples/",
        ".ci/",
    ];
    let prose = prose(text);
    let spans = prose.split('`').skip(1).step_by(2);
    let is_path = |span: &&str| {
        let is_plain = span
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
        let is_placeholder = span.contains("NAME") || span.contains("DATE");
        let is_ours = FOLDERS.iter().any(|folder| span.starts_with(folder));
        is_plain && !is_placeholder && (is_ours || (span.contains('/') && span.ends_with(".rs")))
    };
    spans.filter(is_path).map(str::to_owned).collect()
}

#[test]
fn a_document_is_taken_apart() {
    let text = "# A `b`, c-d\nsee [x](y.md#z) and `src/main.rs`, `a/NAME.rs`\n| one two |\n```sh\nls [q](r)\n```\n";
    assert_eq!(blocks(text, "sh"), ["ls [q](r)\n"]);
    assert_eq!(blocks(text, "rust"), [""; 0]);
    assert_eq!(links(text), ["y.md#z"]);
    assert_eq!(anchors(text), ["a-b-c-d"]);
    assert_eq!(file_names(text), ["src/main.rs"]);
    assert_eq!(n_words(text), 8);
}
