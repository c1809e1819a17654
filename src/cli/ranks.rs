//! Whether this process is one of several that `mpirun` or `srun` started.

use spikefront::{Error, Result};

/// What starters of processes tell them: which one they are, how many there are; of those on this machine how many there are, and which
/// one they are.
const NAMES: [[&str; 4]; 3] = [
    // Open MPI.
    [
        "OMPI_COMM_WORLD_RANK",
        "OMPI_COMM_WORLD_SIZE",
        "OMPI_COMM_WORLD_LOCAL_SIZE",
        "OMPI_COMM_WORLD_LOCAL_RANK",
    ],
    // MPICH and Intel MPI.
    ["PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"],
    // Slurm with PMIx.
    [
        "PMIX_RANK",
        "SLURM_NTASKS",
        "SLURM_NTASKS_PER_NODE",
        "SLURM_LOCALID",
    ],
];

/// One process of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    pub rank: usize,
    pub size: usize,
    /// How many there are on this machine.
    pub on_machine: usize,
    /// Which of those it is.
    pub here: usize,
}

/// What this process was started as; none where it is alone.
pub fn started() -> Option<Started> {
    read(|name| std::env::var(name).ok())
}

fn read(variable: impl Fn(&str) -> Option<String>) -> Option<Started> {
    let number = |name: &str| variable(name)?.trim().parse::<usize>().ok();
    let found = NAMES.iter().find_map(|[rank, size, on_machine, here]| {
        let (rank, size) = (number(rank)?, number(size)?);
        Some(Started {
            rank,
            size,
            on_machine: number(on_machine).unwrap_or(size).max(1),
            here: number(here).unwrap_or(rank),
        })
    });
    found.filter(|started| started.size > 1)
}

impl Started {
    /// How many threads this process has, unless it is told: the cores that it was given, or its share of all.
    pub fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        match is_bound() {
            true => cores,
            false => (cores / self.on_machine).max(1),
        }
    }

    /// Refuses a command that does not know how to share its work: each process would do all of it, into the same files.
    ///
    /// # Errors
    /// Always.
    pub fn refuse(&self, command: &str) -> Result<()> {
        Err(Error::unavailable(
            format!("`{command}` in {} processes", self.size),
            "start it without mpirun; `spikefront simulate` runs one network over all of them",
        ))
    }
}

/// Whether whoever started the process has given it some of the machine's cores.
fn is_bound() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let own = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let all = std::fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    own.is_some_and(|own| !all.is_empty() && own.trim() != all.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_know_what_they_were_started_as() {
        let with = |set: &[(&str, &str)]| {
            read(|name| {
                let found = set.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(with(&[]), None);
        let open_mpi = [
            ("OMPI_COMM_WORLD_RANK", "3"),
            ("OMPI_COMM_WORLD_SIZE", "8"),
            ("OMPI_COMM_WORLD_LOCAL_SIZE", "4"),
            ("OMPI_COMM_WORLD_LOCAL_RANK", "1"),
        ];
        let expected = Started {
            rank: 3,
            size: 8,
            on_machine: 4,
            here: 1,
        };
        assert_eq!(with(&open_mpi), Some(expected));
        assert_eq!(with(&open_mpi[..1]), None);
        let found = with(&[("PMI_RANK", "0"), ("PMI_SIZE", "2")]);
        assert_eq!(found.map(|s| (s.size, s.on_machine)), Some((2, 2)));
        // Alone.
        assert_eq!(with(&[("PMI_RANK", "0"), ("PMI_SIZE", "1")]), None);
        assert_eq!(with(&[("SLURM_NTASKS", "4")]), None);
    }
}
