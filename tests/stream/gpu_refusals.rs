//! What only the CPU engine runs as one long run, refused by name before any device is asked for.

use spikefront::ErrorKind;
use spikefront::cpu::stream::{CpuStream, StreamOptions};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::{Network, NetworkBuilder, PoissonRate, PopulationId, Projection};

use crate::networks::neuron;

/// A network of two cells that was changed, which the CPU runs; what the GPU says of it.
fn told(change: impl FnOnce(&mut NetworkBuilder, PopulationId)) -> String {
    let mut network = Network::builder();
    let cells = network.population("cells", 2, neuron(&[5.0], -60.0));
    network.connect(cells, cells, Projection::random(0.1).delay(1.0));
    change(&mut network, cells);
    let network = network.build_in_rows().unwrap();
    let mut simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
    simulation.run(5.0, |_| Ok(())).unwrap();
    let error = GpuStream::new(&network, &GpuStreamOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    error.to_string()
}

#[test]
fn what_only_the_cpu_engine_runs_is_named() {
    let told = told(|network, cells| {
        network.connect(cells, cells, Projection::random(0.1).delay(0.0));
    });
    let remedy = "use the CPU engine, or";
    assert!(
        told.contains("a synapse without delay") && told.contains(remedy),
        "{told}"
    );
}

#[test]
fn rates_that_change_too_often_are_named() {
    let mut network = Network::builder();
    let cells = network.population("cells", 2, neuron(&[5.0], -60.0));
    let changes: Vec<_> = (0..40_000).map(|k| (f64::from(k), 0.1)).collect();
    network.poisson(cells, 0, PoissonRate::from(changes), 0.1);
    let network = network.build_in_rows().unwrap();
    let error = GpuStream::new(&network, &GpuStreamOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(
        error.to_string().contains("changes of a Poisson drive"),
        "{error}"
    );
}
