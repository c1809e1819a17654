//! What only the CPU engine runs as one long run, refused by name before any device is asked for.

use spikefront::ErrorKind;
use spikefront::cpu::stream::{CpuStream, StreamOptions};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::{Network, NetworkBuilder, Neuron, PoissonRate, PopulationId, Projection};

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
    let readout = told(|network, _| {
        network.population("readout", 2, Neuron::leaky_integrator());
    });
    let differing = told(|network, _| {
        let cells = neuron(&[5.0], -60.0).threshold(vec![-50.0, -51.0]);
        network.population("others", 2, cells);
    });
    let at_once = told(|network, cells| {
        network.connect(cells, cells, Projection::random(0.1).delay(0.0));
    });
    let changing = told(|network, cells| {
        let rate = PoissonRate::from(vec![(0.0, 1.0), (2.0, 3.0)]);
        network.poisson(cells, 0, rate, 0.1);
    });
    for (told, named) in [
        (readout, "the readout \"readout\""),
        (differing, "population \"others\", whose neurons differ"),
        (at_once, "a synapse without delay"),
        (changing, "whose rate changes in time"),
    ] {
        let remedy = "use the CPU engine, or";
        assert!(told.contains(named) && told.contains(remedy), "{told}");
    }
}
