"""Recordings of spikes that are given."""

import numpy as np
import pytest
import spikefront


@pytest.fixture()
def given(network, inputs, parameters):
    """What the network says of spikes; its own unless others are given."""

    def fit(spikes, *, tolerance=1e-9, find_missing=True, **keywords):
        return network.recording_of(
            parameters, inputs, spikes, 30.0, tolerance=tolerance, find_missing=find_missing, **keywords
        )

    return fit


@pytest.fixture()
def own(run, parameters):
    return run(parameters, voltage_times=[5.0, 20.0], record_maxima=True)


def without(spikes, place):
    """A batch without one of its spikes."""
    keep = np.arange(len(spikes.times)) != place
    offsets = spikes.offsets - (spikes.offsets > place)
    return spikefront.Spikes(spikes.times[keep], spikes.units[keep], offsets)


def test_own_spikes_fit_and_have_the_same_derivatives(given, own):
    recording, report = given(own.spikes(), voltage_times=[5.0, 20.0], record_maxima=True)
    assert report.worst < 1e-9 and np.abs(report.residuals).max() == report.worst
    assert (report.beyond, report.surplus, report.falling, report.missing) == (0, [], 0, [])
    assert np.array_equal(recording.times, own.times) and np.array_equal(recording.neurons, own.neurons)
    np.testing.assert_allclose(recording.slopes, own.slopes, rtol=1e-9)
    for kind in ("voltages", "integrals", "maxima"):
        np.testing.assert_allclose(getattr(recording, kind)["output"], getattr(own, kind)["output"], rtol=1e-9)
    cotangent = np.cos(np.arange(len(own.times)))
    expected = own.gradient(cotangent, with_respect_to="everything")
    found = recording.gradient(cotangent, with_respect_to="everything")
    other = recording.gradient(cotangent + 1e-3, with_respect_to="everything")
    assert any(values.any() for values in expected.parameters.values())
    for name, values in expected.parameters.items():
        scale = 1e-9 * max(1.0, np.abs(values).max())
        np.testing.assert_allclose(found.parameters[name], values, rtol=0, atol=scale)
        if values.any():
            assert not np.allclose(other.parameters[name], values, rtol=0, atol=scale)
    np.testing.assert_allclose(found.input_times, expected.input_times, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shift", [-0.05, 0.05])
def test_a_spike_that_was_moved_is_in_the_report(given, own, shift):
    times, place = own.times, len(own.times) - 1
    times[place] += shift
    recording, report = given(spikefront.Spikes(times, own.neurons, own.offsets), tolerance=1e-6)
    assert report.beyond == 1
    assert report.worst == abs(report.residuals[place]) > 1e-6
    # Too early, V is still below.
    assert np.sign(report.residuals[place]) == np.sign(shift)
    assert report.surplus == ([place] if shift < 0.0 else [])
    assert recording.times[place] == times[place]


def test_a_spike_that_was_left_out_is_found(given, own):
    place = len(own.times) - 1
    _, report = given(without(own.spikes(), place), tolerance=1e-6)
    sample, neuron, time, excess = report.missing[0]
    assert (sample, neuron) == (1, own.neurons[place]) and abs(time - own.times[place]) < 1e-6 and excess > 0.0
    assert given(without(own.spikes(), place), find_missing=False)[1].missing == []


def test_a_spike_that_would_not_be_is_surplus(given, own):
    times, units, offsets = np.insert(own.times, 0, 0.5), np.insert(own.neurons, 0, 1), own.offsets + 1
    offsets[0] = 0
    _, report = given(spikefront.Spikes(times, units, offsets), tolerance=1e-3)
    assert 0 in report.surplus and report.residuals[0] < -0.5


@pytest.mark.parametrize("tolerance", [-1.0, np.nan, np.inf])
def test_a_tolerance_that_is_none_is_refused(given, own, tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        given(own.spikes(), tolerance=tolerance)


def test_spikes_that_cannot_be_are_refused(given, own):
    with pytest.raises(ValueError):
        given(spikefront.Spikes([1.0, 2.0], [6, 0], [0, 1, 2]))
    with pytest.raises(ValueError):
        given(spikefront.Spikes([1.0, 31.0], [0, 0], [0, 1, 2]))
    with pytest.raises(ValueError):
        given(spikefront.Spikes([1.0], [0]))
    # A readout never fires.
    with pytest.raises(ValueError):
        given(spikefront.Spikes([1.0, 2.0], [4, 0], [0, 1, 2]))
