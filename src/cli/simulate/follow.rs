//! A simulation on its way to its end.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use spikefront::Result;
use spikefront::network::NetworkBuilder;

use super::saved::Saving;
use super::simulation::Simulation;
use super::watched::Watched;
use crate::cli::interrupt::Interrupt;
use crate::cli::output;

/// So many times a run is looked at from outside at least: progress, Ctrl-C.
const GLANCES: f64 = 200.0;
/// Where there is no bar, it is told how far the run is every so many seconds.
const NOTE_SECONDS: f64 = 10.0;
/// How many seconds the next look may take to come.
const STRIDE_SECONDS: f64 = 0.2;

/// Goes on until `duration` ms, with checkpoints where they are asked for; whether it was stopped before.
pub fn follow(
    simulation: &mut Simulation,
    duration: f64,
    watched: &mut Watched<'_>,
    saving: &mut Option<(Saving, &NetworkBuilder)>,
    interrupt: &Interrupt,
) -> Result<bool> {
    let (window, begun) = (simulation.stream().window(), simulation.stream().time());
    let (start, bar) = (Instant::now(), progress());
    let (mut is_stopped, mut until) = (false, begun);
    let mut noted = start;
    let longest = (duration / GLANCES).max(window);
    let mut stride = longest.min(16.0 * window);
    while until < duration && !is_stopped {
        let began = Instant::now();
        until = simulation.next(duration.min(until + stride))?;
        watched.advance(simulation.stream(), until)?;
        let took = began.elapsed().as_secs_f64().max(1e-6);
        // At most twice as long as the one before: activity may grow.
        stride = (stride * (STRIDE_SECONDS / took).min(2.0)).clamp(window, longest);
        let factor = start.elapsed().as_secs_f64() / ((until - begun) / 1e3);
        if let Some(bar) = &bar {
            bar.set_position((GLANCES * until / duration) as u64);
            bar.set_message(format!("{until:.0} ms, {factor:.1} times real time"));
        } else if noted.elapsed().as_secs_f64() >= NOTE_SECONDS {
            noted = Instant::now();
            output::note(&format!(
                "{until:.1} of {duration} ms, {factor:.1} times real time"
            ));
        }
        let is_due = saving.as_ref().is_some_and(|(saving, _)| saving.is_due());
        let look = simulation.look(interrupt, saving.is_some(), is_due)?;
        is_stopped = look.stops && until < duration;
        if let (true, Some((saving, described))) = (look.saves && until < duration, &mut *saving)
            && let Some(state) = simulation.state()?
        {
            saving.write(described, state, watched)?;
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(is_stopped)
}

fn progress() -> Option<ProgressBar> {
    use std::io::{IsTerminal, stderr};
    stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(GLANCES as u64);
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta} left  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    })
}
