//! What a case is, for those who ask a command for help.

const FORMAT: &str = include_str!("../case/format.txt");
const EXAMPLE: &str = include_str!("../case/example.json");

/// The format of cases and an example that works when it is copied: a file, and `command` on it.
pub fn with_example(command: &str) -> String {
    let mut text = format!("{FORMAT}\nExample:\n  echo '");
    text += EXAMPLE.trim_end().replace('\n', "\n  ").as_str();
    text += &format!("' > case.json\n  spikefront {command}");
    text
}
