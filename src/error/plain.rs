//! What readers of files say of types, in words that whoever wrote the file knows.

/// What parsers call a type, and what it is in a file. The longer of two that begin alike come first.
const TYPES: [(&str, &str); 12] = [
    ("f64", "a number"),
    ("f32", "a number"),
    ("usize", "a whole number, 0 or more"),
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number, 0 or more"),
    ("i64", "a whole number"),
    ("a sequence", "a list, such as [1, 2]"),
    ("a map", "a table, such as { key = 1 }"),
    ("path string", "a path in quotes"),
    ("a boolean", "true or false"),
];

/// What parsers say before a type of the program's own, and what stands in a file in its place.
const OWN: [(&str, &str); 6] = [
    ("struct variant", "a table, such as { key = 1 }"),
    (
        "internally tagged enum",
        "a table with its kind, such as { kind = \"...\" }",
    ),
    ("adjacently tagged enum", "a table with its kind"),
    ("variant of enum", "one of its names"),
    ("struct", "a section or a table, such as { key = 1 }"),
    ("enum", "one of its names"),
];

/// A parser's message in which no type of the program is named.
pub(crate) fn plain(message: &str) -> String {
    match message {
        "invalid type: unit variant, expected string only" => {
            return "a name in quotes is expected".to_owned();
        }
        _ if message.ends_with("expected fewer elements in array") => {
            return "the list has too many items".to_owned();
        }
        _ => {}
    }
    let Some((before, expected)) = message.split_once("expected ") else {
        return message.to_owned();
    };
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    for (name, words) in TYPES {
        if let Some(rest) = expected.strip_prefix(name).filter(|rest| is_end(rest)) {
            return format!("{before}expected {words}{rest}");
        }
    }
    if let Some(rest) = expected.strip_prefix("a tuple of size ") {
        return format!("{before}expected a list of {rest}");
    }
    for (name, words) in OWN {
        let rest = expected
            .strip_prefix(name)
            .and_then(|r| r.strip_prefix(' '));
        if let Some(rest) = rest {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_:<>".contains(c)));
            return format!(
                "{before}expected {words}{}",
                &rest[end.unwrap_or(rest.len())..]
            );
        }
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_in_words() {
        for (said, told) in [
            (
                "invalid type: string \"a\", expected f64",
                "expected a number",
            ),
            (
                "invalid value: integer `-1`, expected u32 at line 3",
                "expected a whole number from 0 to 4294967295 at line 3",
            ),
            (
                "invalid type: string \"3\", expected u64",
                "string \"3\", expected a whole number, 0 or more",
            ),
            (
                "invalid type: unit variant, expected string only",
                "a name in quotes is expected",
            ),
            (
                "invalid length 3, expected a tuple of size 4",
                "expected a list of 4",
            ),
            (
                "invalid type: integer `3`, expected struct RunSettings at line 1",
                "expected a section or a table, such as { key = 1 } at line 1",
            ),
            (
                "invalid type: integer `3`, expected internally tagged enum ResetSettings",
                "expected a table with its kind",
            ),
            ("unknown field `a`, expected `b`", "expected `b`"),
            (
                "unknown field `a`, expected one of `b`, `c`",
                "expected one of `b`, `c`",
            ),
        ] {
            let plain = plain(said);
            assert!(plain.contains(told), "{plain}");
            let capital = plain.split_whitespace().any(|word| {
                word.contains("Settings") || ["f64", "u32", "usize", "enum"].contains(&word)
            });
            assert!(!capital, "{plain}");
        }
        assert_eq!(plain("missing field `a`"), "missing field `a`");
    }
}
