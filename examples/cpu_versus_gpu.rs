//! The GPU's gradient of one training batch against the CPU's.
//!
//! `cargo run --release --example cpu_versus_gpu [-- FOLDER]` prints how far they lie apart, and draws
//! one against the other in FOLDER (by default `runs/cpu_versus_gpu`).

use spikefront::compare::{Bars, Subject, compare};
use spikefront::cpu::CpuEngine;
use spikefront::files::{create_folder, write_atomically};
use spikefront::gpu::{GpuEngine, GpuOptions};
use spikefront::plot::{Scatter, ScatterScale, scatter};
use spikefront::train::{Experiment, Task};
use spikefront::{ErrorKind, GradientOptions, Method, Result};

fn main() -> Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or("runs/cpu_versus_gpu".into());
    let gpu = match GpuEngine::new(&GpuOptions::default()) {
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            println!("nothing to compare: {error}");
            return Ok(());
        }
        gpu => gpu?,
    };
    let subject = Subject::training(
        "yin-yang",
        &Experiment::preset(Task::YinYang, "default")?,
        32,
        0,
    )?;
    let agreement = compare(
        &CpuEngine::new(),
        &gpu,
        &subject.problem(),
        &GradientOptions::default(),
        &[Method::Adjoint],
        &|recording| subject.cotangent(recording),
    )?;
    let gradient = &agreement.gradients[0];
    let (times, errors) = (&agreement.spike_times, gradient.errors());
    println!("{} on {}", subject.name, gpu.description());
    println!(
        "{} spikes, {} samples fire otherwise",
        agreement.n_spikes,
        agreement.unequal.len()
    );
    println!("                  median    99.9 %   largest");
    println!(
        "spike times [ms]  {:.1e}   {:.1e}   {:.1e}",
        times.median(),
        times.tail(),
        times.largest()
    );
    println!(
        "gradient          {:.1e}   {:.1e}   {:.1e}",
        errors.median(),
        errors.tail(),
        errors.largest()
    );
    for shortfall in agreement.shortfalls(&Bars::SINGLE) {
        println!("{shortfall}");
    }
    create_folder(&folder)?;
    let path = std::path::Path::new(&folder).join("gradients.svg");
    let picture = scatter(&Scatter {
        x: &gradient.reference,
        y: &gradient.other,
        x_name: "CPU gradient, f64",
        y_name: "GPU gradient, f32",
        caption: "d(loss)/d(weight) of Yin-Yang, one dot a weight",
        scale: ScatterScale::Magnitude,
    })?;
    write_atomically(&path, picture.as_bytes())?;
    println!("scatter in {}", path.display());
    Ok(())
}
