"""Long runs of networks in rows."""

import numpy as np
import pytest
import spikefront


@pytest.fixture(scope="module")
def rows():
    return spikefront.named_network("cuba", scale=0.05, seed=1).build_in_rows()


@pytest.fixture(scope="module")
def whole(rows):
    return spikefront.Stream(rows).run(60.0)


def test_parts_together_are_the_whole_bit_for_bit(rows, whole):
    times, neurons = whole
    assert len(times) > 30 and np.all(np.diff(times) >= 0.0) and times[-1] < 60.0
    assert neurons.min() >= 0 and neurons.max() < rows.n_neurons == 200
    stream = spikefront.Stream(rows)
    parts = list(stream.chunks(until=60.0, every=7.0))
    assert len(parts) == 9 and stream.time == 60.0 and stream.n_spikes == len(times)
    assert np.array_equal(np.concatenate([part[0] for part in parts]), times)
    assert np.array_equal(np.concatenate([part[1] for part in parts]), neurons)
    for number, (part, _) in enumerate(parts):
        assert np.all((part >= 7.0 * number) & (part < 7.0 * (number + 1)))


def test_another_seed_is_another_run(whole):
    other = spikefront.named_network("cuba", scale=0.05, seed=2).build_in_rows()
    assert not np.array_equal(spikefront.Stream(other).run(60.0)[0], whole[0])


def test_partitions_change_nothing(whole):
    for partitions in (1, 3):
        rows = spikefront.named_network("cuba", scale=0.05, seed=1).build_in_rows(partitions=partitions)
        times, neurons = spikefront.Stream(rows).run(60.0)
        assert np.array_equal(times, whole[0]) and np.array_equal(neurons, whole[1])


def test_a_run_goes_on_where_the_last_ended(rows, whole):
    stream = spikefront.Stream(rows)
    first, second = stream.run(25.0), stream.run(60.0)
    assert np.array_equal(np.concatenate([first[0], second[0]]), whole[0])
    assert np.array_equal(np.concatenate([first[1], second[1]]), whole[1])
    assert len(stream.run(60.0)[0]) == len(stream.run(10.0)[0]) == 0 and stream.time == 60.0


def test_a_recorder_gives_states_below_the_threshold_and_changes_nothing(rows, whole):
    stream = spikefront.Stream(rows)
    chosen = slice(40, 60)
    recorder = stream.record(chosen, every=0.5, until=50.0, start=10.0)
    other = stream.record((0, 3), 10.0, 60.0)
    times, _ = stream.run(30.0)
    first = stream.recorded(recorder)
    later, _ = stream.run(60.0)
    second = stream.recorded(recorder)
    assert np.array_equal(np.concatenate([times, later]), whole[0])
    found = np.concatenate([first["times"], second["times"]])
    assert np.array_equal(found, np.arange(20, 100) * 0.5)
    voltages = np.concatenate([first["voltages"], second["voltages"]])
    assert voltages.shape == (80, 20) and first["currents"].shape == (len(first["times"]), 2, 20)
    assert -120.0 < voltages.min() and voltages.max() < -50.0
    assert np.ptp(voltages) > 1.0 and second["currents"].any()
    assert len(stream.recorded(recorder)["times"]) == 0
    assert stream.recorded(other)["voltages"].shape == (6, 3)


def test_populations_and_synapses_are_those_of_the_network(rows):
    assert sum(part.stop - part.start for part in rows.populations.values()) == rows.n_neurons
    synapses = rows.synapses()
    assert set(synapses) == {"source", "target", "receptor", "weight", "delay"}
    assert all(len(values) == rows.n_synapses for values in synapses.values())
    assert synapses["target"].max() < rows.n_neurons and set(synapses["receptor"]) == {0, 1}
    assert np.all(synapses["delay"] > 0.0) and rows.synapse_bytes > 0
    inhibitory = rows.populations["inhibitory"]
    by_inhibition = (synapses["source"] >= inhibitory.start) & (synapses["source"] < inhibitory.stop)
    assert np.all((synapses["weight"] < 0.0) == by_inhibition)


def test_what_is_not_there_is_refused(rows):
    stream = spikefront.Stream(rows)
    for wrong, words in (
        (lambda: spikefront.Stream(rows, engine="gpux"), "nearest is gpu"),
        (lambda: spikefront.Stream(rows, window=0.0), "window"),
        (lambda: spikefront.Stream(rows, window=1e9), "window"),
        (lambda: stream.recorded(0), "recorder"),
        (lambda: stream.record((0, 201), 1.0, 10.0), "neuron"),
        (lambda: stream.record((0, 1), 0.0, 10.0), "every"),
        (lambda: stream.chunks(10.0, 0.0), "every"),
        (lambda: stream.chunks(np.inf, 1.0), "until"),
    ):
        with pytest.raises(ValueError, match=words):
            wrong()
    assert stream.time == 0.0


def test_a_time_that_is_no_number_is_refused(rows):
    with pytest.raises(ValueError, match="until"):
        spikefront.Stream(rows).run(np.nan)


def test_a_time_without_end_is_refused(rows):
    with pytest.raises(ValueError, match="until"):
        spikefront.Stream(rows).run(np.inf)


def test_a_slice_with_a_step_is_refused(rows):
    with pytest.raises(ValueError, match="step"):
        spikefront.Stream(rows).record(slice(0, 10, 2), 1.0, 10.0)


def test_named_networks_have_parameters():
    def rate(eta):
        rows = spikefront.named_network("brunel", scale=0.2, g=5.0, eta=eta).build_in_rows()
        return len(spikefront.Stream(rows).run(40.0)[0])

    assert rate(4.0) > 1.5 * rate(1.2) > 0
    for wrong, words in (
        (lambda: spikefront.named_network("cubaa"), "nearest is cuba"),
        (lambda: spikefront.named_network("brunel", etta=2.0), "give one of g, eta"),
        (lambda: spikefront.named_network("brunel", eta=np.nan), "eta"),
        (lambda: spikefront.named_network("cuba", scale=-1.0), "scale"),
    ):
        with pytest.raises(ValueError, match=words):
            wrong()
    with pytest.raises(TypeError):
        spikefront.named_network("brunel", eta="high")


def test_a_network_for_batches_runs_as_one_long_run():
    builder = spikefront.NetworkBuilder(seed=3)
    builder.input("input", 2)
    neuron = spikefront.Neuron(threshold=np.array([0.9, 1.0, 1.1]), tau_membrane=10.0)
    builder.population("cells", 3, neuron)
    builder.population("readout", 1, spikefront.Neuron(threshold=None))
    builder.connect("input", "cells", 0.5)
    builder.connect("cells", "cells", -0.0625)
    builder.connect("cells", "readout", 0.125)
    with pytest.raises(ValueError, match="input_spikes"):
        builder.build_in_rows()
    trains = [[1.0, 2.5, 9.0], [4.0, 5.5]]
    with pytest.raises(ValueError, match="that of an input"):
        builder.input_spikes("cells", trains)
    builder.input_spikes("input", trains)
    stream = spikefront.Stream(builder.build_in_rows())
    recorder = stream.record((3, 4), every=0.5, until=30.0)
    times, neurons = stream.run(30.0)
    network = builder.build()
    inputs = spikefront.Spikes.from_channels([trains])
    recording = network.simulate(network.parameters(), inputs, 30.0, engine="cpu")
    assert len(times) > 3 and set(neurons) <= {0, 1, 2}
    assert np.allclose(np.sort(times), np.sort(recording.times), atol=1e-11, rtol=0.0)
    assert stream.recorded(recorder)["voltages"].max() > 0.0
