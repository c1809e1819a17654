"""A layer's step with a loss of the library's: the same as with torch's operations, in one call each way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: python/test.sh --torch runs these")

import topologies

import spikefront
from spikefront import losses
from spikefront.torch import Layer

# torch's own forward mode warns of torch's own functions.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")

LABELS = torch.tensor([1, 0])
OUTPUT_TIMES = [5.0, 12.0, 25.0]
TARGETS = np.linspace(-1.0, 2.0, 12).reshape(2, 3, 2)
cross_entropy = torch.nn.functional.cross_entropy


def layer_of(network: spikefront.Network, **keywords: object) -> Layer:
    return Layer(network, topologies.DURATION, engine="cpu", dtype=torch.float64, **keywords)


def readouts() -> spikefront.Network:
    builder = spikefront.NetworkBuilder(4)
    builder.input("input", 3)
    builder.population("hidden", 4, spikefront.Neuron())
    builder.population("output", 2, spikefront.Neuron(threshold=None))
    builder.connect("input", "hidden", spikefront.normal(0.2, 0.04))
    builder.connect("hidden", "output", spikefront.normal(0.1, 0.1), delay=0.5)
    return builder.build()


def gradients(layer: Layer, value: torch.Tensor) -> dict[str, np.ndarray]:
    layer.zero_grad()
    value.backward()
    return {name: tensor.grad.numpy().copy() for name, tensor in layer.named_parameters() if tensor.grad is not None}


def of_maxima(layer: Layer, times: torch.Tensor) -> torch.Tensor:
    return cross_entropy(0.7 * layer(times), LABELS)


def of_voltages(layer: Layer, times: torch.Tensor) -> torch.Tensor:
    # The library's mean is over times and neurons, too.
    return (layer(times) - torch.from_numpy(TARGETS)[LABELS]).square().mean((1, 2)).mean()


def of_first_spikes(layer: Layer, times: torch.Tensor) -> torch.Tensor:
    return cross_entropy(-layer(times) / 2.0, LABELS)


def of_integrals(layer: Layer, times: torch.Tensor) -> torch.Tensor:
    return cross_entropy(0.02 * layer(times), LABELS)


CASES: dict[str, tuple[spikefront.Loss, Callable[..., torch.Tensor], Callable[[], spikefront.Network], dict[str, object]]] = {
    "first spikes": (losses.first_spike_cross_entropy("output", 2.0), of_first_spikes, topologies.feed_forward, {}),
    "integrals": (losses.integral_cross_entropy("output", scale=0.02), of_integrals, readouts, {"returns": "integrals"}),
    "maxima": (losses.maximum_cross_entropy("output", 0.7), of_maxima, readouts, {"returns": "maxima"}),
    "voltages": (
        losses.voltage_mean_square("output", OUTPUT_TIMES, TARGETS),
        of_voltages,
        readouts,
        {"returns": "voltages", "voltage_times": OUTPUT_TIMES},
    ),
}


@pytest.mark.parametrize("method", ["adjoint", "forward"])
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients_are_those_of_the_same_loss_in_torch(name: str, method: str) -> None:
    loss, in_torch, network, keywords = CASES[name]
    through_torch = layer_of(network(), train=["weights", "delays"], method=method, **keywords)
    plain = layer_of(network(), train=["weights", "delays"], method=method)
    times = [torch.tensor(topologies.TIMES, requires_grad=True) for _ in range(2)]
    expected, judged = in_torch(through_torch, times[0]), plain.loss(times[1], LABELS, loss)
    assert abs(judged.mean.item() - expected.item()) < 1e-12
    theirs, ours = gradients(through_torch, expected), gradients(plain, judged.mean)
    assert ours.keys() == theirs.keys() and len(ours) >= 2 and any(values.any() for values in theirs.values())
    for key, values in theirs.items():
        np.testing.assert_allclose(ours[key], values, rtol=1e-9, atol=1e-12, err_msg=key)
    assert times[0].grad is not None and times[1].grad is not None
    finite = times[0].isfinite()
    np.testing.assert_allclose(times[1].grad[finite], times[0].grad[finite], rtol=1e-9, atol=1e-12)
    # Other labels, another gradient.
    other = gradients(plain, plain.loss(topologies.TIMES, LABELS.flip(0), loss).mean)
    assert not all(np.allclose(other[key], values, rtol=1e-3) for key, values in theirs.items())


@pytest.mark.parametrize("name", CASES)
def test_gradients_and_derivatives_along_directions_are_those_of_differences(name: str) -> None:
    loss, _, network, _ = CASES[name]
    layer = layer_of(network())
    weights = {key: tensor.detach().clone().requires_grad_() for key, tensor in layer.named_parameters() if "weight" in key}

    def mean(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(_Judge(layer, loss), {f"layer.{key}": x for key, x in zip(weights, values)}, ())

    assert torch.autograd.gradcheck(mean, tuple(weights.values()), atol=1e-6, rtol=1e-4, check_forward_ad=True)


class _Judge(torch.nn.Module):
    def __init__(self, layer: Layer, loss: spikefront.Loss) -> None:
        super().__init__()
        self.layer, self.of = layer, loss

    def forward(self) -> torch.Tensor:
        mean: torch.Tensor = self.layer.loss(torch.tensor(topologies.TIMES), LABELS, self.of).mean
        return mean


def test_factors_and_other_terms_of_torch_are_added() -> None:
    loss = CASES["first spikes"][0]
    layer = layer_of(topologies.feed_forward())
    weight = layer.tensor("hidden->output/weight")
    alone = gradients(layer, layer.loss(topologies.TIMES, LABELS, loss).mean)
    together = gradients(layer, 3.0 * layer.loss(topologies.TIMES, LABELS, loss).mean + 0.5 * weight.square().sum())
    np.testing.assert_allclose(together["input->hidden/weight"], 3.0 * alone["input->hidden/weight"], rtol=1e-12)
    expected = 3.0 * alone["hidden->output/weight"] + weight.detach().numpy()
    np.testing.assert_allclose(together["hidden->output/weight"], expected, rtol=1e-12)


def test_predictions_and_single_precision() -> None:
    loss = CASES["first spikes"][0]
    network = topologies.feed_forward()
    double, single = layer_of(network), Layer(network, topologies.DURATION, engine="cpu", dtype=torch.float32)
    judged, in_single = (layer.loss(topologies.TIMES, LABELS, loss) for layer in (double, single))
    first = double(topologies.TIMES)
    assert judged.predictions.tolist() == first.argmin(1).tolist() and judged.predictions.dtype == torch.int64
    assert in_single.mean.dtype == torch.float32 and abs(in_single.mean.item() - judged.mean.item()) < 1e-5
    in_single.mean.backward()
    assert single.tensor("input->hidden/weight").grad.dtype == torch.float32
    # Nothing was cut off: a run that stopped after its first spikes would have fewer.
    assert len(judged.recording.times) == len(network.simulate(double.numpy(), judged.recording.inputs, 30.0).times)


def test_a_sample_without_an_answer_is_predicted_as_none() -> None:
    silent = torch.full((2, 3), torch.inf)
    silent[0] = torch.tensor(topologies.TIMES[0])
    loss = losses.first_spike_cross_entropy("output", 2.0, silent="left_out")
    judged = layer_of(topologies.feed_forward()).loss(silent, LABELS, loss)
    assert judged.predictions[0] >= 0 and judged.predictions[1] == -1


def test_a_training_learns() -> None:
    loss = CASES["first spikes"][0]
    layer = layer_of(topologies.feed_forward())
    trained = [tensor for tensor in layer.parameters() if tensor.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=0.01, fused=True)
    found = []
    for _ in range(30):
        optimiser.zero_grad()
        judged = layer.loss(topologies.TIMES, LABELS, loss)
        judged.mean.backward()
        optimiser.step()
        found.append(judged.mean.item())
    assert found[-1] < 0.7 * found[0]


def test_what_does_not_fit_is_refused_by_name() -> None:
    layer = layer_of(topologies.feed_forward())
    loss = CASES["first spikes"][0]
    for labels, of, words in (
        ([0], loss, "labels"),
        ([0, 7], loss, "7"),
        (torch.tensor([0.5, 1.0]), loss, "labels"),
        ([0, 1], losses.integral_cross_entropy("output"), "output"),
        ([0, 1], losses.first_spike_cross_entropy("outputs", 2.0), "nearest is output"),
    ):
        with pytest.raises(ValueError, match=words):
            layer.loss(topologies.TIMES, labels, of)
    with pytest.raises(TypeError):
        layer.loss(topologies.TIMES, LABELS, cross_entropy)
    value = layer.loss(topologies.TIMES, LABELS, loss).mean
    (first,) = torch.autograd.grad(value, [layer.tensor("input->hidden/weight")], create_graph=True)
    with pytest.raises(RuntimeError, match="differentiate once"):
        first.sum().backward()
