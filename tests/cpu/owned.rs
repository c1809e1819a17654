//! What is at work owns what it works with: it outlives where it was made, and goes on in another thread.

use spikefront::Result;
use spikefront::cpu::CpuEngine;
use spikefront::cpu::stream::{CpuStream, StreamOptions};
use spikefront::train::{Experiment, Task, Trainer};

fn trainer() -> Result<(Trainer, spikefront::train::Samples)> {
    let prepared = Experiment::preset(Task::Xor, "default")?.prepare(1)?;
    let trainer = prepared.trainer(CpuEngine::new().threads(1)?)?;
    Ok((trainer, prepared.train))
}

#[test]
fn a_trainer_goes_on_in_another_thread() -> Result<()> {
    let (mut stays, samples) = trainer()?;
    stays.epoch(&samples, None)?;
    stays.epoch(&samples, None)?;
    let (mut moves, samples) = trainer()?;
    moves.epoch(&samples, None)?;
    let moved = std::thread::spawn(move || {
        let epoch = moves.epoch(&samples, None);
        epoch.map(|_| moves.parameters().values().to_vec())
    });
    let moved = moved.join().expect("it does not panic")?;
    assert_eq!(moved, stays.parameters().values());
    // Two epochs are not one.
    let (mut shorter, samples) = trainer()?;
    shorter.epoch(&samples, None)?;
    assert_ne!(moved, shorter.parameters().values());
    Ok(())
}

#[test]
fn a_stream_goes_on_in_another_thread() -> Result<()> {
    let stream = || {
        let network = spikefront::networks::cuba(0.05, 1).build_in_rows()?;
        CpuStream::new(&network, StreamOptions::default())
    };
    let mut moves = stream()?;
    moves.run(20.0, |_| Ok(()))?;
    let moved = std::thread::spawn(move || moves.run(40.0, |_| Ok(())).map(|()| moves.spikes()));
    let mut stays = stream()?;
    stays.run(40.0, |_| Ok(()))?;
    assert_eq!(moved.join().expect("it does not panic")?, stays.spikes());
    assert!(stays.spikes() > 0);
    Ok(())
}
