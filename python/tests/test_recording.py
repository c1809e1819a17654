"""What a simulation finds: spike times, readouts and states."""

import numpy as np
import pytest
import spikefront

TAU_MEMBRANE, TAU_SYNAPSE, REST, INITIAL, WEIGHT, ARRIVAL = 20.0, 5.0, 0.2, -0.1, 0.4, 3.5


def potential(t):
    """V of one neuron with one arrival."""
    since = np.maximum(t - ARRIVAL, 0.0)
    kernel = TAU_MEMBRANE * TAU_SYNAPSE / (TAU_MEMBRANE - TAU_SYNAPSE)
    driven = WEIGHT * kernel * (np.exp(-since / TAU_MEMBRANE) - np.exp(-since / TAU_SYNAPSE))
    return REST + (INITIAL - REST) * np.exp(-t / TAU_MEMBRANE) + driven


def one_neuron(threshold):
    builder = spikefront.NetworkBuilder()
    builder.input("input", 1)
    neuron = spikefront.Neuron(
        tau_membrane=TAU_MEMBRANE, tau_synapse=TAU_SYNAPSE, threshold=threshold, rest=REST, initial=INITIAL
    )
    builder.population("neuron", 1, neuron)
    builder.connect("input", "neuron", WEIGHT, delay=1.5)
    return builder.build()


def simulate(network, **keywords):
    inputs = spikefront.Spikes([ARRIVAL - 1.5], [0])
    return network.simulate(network.parameters(), inputs, 40.0, engine="cpu", **keywords)


def test_the_first_spike_is_where_the_closed_form_reaches_the_threshold():
    low, high = ARRIVAL, ARRIVAL + 8.0
    assert potential(low) < 1.0 < potential(high)
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if potential(middle) < 1.0 else (low, middle)
    recording = simulate(one_neuron(1.0))
    assert abs(recording.times[0] - low) < 1e-12
    step = 1e-6
    slope = (potential(low + step) - potential(low - step)) / (2 * step)
    assert abs(recording.slopes[0] - slope) < 1e-8


def test_a_readout_is_the_closed_form():
    times = np.linspace(0.0, 40.0, 401)
    recording = simulate(one_neuron(None), voltage_times=times, record_maxima=True)
    assert len(recording.times) == 0
    assert recording.voltages["neuron"].shape == (1, 401, 1)
    np.testing.assert_allclose(recording.voltages["neuron"][0, :, 0], potential(times), rtol=0, atol=1e-13)
    dense = np.linspace(0.0, 40.0, 400_001)
    assert abs(recording.maxima["neuron"][0, 0] - potential(dense).max()) < 1e-9
    kernel = TAU_MEMBRANE * TAU_SYNAPSE / (TAU_MEMBRANE - TAU_SYNAPSE)

    def decayed(tau, length):
        return tau * (1.0 - np.exp(-length / tau))

    left = 40.0 - ARRIVAL
    integral = REST * 40.0 + (INITIAL - REST) * decayed(TAU_MEMBRANE, 40.0)
    integral += WEIGHT * kernel * (decayed(TAU_MEMBRANE, left) - decayed(TAU_SYNAPSE, left))
    assert abs(recording.integrals["neuron"][0, 0] - integral) < 1e-11


def test_integrals_and_maxima_are_those_of_the_voltages(run, parameters):
    times = np.linspace(0.0, 30.0, 30_001)
    recording = run(parameters, voltage_times=times, record_maxima=True)
    voltages = recording.voltages["output"]
    assert voltages.shape == (2, 30_001, 2) and np.array_equal(recording.voltage_times, times)
    sums = ((voltages[:, 1:] + voltages[:, :-1]) / 2).sum(axis=1) * (times[1] - times[0])
    np.testing.assert_allclose(recording.integrals["output"], sums, atol=1e-6)
    assert not np.allclose(recording.integrals["output"], voltages[:, :-1].sum(axis=1) * 1.001e-3, atol=1e-6)
    maxima, dense = recording.maxima["output"], voltages.max(axis=1)
    # Between two times V rises by no more than its largest step: V has kinks where spikes arrive.
    steps = np.abs(np.diff(voltages, axis=1)).max(axis=1)
    assert np.all(maxima >= dense - 1e-13) and np.all(maxima - dense <= steps) and np.all(steps < 1e-2)


def test_maxima_are_recorded_when_asked_for(run, parameters):
    assert run(parameters).maxima == {}


def test_states_are_those_of_readouts_and_stay_below_thresholds(run, parameters):
    times = np.linspace(0.0, 30.0, 601)
    recording = run(parameters, voltage_times=times)
    for sample in range(2):
        voltages, currents = recording.states(sample, [4, 5], times)
        assert voltages.shape == currents.shape == (2, 601)
        np.testing.assert_allclose(voltages, recording.voltages["output"][sample].T, atol=1e-12)
        voltages, _ = recording.states(sample, np.arange(4), times)
        assert voltages.max() <= 1.0 + 1e-9 and voltages.max() > 0.9
    for wrong in ((2, [0], [1.0]), (0, [6], [1.0]), (0, [0], [2.0, 1.0]), (0, [0], [30.5]), (0, [0], [np.nan])):
        with pytest.raises(ValueError):
            recording.states(*wrong)


def test_spikes_lie_in_order_and_belong_to_their_populations(run, parameters):
    recording = run(parameters)
    assert len(recording) == 2 and recording.offsets[-1] == len(recording.times) > 10
    for sample in range(2):
        times = recording.times[slice(*recording.offsets[sample : sample + 2])]
        assert np.all(np.diff(times) >= 0.0)
    hidden = recording.spikes("hidden")
    assert np.array_equal(hidden.times, recording.times) and np.array_equal(hidden.units, recording.neurons)
    assert len(recording.spikes("output").times) == 0 and len(recording.spikes("output")) == 2


def test_first_spikes_are_the_first(run, parameters):
    parameters["hidden/threshold"][2] = 1e3
    recording = run(parameters)
    expected, places = np.full((2, 4), np.inf), np.full((2, 4), -1)
    for sample in range(2):
        for place in reversed(range(*recording.offsets[sample : sample + 2])):
            expected[sample, recording.neurons[place]] = recording.times[place]
            places[sample, recording.neurons[place]] = place
    assert np.isinf(expected[:, 2]).all() and np.isfinite(expected[:, 0]).all()
    assert np.array_equal(recording.first_spikes("hidden"), expected)
    assert np.array_equal(recording.first_spike_indices("hidden"), places)
    with pytest.raises(ValueError, match="nearest is hidden"):
        recording.first_spikes("hiden")


def test_a_run_that_may_stop_early_has_the_same_first_spikes(run, parameters):
    whole, short = run(parameters), run(parameters, stop_after_first_spikes="hidden")
    assert len(short.times) < len(whole.times) and np.all(short.ends < 30.0)
    assert np.array_equal(short.first_spikes("hidden"), whole.first_spikes("hidden"))


def test_a_runaway_is_an_error_of_its_own(run, parameters):
    with pytest.raises(spikefront.Error, match="more than 3 spikes"):
        run(parameters, spike_budget=3)


@pytest.mark.parametrize("duration", [0.0, -1.0, np.nan, np.inf])
def test_a_duration_that_is_none_is_refused(run, parameters, duration):
    with pytest.raises(ValueError, match="duration"):
        run(parameters, duration=duration)


@pytest.mark.parametrize("times", [[2.0, 1.0], [-1.0], [31.0], [np.nan], [[1.0]], 1.0, "a"])
def test_times_of_voltages_that_cannot_be_are_refused(run, parameters, times):
    with pytest.raises(ValueError, match="voltage_times"):
        run(parameters, voltage_times=times)
