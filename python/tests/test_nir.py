"""Networks in NIR files, ours and others'."""

from __future__ import annotations

import importlib.util
import pathlib

import numpy as np
import pytest

import spikefront

FILES = pathlib.Path(__file__).resolve().parents[2] / "tests" / "nir" / "files"


def network(**keywords):
    builder = spikefront.NetworkBuilder()
    builder.input("input", 3)
    builder.population("hidden", 4, spikefront.Neuron(tau_membrane=10.0, tau_synapse=4.0, reset=0.0, **keywords))
    builder.connect("input", "hidden", np.arange(12.0).reshape(3, 4) / 16.0, delay=1.0)
    return builder.build()


def test_a_network_comes_back(tmp_path):
    there = network()
    parameters = there.parameters()
    spikefront.nir.write(tmp_path / "network.nir", there, parameters)
    found = spikefront.nir.read(tmp_path / "network.nir")
    back = found.builder.build()
    assert found.outputs == ["hidden"] and any("seconds" in note for note in found.notes)
    assert back.shapes == there.shapes
    for name, values in back.parameters().items():
        np.testing.assert_array_equal(values, parameters[name], err_msg=name)
    other = parameters | {"hidden/threshold": parameters["hidden/threshold"] * 2.0}
    spikefront.nir.write(tmp_path / "other.nir", there, other)
    changed = spikefront.nir.read(tmp_path / "other.nir").builder.build().parameters()
    assert (changed["hidden/threshold"] == 2.0 * parameters["hidden/threshold"]).all()


def test_what_nir_cannot_say_is_refused(tmp_path):
    there = network(refractory=2.0)
    with pytest.raises(ValueError, match="refractory"):
        spikefront.nir.write(tmp_path / "network.nir", there, there.parameters())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["braille_noDelay_bias_zero.nir", "braille_noDelay_noBias_subtract.nir"])
def test_recurrent_networks_of_another_program_run(name):
    found = spikefront.nir.read(FILES / name, reset="subtract" if "subtract" in name else None)
    there = found.builder.build()
    rng = np.random.default_rng(0)
    samples = [(np.sort(rng.uniform(0.0, 20.0, 200)), rng.integers(0, there.n_channels, 200)) for _ in range(2)]
    recording = there.simulate(there.parameters(), spikefront.Spikes.from_samples(samples), 25.0, engine="cpu")
    gradient = recording.gradient(np.ones(len(recording.times)))
    assert len(recording.times) > 0
    assert any(np.any(values) for values in gradient.parameters.values())


@pytest.mark.parametrize(
    "wrong", [{"time_unit": "min"}, {"jump": "all"}, {"reset": "zero"}, {"jump": -1.0}, {"constant_input": np.nan}]
)
def test_wrong_words_are_named(wrong):
    with pytest.raises(ValueError):
        spikefront.nir.read(FILES / "braille_noDelay_bias_zero.nir", **wrong)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="none.nir"):
        spikefront.nir.read(tmp_path / "none.nir")


def test_nirs_own_library_reads_what_is_written(tmp_path):
    if importlib.util.find_spec("nir") is None:
        pytest.skip("the package nir is not installed")
    import nir

    there = network()
    spikefront.nir.write(tmp_path / "network.nir", there, there.parameters())
    graph = nir.read(str(tmp_path / "network.nir"))
    (neurons,) = (node for node in graph.nodes.values() if isinstance(node, nir.CubaLIF))
    np.testing.assert_allclose(neurons.tau_mem, 0.01)
    (linear,) = (node for node in graph.nodes.values() if isinstance(node, nir.Linear))
    assert linear.weight.shape == (4, 3)
