//! A simulation saved and gone on with: the same bits.

use spikefront::cpu::stream::{CpuStream, StreamOptions, StreamSpike};
use spikefront::network::NetworkBuilder;
use spikefront::networks::SimulationCheckpoint;

use crate::networks::{drawn, two_currents};

const UNTIL: f64 = 90.0;

fn go_on(simulation: &mut CpuStream, until: f64, spikes: &mut Vec<StreamSpike>) {
    let keep = |fired: &[StreamSpike]| {
        spikes.extend_from_slice(fired);
        Ok(())
    };
    simulation.run(until, keep).unwrap();
}

#[test]
fn a_resumed_run_has_the_same_bits_in_any_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    for build in [two_currents as fn(u64) -> NetworkBuilder, drawn] {
        let mut builder = build(4);
        let network = builder.partitions(1).clone().build_in_rows().unwrap();
        let options = StreamOptions::default();
        let mut whole = CpuStream::new(&network, options).unwrap();
        let mut expected = Vec::new();
        go_on(&mut whole, UNTIL, &mut expected);
        assert!(expected.len() > 200);
        let mut simulation = CpuStream::new(&network, options).unwrap();
        let mut spikes = Vec::new();
        for (until, partitions) in [(7.003, 3), (31.7, 1), (60.0, 5)] {
            go_on(&mut simulation, until, &mut spikes);
            SimulationCheckpoint::new(&builder, simulation.state(), String::from("noted"))
                .write(&path)
                .unwrap();
            let read = SimulationCheckpoint::read(&path).unwrap();
            read.check(&builder).unwrap();
            assert!(read.state == simulation.state() && read.notes == "noted");
            let other = builder
                .partitions(partitions)
                .clone()
                .build_in_rows()
                .unwrap();
            let mut resumed = CpuStream::resume(&other, options, &read.state).unwrap();
            assert_eq!(resumed.time(), until);
            let mut then = spikes.clone();
            go_on(&mut resumed, UNTIL, &mut then);
            assert!(then == expected, "{until} {partitions}");
            assert!(resumed.state() == whole.state());
            assert_eq!(resumed.synaptic_events(), whole.synaptic_events());
            assert_eq!(resumed.spikes(), expected.len() as u64);
        }
        // The comparison can tell.
        assert!(build(5).build_in_rows().unwrap().placed_synapses().count() > 0);
        let mut other = CpuStream::new(&network, options).unwrap();
        go_on(&mut other, UNTIL - 0.5, &mut Vec::new());
        assert!(other.state() != whole.state());
    }
}

#[test]
fn what_is_damaged_or_of_another_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let builder = drawn(1);
    let network = builder.clone().build_in_rows().unwrap();
    let options = StreamOptions::default();
    let mut simulation = CpuStream::new(&network, options).unwrap();
    go_on(&mut simulation, 20.0, &mut Vec::new());
    let checkpoint = SimulationCheckpoint::new(&builder, simulation.state(), String::new());
    checkpoint.write(&path).unwrap();
    let good = std::fs::read(&path).unwrap();
    for at in [0, 9, 300, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 4;
        std::fs::write(&path, &bad).unwrap();
        let error = SimulationCheckpoint::read(&path).unwrap_err().to_string();
        assert!(error.contains("state.safetensors: it"), "{at}: {error}");
    }
    for cut in [0, 7, 100, good.len() - 1] {
        std::fs::write(&path, &good[..cut]).unwrap();
        assert!(SimulationCheckpoint::read(&path).is_err(), "{cut}");
    }
    std::fs::write(&path, &good).unwrap();
    let read = SimulationCheckpoint::read(&path).unwrap();
    let error = read.check(&drawn(2)).unwrap_err().to_string();
    assert!(
        error.contains("crc32:") && error.contains("the seed"),
        "{error}"
    );
    let other = two_currents(1).build_in_rows().unwrap();
    let error = CpuStream::resume(&other, options, &read.state).unwrap_err();
    assert!(error.to_string().contains("of the state"), "{error}");
    let short = StreamOptions::default().window(Some(0.05));
    let error = CpuStream::resume(&network, short, &read.state).unwrap_err();
    assert!(error.to_string().contains("window of the state"), "{error}");
}
