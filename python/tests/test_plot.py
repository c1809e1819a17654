"""Pictures, by what is on their axes."""

from __future__ import annotations

import numpy as np
import pytest
import spikefront

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed: python/test.sh --torch runs these")
matplotlib.use("Agg")

import matplotlib.pyplot as plt
from spikefront import plot
from topologies import DURATION, NETWORKS, TIMES


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def recording_of(name: str) -> spikefront.Recording:
    network = NETWORKS[name]()
    inputs = spikefront.Spikes.from_first_spikes(TIMES)
    return network.simulate(network.parameters(), inputs, DURATION, engine="cpu")


def marks(axes) -> set[tuple[float, float]]:
    """The spikes that are drawn."""
    lines = [line for line in axes.lines if line.get_linestyle() == "None"]
    return {(x, y) for line in lines for x, y in zip(*line.get_data())}


def test_a_raster_of_a_recording_has_a_mark_for_each_spike_of_a_sample() -> None:
    recording = recording_of("recurrent")
    axes = plot.raster(recording, sample=1)
    times, neurons = recording.spikes().sample(1)
    assert marks(axes) == set(zip(times, neurons)) and len(times) > 5
    assert [label.get_text() for label in axes.get_yticklabels()] == ["hidden", "output"]
    assert list(axes.get_yticks()) == [1.5, 4.5] and axes.get_xlim() == (0.0, DURATION) and axes.get_ylim() == (-0.5, 5.5)
    assert axes.get_xlabel() == "time (ms)"


def test_a_raster_of_spikes_and_of_arrays() -> None:
    axes = plot.raster(spikefront.Spikes.from_samples([([1.0], [0]), ([2.0, 4.0], [3, 1])]), sample=1)
    assert marks(axes) == {(2.0, 3.0), (4.0, 1.0)} and axes.get_ylabel() == "neuron" and axes.get_ylim() == (-0.5, 3.5)
    axes = plot.raster(([1.0, 2.0, 3.0], [0, 5, 7]), populations={"b": slice(5, 8), "a": slice(0, 2)}, duration=10.0)
    assert marks(axes) == {(1.0, 3.0), (2.0, 0.0), (3.0, 2.0)} and axes.get_xlim() == (0.0, 10.0)
    empty = plot.raster(([], []))
    assert not marks(empty) and empty.get_xlim() == (0.0, 1.0)
    with pytest.raises(ValueError, match="give one neuron for each time"):
        plot.raster(([1.0, 2.0], [0]))


def test_many_spikes_become_points() -> None:
    axes = plot.raster((np.linspace(0.0, 10.0, 6000), np.zeros(6000, int)))
    assert axes.lines[0].get_marker() == ","


def test_voltages_are_the_recording_s_and_spikes_lie_on_the_threshold() -> None:
    recording = recording_of("recurrent")
    axes = plot.voltage(recording, "output")
    times, neurons = recording.spikes().sample(0)
    expected = times[neurons >= 4]
    assert sorted(x for x, _ in marks(axes)) == pytest.approx(sorted(expected)) and len(expected) > 2
    assert [y for _, y in marks(axes)] == pytest.approx([1.0] * len(expected), abs=1e-9)
    line = axes.lines[0]
    voltages, _ = recording.states(0, [4], line.get_xdata())
    np.testing.assert_array_equal(line.get_ydata(), voltages[0])
    # Also just before each spike: no peak is cut.
    assert line.get_ydata().max() == pytest.approx(1.0, abs=1e-9)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["output 0", "output 1"]


def test_voltages_of_readouts_and_of_chosen_times() -> None:
    recording = recording_of("readout")
    axes = plot.voltage(recording, 4, sample=1, times=[0.0, 10.0, 20.0])
    (line,) = axes.lines
    assert list(line.get_xdata()) == [0.0, 10.0, 20.0] and axes.get_title("left") == "output 0"
    assert plot.voltage(recording, [0, 5]).get_legend() is not None
    with pytest.raises(ValueError, match="neurons are 'outputs': give one of hidden, output"):
        plot.voltage(recording, "outputs")


def test_pictures_go_onto_given_axes(tmp_path) -> None:
    figure, (above, below) = plt.subplots(2)
    recording = recording_of("recurrent")
    assert plot.raster(recording, ax=above) is above and plot.voltage(recording, [0], ax=below) is below
    assert len(plt.get_fignums()) == 1
    figure.savefig(tmp_path / "both.png")
