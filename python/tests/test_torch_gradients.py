"""Derivatives of layers of PyTorch, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import spikefront

torch = pytest.importorskip("torch", reason="torch is not installed: python/test.sh --torch runs these")

from spikefront.torch import Layer, Output, Spikes
from topologies import DURATION, NETWORKS, TIMES, trained

# torch's own forward mode warns of torch's own functions.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")

# Far below torch's own of 1e-3 and 1e-5: spike times are exact in double precision.
TOLERANCE = {"eps": 1e-6, "rtol": 1e-5, "atol": 1e-6}


def layer_of(name: str, **options: Any) -> Layer:
    options = {"train": trained(name), "dtype": torch.float64, "engine": "cpu", **options}
    return Layer(NETWORKS[name](), DURATION, **options)


def as_function(layer: Layer, results: Any = lambda output: output) -> tuple[Any, tuple[torch.Tensor, ...]]:
    """A layer as a function of the times of its inputs and of what is trained, and where to take it."""
    names = [name for name, parameter in layer.named_parameters() if parameter.requires_grad]
    spiking = np.isfinite(TIMES)
    units, offsets = torch.from_numpy(np.nonzero(spiking)[1]), torch.from_numpy(np.append(0, spiking.sum(1).cumsum()))

    def call(times: torch.Tensor, *parameters: torch.Tensor) -> Any:
        values = dict(zip(names, parameters))
        return results(torch.func.functional_call(layer, values, (Spikes(times, units, offsets),)))

    times = torch.tensor(TIMES[spiking], requires_grad=True)
    return call, (times, *(dict(layer.named_parameters())[name].detach().clone().requires_grad_() for name in names))


def everything(output: Output) -> tuple[torch.Tensor, ...]:
    of_readouts = [*output.integrals.values(), *output.voltages.values(), *output.maxima.values()]
    return (output.times, *of_readouts)


def finite(first: torch.Tensor) -> torch.Tensor:
    return first[first.isfinite()]


@pytest.mark.parametrize("method", ["adjoint", "forward"])
@pytest.mark.parametrize("name", NETWORKS)
def test_all_that_a_layer_gives_has_the_derivatives_of_differences(name: str, method: str) -> None:
    layer = layer_of(name, returns="everything", method=method, voltage_times=[5.0, 12.5])
    call, at = as_function(layer, everything)
    recording = layer(torch.from_numpy(TIMES)).recording
    # Spikes that are close to each other could change places within a difference.
    gaps = [np.diff(recording.spikes().sample(sample)[0]) for sample in range(2)]
    assert 4 <= len(recording.times) <= 60 and min(gap.min() for gap in gaps if len(gap)) > 1e-4
    torch.autograd.gradcheck(call, at, check_forward_ad=True, **TOLERANCE)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "readout"])
def test_first_spikes_have_the_derivatives_of_differences(name: str) -> None:
    call, at = as_function(layer_of(name), finite)
    assert len(call(*at)) > 0
    torch.autograd.gradcheck(call, at, check_forward_ad=True, **TOLERANCE)


def test_a_gradient_that_is_wrong_by_one_part_in_a_thousand_is_found() -> None:
    call, at = as_function(layer_of("recurrent"), lambda first: finite(first) * 1.001 - 0.001 * finite(first).detach())
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(call, at, **TOLERANCE)


@pytest.mark.parametrize("kind", ["integrals", "voltages", "maxima"])
def test_each_result_of_a_readout_has_the_derivatives_of_differences(kind: str) -> None:
    call, at = as_function(layer_of("readout", returns=kind, voltage_times=[5.0, 12.5] if kind == "voltages" else None))
    assert call(*at).shape == ((2, 2, 2) if kind == "voltages" else (2, 2))
    torch.autograd.gradcheck(call, at, check_forward_ad=True, **TOLERANCE)


def test_padded_spikes_keep_their_derivatives() -> None:
    call, at = as_function(layer_of("recurrent", returns="spikes", population="hidden"), lambda spikes: finite(spikes.padded(12)[0]))
    torch.autograd.gradcheck(call, at, check_forward_ad=True, **TOLERANCE)


def test_both_methods_give_the_same() -> None:
    found = []
    for method in ("adjoint", "forward"):
        layer = layer_of("recurrent", returns="everything", method=method)
        layer(torch.from_numpy(TIMES)).times.square().sum().backward()
        found.append(torch.cat([p.grad.flatten() for p in layer.parameters() if p.requires_grad]))
    assert found[0].abs().max() > 1.0
    torch.testing.assert_close(*found, rtol=1e-9, atol=1e-9)


def test_gradients_reach_times_in_the_order_in_which_they_were_given() -> None:
    layer = layer_of("delays_of_synapses", returns="everything")
    times, units = [1.0, 3.2, 2.1, 4.4], [0, 1, 2, 0]

    def gradients(order: list[int]) -> np.ndarray:
        given = torch.tensor([times[ix] for ix in order], dtype=torch.float64, requires_grad=True)
        layer([(given, [units[ix] for ix in order])]).times.sum().backward()
        return given.grad.numpy()

    ascending, shuffled = gradients([0, 2, 1, 3]), gradients([3, 1, 0, 2])
    assert len(set(np.round(ascending, 6))) == 4  # Else a wrong place would not be seen.
    np.testing.assert_allclose(shuffled, ascending[[3, 2, 0, 1]], rtol=1e-12)


@pytest.mark.parametrize("shape", ["first spikes", "tables"])
def test_gradients_reach_tables(shape: str) -> None:
    layer = layer_of("delays_of_synapses", returns="everything")
    flat = torch.tensor(TIMES[np.isfinite(TIMES)], requires_grad=True)
    units, offsets = torch.tensor([0, 1, 2, 0, 2]), torch.tensor([0, 3, 5])
    layer(Spikes(flat, units, offsets)).times.sum().backward()
    if shape == "first spikes":
        table = torch.tensor(TIMES, requires_grad=True)
        layer(table).times.sum().backward()
    else:
        table = torch.tensor(np.where(np.isfinite(TIMES), TIMES, 99.0), requires_grad=True)
        layer((table, torch.tensor([[0, 1, 2], [0, -1, 2]]))).times.sum().backward()
    assert table.grad[1, 1] == 0.0
    np.testing.assert_array_equal(table.grad.numpy()[np.isfinite(TIMES)], flat.grad.numpy())


def one_network_and_two() -> tuple[Layer, Layer, Layer]:
    neuron = spikefront.Neuron()
    whole, first, second = (spikefront.NetworkBuilder() for _ in range(3))
    rng = np.random.default_rng(3)
    inner, outer, delays = rng.normal(0.4, 0.1, (3, 5)), rng.normal(0.3, 0.1, (5, 2)), rng.uniform(0.5, 2.0, (5, 2))
    for builder in (whole, first):
        builder.input("input", 3)
        builder.population("hidden", 5, neuron)
        builder.connect("input", "hidden", inner, delay=0.5)
    second.input("hidden_spikes", 5)
    for builder, source in ((whole, "hidden"), (second, "hidden_spikes")):
        builder.population("output", 2, neuron)
        builder.connect(source, "output", outer, delay=delays)
    options = {"train": ["weights", "delays"], "dtype": torch.float64, "engine": "cpu"}
    return (
        Layer(whole.build(), DURATION, **options),
        Layer(first.build(), DURATION, returns="spikes", **options),
        Layer(second.build(), DURATION, **options),
    )


def test_two_layers_are_one_network_of_two_populations() -> None:
    whole, first, second = one_network_and_two()
    of_one, of_two = (torch.tensor(TIMES, requires_grad=True) for _ in range(2))
    found_one, found_two = whole(of_one), second(first(of_two))
    assert found_one.isfinite().all()
    torch.testing.assert_close(found_two, found_one, rtol=1e-13, atol=0.0)
    for found in (found_one, found_two):
        (found * torch.tensor([[1.0, -2.0], [3.0, 0.5]])).sum().backward()
    torch.testing.assert_close(of_two.grad, of_one.grad, rtol=1e-10, atol=1e-12)
    for name, parameter in [*first.named_parameters(), *second.named_parameters()]:
        if parameter.requires_grad:
            expected = whole.tensor(name.replace("hidden_spikes", "hidden")).grad
            assert expected.abs().max() > 1e-3
            torch.testing.assert_close(parameter.grad, expected, rtol=1e-10, atol=1e-12)


class Scaled(torch.nn.Module):
    def __init__(self, factor: float, highest: float) -> None:
        super().__init__()
        self.factor, self.highest = factor, highest

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values.clamp(max=self.highest) * self.factor


def test_layers_mix_with_ordinary_modules_on_either_side() -> None:
    torch.manual_seed(0)
    before, after = torch.nn.Linear(2, 3, dtype=torch.float64), torch.nn.Linear(2, 2, dtype=torch.float64)
    layer = layer_of("shared_delays")
    # Linear, spikes between 0 and 5 ms, the network, silence at the end, linear.
    module = torch.nn.Sequential(before, torch.nn.Sigmoid(), Scaled(5.0, 1.0), layer, Scaled(0.1, DURATION), after)
    parameters = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    features = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)

    def call(features: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, dict(zip(parameters, values)), (features,))

    assert layer(torch.sigmoid(before(features)) * 5.0).isfinite().all()
    at = (features, *(parameter.detach().clone().requires_grad_() for parameter in parameters.values()))
    torch.autograd.gradcheck(call, at, check_forward_ad=True, **TOLERANCE)
    module(features).sum().backward()
    assert all(parameter.grad is not None for parameter in parameters.values()) and features.grad.abs().min() > 0.0


def test_functions_of_torch_func_work() -> None:
    layer = layer_of("recurrent")
    call, at = as_function(layer, lambda first: finite(first).sum())
    found = torch.func.grad(call)(*at)
    expected = torch.autograd.grad(call(*at), at[0])
    torch.testing.assert_close(found, expected[0])
    _, along = torch.func.jvp(lambda times: call(times, *at[1:]), (at[0].detach(),), (torch.ones_like(at[0]),))
    torch.testing.assert_close(along, expected[0].sum())


def test_second_derivatives_are_refused() -> None:
    layer = layer_of("recurrent")
    call, at = as_function(layer, lambda first: finite(first).sum())
    (gradient,) = torch.autograd.grad(call(*at), at[0], create_graph=True)
    # Also where the first derivative comes with another loss: it is no constant.
    for loss in (gradient.sum(), call(*at) + gradient.sum()):
        with pytest.raises(RuntimeError, match="differentiate once"):
            loss.backward()


def test_gradients_of_a_loss_taken_twice_add_up() -> None:
    layer = layer_of("recurrent")
    loss = finite(layer(torch.from_numpy(TIMES))).sum()
    loss.backward(retain_graph=True)
    once = layer.tensor("input->hidden/weight").grad.clone()
    loss.backward()
    torch.testing.assert_close(layer.tensor("input->hidden/weight").grad, 2.0 * once)


def test_silent_neurons_have_no_gradient() -> None:
    layer = layer_of("feed_forward", train="weights")
    with torch.no_grad():
        layer.tensor("hidden->output/weight")[:, 1] = 0.0
    first = layer(torch.from_numpy(TIMES))
    assert first[:, 0].isfinite().all() and first[:, 1].isinf().all()
    torch.nn.functional.cross_entropy(-first / 2.0, torch.tensor([0, 0])).backward()
    gradient = layer.tensor("hidden->output/weight").grad
    assert gradient[:, 1].eq(0.0).all() and layer.tensor("input->hidden/weight").grad.isfinite().all()
    layer.zero_grad()
    # The label's neuron is silent: the loss is infinite, the gradient not.
    loss = torch.nn.functional.cross_entropy(-first.detach() / 2.0, torch.tensor([0, 1]))
    assert loss.isinf()
    torch.nn.functional.cross_entropy(-layer(torch.from_numpy(TIMES)) / 2.0, torch.tensor([1, 1])).backward()
    assert all(p.grad.isfinite().all() for p in layer.parameters() if p.requires_grad)


def test_a_network_that_is_silent_has_zero_gradients() -> None:
    layer = layer_of("recurrent")
    times = torch.tensor(TIMES, requires_grad=True)
    with torch.no_grad():
        layer.tensor("input->hidden/weight").zero_()
    first = layer(times)
    assert first.isinf().all()
    first.clamp(max=DURATION).sum().backward()
    assert all(p.grad.eq(0.0).all() for p in [times, *layer.parameters()] if p.requires_grad)
