//! How much memory this process ever held at once, and how much synapses may take.

use spikefront::memory::available;

/// In megabytes of 10^6 bytes; `None` where the system does not say.
pub fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    parse(&status)
}

/// Of what is free, synapses may take so much: a run needs some for its neurons.
const SHARE: f64 = 0.8;

/// How many bytes the synapses of a large network may take at a time.
pub fn for_synapses() -> u64 {
    available().map_or(u64::MAX, |free| (free as f64 * SHARE) as u64)
}

/// The line is `VmHWM:     1234 kB`, and its kB are KiB.
fn parse(status: &str) -> Option<f64> {
    kibibytes(status, "VmHWM:").map(|kibibytes| kibibytes * 1024.0 / 1e6)
}

fn kibibytes(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_found_or_nothing() {
        assert_eq!(
            parse("Name: x\nVmHWM:\t  1000000 kB\nVmRSS: 1 kB\n"),
            Some(1024.0)
        );
        assert_eq!(parse("Name: x\n"), None);
        assert_eq!(parse("VmHWM: many kB\n"), None);
    }
}
