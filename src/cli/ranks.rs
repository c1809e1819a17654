//! Whether this process is one of several that `mpirun` or `srun` started.

use serde::{Deserialize, Serialize};
#[cfg(not(feature = "mpi"))]
use spikefront::Error;
use spikefront::ranks::{Ranks, Traffic};
use spikefront::{Result, count};

#[cfg(feature = "mpi")]
use super::Outcome;

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

    /// Why a program without MPI does not start: each process would do all of the work, into the same files.
    #[cfg(not(feature = "mpi"))]
    pub fn without_mpi(&self, what: &str) -> Error {
        Error::unavailable(
            format!("{what} in {} processes", self.size),
            "this program was built without MPI: build it with `--features mpi` (Debian: libopenmpi-dev openmpi-bin libclang-dev), \
             or start it without mpirun",
        )
    }
}

/// What exchanges between ranks have cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    pub ranks: usize,
    pub exchanges: u64,
    /// What all ranks have sent, each message counted once.
    pub sent_bytes: u64,
    /// Of the rank that was least in exchanges and of that which was most: on the way, and waiting for others.
    pub exchange_seconds: [f64; 2],
    /// Likewise, how long it has computed while an exchange was on its way.
    pub overlapped_seconds: [f64; 2],
}

impl Costs {
    /// Of all ranks, since this one had `before`. Every rank asks.
    ///
    /// # Errors
    /// A rank that has failed.
    pub fn since(before: Traffic, ranks: &mut Ranks) -> Result<Self> {
        let now = ranks.traffic();
        let time = (now.time - before.time).as_secs_f64();
        let overlapped = (now.overlapped - before.overlapped).as_secs_f64();
        let sent = now.sent_bytes - before.sent_bytes;
        let all = ranks.all_gather(vec![sent, time.to_bits(), overlapped.to_bits()])?;
        let ends = |of: usize| {
            let seconds = all.iter().map(|words| f64::from_bits(words[of]));
            seconds.fold([f64::INFINITY, 0.0], |[least, most], seconds: f64| {
                [seconds.min(least), seconds.max(most)]
            })
        };
        Ok(Self {
            ranks: all.len(),
            exchanges: now.exchanges - before.exchanges,
            sent_bytes: all.iter().map(|words| words[0]).sum(),
            exchange_seconds: ends(1),
            overlapped_seconds: ends(2),
        })
    }

    /// In a line, for people.
    pub fn told(&self) -> String {
        format!(
            "{} ranks: {}, {:.2} to {:.2} s of a rank's time and {:.2} to {:.2} s beside computation, {:.3} MB sent in all",
            self.ranks,
            count(self.exchanges as usize, "exchange"),
            self.exchange_seconds[0],
            self.exchange_seconds[1],
            self.overlapped_seconds[0],
            self.overlapped_seconds[1],
            self.sent_bytes as f64 / 1e6,
        )
    }
}

/// What a process that goes along with others leaves to rank 0, which has been told of any error: one that ended with a code of its own
/// would end the others before they are done.
#[cfg(feature = "mpi")]
pub fn as_first_tells(is_first: bool, outcome: anyhow::Result<Outcome>) -> anyhow::Result<Outcome> {
    match is_first {
        true => outcome,
        false => Ok(Outcome::Success),
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
