"""Networks that snnTorch and Norse export with their own functions: read, they fire the spikes that those programs find on their grids.

A grid moves a spike by about a step in each layer, and where a reset loses a step these add up over a neuron's spikes. So spikes are compared in
steps, on a grid and on one that is several times finer: what differs by as many steps of both is the grid, not the network.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import spikefront

REASON = "{} is not installed: python/test.sh --torch runs these"
torch = pytest.importorskip("torch", reason=REASON.format("torch"))
nir = pytest.importorskip("nir", reason=REASON.format("nir"))

# Of those packages' own.
pytestmark = pytest.mark.filterwarnings("ignore")

TAU_MEMBRANE, TAU_SYNAPSE, DURATION = 20.0, 5.0, 50.0  # ms
SIZES = (5, 12, 3)
STEP = 0.1  # ms
#: How many times finer the second grid is.
FINER = 8


class Found(NamedTuple):
    """What another program found: where each layer fired, `[step x neuron]`, and the file that it wrote."""

    layers: tuple[np.ndarray, np.ndarray]
    file: pathlib.Path


def weights() -> tuple[np.ndarray, np.ndarray]:
    """What a spike adds to dV/dt, `[source x target]`, in 1/ms."""
    rng = np.random.default_rng(0)
    return rng.normal(0.05, 0.015, SIZES[:2]), rng.normal(0.025, 0.01, SIZES[1:])


def input_steps() -> list[list[int]]:
    """In which steps of the coarse grid each channel spikes."""
    rng = np.random.default_rng(1)
    return [sorted(rng.choice(250, 4, replace=False).tolist()) for _ in range(SIZES[0])]


def on_grid(finer: int, layers: list[Any], call: Callable[[Any, Any, int], Any]) -> tuple[np.ndarray, np.ndarray]:
    """Runs two layers, each of weights and neurons, step by step."""
    n_steps = round(DURATION / STEP) * finer
    spikes = torch.zeros(n_steps, 1, SIZES[0])
    for channel, steps in enumerate(input_steps()):
        spikes[[step * finer for step in steps], 0, channel] = 1.0
    found: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    with torch.no_grad():
        for step in spikes:
            passed = step
            for number in range(2):
                passed = call(layers[2 * number + 1], layers[2 * number](passed), number)
                found[number].append(passed[0].numpy())
    return np.array(found[0]), np.array(found[1])


def linear(weight: np.ndarray) -> Any:
    layer = torch.nn.Linear(*weight.shape, bias=False)
    layer.weight.data = torch.tensor(weight.T, dtype=torch.float32)
    return layer


def snntorch(folder: pathlib.Path, finer: int, reset: str) -> Found:
    """snnTorch writes files for steps of 0.1 ms whatever the network; a finer grid is a slower network."""
    snn = pytest.importorskip("snntorch", reason=REASON.format("snntorch"))
    from snntorch.export_nir import export_to_nir

    def neurons(size: int) -> Any:
        alpha, beta = (torch.full((size,), 1.0 - STEP / (finer * tau)) for tau in (TAU_SYNAPSE, TAU_MEMBRANE))
        return snn.Synaptic(alpha=alpha, beta=beta, threshold=torch.ones(size), reset_mechanism=reset, init_hidden=True)

    def layers() -> list[Any]:
        # It adds a current to the potential at each step.
        one, two = (linear(weight * STEP / finer) for weight in weights())
        return [one, neurons(SIZES[1]), two, neurons(SIZES[2])]

    file = folder / "snntorch.nir"
    nir.write(str(file), export_to_nir(torch.nn.Sequential(*layers()), torch.zeros(SIZES[0])))
    return Found(on_grid(finer, layers(), lambda neuron, current, _: neuron(current)), file)


def norse(folder: pathlib.Path, finer: int, _: str) -> Found:
    norse = pytest.importorskip("norse.torch", reason=REASON.format("norse"))
    from norse.torch.utils.export_nir import to_nir

    def neurons(size: int) -> Any:
        # A value for each neuron: nir cannot write what Norse makes of one for all.
        each = {"v_th": 1.0, "v_leak": 0.0, "v_reset": 0.0, "tau_mem_inv": 1e3 / TAU_MEMBRANE, "tau_syn_inv": 1e3 / TAU_SYNAPSE}
        parameters = norse.LIFParameters(**{name: torch.full((size,), value) for name, value in each.items()})
        return norse.LIFCell(parameters, dt=1e-3 * STEP / finer)

    one, two = (linear(weight * TAU_MEMBRANE) for weight in weights())
    layers = [one, neurons(SIZES[1]), two, neurons(SIZES[2])]
    file = folder / "norse.nir"
    # It writes dt / tau_mem_inv, so that 1 writes time constants in seconds.
    nir.write(str(file), to_nir(norse.SequentialState(*layers), torch.zeros(SIZES[0]), dt=1.0))
    states: list[Any] = [None, None]

    def call(neuron: Any, current: Any, number: int) -> Any:
        passed, states[number] = neuron(current, states[number])
        return passed

    return Found(on_grid(finer, layers, call), file)


class Writer(NamedTuple):
    make: Callable[[pathlib.Path, int, str], Found]
    #: How neurons are reset.
    reset: str
    #: What must be said when the file is read.
    said: dict[str, Any]
    #: Whether a finer grid is a slower network.
    is_slower: bool
    #: How many steps a spike may be from where it is without a grid.
    most_steps: float


WRITERS = {
    "snntorch, subtracting": Writer(snntorch, "subtract", {}, True, 4.0),
    # A reset comes a step late and takes what arrives in that step with it: several steps over the spikes of a neuron.
    "snntorch, to zero": Writer(snntorch, "zero", {}, True, 16.0),
    "norse": Writer(norse, "", {"jump": "weight"}, False, 4.0),
}


def steps_apart(found: Found, finer: int, is_slower: bool, said: dict[str, Any]) -> list[float]:
    """How many steps each spike is later without a grid; infinite where a neuron has more or fewer."""
    slower = finer if is_slower else 1
    step = STEP * slower / finer
    network = spikefront.nir.read(found.file, **said).builder.build()
    inputs = spikefront.Spikes.from_channels([[[STEP * slower * step for step in steps] for steps in input_steps()]])
    recording = network.simulate(network.parameters(), inputs, DURATION * slower, engine="cpu")
    apart: list[float] = []
    for population, theirs in zip(network.populations, found.layers):
        times, neurons = recording.spikes(population).sample(0)
        for neuron in range(theirs.shape[1]):
            of_grid, exact = np.flatnonzero(theirs[:, neuron]), times[neurons == neuron] / step
            apart += list(exact - of_grid) if len(exact) == len(of_grid) else [np.inf]
    return apart


@pytest.mark.parametrize("finer", [1, FINER])
@pytest.mark.parametrize("name", WRITERS)
def test_the_spikes_are_those_of_the_grid_but_for_its_steps(name: str, finer: int, tmp_path: pathlib.Path) -> None:
    writer = WRITERS[name]
    found = writer.make(tmp_path, finer, writer.reset)
    assert all(spikes.any() for spikes in found.layers)
    apart = steps_apart(found, finer, writer.is_slower, writer.said)
    assert len(apart) >= 25 and np.abs(apart).max() < writer.most_steps, apart


@pytest.mark.parametrize(
    "name, wrong",
    [
        # Of weights 5 % too large.
        ("snntorch, subtracting", {"jump": 1.05 * STEP}),
        ("snntorch, to zero", {"jump": 1.05 * STEP}),
        ("norse", {"jump": 1.05 * TAU_SYNAPSE}),
        # Of times in another unit.
        ("snntorch, to zero", {"time_unit": "ms"}),
        ("norse", {"jump": "weight", "time_unit": "ms"}),
    ],
)
def test_another_reading_is_another_network(name: str, wrong: dict[str, Any], tmp_path: pathlib.Path) -> None:
    writer = WRITERS[name]
    found = writer.make(tmp_path, FINER, writer.reset)
    assert np.abs(steps_apart(found, FINER, writer.is_slower, wrong)).max() > writer.most_steps


def test_snntorch_is_known_by_its_constants_and_norse_must_be_said(tmp_path: pathlib.Path) -> None:
    notes = spikefront.nir.read(snntorch(tmp_path, 1, "zero").file).notes
    assert any("step being 0.1 ms" in note and "snnTorch" in note for note in notes)
    file = norse(tmp_path, 1, "").file
    with pytest.raises(ValueError, match="jump of the current.*not said"):
        spikefront.nir.read(file)
