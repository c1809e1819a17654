"""The table "Coming from elsewhere" of the README: both sides of its rows, one neuron each.

Other programs go in steps, here of 0.01 ms, and are a few of them off.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

import spikefront
from spikefront import Neuron

# Of those packages' own.
pytestmark = pytest.mark.filterwarnings("ignore")

STEP, N_STEPS = 0.01, 5000  # ms
TAU_MEMBRANE, TAU_SYNAPSE = 18.0, 6.0  # ms
INPUT_STEPS = [100, 350, 400, 900, 1300]
WEIGHT = 0.17
#: How many steps a spike may be off.
MOST_STEPS = 6.0


def require(package: str, command: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: {command} runs this")


def ours(neuron: Neuron, weight: float = WEIGHT) -> spikefront.Recording:
    builder = spikefront.NetworkBuilder()
    builder.input("input", 1)
    builder.population("neuron", 1, neuron)
    builder.connect("input", "neuron", weight)
    network = builder.build()
    inputs = spikefront.Spikes(STEP * np.array(INPUT_STEPS), np.zeros(len(INPUT_STEPS), dtype=int))
    return network.simulate(network.parameters(), inputs, STEP * N_STEPS, engine="cpu", voltage_times=[10.0, 20.0, 40.0])


def steps_off(neuron: Neuron, theirs: list[int], weight: float = WEIGHT) -> float:
    """How many steps of theirs the spikes are apart at most; infinite if one side has more."""
    times = ours(neuron, weight).times
    assert len(theirs) >= 3
    return float(np.abs(times / STEP - np.array(theirs)).max()) if len(times) == len(theirs) else np.inf


@pytest.mark.parametrize("reset, here", [("subtract", {}), ("zero", {"reset": 0.0})])
def test_snntorch_synaptic(reset: str, here: dict[str, Any]) -> None:
    require("snntorch", "python/test.sh --torch")
    import snntorch as snn
    import torch

    alpha, beta = np.exp(-STEP / TAU_SYNAPSE), np.exp(-STEP / TAU_MEMBRANE)
    neuron = snn.Synaptic(alpha, beta, reset_mechanism=reset)
    state, weight = neuron.reset_mem(), 0.002
    fired = []
    for step in range(N_STEPS):
        spike, *state = neuron(torch.tensor([weight if step in INPUT_STEPS else 0.0]), *state)
        if spike.item():
            fired.append(step)
    described = {"tau_synapse": -STEP / np.log(alpha), "tau_membrane": -STEP / np.log(beta)}
    assert steps_off(Neuron(**described, **here), fired, weight / STEP) < MOST_STEPS
    # A membrane that is a little slower.
    slower = described | {"tau_membrane": 1.05 * described["tau_membrane"]}
    assert steps_off(Neuron(**slower, **here), fired, weight / STEP) > MOST_STEPS


def norse_input(step: int) -> Any:
    import torch

    return torch.tensor([[WEIGHT * TAU_MEMBRANE if step in INPUT_STEPS else 0.0]], dtype=torch.float64)


def test_norse_lif_parameters() -> None:
    require("norse", "python/test.sh --torch")
    import norse.torch as norse
    import torch

    inverse = {"tau_mem_inv": torch.tensor(1000.0 / TAU_MEMBRANE), "tau_syn_inv": torch.tensor(1000.0 / TAU_SYNAPSE)}
    parameters = norse.LIFParameters(**inverse, v_th=torch.tensor(0.9), v_reset=torch.tensor(-0.1))
    neuron, state, fired = norse.LIFCell(parameters, dt=1e-3 * STEP), None, []
    for step in range(N_STEPS):
        spike, state = neuron(norse_input(step), state)
        if spike.item():
            fired.append(step)
    described = {"tau_membrane": 1000.0 / inverse["tau_mem_inv"].item(), "tau_synapse": 1000.0 / inverse["tau_syn_inv"].item()}
    assert steps_off(Neuron(**described, threshold=0.9, reset=-0.1), fired) < MOST_STEPS
    assert steps_off(Neuron(**described, threshold=0.9, reset=-0.08), fired) > MOST_STEPS


def test_norse_li() -> None:
    require("norse", "python/test.sh --torch")
    import norse.torch as norse
    import torch

    inverse = {"tau_mem_inv": torch.tensor(1000.0 / TAU_MEMBRANE), "tau_syn_inv": torch.tensor(1000.0 / TAU_SYNAPSE)}
    neuron, state, found = norse.LICell(norse.LIParameters(**inverse), dt=1e-3 * STEP), None, []
    for step in range(N_STEPS):
        voltage, state = neuron(norse_input(step), state)
        found.append(voltage.item())
    recording = ours(Neuron(tau_membrane=TAU_MEMBRANE, tau_synapse=TAU_SYNAPSE, threshold=None))
    theirs = np.array(found)[[round(time / STEP) for time in recording.voltage_times]]
    np.testing.assert_allclose(recording.voltages["neuron"][0, :, 0], theirs, rtol=3e-3)
    assert not np.allclose(1.01 * recording.voltages["neuron"][0, :, 0], theirs, rtol=3e-3)


def brian() -> Any:
    require("brian2", "python/test.sh")
    import brian2

    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    brian2.defaultclock.dt = STEP * brian2.ms
    return brian2


CURRENT = "dI/dt = -I / (6*ms) : Hz"


def test_brian_neurons_generators_and_monitors() -> None:
    b = brian()
    equations = f"dv/dt = -v / (18*ms) + I : 1 (unless refractory)\n{CURRENT}"
    group = b.NeuronGroup(1, equations, threshold="v > 1", reset="v = 0.1", refractory=2 * b.ms, method="exact")
    source = b.SpikeGeneratorGroup(1, np.zeros(len(INPUT_STEPS), dtype=int), STEP * np.array(INPUT_STEPS) * b.ms)
    synapses = b.Synapses(source, group, on_pre="I += w", namespace={"w": WEIGHT / b.ms}, delay=1.5 * b.ms)
    synapses.connect()
    spikes, states = b.SpikeMonitor(group), b.StateMonitor(group, "v", record=True)
    b.Network(group, source, synapses, spikes, states).run(STEP * N_STEPS * b.ms)

    def here(refractory: float) -> spikefront.Recording:
        builder = spikefront.NetworkBuilder()
        builder.input("input", 1)
        described = {"tau_membrane": 18.0, "tau_synapse": 6.0, "threshold": 1.0}
        builder.population("neuron", 1, Neuron(**described, reset=0.1, refractory=refractory))
        builder.connect("input", "neuron", WEIGHT, delay=1.5)
        network = builder.build()
        inputs = spikefront.Spikes.from_channels([[list(STEP * np.array(INPUT_STEPS))]])
        return network.simulate(network.parameters(), inputs, STEP * N_STEPS, engine="cpu")

    recording, theirs = here(2.0), np.asarray(spikes.t / b.ms)
    assert len(theirs) >= 3 and np.abs(recording.times - theirs).max() < MOST_STEPS * STEP
    times = np.arange(3.0, 50.0, 4.7)
    potentials, _ = recording.states(0, [0], times)
    of_brian = states.v[0][np.round(times / STEP).astype(int)]
    np.testing.assert_allclose(np.ravel(potentials), of_brian, atol=0.01)
    other = here(2.2)
    assert len(other.times) != len(theirs) or np.abs(other.times - theirs).max() > MOST_STEPS * STEP


def test_brian_synapses_by_probability() -> None:
    b = brian()
    group = b.NeuronGroup(200, "v : 1")
    synapses = b.Synapses(group, group)
    synapses.connect(p=0.1)
    builder = spikefront.NetworkBuilder(1)
    builder.population("cells", 200, Neuron())
    builder.connect("cells", "cells", 0.1, delay=1.0, rule=spikefront.Rule.fixed_probability(0.1), autapses=True)
    n, deviation = 4000.0, np.sqrt(40_000 * 0.1 * 0.9)
    for found in (len(synapses), builder.build_in_rows().n_synapses):
        assert abs(found - n) < 5.0 * deviation


def test_brian_poisson_input() -> None:
    b = brian()
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(0)
    group = b.NeuronGroup(300, f"dv/dt = -v / (18*ms) + I : 1\n{CURRENT}", method="exact")
    drive = b.PoissonInput(group, "I", N=20, rate=25 * b.Hz, weight=0.02 / b.ms)
    states = b.StateMonitor(group, "v", record=True, dt=5 * b.ms)
    b.Network(group, drive, states).run(300 * b.ms)

    builder = spikefront.NetworkBuilder(1)
    builder.input("input", 1)
    builder.population("cells", 300, Neuron(tau_membrane=18.0, tau_synapse=6.0, threshold=None))
    builder.poisson("cells", rate=20 * 25.0 / 1000.0, weight=0.02)
    network = builder.build()
    times = np.arange(100.0, 300.0, 5.0)
    recording = network.simulate(network.parameters(), spikefront.Spikes([], [], [0, 0]), 300.0, voltage_times=times, engine="cpu")
    here, there = recording.voltages["cells"][0], states.v[:, 20:]
    # Rate times weight times both time constants.
    expected = 0.5 * 0.02 * 18.0 * 6.0
    for found in (here, there):
        assert abs(found.mean() / expected - 1.0) < 0.03
    assert abs(here.std() / there.std() - 1.0) < 0.05
    # Independent at each neuron.
    assert abs(np.corrcoef(here[:, 0], here[:, 1])[0, 1]) < 0.7
