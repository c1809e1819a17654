//! How much memory there is, before anything is asked for.
//!
//! What the machine has free is not what a process may have: limits of the process (`ulimit -v`, `-d`) and of its
//! control groups count as well. On systems that do not say, nothing is refused.

use crate::{Error, Result};

/// How many bytes this process can still be given; none where the system does not say.
pub fn available() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let free = read("/proc/meminfo").and_then(|text| field(&text, "MemAvailable:"));
    let status = read("/proc/self/status").unwrap_or_default();
    let limits = read("/proc/self/limits").unwrap_or_default();
    let left = |limit: &str, used: &str| {
        let limit = limit_of(&limits, limit)?;
        Some(limit.saturating_sub(field(&status, used)?))
    };
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    let all = [
        free,
        left("Max address space", "VmSize:"),
        left("Max data size", "VmData:"),
        groups_left(&groups, &|path| read(path)),
    ];
    all.into_iter().flatten().min()
}

/// Refuses what takes more than there is, before it is asked for; `fits` says what would fit into so many bytes.
///
/// # Errors
/// Too much: what it would take, and what there is.
pub fn check(what: &str, needed: u64, fits: impl FnOnce(u64) -> String) -> Result<()> {
    match available() {
        Some(there) if needed > there => Err(Error::memory(what, needed, there, fits(there))),
        _ => Ok(()),
    }
}

/// As [`check`], for what every call of an engine asks: so little that it always fits is not looked up, which takes longer than
/// a small run.
pub(crate) fn check_large(what: &str, needed: u64, fits: impl FnOnce(u64) -> String) -> Result<()> {
    const NOT_WORTH_ASKING: u64 = 64 << 20;
    match needed < NOT_WORTH_ASKING {
        true => Ok(()),
        false => check(what, needed, fits),
    }
}

/// The size behind a name at the start of a line, in bytes; the files' kB are KiB.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

/// A soft limit of the process in bytes; none where it is unlimited.
fn limit_of(limits: &str, name: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What the tightest of the control groups leaves, of either version.
fn groups_left(groups: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<u64> {
    let number = |path: String| read(&path)?.trim().parse::<u64>().ok();
    let mut least: Option<u64> = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (root, limit, used) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
            names if names.split(',').any(|name| name == "memory") => (
                "/sys/fs/cgroup/memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
            ),
            _ => continue,
        };
        // A group's limit holds for all groups below it.
        let mut path = path.trim_end_matches('/');
        loop {
            let limit = number(format!("{root}{path}/{limit}"));
            let used = number(format!("{root}{path}/{used}")).unwrap_or(0);
            let left = limit.map(|limit| limit.saturating_sub(used));
            least = least.into_iter().chain(left).min();
            match path.rfind('/') {
                Some(end) => path = &path[..end],
                None => break,
            }
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_or_nothing() {
        assert_eq!(
            field("A: 1 kB\nMemAvailable:   12 kB\n", "MemAvailable:"),
            Some(12 << 10)
        );
        assert_eq!(field("MemAvailable: many kB\n", "MemAvailable:"), None);
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax data size   unlimited  unlimited  bytes\n\
                      Max address space  1048576  unlimited  bytes\n";
        assert_eq!(limit_of(limits, "Max address space"), Some(1_048_576));
        assert_eq!(limit_of(limits, "Max data size"), None);
    }

    #[test]
    fn the_tightest_group_counts() {
        let read = |path: &str| {
            let text = match path {
                "/sys/fs/cgroup/a/b/memory.max" => "max\n",
                "/sys/fs/cgroup/a/memory.max" => "1000\n",
                "/sys/fs/cgroup/a/memory.current" => "300\n",
                "/sys/fs/cgroup/memory.max" => "5000\n",
                "/sys/fs/cgroup/memory/c/memory.limit_in_bytes" => "600\n",
                "/sys/fs/cgroup/memory/c/memory.usage_in_bytes" => "900\n",
                _ => return None,
            };
            Some(text.to_owned())
        };
        assert_eq!(groups_left("0::/a/b\n", &read), Some(700));
        assert_eq!(groups_left("0::/\n", &read), Some(5000));
        assert_eq!(groups_left("4:cpu,memory:/c\n0::/a/b\n", &read), Some(0));
        assert_eq!(groups_left("1:cpu:/c\n", &read), None);
    }

    #[test]
    fn too_much_is_refused_with_what_there_is() {
        if available().is_some() {
            let told = check("all of it", u64::MAX, |there| format!("{there} fit"));
            let told = told.expect_err("too much").to_string();
            assert!(
                told.starts_with("all of it needs 17592186044416 MiB"),
                "{told}"
            );
        }
        assert!(check("nothing", 0, |_| String::new()).is_ok());
    }
}
