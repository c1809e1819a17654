//! Any network runs as a batch and as one long run, with the same spikes and the same derivatives.

mod forms;
mod gpu;
mod gpu_at_once;
mod gpu_at_once_mutants;
mod long_run;
mod networks;

use spikefront::cpu::stream::{
    CpuStream, StateRecorder, StateSample, StreamGradientOptions, StreamOptions, StreamSpike,
    spikes_by_event,
};
use spikefront::event::Recording;
use spikefront::network::NetworkInRows;
use spikefront::stream::StreamState;
use spikefront::{Method, Result};

use forms::{Both, apart};
use networks::{DURATION, Mutant, describe};

const NETWORKS: u64 = 150;

/// By neuron, then time.
fn sorted(mut spikes: Vec<(f64, u32)>) -> Vec<(f64, u32)> {
    spikes.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)));
    spikes
}

fn of_batch(recording: &Recording) -> Vec<(f64, u32)> {
    let times = recording.times().iter().copied();
    sorted(times.zip(recording.neurons().iter().copied()).collect())
}

fn of_rows(network: &NetworkInRows, window: Option<f64>) -> Result<Vec<(f64, u32)>> {
    let mut simulation = CpuStream::new(network, StreamOptions::default().window(window))?;
    let window = simulation.window();
    let mut spikes = Vec::new();
    simulation.run(DURATION, |fired| {
        spikes.extend(fired.iter().map(|spike| (spike.time(window), spike.neuron)));
        Ok(())
    })?;
    Ok(sorted(spikes))
}

/// The largest difference of times; infinite where the spikes are not the same.
fn difference(a: &[(f64, u32)], b: &[(f64, u32)]) -> f64 {
    let same = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.1 == b.1);
    match same {
        false => f64::INFINITY,
        true => {
            let off = a.iter().zip(b).map(|(a, b)| (a.0 - b.0).abs());
            off.fold(0.0, f64::max)
        }
    }
}

/// Whether there are spikes, none of them slow: one that nearly grazes the threshold magnifies roundings.
fn says_something(recording: &Recording) -> bool {
    let slowest = recording.slopes().iter().copied().fold(f64::MAX, f64::min);
    (3..500).contains(&recording.n_spikes()) && slowest > 0.02
}

/// The networks that say something, each with its seed and what a batch records.
fn networks() -> Result<Vec<(u64, Both, Recording)>> {
    let mut all = Vec::new();
    for seed in 0..NETWORKS {
        let both = Both::new(&describe(seed, Mutant::None), seed)?;
        match both.recording() {
            Ok(recording) if says_something(&recording) => all.push((seed, both, recording)),
            _ => (),
        }
    }
    assert!(all.len() > 110, "{} networks say something", all.len());
    Ok(all)
}

#[test]
fn spikes_are_those_of_a_batch() -> Result<()> {
    let (mut spikes, mut worst) = (0, 0.0_f64);
    let mut without_delay = 0;
    for (seed, both, recording) in networks()? {
        let expected = of_batch(&recording);
        let window = CpuStream::new(&both.rows, StreamOptions::default())?.window();
        let by_event = sorted(spikes_by_event(&both.rows, DURATION)?);
        for (way, found) in [
            ("as it is", of_rows(&both.rows, None)?),
            ("shorter", of_rows(&both.rows, Some(window / 2.9))?),
            ("by event", by_event),
        ] {
            let off = difference(&expected, &found);
            assert!(off < 1e-12, "{seed}, {way}: {off}");
            worst = worst.max(off);
        }
        spikes += expected.len();
        without_delay += usize::from(both.rows.shortest_delay() == 0.0);
    }
    println!("{spikes} spikes, worst {worst:.1e} ms, {without_delay} with zero delays");
    assert!(
        spikes > 10_000 && without_delay > 60,
        "{spikes} {without_delay}"
    );
    Ok(())
}

#[test]
fn derivatives_are_those_of_a_batch() -> Result<()> {
    let mut worst = 0.0_f64;
    let mut kinds = std::collections::BTreeSet::new();
    for (seed, both, recording) in networks()? {
        let expected = [Method::Adjoint, Method::Forward].map(|m| both.of_batch(&recording, m));
        let [adjoint, forward] = expected.map(|found| found.expect("it has a gradient"));
        let backward = both.of_rows_backward(&StreamGradientOptions::default())?;
        let onward = both.of_rows_forward()?;
        for (name, a, b) in [
            ("adjoint", &adjoint, &backward),
            ("forward", &forward, &onward),
            ("a long run's own", &backward, &onward),
        ] {
            let off = apart(a, b);
            assert!(off < 1e-11, "{seed}, {name}: {off}");
            worst = worst.max(off);
        }
        let moved = backward.iter().filter(|(_, value)| **value != 0.0);
        kinds.extend(
            moved
                .map(|(of, _)| std::mem::discriminant(of))
                .map(|d| format!("{d:?}")),
        );
    }
    println!("worst {worst:.1e} of the largest");
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    Ok(())
}

/// What is changed a little is told apart, by spikes and by derivatives.
#[test]
fn mutants_are_told_apart() -> Result<()> {
    for mutant in [Mutant::Threshold, Mutant::Delay, Mutant::Reset] {
        let (mut by_spikes, mut by_derivatives, mut n) = (0, 0, 0);
        for (seed, both, recording) in networks()? {
            let is_changed = mutant != Mutant::Delay || seed % 3 == 2;
            if seed % 2 == 1 || !is_changed {
                continue;
            }
            let other = Both::new(&describe(seed, mutant), seed)?;
            let off = difference(&of_batch(&recording), &of_rows(&other.rows, None)?);
            by_spikes += usize::from(off > 1e-12);
            let expected = both.of_batch(&recording, Method::Adjoint)?;
            let found = other.of_rows_backward(&StreamGradientOptions::default())?;
            by_derivatives += usize::from(apart(&expected, &found) > 1e-11);
            n += 1;
        }
        println!("{mutant:?}: {by_spikes} and {by_derivatives} of {n}");
        assert!(n > 15, "{mutant:?}: {n}");
        // Where nothing subtracts, and no hold ends before the run does, another reset is none.
        let least = if mutant == Mutant::Reset { n / 2 } else { n };
        assert!(
            by_spikes >= least && by_derivatives >= least,
            "{mutant:?} {by_spikes} {by_derivatives} {n}"
        );
    }
    Ok(())
}

/// Potentials and currents of all neurons, readouts among them.
#[test]
fn recorders_find_what_states_of_a_batch_are() -> Result<()> {
    let every = 0.7301;
    let mut compared = 0;
    for (seed, both, recording) in networks()?.into_iter().step_by(3) {
        let neurons = both.rows.neurons();
        let (_, samples, _) = run(&both.rows, &[DURATION], None)?;
        let times: Vec<f64> = (1..)
            .map(|number| f64::from(number) * every)
            .take_while(|&time| time < DURATION)
            .collect();
        assert_eq!(samples.len(), times.len() * neurons);
        let expected = both.states(&recording, &times)?;
        let mut next = 0.0_f64;
        for sample in &samples {
            let [potential, current] = expected[sample.neuron as usize][sample.number as usize - 1];
            let sum: f64 = sample.currents.iter().sum();
            let off = (sample.potential - potential)
                .abs()
                .max((sum - current).abs());
            assert!(
                off < 1e-11,
                "{seed}: {sample:?}, not {potential} and {current}"
            );
            // The comparison can tell one neuron from the next.
            let neighbour = &expected[(sample.neuron as usize + 1) % neurons];
            next = next.max((sample.potential - neighbour[sample.number as usize - 1][0]).abs());
            compared += 1;
        }
        assert!(next > 1e-3, "{seed}: {next}");
    }
    assert!(compared > 10_000, "{compared}");
    Ok(())
}

/// Spikes and states of a run in pieces; between pieces it is saved, and gone on with in another network's partitions.
fn run(
    network: &NetworkInRows,
    pieces: &[f64],
    others: Option<&[NetworkInRows]>,
) -> Result<(Vec<StreamSpike>, Vec<StateSample>, StreamState)> {
    let recorder = |network: &NetworkInRows| StateRecorder {
        neurons: 0..network.neurons() as u32,
        every: 0.7301,
        // At time 0 generators may fire.
        from: 0.1,
        until: DURATION,
    };
    let mut simulation = CpuStream::new(network, StreamOptions::default())?;
    simulation.record(recorder(network))?;
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    for (piece, &until) in pieces.iter().enumerate() {
        simulation.run_recording(
            until,
            |fired| {
                spikes.extend_from_slice(fired);
                Ok(())
            },
            |states| {
                samples.extend_from_slice(states);
                Ok(())
            },
        )?;
        if let Some(others) = others {
            let other = &others[piece % others.len()];
            let state = simulation.state();
            simulation = CpuStream::resume(other, StreamOptions::default(), &state)?;
            assert!(simulation.state() == state);
            simulation.record(recorder(other))?;
        }
    }
    Ok((spikes, samples, simulation.state()))
}

#[test]
fn a_resumed_run_has_the_same_bits_in_any_partitions_and_threads() -> Result<()> {
    let mut spikes = 0;
    for (seed, both, _) in networks()? {
        let whole = run(&both.rows, &[DURATION], None)?;
        let in_parts = |partitions: usize| {
            let mut builder = describe(seed, Mutant::None);
            builder.partitions(partitions).clone().build_in_rows()
        };
        let others = [in_parts(3)?, in_parts(1)?, in_parts(2)?];
        let pieces = [3.3, 3.301, 11.0, 20.5, DURATION];
        let found = run(&both.rows, &pieces, Some(&others))?;
        assert!(found == whole, "{seed}");
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().expect("there are threads");
            let found = pool.install(|| run(&others[0], &[DURATION], None))?;
            assert!(found == whole, "{seed}, {threads} threads");
        }
        // The comparison can tell.
        let other = describe(seed, Mutant::Threshold).build_in_rows()?;
        assert!(run(&other, &[DURATION], None)? != whole, "{seed}");
        spikes += whole.0.len();
    }
    assert!(spikes > 10_000, "{spikes}");
    Ok(())
}

#[test]
fn segments_change_no_bit_of_derivatives_and_windows_roundings_alone() -> Result<()> {
    for (seed, both, _) in networks()?.into_iter().step_by(4) {
        let whole = both.of_rows_backward(&StreamGradientOptions::default())?;
        for segment in [1, 7] {
            let options = StreamGradientOptions::default().segment(segment);
            assert!(both.of_rows_backward(&options)? == whole, "{seed}");
        }
        let window = CpuStream::new(&both.rows, StreamOptions::default())?.window();
        let options = StreamGradientOptions::default().window(Some(window / 2.9));
        let off = apart(&whole, &both.of_rows_backward(&options)?);
        assert!(off > 0.0 && off < 1e-11, "{seed}: {off}");
    }
    Ok(())
}
