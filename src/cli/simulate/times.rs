//! Whether a run has a beginning and an end that can be waited for.

use spikefront::networks::RunSettings;
use spikefront::{Error, Result};

/// The most windows of a run: more end in no lifetime.
const MOST_WINDOWS: f64 = 1e10;

/// From when on spikes count; a duration without an end is refused before the network is made, which may take minutes.
pub fn beginning(run: &RunSettings) -> Result<f64> {
    let duration = run.duration;
    if !(duration.is_finite() && duration > 0.0) {
        let remedy = "give a time in ms above zero";
        return Err(Error::invalid("duration", duration, remedy));
    }
    if let Some(window) = run.window.filter(|window| *window > 0.0) {
        check_windows(duration, window, true)?;
    }
    let from = run.from.unwrap_or(duration / 10.0);
    if !(from >= 0.0 && from < duration) {
        let remedy = format!("give a time in ms from 0 to the duration, {duration}");
        return Err(Error::invalid("from", from, remedy));
    }
    Ok(from)
}

/// Refuses a run of more windows than anyone waits for; a window that is not given is as long as the network allows.
pub fn check_windows(duration: f64, window: f64, is_given: bool) -> Result<()> {
    if duration / window <= MOST_WINDOWS {
        return Ok(());
    }
    let n = duration / window;
    let (longest, shortest) = (MOST_WINDOWS * window, duration / MOST_WINDOWS);
    let or = match is_given {
        true => format!("a window of at least {shortest:e} ms"),
        false => "longer delays and time constants".to_owned(),
    };
    Err(Error::invalid(
        "duration",
        format!("{duration:?} ms, {n:.0e} windows of {window:?} ms"),
        format!(
            "a run has {MOST_WINDOWS:.0e} windows at most: give a duration of up to {longest:e} ms, or {or}"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_checked_before_anything_is_made() -> Result<()> {
        let run = |duration: f64, from: Option<f64>| RunSettings {
            duration,
            from,
            seed: 0,
            window: Some(0.5),
        };
        assert_eq!(beginning(&run(200.0, None))?, 20.0);
        assert_eq!(beginning(&run(200.0, Some(0.0)))?, 0.0);
        for (duration, from, told) in [
            (f64::INFINITY, None, "above zero"),
            (-1.0, None, "above zero"),
            (1e300, None, "1e10 windows at most"),
            (200.0, Some(200.0), "from 0 to the duration, 200"),
        ] {
            let error = beginning(&run(duration, from)).expect_err("it is refused");
            let text = error.to_string();
            assert!(text.contains(told) && text.len() < 200, "{text}");
        }
        Ok(())
    }
}
