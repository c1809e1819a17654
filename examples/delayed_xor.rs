//! Memory: exclusive or of two cues 150 ms apart, with and without recurrence.
//!
//! `cargo run --release --example delayed_xor [-- gpu]`
//!
//! The membrane forgets within 20 ms. Spikes that the hidden neurons send one another, 10 ms late each time, do not: trained with exact
//! gradients through all of them, they carry the first cue to the second. The same network without recurrence
//! cannot learn it. All settings are the preset's, `spikefront preset delayed-xor`.

use std::sync::Arc;

use spikefront::cpu::CpuEngine;
use spikefront::gpu::GpuEngine;
use spikefront::train::{Experiment, Task};
use spikefront::{Engine, Result};

fn main() -> Result<()> {
    let engine: Arc<dyn Engine> = if std::env::args().any(|argument| argument == "gpu") {
        Arc::new(GpuEngine::new(&Default::default())?)
    } else {
        Arc::new(CpuEngine::new())
    };
    let recurrent = Experiment::preset(Task::DelayedXor, "default")?;
    let mut feed_forward = recurrent.clone();
    feed_forward.layers[0].recurrent = None;
    for (name, experiment) in [("recurrent", recurrent), ("feed-forward", feed_forward)] {
        let prepared = experiment.prepare(0)?;
        let mut trainer = prepared.trainer(engine.clone())?;
        for epoch in 1..=experiment.epochs {
            let metrics = trainer.epoch(&prepared.train, None)?;
            if epoch % 10 == 0 {
                let accuracy = 100.0 * trainer.evaluate(&prepared.test)?.accuracy;
                println!(
                    "{name}, epoch {epoch:2}: loss {:.4}, test accuracy {accuracy:.1} %",
                    metrics.loss
                );
            }
        }
    }
    Ok(())
}
