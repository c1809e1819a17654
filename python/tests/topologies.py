"""Small networks of every kind, for checks of derivatives: each fires a handful of spikes, none close to another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import spikefront
from spikefront import NetworkBuilder, Neuron, Rule, normal, uniform

DURATION = 30.0

#: First spikes of three channels in two samples, in ms; the first not in the order of channels.
TIMES = np.array([[1.0, 3.2, 2.1], [4.0, np.inf, 1.5]])


def _two_layers(seed: int = 0, neuron: Neuron | None = None, output: Neuron | None = None) -> NetworkBuilder:
    builder = NetworkBuilder(seed)
    builder.input("input", 3)
    builder.population("hidden", 4, neuron or Neuron())
    builder.population("output", 2, output or neuron or Neuron())
    return builder


def feed_forward() -> spikefront.Network:
    builder = _two_layers()
    builder.connect("input", "hidden", normal(0.2, 0.04))
    builder.connect("hidden", "output", normal(0.16, 0.04))
    return builder.build()


def shared_delays() -> spikefront.Network:
    builder = _two_layers(1)
    builder.connect("input", "hidden", normal(0.2, 0.04), delay=0.7)
    builder.connect("hidden", "output", normal(0.16, 0.04), delay=1.9)
    return builder.build()


def delays_of_synapses() -> spikefront.Network:
    builder = _two_layers(2)
    builder.connect("input", "hidden", normal(0.2, 0.04), delay=uniform(0.5, 4.0))
    builder.connect("hidden", "output", normal(0.16, 0.04), delay=np.linspace(0.2, 3.0, 8).reshape(4, 2))
    return builder.build()


def recurrent() -> spikefront.Network:
    builder = _two_layers(3, Neuron(tau_membrane=15.0, tau_synapse=4.0, rest=0.1, initial=0.2))
    builder.connect("input", "hidden", normal(0.2, 0.04), delay=1.0)
    builder.connect("hidden", "hidden", normal(0.0, 0.08), delay=1.3, autapses=False)
    builder.connect("hidden", "output", normal(0.16, 0.04), delay=0.4)
    builder.connect("output", "hidden", -0.03, delay=0.6)
    return builder.build()


def zero_delay_loop() -> spikefront.Network:
    builder = _two_layers(4)
    builder.connect("input", "hidden", normal(0.2, 0.04))
    builder.connect("hidden", "output", normal(0.15, 0.04))
    builder.connect("output", "hidden", normal(-0.05, 0.02))
    builder.connect("hidden", "hidden", normal(0.0, 0.06))
    return builder.build()


def sparse() -> spikefront.Network:
    builder = _two_layers(5)
    builder.connect("input", "hidden", normal(0.3, 0.05), rule=Rule.fixed_probability(0.7), delay=0.9)
    builder.connect("hidden", "output", normal(0.3, 0.05), rule=Rule.fixed_in_degree(2), delay=uniform(0.5, 2.0))
    return builder.build()


def readout() -> spikefront.Network:
    builder = _two_layers(6, Neuron(), Neuron(threshold=None, tau_membrane=10.0, tau_synapse=3.0))
    builder.connect("input", "hidden", normal(0.2, 0.04), delay=0.5)
    builder.connect("hidden", "output", normal(0.1, 0.3), delay=1.0)
    return builder.build()


def drives() -> spikefront.Network:
    builder = _two_layers(7)
    builder.generators("clock", [[2.5, 11.0], [7.0]])
    builder.connect("input", "hidden", normal(0.15, 0.03), delay=0.5)
    builder.connect("clock", "output", 0.08, delay=0.3)
    builder.connect("hidden", "output", normal(0.15, 0.04), delay=1.0)
    builder.poisson("hidden", 0.1, 0.06)
    return builder.build()


def refractory() -> spikefront.Network:
    neuron = Neuron(tau_membrane=np.array([18.0, 20.0, 22.0, 25.0]), threshold=np.array([1.0, 0.9, 1.1, 1.0]), reset=-0.1, refractory=2.5)
    builder = _two_layers(8, neuron, Neuron(reset=0.2, refractory=1.0))
    builder.connect("input", "hidden", normal(0.3, 0.05), delay=0.5)
    builder.connect("hidden", "output", normal(0.16, 0.04), delay=1.0)
    return builder.build()


NETWORKS: dict[str, Callable[[], spikefront.Network]] = {
    make.__name__: make
    for make in (feed_forward, shared_delays, delays_of_synapses, recurrent, zero_delay_loop, sparse, readout, drives, refractory)
}

#: Delays of zero can only grow: a central difference cannot be taken of them.
WITHOUT_DELAYS = ("feed_forward", "zero_delay_loop")


def trained(name: str) -> list[str]:
    """What is differentiated: every kind of parameter, for whole networks."""
    kinds = ["weights", "delays", "thresholds", "tau_membrane", "tau_synapse", "rest", "initial"]
    return [kind for kind in kinds if not (kind == "delays" and name in WITHOUT_DELAYS)]
