"""What never changes is its own copy; spikes go to other processes."""

import copy
import pickle

import numpy as np
import pytest
import spikefront


def test_what_never_changes_is_its_own_copy(network, inputs):
    loss = spikefront.losses.surplus_spikes("hidden", 1)
    rows = spikefront.named_network("cuba", scale=0.02).build_in_rows()
    of_all_kinds = [network, inputs, rows, loss, spikefront.Neuron(), spikefront.Engine("cpu")]
    of_all_kinds += [spikefront.Rule.one_to_one(), spikefront.normal(0.0, 1.0)]
    for thing in of_all_kinds:
        assert copy.copy(thing) is thing and copy.deepcopy({"in": [thing]})["in"][0] is thing


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_spikes_are_the_same_after_pickling(protocol):
    spikes = spikefront.Spikes([2.0, 1.0, 1.0, 0.1 + 0.2], [5, 7, 2, 1], [0, 3, 3, 4])
    again = pickle.loads(pickle.dumps(spikes, protocol))
    assert len(again) == 3
    for part in ("times", "units", "offsets"):
        assert np.array_equal(getattr(again, part), getattr(spikes, part)), part


def test_the_order_is_the_same_after_pickling():
    spikes = spikefront.Spikes([2.0, 1.0], [5, 7])
    assert spikes.order.tolist() == [1, 0] == pickle.loads(pickle.dumps(spikes)).order.tolist()


def test_complete_spikes_are_not_pickled():
    builder = spikefront.NetworkBuilder()
    builder.input("input", 1)
    builder.population("neuron", 2, spikefront.Neuron())
    builder.poisson("neuron", 0.5, 0.4)
    network = builder.build()
    inputs = network.complete_inputs(spikefront.Spikes([1.0], [0]), 20.0, [5])
    with pytest.raises(ValueError, match="complete"):
        pickle.dumps(inputs)
