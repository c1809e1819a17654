"""Parameters of a layer that are not on the CPU. The device "meta", which every torch has and which holds no values, stands in for a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: python/test.sh --torch runs these")

import topologies

import spikefront
from spikefront import _torch_run
from spikefront.torch import Layer


def layer_of(returns: str = "first_spikes", **keywords: Any) -> Layer:
    return Layer(topologies.feed_forward(), topologies.DURATION, returns=returns, engine="cpu", dtype=torch.float64, **keywords)


@pytest.mark.parametrize("train", ["weights", "everything"])
def test_parameters_without_values_are_refused_with_a_remedy(train: str) -> None:
    layer = layer_of(train=train)
    saved = layer.state_dict()
    layer.to("meta")
    with pytest.raises(ValueError, match="meta, which holds no values: give it values: layer.to_empty.*load_state_dict"):
        layer(topologies.TIMES)
    layer.to_empty(device="cpu").load_state_dict(saved)
    assert torch.equal(layer(topologies.TIMES), layer_of(train=train)(topologies.TIMES))


def test_inputs_without_values_are_refused() -> None:
    times = torch.tensor([3.0, 1.0], device="meta")
    inputs = spikefront.torch.Spikes(times, torch.tensor([0, 1]), torch.tensor([0, 2]))
    with pytest.raises(ValueError, match="meta, which holds no values"):
        layer_of()(inputs)


@pytest.fixture()
def of_device(monkeypatch: pytest.MonkeyPatch) -> Layer:
    """A layer whose parameters are on another device, from which they are copied as they would be from a GPU."""
    layer, plain = layer_of().to("meta"), layer_of()
    copied = _torch_run.array
    # Asked for one after another, those that are trained last.
    given = iter(sorted((plain.tensor(name) for name in layer._kinds), key=lambda tensor: tensor.requires_grad))

    def array(tensor: torch.Tensor) -> np.ndarray:
        if tensor.is_meta and tensor.shape == (2, 2):
            # The loss's derivatives with respect to first spikes.
            return np.ones(tensor.shape)
        return copied(next(given)) if tensor.is_meta else copied(tensor)

    monkeypatch.setattr(_torch_run, "array", array)
    return layer


def test_results_and_gradients_come_back_to_the_device_of_the_parameters(of_device: Layer) -> None:
    times = torch.tensor(topologies.TIMES, requires_grad=True)
    first = of_device(times)
    assert first.device.type == "meta" and first.shape == (2, 2) and first.dtype == torch.float64
    # Times of inputs stay where they are, and so do their gradients.
    first.sum().backward()
    weight = of_device.tensor("input->hidden/weight")
    assert weight.grad.device.type == "meta" and weight.grad.shape == weight.shape
    plain, here = layer_of(), torch.tensor(topologies.TIMES, requires_grad=True)
    plain(here).sum().backward()
    assert times.grad.device.type == "cpu" and torch.equal(times.grad, here.grad) and times.grad.any()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that torch can use")
def test_a_layer_on_a_gpu_is_the_same_layer() -> None:
    there, plain = layer_of().to("cuda"), layer_of()
    first, expected = there(torch.tensor(topologies.TIMES, device="cuda")), plain(topologies.TIMES)
    assert first.device.type == "cuda" and torch.equal(first.cpu(), expected)
    first.sum().backward()
    expected.sum().backward()
    for name in ("input->hidden/weight", "hidden->output/weight"):
        assert there.tensor(name).grad.device.type == "cuda"
        assert torch.equal(there.tensor(name).grad.cpu(), plain.tensor(name).grad)
    loss = spikefront.losses.first_spike_cross_entropy("output", 2.0)
    judged = there.loss(topologies.TIMES, torch.tensor([1, 0], device="cuda"), loss)
    assert judged.mean.device.type == "cuda"
