"""What a description refuses, and in which words."""

import numpy as np
import pytest
import spikefront


def described(change):
    builder = spikefront.NetworkBuilder()
    builder.input("input", 3)
    builder.population("neuron", 4, spikefront.Neuron())
    change(builder)
    return builder.build()


REFUSED = {
    "weights of another shape": (lambda b: b.connect("input", "neuron", np.ones((4, 3))), "source x target"),
    "a weight that is no number": (lambda b: b.connect("input", "neuron", np.nan), "finite"),
    "a weight that is a text": (lambda b: b.connect("input", "neuron", "strong"), "real numbers"),
    "a negative delay": (lambda b: b.connect("input", "neuron", 1.0, delay=-1.0), "zero or more"),
    "delays of another shape": (lambda b: b.connect("input", "neuron", 1.0, delay=np.ones(3)), "two dimensions"),
    "an unknown source": (lambda b: b.connect("inptu", "neuron", 1.0), "nearest is input"),
    "an unknown target": (lambda b: b.connect("input", "neurons", 1.0), "nearest is neuron"),
    "a receptor too many": (lambda b: b.connect("input", "neuron", 1.0, receptor=1), "receptor"),
    "a matrix by a rule": (
        lambda b: b.connect("input", "neuron", np.ones((3, 4)), rule=spikefront.Rule.one_to_one()),
        "connect_list",
    ),
    "one to one of unequal sizes": (
        lambda b: b.connect("input", "neuron", 1.0, rule=spikefront.Rule.one_to_one()),
        "one-to-one",
    ),
    "no probability": (
        lambda b: b.connect("input", "neuron", 1.0, rule=spikefront.Rule.fixed_probability(1.5)),
        "between 0 and 1",
    ),
    "targets too few": (lambda b: b.connect_list("input", "neuron", [0, 1], [0], 1.0), "one for each source"),
    "a source beyond": (lambda b: b.connect_list("input", "neuron", [3], [0], 1.0), "3"),
    "a fraction of a neuron": (lambda b: b.connect_list("input", "neuron", [0.5], [0], 1.0), "whole numbers"),
    "weights of a list too many": (lambda b: b.connect_list("input", "neuron", [0], [0], [1.0, 2.0]), "synapse"),
    "a name twice": (lambda b: b.input("neuron", 1), "name of its own"),
    "an empty group": (lambda b: b.population("other", 0, spikefront.Neuron()), "one or more"),
    "a huge group": (lambda b: b.population("other", 2**40, spikefront.Neuron()), "fewer than"),
    "trains out of order": (lambda b: b.generators("own", [[2.0, 1.0]]), "own"),
    "a negative rate": (lambda b: b.poisson("neuron", -1.0, 0.1), "rate"),
    "initial current of a batch": (lambda b: b.initial_current("neuron", 0, 0.1), "current"),
    "bounds out of order": (
        lambda b: b.connect("input", "neuron", spikefront.normal(0.0, 1.0, lowest=2.0, highest=1.0)),
        "bounds in order",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_by_name(case):
    change, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        described(change)


@pytest.mark.parametrize(
    "keywords, words",
    [
        ({"tau_membrane": 0.0}, "tau_membrane"),
        ({"tau_membrane": np.nan}, "tau_membrane"),
        ({"tau_membrane": [1.0, 2.0]}, "tau_membrane"),
        ({"tau_synapse": []}, "tau_synapse"),
        ({"threshold": -1.0}, "threshold"),
        ({"initial": 2.0}, "initial"),
        ({"reset": 2.0}, "reset"),
        ({"refractory": 2.0}, "give the potential of the reset"),
        ({"reset": 0.0, "refractory": -1.0}, "refractory"),
    ],
)
def test_a_neuron_that_cannot_be_is_refused(keywords, words):
    with pytest.raises(ValueError, match=words):
        described(lambda b: b.population("other", 4, spikefront.Neuron(**keywords)))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_has_no_64_bits_is_refused(seed):
    with pytest.raises(OverflowError):
        spikefront.NetworkBuilder(seed=seed)


def test_a_network_without_populations_is_refused():
    with pytest.raises(ValueError, match="without populations"):
        spikefront.NetworkBuilder().build()
