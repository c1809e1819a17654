"""A small network that most tests look at."""

import os

# Software drivers of GPUs ask for it.
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")

import numpy as np
import pytest
import spikefront


def describe() -> spikefront.NetworkBuilder:
    """Three channels, four recurrent neurons that fire, two that do not."""
    rng = np.random.default_rng(7)
    builder = spikefront.NetworkBuilder()
    builder.input("input", 3)
    builder.population("hidden", 4, spikefront.Neuron(tau_membrane=18.0, tau_synapse=[6.0], rest=0.1, initial=0.05))
    builder.population("output", 2, spikefront.Neuron(tau_membrane=15.0, tau_synapse=5.0, threshold=None))
    builder.connect("input", "hidden", rng.uniform(0.2, 0.4, (3, 4)), delay=rng.uniform(0.5, 2.0, (3, 4)))
    builder.connect("hidden", "hidden", rng.uniform(-0.05, 0.02, (4, 4)), delay=1.3)
    builder.connect("hidden", "output", rng.uniform(-0.2, 0.3, (4, 2)), delay=0.7)
    return builder


@pytest.fixture(scope="session")
def network() -> spikefront.Network:
    return describe().build()


@pytest.fixture(scope="session")
def inputs() -> spikefront.Spikes:
    """Two samples."""
    return spikefront.Spikes.from_channels([[[1.0, 9.0], [2.5, 14.0], [4.25]], [[3.0], [1.5, 8.0], [2.0, 12.5]]])


@pytest.fixture()
def parameters(network: spikefront.Network) -> dict[str, np.ndarray]:
    return network.parameters()


@pytest.fixture()
def run(network, inputs):
    """Simulates the network for 30 ms on the CPU."""

    def simulate(parameters, *, inputs=inputs, duration=30.0, **keywords):
        keywords.setdefault("engine", "cpu")
        return network.simulate(parameters, inputs, duration, **keywords)

    return simulate
