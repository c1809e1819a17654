"""The description of networks, and parameters as a mapping."""

import numpy as np
import pytest
import spikefront

WEIGHT = "input->hidden/weight"


def test_tensors_are_named_and_shaped(network):
    assert network.shapes[WEIGHT] == (3, 4)
    assert network.shapes["input->hidden/delay"] == (3, 4)
    assert network.shapes["hidden->hidden/delay"] == (1,)
    assert network.shapes["hidden/threshold"] == (4,)
    assert network.shapes["output/tau_membrane"] == (1,)
    assert "output/threshold" not in network.shapes
    assert list(network.kinds) == list(network.shapes)
    assert set(network.kinds.values()) == {
        "weights", "delays", "thresholds", "tau_membrane", "tau_synapse", "rest", "initial",
    }  # fmt: skip
    assert network.populations == {"hidden": slice(0, 4, 1), "output": slice(4, 6, 1)}
    assert (network.readouts, network.n_neurons, network.n_channels) == (["output"], 6, 3)


def test_given_values_are_initial_parameters_and_drawn_ones_follow_the_seed():
    builder = spikefront.NetworkBuilder()
    builder.input("input", 5)
    builder.population("neuron", 7, spikefront.Neuron(threshold=np.arange(1.0, 8.0), tau_membrane=11.0))
    builder.connect("input", "neuron", spikefront.normal(0.4, 0.2, lowest=0.0), delay=spikefront.uniform(1.0, 2.0))
    network = builder.build()
    first, again, other = network.parameters(1), network.parameters(1), network.parameters(2)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["input->neuron/weight"], other["input->neuron/weight"])
    assert first["input->neuron/weight"].min() >= 0.0
    assert 1.0 <= first["input->neuron/delay"].min() and first["input->neuron/delay"].max() <= 2.0
    assert first["neuron/threshold"].tolist() == list(range(1, 8))
    assert first["neuron/tau_membrane"].tolist() == [11.0]


def test_rules_and_lists_say_their_synapses():
    builder = spikefront.NetworkBuilder(seed=3)
    builder.input("input", 4)
    builder.population("neuron", 4, spikefront.Neuron())
    builder.connect("input", "neuron", 0.5, rule=spikefront.Rule.one_to_one())
    builder.connect("neuron", "neuron", 0.1, rule=spikefront.Rule.fixed_in_degree(2), delay=1.0)
    builder.connect_list("input", "neuron", [0, 3], [2, 1], [0.25, 0.75], delays=[1.0, 2.0])
    network = builder.build()
    assert network.synapses("input->neuron").tolist() == [[k, k] for k in range(4)]
    targets = network.synapses("neuron->neuron")[:, 1]
    assert np.bincount(targets).tolist() == [2, 2, 2, 2]
    listed = next(name for name in network.shapes if network.shapes[name] == (2,) and name.endswith("weight"))
    projection = listed.removesuffix("/weight")
    assert network.synapses(projection).tolist() == [[0, 2], [3, 1]]
    assert network.parameters()[listed].tolist() == [0.25, 0.75]
    with pytest.raises(ValueError, match="nearest is input->neuron"):
        network.synapses("input->neuro")


def test_all_to_all_has_no_list_of_synapses(network):
    assert network.synapses("input->hidden") is None


def test_a_missing_tensor_is_named(run, parameters):
    del parameters[WEIGHT]
    with pytest.raises(ValueError, match=f'"{WEIGHT}" is missing'):
        run(parameters)


def test_an_unknown_tensor_is_named_with_the_nearest(run, parameters):
    with pytest.raises(ValueError, match=f"nearest is {WEIGHT}"):
        run({**parameters, "input->hiden/weight": np.ones((3, 4))})


@pytest.mark.parametrize("shape", [(4, 3), (12,), (3, 4, 1), ()])
def test_a_wrong_shape_is_refused(run, parameters, shape):
    with pytest.raises(ValueError, match=r"input->hidden/weight is of shape .*: give an array of shape \[3, 4\]"):
        run({**parameters, WEIGHT: np.ones(shape)})


@pytest.mark.parametrize("dtype", [complex, object, str])
def test_a_wrong_dtype_is_refused(run, parameters, dtype):
    with pytest.raises(ValueError, match="give real numbers"):
        run({**parameters, WEIGHT: np.ones((3, 4)).astype(dtype)})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_a_value_that_is_not_finite_is_refused(run, parameters, value):
    parameters[WEIGHT][1, 2] = value
    with pytest.raises(ValueError, match="finite"):
        run(parameters)


@pytest.mark.parametrize("other", [None, [("a", 1.0)], np.ones(3), "abc"])
def test_parameters_that_are_no_mapping_are_refused(run, other):
    with pytest.raises(TypeError, match="mapping"):
        run(other)


# One value in sixteenths, so that single precision has it, too.
LAID_OUT = {
    "list": lambda array: array.tolist(),
    "float32": lambda array: array.astype(np.float32),
    "float16": lambda array: array.astype(np.float16),
    "big-endian": lambda array: array.astype(">f8"),
    "columns first": np.asfortranarray,
    "every second": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "reversed": lambda array: np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1],
    "read-only": lambda array: np.broadcast_to(array, array.shape),
    "subclass": lambda array: np.ma.masked_array(array),
}


@pytest.mark.parametrize("way", LAID_OUT)
def test_an_array_is_right_however_it_is_laid_out(run, parameters, way):
    parameters[WEIGHT] = np.arange(12).reshape(3, 4) / 16
    plain, other = run(parameters), run({**parameters, WEIGHT: LAID_OUT[way](parameters[WEIGHT])})
    assert len(plain.times) > 3 and np.array_equal(plain.times, other.times)
    # The order of values matters: this comparison can fail.
    turned = run({**parameters, WEIGHT: parameters[WEIGHT][::-1]})
    assert not np.array_equal(plain.times, turned.times)


def test_integers_are_numbers(run, parameters):
    ones = run({**parameters, WEIGHT: np.ones((3, 4), dtype=np.int32)})
    assert np.array_equal(ones.times, run({**parameters, WEIGHT: np.ones((3, 4))}).times)


# Not strict: the panic is a debug assertion of ndarray; without it the reads are undefined, and right on x86.
def test_an_unaligned_array_is_right(run, parameters):
    raw = bytearray(1) + bytearray(parameters[WEIGHT].tobytes())
    unaligned = np.frombuffer(raw, dtype=np.float64, offset=1).reshape(3, 4)
    assert not unaligned.flags.aligned
    assert np.array_equal(run({**parameters, WEIGHT: unaligned}).times, run(parameters).times)


def test_parameters_are_not_changed(run, parameters):
    before = {name: array.copy() for name, array in parameters.items()}
    run(parameters).gradient(np.zeros(len(run(parameters).times)), with_respect_to="everything")
    assert all(np.array_equal(before[name], parameters[name]) for name in before)
