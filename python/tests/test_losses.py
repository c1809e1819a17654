"""Losses: their derivatives, sums, and what they need recorded."""

import numpy as np
import pytest
import spikefront
from spikefront import losses

LABELS = [2, 0]
TRAINS = [[[4.0 + neuron + label, 15.0 + 2.0 * label] for neuron in range(4)] for label in range(3)]

OF_SPIKES = {
    "first_spike_cross_entropy": losses.first_spike_cross_entropy("hidden", 2.0),
    "rewarding early spikes": losses.first_spike_cross_entropy("hidden", 2.0, early=(0.3, 5.0)),
    "leaving silent ones out": losses.first_spike_cross_entropy("hidden", 2.0, silent="left_out"),
    "first_spike_mean_square": losses.first_spike_mean_square("hidden", 3.0, 9.0),
    "late_first_spikes": losses.late_first_spikes("hidden", 2.0),
    "spike_time_mean_square": losses.spike_time_mean_square("hidden", TRAINS),
    "van_rossum": losses.van_rossum("hidden", TRAINS, 6.0),
}
OF_VOLTAGES = {
    "final_voltage_cross_entropy": losses.final_voltage_cross_entropy("output", 0.5),
    "maximum_cross_entropy": losses.maximum_cross_entropy("output", 0.5),
    "integral_cross_entropy": losses.integral_cross_entropy("output", scale=0.02),
    "voltage_mean_square": losses.voltage_mean_square(
        "output", [6.0, 21.0], np.linspace(-1.0, 3.0, 12).reshape(3, 2, 2)
    ),
}


def agrees(found, expected):
    return np.allclose(found, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", OF_SPIKES)
def test_derivatives_of_spike_times_are_those_of_central_differences(network, inputs, parameters, run, name):
    loss, own = OF_SPIKES[name], run(parameters)

    def moved(place, step):
        times = own.times
        times[place] += step
        spikes = spikefront.Spikes(times, own.neurons, own.offsets)
        recording, _ = network.recording_of(parameters, inputs, spikes, 30.0, tolerance=1.0)
        return loss(recording, LABELS).mean

    step = 1e-5
    expected = [(moved(place, step) - moved(place, -step)) / (2 * step) for place in range(len(own.times))]
    found = loss(own, LABELS).cotangent.spike_times
    assert agrees(found, expected) and np.abs(expected).max() > 1e-3
    assert not agrees(found * 1.001, expected)


@pytest.mark.parametrize("name", OF_VOLTAGES)
def test_derivatives_of_voltages_are_those_of_central_differences(parameters, run, name):
    loss, weight, step = OF_VOLTAGES[name], "hidden->output/weight", 1e-6

    def moved(entry, by):
        there = {**parameters, weight: parameters[weight].copy()}
        there[weight][entry] += by
        return loss(run(there, record_for=loss), labels).mean

    labels = [1, 0]
    expected = np.empty((4, 2))
    for entry in np.ndindex(4, 2):
        expected[entry] = (moved(entry, step) - moved(entry, -step)) / (2 * step)
    recording = run(parameters, record_for=loss)
    found = recording.gradient(loss(recording, labels).cotangent).parameters[weight]
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-7) and np.abs(expected).max() > 1e-3
    assert not np.allclose(found * 1.001, expected, rtol=1e-6, atol=1e-7)


def test_the_first_to_fire_is_predicted_and_the_value_is_the_cross_entropy(parameters, run):
    recording = run(parameters)
    value = losses.first_spike_cross_entropy("hidden", 2.0)(recording, LABELS)
    first = recording.first_spikes("hidden")
    assert value.predictions == first.argmin(axis=1).tolist()
    scores = -first / 2.0
    chosen = scores[[0, 1], LABELS]
    assert abs(value.mean - np.mean(np.log(np.exp(scores).sum(axis=1)) - chosen)) < 1e-12


def test_surplus_spikes_are_counted(parameters, run):
    recording = run(parameters)
    most = np.bincount(recording.neurons).max()
    assert losses.surplus_spikes("hidden", int(most))(recording, LABELS).mean == 0.0
    value = losses.surplus_spikes("hidden", 1)(recording, LABELS)
    assert value.mean > 0.0 and value.cotangent.spike_times.any()


def test_sums_and_factors(parameters, run):
    one, two = OF_SPIKES["first_spike_cross_entropy"], OF_SPIKES["van_rossum"]
    recording = run(parameters)
    a, b, both = (loss(recording, LABELS) for loss in (one, two, 2.0 * one + 0.25 * two))
    assert abs(both.mean - (2.0 * a.mean + 0.25 * b.mean)) < 1e-12
    expected = 2.0 * a.cotangent.spike_times + 0.25 * b.cotangent.spike_times
    np.testing.assert_allclose(both.cotangent.spike_times, expected, rtol=1e-12, atol=1e-15)
    assert both.predictions == a.predictions
    for wrong in (lambda: one + 1.0, lambda: "2" * one, lambda: one * one):
        with pytest.raises(TypeError):
            wrong()


def test_a_run_records_what_its_loss_looks_at(parameters, run):
    recording = run(parameters, record_for=OF_VOLTAGES["maximum_cross_entropy"])
    assert recording.maxima["output"].shape == (2, 2)
    recording = run(parameters, record_for=OF_VOLTAGES["voltage_mean_square"])
    assert {6.0, 21.0} <= set(recording.voltage_times)
    for name in ("maximum_cross_entropy", "voltage_mean_square", "final_voltage_cross_entropy"):
        with pytest.raises(ValueError):
            OF_VOLTAGES[name](run(parameters), [1, 0])


def test_times_of_voltages_and_those_of_a_loss_are_both_recorded(parameters, run):
    recording = run(parameters, record_for=OF_VOLTAGES["voltage_mean_square"], voltage_times=[1.0, 10.0])
    assert {1.0, 6.0, 10.0, 21.0} <= set(recording.voltage_times)
    plain = run(parameters, record_for=OF_VOLTAGES["voltage_mean_square"])
    value, expected = (OF_VOLTAGES["voltage_mean_square"](found, [1, 0]) for found in (recording, plain))
    assert abs(value.mean - expected.mean) < 1e-12


@pytest.mark.parametrize("labels", [[0], [0, 4], [0, -1], [0.0, 1.0], None, [[0, 1]]])
def test_labels_that_do_not_fit_are_refused(parameters, run, labels):
    with pytest.raises(ValueError):
        OF_SPIKES["first_spike_cross_entropy"](run(parameters), labels)


def test_what_a_loss_cannot_be_is_refused(parameters, run):
    recording = run(parameters)
    for make, words in (
        (lambda: losses.first_spike_cross_entropy("hiden", 1.0), "nearest is hidden"),
        (lambda: losses.first_spike_cross_entropy("hidden", 0.0), "0"),
        (lambda: losses.first_spike_cross_entropy("hidden", 1.0, silent="at_start"), "at_end"),
        (lambda: losses.final_voltage_cross_entropy("hidden", 1.0), "hidden"),
        (lambda: losses.van_rossum("hidden", [[[2.0, 1.0]]], 1.0), "ascending"),
        (lambda: losses.voltage_mean_square("output", [1.0], np.ones((2, 2))), "three dimensions"),
        (lambda: np.nan * OF_SPIKES["van_rossum"], "NaN"),
    ):
        with pytest.raises(ValueError, match=words):
            make()(recording, LABELS)
