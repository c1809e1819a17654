"""Exact gradients of spiking neural networks.

Networks are described by a :class:`NetworkBuilder`, simulated event by event without a time grid, and differentiated
exactly: by forward propagation (Lee, Haghighatshoar and Karbasi, AISTATS 2023) or by the adjoint (Wunderlich and Pehle 2021).
Times are in milliseconds throughout.

``spikefront.torch`` makes a network a layer of PyTorch, ``spikefront.jax`` a function of JAX, ``spikefront.plot`` draws.

>>> import numpy as np, spikefront
>>> builder = spikefront.NetworkBuilder()
>>> builder.input("input", 1)
>>> builder.population("neuron", 1, spikefront.Neuron(tau_membrane=20.0, tau_synapse=5.0))
>>> builder.connect("input", "neuron", np.array([[0.6]]))
>>> network = builder.build()
>>> inputs = spikefront.Spikes([2.0], [0])
>>> recording = network.simulate(network.parameters(), inputs, duration=40.0)
>>> gradient = recording.gradient(np.ones(len(recording.times)))  # of the sum of all spike times
>>> bool(gradient.parameters["input->neuron/weight"][0, 0] < 0.0)  # a larger weight, an earlier spike
True
"""

from ._spikefront import (
    Chunks,
    Cotangent,
    Engine,
    Epoch,
    Error,
    Evaluation,
    Gradient,
    Jacobian,
    Loss,
    LossValue,
    Network,
    NetworkBuilder,
    NetworkInRows,
    Neuron,
    Recording,
    Rule,
    SpikeReport,
    Spikes,
    Stream,
    StreamGradient,
    Tangent,
    Training,
    Values,
    adapters,
    log_normal,
    named_network,
    normal,
    presets,
    set_threads,
    threads,
    uniform,
)
from . import data, losses, nir

__all__ = [
    "Chunks",
    "Cotangent",
    "Engine",
    "Epoch",
    "Error",
    "Evaluation",
    "Gradient",
    "Jacobian",
    "Loss",
    "LossValue",
    "Network",
    "NetworkBuilder",
    "NetworkInRows",
    "Neuron",
    "Recording",
    "Rule",
    "SpikeReport",
    "Spikes",
    "Stream",
    "StreamGradient",
    "Tangent",
    "Training",
    "Values",
    "adapters",
    "data",
    "log_normal",
    "losses",
    "named_network",
    "nir",
    "normal",
    "presets",
    "set_threads",
    "threads",
    "uniform",
]
