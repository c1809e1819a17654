//! The options of this program that a refusal of the library asks for; the library does not know them.

use spikefront::{Error, ErrorKind};

/// Sections that only the file of a simulation has.
const SIMULATION: [&str; 6] = [
    "simulation",
    "population",
    "generator",
    "projection",
    "poisson",
    "record",
];

/// Whether an error is about one of these, by its heading in a file or by the key of a setting.
fn is_of_simulation(text: &str) -> bool {
    SIMULATION.iter().any(|section| {
        let is_key = text
            .strip_prefix(section)
            .is_some_and(|rest| rest.starts_with('.'));
        is_key || text.contains(&format!("[{section}]"))
    })
}

/// What to add to an error, if anything.
pub fn hint(error: &anyhow::Error) -> &'static str {
    let Some(refused) = error.downcast_ref::<Error>() else {
        return "";
    };
    let text = refused.to_string();
    match refused.kind() {
        ErrorKind::SpikeBudget => " (--spike-budget N sets it)",
        ErrorKind::Invalid if text.starts_with("data.folder ") => " (--data DIR)",
        ErrorKind::Invalid if text.starts_with("from is ") => " (--from MS)",
        ErrorKind::Invalid if text.starts_with("time unit of the graph ") => " (--time-unit s|ms)",
        ErrorKind::Invalid if text.starts_with("jump of the current ") => {
            " (--jump weight|w-in|delta, or --step MS)"
        }
        ErrorKind::Invalid if text.contains("a constant current of unknown size") => {
            " (--step MS, in place of --jump)"
        }
        ErrorKind::Invalid if text.contains("or say that the input is constant") => {
            " (--constant-input X)"
        }
        ErrorKind::Invalid if text.contains("by subtraction: NIR cannot say it") => {
            " (--reset subtract, here and where it is read)"
        }
        _ if text.ends_with("or let it be partial") => " (--init-partial)",
        ErrorKind::Invalid if text.contains("or readout = true") => {
            " (`spikefront preset every-simulation-key` explains all keys)"
        }
        _ if text.contains("missing field `") => match is_of_simulation(&text) {
            true => " (`spikefront preset every-simulation-key` explains all keys)",
            false if text.contains(".json") => " (docs/GUIDE.md shows a case)",
            false => " (`spikefront preset every-key` explains all keys)",
        },
        ErrorKind::Memory if text.contains("give a memory limit") => {
            " (--memory MIB, --engine cpu)"
        }
        ErrorKind::Unavailable | ErrorKind::Device | ErrorKind::Memory
            if text.contains("the CPU engine") =>
        {
            " (--engine cpu)"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_the_options_that_help() {
        let of = |error: Error| hint(&error.into());
        let no_gpu = Error::unavailable("a GPU", "install a driver, or use the CPU engine");
        assert_eq!(of(no_gpu), " (--engine cpu)");
        let folder = Error::invalid("data.folder", "not given", "name the folder");
        assert_eq!(of(folder), " (--data DIR)");
        let partial = Error::malformed("w.npz", "it lacks a: name another, or let it be partial");
        assert_eq!(of(partial), " (--init-partial)");
        let open = Error::invalid("time unit of the graph", "not said", "say which");
        assert_eq!(of(open), " (--time-unit s|ms)");
        let open = Error::invalid("jump of the current of node \"a\"", "not said", "say which");
        assert!(of(open).contains("--jump"));
        let lacking = |section: &str| {
            let detail = format!("{section}: missing field `tau`; add tau = ...");
            of(Error::malformed("own.toml, line 3", detail))
        };
        assert!(lacking("[[population]] \"E\"").contains("every-simulation-key"));
        assert!(lacking("[neuron]").contains("preset every-key"));
        assert!(lacking("add a section [simulation]").contains("every-simulation-key"));
        let case = Error::malformed("case.json", "missing field `end` at line 1 column 2");
        assert_eq!(of(case), " (docs/GUIDE.md shows a case)");
        let key = Error::invalid("record.E", "{}", "missing field `kind`; add kind = ...");
        assert!(of(key).contains("every-simulation-key"));
        let key = Error::invalid("data", "{}", "missing field `task`; add task = ...");
        assert!(of(key).contains("preset every-key"));
        assert_eq!(of(Error::invalid("duration", 0, "give more")), "");
        assert_eq!(hint(&anyhow::anyhow!("the CPU engine")), "");
    }
}
