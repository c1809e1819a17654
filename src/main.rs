//! The command line: exact gradients of spiking networks from a shell.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    quiet_drivers();
    cli::run(&cli::parse())
}

/// Where there is no session with a screen, Mesa's layer that asks the screen which GPU it is
/// on has nobody to ask, and says so on standard error each time a driver is loaded.
fn quiet_drivers() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        #[expect(unsafe_code, reason = "the environment has no other way to be set")]
        // SAFETY: the first thing the program does; no other thread reads the environment.
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1")
        };
    }
}
