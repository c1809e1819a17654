"""The GPU engine against the CPU's."""

import os

import numpy as np
import pytest
import spikefront

KINDS = ["weights", "delays", "thresholds"]


@pytest.fixture(scope="module")
def gpu():
    if not spikefront.adapters():
        reason = "no GPU and no software driver: spikefront.adapters() is empty"
        print(reason)
        if os.environ.get("SPIKEFRONT_REQUIRE_GPU") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return spikefront.Engine("gpu")


def test_spike_times_and_gradients_are_the_cpu_s(gpu, run, parameters):
    exact, found = run(parameters), run(parameters, engine=gpu)
    assert gpu.name == "gpu" and len(exact.times) > 10
    assert np.array_equal(found.neurons, exact.neurons) and np.array_equal(found.offsets, exact.offsets)
    assert np.abs(found.times - exact.times).max() < 1e-3
    # Single precision is not double: that it was the GPU can be seen.
    assert not np.array_equal(found.times, exact.times)
    cotangent = np.sin(np.arange(len(exact.times)))
    one, two = (recording.gradient(cotangent, with_respect_to=KINDS).parameters for recording in (exact, found))
    for name, expected in one.items():
        bound = 1e-2 * np.abs(expected).max()
        assert np.abs(two[name] - expected).max() <= bound, name
        if bound > 0.0:
            assert np.abs(1.02 * two[name] - expected).max() > bound, name


def test_an_adapter_that_is_not_there_is_refused(gpu):
    with pytest.raises(ValueError, match="adapter"):
        spikefront.Engine("gpu", adapter=99)


def test_the_cpu_has_no_adapters():
    with pytest.raises(ValueError, match="adapter"):
        spikefront.Engine("cpu", adapter=0)
    assert spikefront.Engine("cpu").name == "cpu"
    with pytest.raises(ValueError, match="nearest is cpu"):
        spikefront.Engine("cpux")
