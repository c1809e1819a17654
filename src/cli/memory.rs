//! How much memory this process ever held at once.

/// In megabytes of 10^6 bytes; `None` where the system does not say.
pub fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    parse(&status)
}

/// The line is `VmHWM:     1234 kB`, and its kB are KiB.
fn parse(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
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
