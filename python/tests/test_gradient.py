"""Derivatives against central differences and against each other."""

import numpy as np
import pytest
import spikefront

KINDS = ["weights", "delays", "thresholds", "tau_membrane", "tau_synapse", "rest", "initial"]
VOLTAGE_TIMES = [4.0, 11.0, 29.0]
STEP = 1e-6


class Scalar:
    """A weighted sum of everything that a run records."""

    def __init__(self, recording):
        rng = np.random.default_rng(1)
        self.times = rng.normal(size=len(recording.times))
        self.integrals = {"output": rng.normal(size=(2, 2)) / 30}
        self.voltages = {"output": rng.normal(size=(2, 3, 2))}
        self.maxima = {"output": rng.normal(size=(2, 2))}

    def value(self, recording):
        assert len(recording.times) == len(self.times), "the step changes the number of spikes"
        total = self.times @ recording.times
        for kind in ("integrals", "voltages", "maxima"):
            total += np.sum(getattr(self, kind)["output"] * getattr(recording, kind)["output"])
        return total

    def cotangent(self):
        return spikefront.Cotangent(
            self.times, integrals=self.integrals, voltages=self.voltages, maxima=self.maxima
        )


@pytest.fixture()
def recorded(run):
    return lambda parameters, **keywords: run(
        parameters, voltage_times=VOLTAGE_TIMES, record_maxima=True, **keywords
    )


def agrees(found, expected):
    return np.allclose(found, expected, rtol=2e-6, atol=2e-7 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_is_that_of_central_differences(network, recorded, parameters, kind):
    recording = recorded(parameters)
    scalar = Scalar(recording)
    gradient = recording.gradient(scalar.cotangent(), with_respect_to=kind)
    assert gradient.grazing_spikes == 0
    for name in (name for name, of in network.kinds.items() if of == kind):
        expected = np.empty(network.shapes[name])
        for entry in np.ndindex(*expected.shape):
            moved = []
            for step in (STEP, -STEP):
                there = {**parameters, name: parameters[name].copy()}
                there[name][entry] += step
                moved.append(scalar.value(recorded(there)))
            expected[entry] = (moved[0] - moved[1]) / (2 * STEP)
        found = gradient.parameters[name]
        assert agrees(found, expected), name
        assert np.abs(expected).max() > 1e-3, "nothing to compare"
        # A thousandth too much is noticed.
        assert not agrees(found * 1.001, expected), name


def test_gradient_of_input_times_is_that_of_central_differences(recorded, parameters, inputs):
    recording = recorded(parameters)
    scalar = Scalar(recording)
    found = recording.gradient(scalar.cotangent(), with_respect_to="input_times").input_times
    expected = np.empty(len(inputs.times))
    for ix in range(len(expected)):
        moved = []
        for step in (STEP, -STEP):
            times = inputs.times
            times[ix] += step
            moved.append(
                scalar.value(recorded(parameters, inputs=spikefront.Spikes(times, inputs.units, inputs.offsets)))
            )
        expected[ix] = (moved[0] - moved[1]) / (2 * STEP)
    assert agrees(found, expected) and not agrees(found * 1.001, expected)


def test_adjoint_and_forward_propagation_agree(recorded, parameters):
    recording = recorded(parameters)
    cotangent = Scalar(recording).cotangent()
    adjoint, forward = (
        recording.gradient(cotangent, with_respect_to="everything", method=method) for method in ("adjoint", "forward")
    )

    def close(found, expected):
        return np.allclose(found, expected, rtol=0, atol=1e-11 * max(1.0, np.abs(expected).max()))

    for name, expected in forward.parameters.items():
        assert close(adjoint.parameters[name], expected), name
        assert not close(adjoint.parameters[name] + 1e-9 * max(1.0, np.abs(expected).max()), expected)
    assert close(adjoint.input_times, forward.input_times)


def test_what_is_not_asked_for_is_zero(recorded, parameters):
    recording = recorded(parameters)
    gradient = recording.gradient(np.ones(len(recording.times)), with_respect_to=["delays", "rest"])
    assert len(gradient.input_times) == 0
    for name, values in gradient.parameters.items():
        asked = name.endswith(("/delay", "hidden/rest")) and name != "hidden->output/delay"
        assert values.any() == asked, name


def test_a_jacobian_has_a_row_for_everything_and_gives_the_gradient(recorded, parameters, network, inputs):
    recording = recorded(parameters)
    scalar = Scalar(recording)
    gradient = recording.gradient(scalar.cotangent(), with_respect_to="everything")
    total = {name: np.zeros(shape) for name, shape in network.shapes.items()}
    by_input = []
    for sample in range(2):
        jacobian = recording.jacobian(sample, with_respect_to="everything")
        spikes = scalar.times[slice(*recording.offsets[sample : sample + 2])]
        assert jacobian.n_spikes == len(spikes)
        kinds = (scalar.voltages, scalar.integrals, scalar.maxima)
        rows = np.concatenate([spikes, *(kind["output"][sample].ravel() for kind in kinds)])
        for name in total:
            total[name] += np.tensordot(rows, jacobian.parameters[name], 1)
        by_input.append(rows @ jacobian.input_times)
    for name in total:
        np.testing.assert_allclose(total[name], gradient.parameters[name], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(np.concatenate(by_input), gradient.input_times, rtol=1e-9, atol=1e-10)


def test_jvp_is_the_jacobian_times_the_direction(recorded, parameters, inputs):
    recording = recorded(parameters)
    rng = np.random.default_rng(2)
    direction = {"input->hidden/weight": rng.normal(size=(3, 4)), "hidden/tau_membrane": rng.normal(size=1)}
    by_input = rng.normal(size=len(inputs.times))
    tangent = recording.jvp(direction, input_times=by_input)
    for sample in range(2):
        jacobian = recording.jacobian(sample, with_respect_to="everything")
        rows = jacobian.input_times @ by_input[slice(*inputs.offsets[sample : sample + 2])]
        for name, values in direction.items():
            rows = rows + np.tensordot(jacobian.parameters[name], values, values.ndim)
        spikes = tangent.spike_times[slice(*recording.offsets[sample : sample + 2])]
        found = [spikes] + [
            getattr(tangent, kind)["output"][sample].ravel() for kind in ("voltages", "integrals", "maxima")
        ]
        np.testing.assert_allclose(np.concatenate(found), rows, rtol=1e-9, atol=1e-9)
        assert np.abs(rows).max() > 1e-2


@pytest.mark.parametrize(
    "keywords, words",
    [
        ({"with_respect_to": "weight"}, "nearest is weights"),
        ({"method": "backward"}, "adjoint, forward"),
        ({"slope_floor": 0.0}, "slope_floor"),
        ({"slope_floor": np.nan}, "slope_floor"),
    ],
)
def test_options_that_there_are_not_are_refused(recorded, parameters, keywords, words):
    recording = recorded(parameters)
    with pytest.raises(ValueError, match=words):
        recording.gradient(np.ones(len(recording.times)), **keywords)


def test_cotangents_that_do_not_fit_are_refused(run, parameters):
    recording = run(parameters, voltage_times=VOLTAGE_TIMES)
    n = len(recording.times)
    for cotangent, words in (
        (np.ones(n + 1), "shape"),
        (np.full(n, np.nan), "finite"),
        (None, "real numbers"),
        (spikefront.Cotangent(voltages={"output": np.ones((2, 2))}), "shape"),
        (spikefront.Cotangent(voltages={"outptu": np.ones((2, 3, 2))}), "nearest is output"),
        (spikefront.Cotangent(voltages={"hidden": np.ones((2, 3, 4))}), "readout"),
        (spikefront.Cotangent(maxima={"output": np.ones((2, 2))}), "record_maxima"),
    ):
        with pytest.raises(ValueError, match=words):
            recording.gradient(cotangent)
