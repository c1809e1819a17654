"""The gradient of a long run against differences of whole runs."""

import numpy as np
import pytest
import spikefront

UNTIL = 40.0
OBSERVED = 20


def rows(weight: float = 0.125, delay: float = 1.5, partitions: int | None = None) -> spikefront.NetworkInRows:
    builder = spikefront.NetworkBuilder(3)
    builder.generators("input", [[2.0 + channel, 11.0 + channel, 19.5 + channel] for channel in range(10)])
    builder.population("cells", 60, spikefront.Neuron(tau_membrane=20.0, tau_synapse=5.0))
    builder.connect("input", "cells", weight, delay=delay, rule=spikefront.Rule.fixed_in_degree(4))
    builder.connect("cells", "cells", -0.01, delay=2.0, rule=spikefront.Rule.fixed_probability(0.1))
    return builder.build_in_rows(partitions=partitions)


def loss(network: spikefront.NetworkInRows) -> tuple[float, np.ndarray]:
    """Half the squares of the times of some neurons, and its derivatives."""
    times, neurons = spikefront.Stream(network).run(UNTIL)
    counted = np.where(neurons < OBSERVED, times, 0.0)
    return 0.5 * float(np.square(counted).sum()), counted


def test_it_is_that_of_central_differences():
    # All synapses of a projection change together: the sum of their derivatives. Single precision holds each of these steps.
    network = rows()
    _, cotangent = loss(network)
    found = network.gradient(cotangent, UNTIL)
    of_input = network.synapses()["source"] == -1
    assert found.n_spikes == len(cotangent) > 50 and found.grazing_spikes == 0
    for values, moved, step in (
        (found.weights, lambda by: rows(weight=0.125 + by), 2.0**-16),
        (found.delays, lambda by: rows(delay=1.5 + by), 2.0**-10),
    ):
        (up, of_up), (down, of_down) = (loss(moved(sign * step)) for sign in (1.0, -1.0))
        assert len(of_up) == len(of_down) == len(cotangent)
        expected, sum_of_synapses = (up - down) / (2.0 * step), values[of_input].sum()
        assert abs(sum_of_synapses - expected) < 1e-4 * abs(expected)
        assert not abs(1.001 * sum_of_synapses - expected) < 1e-4 * abs(expected)


def test_segments_and_partitions_change_rounding_alone():
    whole = rows()
    _, cotangent = loss(whole)
    one, other = whole.gradient(cotangent, UNTIL), whole.gradient(cotangent, UNTIL, segment=3)
    assert np.array_equal(one.weights, other.weights) and np.any(one.weights)
    assert one.initial_potentials.shape == (60,) and np.any(one.initial_potentials)
    parted = rows(partitions=3)
    of_parts = parted.gradient(cotangent, UNTIL)

    def in_order(network, values):
        synapses = network.synapses()
        order = np.lexsort((values, synapses["target"], synapses["source"]))
        return values[order]

    np.testing.assert_allclose(in_order(parted, of_parts.weights), in_order(whole, one.weights), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("by", [-1, 1])
def test_another_number_of_derivatives_than_spikes_is_refused(by):
    network = rows()
    _, cotangent = loss(network)
    with pytest.raises(ValueError, match=f"cotangent.*{len(cotangent) + by} numbers.*one number for each"):
        network.gradient(np.resize(cotangent, len(cotangent) + by), UNTIL)


def test_what_cannot_be_is_refused_by_name():
    network = rows()
    _, cotangent = loss(network)
    not_finite = cotangent.copy()
    not_finite[2] = np.nan
    for arguments, keywords, words in (
        ((not_finite, UNTIL), {}, r"cotangent\[2\]"),
        ((cotangent, np.inf), {}, "until"),
        ((cotangent, UNTIL), {"segment": 0}, "segment"),
        ((cotangent, UNTIL), {"slope_floor": -1.0}, "slope_floor"),
    ):
        with pytest.raises(ValueError, match=words):
            network.gradient(*arguments, **keywords)
