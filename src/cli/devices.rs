//! `spikefront devices`: the GPUs of this machine, their limits and what they can run.

use std::fmt::Write;

use clap::Args;
use spikefront::gpu::{AdapterDescription, DRIVER_REMEDY, adapters};

use super::engine::why_not;
use super::output;

/// Arguments of `devices`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct DevicesArgs {}

const EXAMPLE: &str = "\
Example:
  spikefront devices

The number in the first column is what --adapter of other commands takes.";

/// Runs `devices`.
pub fn run(_: &DevicesArgs) -> anyhow::Result<()> {
    output::print(&report(&adapters()))
}

const HEAD: [&str; 9] = [
    "#",
    "adapter",
    "kind",
    "interface",
    "buffer",
    "reach",
    "shared",
    "--memory",
    "kernels",
];

fn report(adapters: &[AdapterDescription]) -> String {
    if adapters.is_empty() {
        return format!("No GPU: commands compute on the CPU. For a GPU, {DRIVER_REMEDY}.\n");
    }
    let mut text = table(adapters);
    text.push_str(
        "\nbuffer: the largest; reach: of a buffer, in one kernel; shared: in a workgroup; \
         --memory: unless it is given\n",
    );
    for adapter in adapters.iter().filter(|adapter| !adapter.driver.is_empty()) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: driver {}", adapter.index, adapter.driver);
    }
    for adapter in adapters {
        if let Some(why) = &adapter.shortcoming {
            let _ = writeln!(text, "{}: cannot run the kernels: {why}", adapter.index);
        }
    }
    text + &advice(adapters)
}

/// What `--engine auto` does with these.
fn advice(adapters: &[AdapterDescription]) -> String {
    let usable = adapters
        .iter()
        .filter(|adapter| adapter.is_usable_hardware());
    if let Some(best) = usable.min_by_key(|adapter| adapter.kind) {
        return format!("--engine auto computes on {}, {}.\n", best.index, best.name);
    }
    let mut text = format!("--engine auto computes on the CPU: {}.", why_not(adapters));
    if adapters.iter().any(|adapter| adapter.shortcoming.is_none()) {
        text +=
            " --engine gpu runs the same kernels on a software driver: to check, not for speed.";
    }
    text + "\n"
}

fn table(adapters: &[AdapterDescription]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(adapters.iter().map(row));
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: [usize; HEAD.len()] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Sizes are easier to compare from the right.
            let _ = match column {
                4..=7 => write!(line, "{cell:>width$}  "),
                _ => write!(line, "{cell:<width$}  "),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn row(adapter: &AdapterDescription) -> [String; HEAD.len()] {
    let limits = &adapter.limits;
    [
        adapter.index.to_string(),
        adapter.name.clone(),
        adapter.kind.to_string(),
        adapter.backend.clone(),
        size(limits.buffer),
        size(limits.binding),
        size(limits.workgroup_memory.into()),
        // Without a unit, as the option takes it.
        (adapter.default_memory >> 20).to_string(),
        if adapter.shortcoming.is_none() {
            "run"
        } else {
            "no"
        }
        .to_owned(),
    ]
}

/// Bytes in the largest unit that leaves at least four, rounded down.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (1 << 50, "PiB"),
        (1 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    let unit = UNITS.iter().find(|(unit, _)| bytes / 4 >= *unit);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{} {name}", bytes / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::engine::tests::described;
    use spikefront::gpu::AdapterKind;

    #[test]
    fn no_adapter_has_a_remedy() {
        let told = report(&[]);
        assert!(
            told.contains("on the CPU") && told.contains("install a Vulkan"),
            "{told}"
        );
    }

    #[test]
    fn adapters_are_a_table() {
        let mut second = described(AdapterKind::Discrete, None);
        second.index = 1;
        second.driver = "maker 1.2".into();
        let small = described(AdapterKind::Integrated, Some("it offers 4 storage buffers"));
        let told = report(&[small, second]);
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[0].starts_with("#  adapter"), "{told}");
        assert!(
            lines[1].ends_with("no") && lines[2].ends_with("run"),
            "{told}"
        );
        assert!(lines[2].contains("2048 MiB  128 MiB  16 KiB"), "{told}");
        assert!(told.contains("1: driver maker 1.2"), "{told}");
        assert!(
            told.contains("0: cannot run the kernels: it offers 4"),
            "{told}"
        );
        assert!(told.contains("auto computes on 1, GPU X"), "{told}");
    }

    #[test]
    fn a_software_driver_alone_is_no_gpu() {
        let told = report(&[described(AdapterKind::Software, None)]);
        assert!(
            told.contains("auto computes on the CPU: no hardware GPU"),
            "{told}"
        );
        assert!(
            told.contains("--engine gpu runs the same kernels"),
            "{told}"
        );
    }

    #[test]
    fn sizes_are_rounded_down() {
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(u64::MAX), "16383 PiB");
        assert_eq!(size((2 << 30) - 1), "2047 MiB");
    }
}
