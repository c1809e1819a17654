//! Ranks that are killed, and runs that are stopped: the others end, and what was saved is gone on with.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::started::{bytes, ended, ends_within, program, succeed};

const RUN: [&str; 9] = [
    "simulate",
    "cuba",
    "--scale",
    "0.3",
    "--duration",
    // Long enough that most kills find something saved.
    if cfg!(debug_assertions) {
        "1500"
    } else {
        "10000"
    },
    "--threads",
    "1",
    "--checkpoint-every",
];
/// Where its duration is.
const DURATION: usize = 5;
/// In ms, of a run that is still at it a second later: so long Open MPI takes to pass Ctrl-C on.
const LONG: &str = "100000";
/// In seconds: so often that a kill meets one that is being written.
const EVERY: &str = "0.03";

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// The processes that one has started, without those that have ended.
pub fn children(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").expect("a Linux system");
    let numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = status.rsplit(')').next().unwrap_or_default();
        let mut fields = after.split_whitespace();
        let (state, of) = (fields.next(), fields.next());
        state != Some("Z") && of == Some(&parent.to_string())
    };
    numbers.filter(is_child).collect()
}

/// Sends a signal to a process, which may have ended.
pub fn signal(pid: u32, signal: &str) {
    let mut kill = Command::new("kill");
    let told = kill
        .args([signal, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    assert!(told.is_ok(), "kill can be called");
}

/// The run of `duration` ms, from its start or from what was saved of it.
fn start(ranks: usize, folder: &Path, duration: &str) -> Child {
    let (out, saved) = (folder.join("run"), folder.join("saved"));
    let (out, saved) = (out.to_str().unwrap(), saved.to_str().unwrap());
    let is_saved = Path::new(saved).exists();
    let mut arguments = RUN.to_vec();
    arguments[DURATION] = duration;
    let place = if is_saved { "--resume" } else { "--checkpoint" };
    arguments.extend([EVERY, "--out", out, place, saved]);
    program(ranks, &arguments)
        .spawn()
        .expect("mpirun is there: Debian's openmpi-bin")
}

/// As [`ended`]; also whether `mpirun` had to be ended itself: that of Open MPI 4.1 may stay after all of its processes have ended, where one
/// of them is killed while it connects.
fn ended_at_last(mut child: Child) -> (Output, bool) {
    let (begun, mut stays) = (Instant::now(), false);
    while !stays && !ends_within(&mut child, Duration::from_secs(5)) {
        stays = children(child.id()).is_empty();
        assert!(
            stays || begun.elapsed() < Duration::from_secs(60),
            "a rank has not ended"
        );
    }
    if stays {
        child.kill().expect("it can be killed");
    }
    (ended(child), stays)
}

/// Kills ranks of runs `kills` times; each run ends soon, and is gone on with until it is complete.
fn killed(kills: usize, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let mut arguments = RUN[..8].to_vec();
    arguments.extend(["--out", whole.to_str().unwrap()]);
    let begun = Instant::now();
    succeed(2, &arguments);
    let longest = begun.elapsed().as_millis() as u64;
    let expected = bytes(&whole, "spikes.npz");
    let mut numbers = Numbers(seed);
    let (mut n_killed, mut n_resumed, mut n_complete, mut n_stayed) = (0, 0, 0, 0);
    while n_killed < kills {
        let ranks = 2 + numbers.below(2) as usize;
        n_resumed += usize::from(folder.path().join("saved").exists());
        let child = start(ranks, folder.path(), RUN[DURATION]);
        std::thread::sleep(Duration::from_millis(numbers.below(longest)));
        let of_run = children(child.id());
        if !of_run.is_empty() {
            signal(of_run[numbers.below(of_run.len() as u64) as usize], "-KILL");
        }
        let begun = Instant::now();
        let (output, stays) = ended_at_last(child);
        n_stayed += usize::from(stays);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            // It was faster than its end.
            assert!(bytes(&folder.path().join("run"), "spikes.npz") == expected);
            std::fs::remove_dir_all(folder.path().join("run")).unwrap();
            n_complete += 1;
            continue;
        }
        n_killed += 1;
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "it lingered: {told}"
        );
        assert!(
            !told.contains("damaged") && !told.contains("cut short"),
            "{told}"
        );
        if n_killed % 5 == 0 {
            // As it is, in one process or in several.
            let output = ended(start(
                1 + numbers.below(3) as usize,
                folder.path(),
                RUN[DURATION],
            ));
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{told}");
            assert!(
                bytes(&folder.path().join("run"), "spikes.npz") == expected,
                "kill {n_killed}"
            );
            std::fs::remove_dir_all(folder.path().join("run")).unwrap();
            n_complete += 1;
        }
    }
    assert!(
        n_resumed > kills / 4,
        "only {n_resumed} runs were gone on with"
    );
    println!(
        "{n_killed} killed, {n_resumed} gone on with, {n_complete} complete and alike; mpirun itself stayed {n_stayed} times"
    );
}

#[test]
#[ignore = "a minute: twenty kills"]
fn a_killed_rank_ends_all_and_the_run_is_gone_on_with() {
    killed(20, 1);
}

/// A number from the environment.
fn asked(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().expect("it is a number"))
}

/// `SPIKEFRONT_KILLS` says how many there are instead, and `SPIKEFRONT_SEED` which: to have them in pieces.
#[test]
#[ignore = "minutes: two hundred kills"]
fn two_hundred_killed_ranks() {
    let kills = asked("SPIKEFRONT_KILLS", 200);
    killed(kills as usize, asked("SPIKEFRONT_SEED", 2));
}

/// Stops a run, by one of its ranks or all, and goes on with it.
fn stopped(is_one: bool) {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let mut arguments = RUN[..8].to_vec();
    arguments[DURATION] = LONG;
    arguments.extend(["--out", whole.to_str().unwrap()]);
    succeed(1, &arguments);
    let mut child = start(2, folder.path(), LONG);
    // Until it runs: its first checkpoint is there.
    let begun = Instant::now();
    while !folder.path().join("saved").exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(
        child.try_wait().unwrap().is_none(),
        "it was too fast to be stopped"
    );
    // One rank, or mpirun by Ctrl-C, is asked to stop, and all ranks do.
    match is_one {
        true => signal(children(child.id()).pop().expect("there are two"), "-TERM"),
        false => signal(child.id(), "-INT"),
    }
    let output = ended(child);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("stopped at ") && told.contains("go on with --resume"),
        "{told}"
    );
    assert!(!output.status.success());
    let output = ended(start(3, folder.path(), LONG));
    assert!(output.status.success());
    let run = folder.path().join("run");
    assert!(bytes(&run, "spikes.npz") == bytes(&whole, "spikes.npz"));
    assert!(!folder.path().join("saved").exists());
}

#[test]
#[ignore = "half a minute, and Open MPI kills after a second what a busy machine keeps from saving"]
fn one_that_is_stopped_saves_itself() {
    stopped(true);
    stopped(false);
}

#[test]
fn one_that_does_not_come_is_named_and_ends_all() {
    let arguments = [
        "simulate",
        "cuba",
        "--scale",
        "0.3",
        "--duration",
        "1e6",
        "--exchange-timeout",
        "1",
    ];
    let child = program(4, &arguments)
        .spawn()
        .expect("mpirun is there: Debian's openmpi-bin");
    std::thread::sleep(Duration::from_secs(3));
    let ranks = children(child.id());
    assert_eq!(ranks.len(), 4);
    // It is there, and does nothing. One of its own number is found among them by what mpirun told it.
    let is_second = |process: &&u32| {
        let path = format!("/proc/{process}/environ");
        let told = std::fs::read(path).unwrap();
        told.split(|byte| *byte == 0)
            .any(|one| one == b"OMPI_COMM_WORLD_RANK=1")
    };
    signal(*ranks.iter().find(is_second).unwrap(), "-STOP");
    let begun = Instant::now();
    let output = ended(child);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(begun.elapsed() < Duration::from_secs(20) && !output.status.success());
    let named = told
        .lines()
        .filter(|line| line.contains("rank 0: it has waited 1 s for rank 1 in one exchange"));
    assert_eq!(told.matches("it has waited").count(), 1, "{told}");
    assert_eq!(named.count(), 1, "{told}");
}
