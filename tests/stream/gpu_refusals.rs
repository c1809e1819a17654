//! What a long run on a GPU cannot have, refused by name before any device is asked for.

use spikefront::ErrorKind;
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::{Network, PoissonRate};

use crate::networks::neuron;

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
