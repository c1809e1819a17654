//! Programs that run over some ranks, and their ends.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long any of these runs may take, far more than it does: one that waits for ever fails.
const PATIENCE: Duration = Duration::from_secs(100);

/// The program on some ranks, without `mpirun` on one.
pub fn program(ranks: usize, arguments: &[&str]) -> Command {
    let program = env!("CARGO_BIN_EXE_spikefront");
    let mut command = match ranks {
        1 => Command::new(program),
        _ => {
            let mut command = Command::new("mpirun");
            command.args(["--allow-run-as-root", "--oversubscribe", "-n"]);
            command.arg(ranks.to_string()).arg(program);
            command
        }
    };
    command.args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub fn run(ranks: usize, arguments: &[&str]) -> Output {
    let child = program(ranks, arguments).spawn();
    ended(child.expect("mpirun is there: Debian's openmpi-bin"))
}

/// Whether it ends within some time.
pub fn ends_within(child: &mut Child, patience: Duration) -> bool {
    let begun = Instant::now();
    while child.try_wait().expect("it can be waited for").is_none() {
        if begun.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Waits for its end.
pub fn ended(mut child: Child) -> Output {
    if !ends_within(&mut child, PATIENCE) {
        child.kill().expect("it can be killed");
        panic!("it has not ended: {:?}", child.wait_with_output());
    }
    child.wait_with_output().expect("it has ended")
}

/// Runs it to an end without an error.
pub fn succeed(ranks: usize, arguments: &[&str]) -> String {
    let output = run(ranks, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?} on {ranks}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A file's bytes.
pub fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
