//! Times that look as if they were given in seconds.

/// Below so many ms a time constant may be one in seconds: those of membranes and synapses are 1 to 200 ms, or 0.001 to 0.2 s.
const SHORT: f64 = 0.2;
/// A run of so many time constants of that kind is one in ms: in seconds it would be a thousandth of that.
const LONG: f64 = 200.0;
/// All spikes within so large a share of a run are taken for seconds: twice the thousandth that they would be.
const SHARE: f64 = 0.002;

/// What is said of times in seconds.
pub(crate) const SECONDS: &str = "which looks like seconds; times are in ms";

/// Whether a time constant, in ms, looks like seconds beside a run of `duration` ms: below 0.2 and the run 200 times as long
/// or longer.
pub(crate) fn is_tau_in_seconds(tau: f64, duration: f64) -> bool {
    tau > 0.0 && tau < SHORT && LONG * tau <= duration
}

/// Says so where spike times, in ms, look like seconds beside a run of `duration` ms: all of them in the run's first 500th,
/// and not all at its start. `what` are the spikes.
pub(crate) fn spikes_in_seconds(what: &str, times: &[f64], duration: f64) -> Option<String> {
    let last = times.iter().copied().fold(0.0, f64::max);
    (last > 0.0 && last <= SHARE * duration)
        .then(|| format!("{what} end at {last} ms in a run of {duration} ms, {SECONDS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_told_from_ms_beside_the_run() {
        assert!(is_tau_in_seconds(0.02, 100.0) && is_tau_in_seconds(0.005, 30.0));
        assert!(!is_tau_in_seconds(0.5, 1000.0) && !is_tau_in_seconds(0.0, 1000.0));
        // All of it in seconds is right again.
        assert!(!is_tau_in_seconds(0.02, 0.5));
        let told = |times: &[f64], duration| spikes_in_seconds("the spikes", times, duration);
        let seconds = told(&[0.001, 0.0203], 20.0).expect("they are");
        assert!(
            seconds.contains("end at 0.0203 ms in a run of 20 ms"),
            "{seconds}"
        );
        for (times, duration) in [
            (&[1.0, 20.3][..], 20.0),
            (&[0.001, 0.0203], 0.02),
            (&[0.0, 0.0], 20.0),
            (&[], 20.0),
        ] {
            assert_eq!(told(times, duration), None, "{times:?}");
        }
    }
}
