//! Writing to people, pipes and files.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use spikefront::files::write_atomically;

/// Whether nobody reads what this process says.
static IS_SILENT: AtomicBool = AtomicBool::new(false);

/// Says nothing from now on: another process speaks for this one.
pub fn be_silent() {
    IS_SILENT.store(true, Ordering::Relaxed);
}

/// Makes it heard again.
pub fn speak() {
    IS_SILENT.store(false, Ordering::Relaxed);
}

/// Whether another process speaks for this one.
pub fn is_silent() -> bool {
    IS_SILENT.load(Ordering::Relaxed)
}

/// Prints a text. A reader that has gone away, as `head` does, has had enough: no error.
///
/// # Errors
/// Any other failure to write.
pub fn print(text: &str) -> anyhow::Result<()> {
    if is_silent() {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("failed to write to standard output"),
    }
}

/// Writes a text to a file, whole or not at all, or prints it.
///
/// # Errors
/// Whatever the system refuses.
pub fn write(path: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match path {
        Some(path) => Ok(write_atomically(path, text)?),
        None => print(text),
    }
}

/// Tells the person at the terminal, beside the command's own output.
pub fn note(text: &str) {
    if is_silent() {
        return;
    }
    // Nobody is left to tell that standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says in one sentence what a count of grazing spikes means; none where there are none.
pub fn grazing(count: usize) -> Option<String> {
    let (spikes, they) = match count {
        0 => return None,
        1 => ("1 spike is".to_owned(), "it reaches its threshold"),
        _ => (format!("{count} spikes are"), "they reach their thresholds"),
    };
    Some(format!(
        "{spikes} grazing: {they} so slowly that the derivatives were bounded by the slope floor and are smaller than the exact ones"
    ))
}

/// An error with its causes in one line, none of them said twice.
pub fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grazing_spikes_are_told_of_only_where_there_are_any() {
        assert_eq!(grazing(0), None);
        let told = [1, 7].map(|count| grazing(count).unwrap_or_default());
        assert!(told[0].starts_with("1 spike is grazing: it reaches"));
        assert!(told[1].starts_with("7 spikes are grazing: they reach"));
    }

    #[test]
    fn a_cause_is_said_once() {
        let missing = || std::io::Error::from(ErrorKind::NotFound);
        let refused = spikefront::Error::io("read", "a.json", missing());
        let told = describe(&anyhow::Error::from(refused).context("no case"));
        assert_eq!(
            told,
            format!("no case: failed to read a.json: {}", missing())
        );
    }
}
