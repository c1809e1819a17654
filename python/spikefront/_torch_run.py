"""A network as a function of PyTorch's autograd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import spikefront

from . import _wanted
from ._torch_spikes import Spikes

if TYPE_CHECKING:
    from .torch import Layer

_ONCE = "second derivatives of a spiking network are not available: differentiate once"


def array(tensor: torch.Tensor) -> np.ndarray:
    """The values of a tensor of any device, in double precision; those of the CPU in that precision are not copied."""
    if tensor.is_meta:
        remedy = 'give it values: layer.to_empty(device="cpu"), then load_state_dict'
        raise ValueError(f"a tensor of shape {tuple(tensor.shape)} is on the device meta, which holds no values: {remedy}")
    return tensor.detach().to("cpu", torch.float64).numpy()


class Run:
    """One call of a layer: what it was given, and what it found."""

    recording: spikefront.Recording
    #: Where each spike of the simulation stands in the tensor of times.
    order: np.ndarray
    #: Where the first spikes stand among all, if they alone are the result.
    places: np.ndarray | None
    #: What is recorded beside what the layer asks for.
    recorded: dict[str, Any]

    def __init__(
        self, layer: Layer, inputs: Spikes | spikefront.Spikes, seeds: Sequence[int] | None, tensors: dict[str, torch.Tensor]
    ) -> None:
        self.layer = layer
        # Parameters that stay are no business of autograd's, and every tensor that is costs it time.
        self.fixed = {
            name: array(tensor) for name, tensor in tensors.items() if type(tensor) is torch.nn.Parameter and not tensor.requires_grad
        }
        #: Of which tensors the results are functions.
        self.names = [name for name in tensors if name not in self.fixed]
        like = next(iter(tensors.values()))
        #: What results are.
        self.of = like.dtype, like.device
        self.recorded = {}
        #: Of which readouts there are results, in their order.
        self.shown: dict[str, list[str]] = {kind: [] for kind in _wanted.OF_READOUTS}
        self.seeds = None if seeds is None else list(map(int, seeds))
        if isinstance(inputs, Spikes):
            inputs = Spikes(inputs.times.detach(), inputs.units, inputs.offsets)
        self.inputs = inputs

    def simulate(self, times: torch.Tensor, tensors: Sequence[torch.Tensor]) -> list[np.ndarray]:
        layer, inputs = self.layer, self.inputs
        if isinstance(inputs, Spikes):
            inputs = spikefront.Spikes(array(times), inputs.units.cpu().numpy(), inputs.offsets.cpu().numpy())
            self.order = inputs.order
        else:
            self.order = np.arange(len(inputs.times))
        parameters = self.fixed | {name: array(tensor) for name, tensor in zip(self.names, tensors)}
        self.recording = layer.network.simulate(
            parameters, inputs, layer.duration, engine=layer.engine, seeds=self.seeds, **layer.simulation, **self.recorded
        )
        return self.results()

    def results(self) -> list[np.ndarray]:
        """What the function gives: the times first, then what readouts show."""
        if self.layer.returns == "first_spikes":
            self.places = self.recording.first_spike_indices(self.layer.population)
            return [_wanted.at_places(self.recording.times, self.places, np.inf)]
        self.places = None
        results = [self.recording.times]
        for kind in _wanted.OF_READOUTS:
            arrays = getattr(self.recording, kind)
            self.shown[kind] = list(arrays)
            results.extend(arrays.values())
        return results

    def along(self, tangent: spikefront.Tangent) -> list[np.ndarray]:
        """Derivatives of the results, of those of everything that was recorded."""
        times = tangent.spike_times
        results = [times if self.places is None else _wanted.at_places(times, self.places, 0.0)]
        for kind in _wanted.OF_READOUTS:
            results += [getattr(tangent, kind)[name] for name in self.shown[kind]]
        return results

    def cotangent(self, of_results: Sequence[np.ndarray | None]) -> spikefront.Cotangent:
        """A loss's derivatives with respect to everything that was recorded, of those with respect to the results."""
        values = iter(of_results)
        times = next(values)
        if times is not None and self.places is not None:
            times = _wanted.of_spikes(self.places, times, len(self.recording.times))
        of = {kind: [(name, next(values)) for name in self.shown[kind]] for kind in _wanted.OF_READOUTS}
        shown = {kind: {name: value for name, value in pairs if value is not None} for kind, pairs in of.items()}
        return spikefront.Cotangent(times, **shown)


class Simulate(torch.autograd.Function):
    """The network as a function of the times of its inputs and of its parameters."""

    @staticmethod
    def forward(run: Run, times: torch.Tensor, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        dtype, device = run.of
        return tuple(torch.from_numpy(result).to(device, dtype) for result in run.simulate(times, tensors))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        ctx.run, *tensors = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors)
        ctx.of = [(tensor.dtype, tensor.device) for tensor in tensors]

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        needs = ctx.needs_input_grad[1:]
        if not any(needs) or all(cotangent is None for cotangent in cotangents):
            return (None,) * (1 + len(needs))
        given = (ctx.run, needs, ctx.of, len(cotangents), *cotangents)
        if not torch.is_grad_enabled():
            return (None, *_Back.forward(*given))
        # Where a second derivative could be asked for, the first must be seen to depend on the values, to be able to refuse.
        return (None, *_Back.apply(*given, *ctx.saved_tensors))

    @staticmethod
    def jvp(ctx: Any, _: None, *directions: torch.Tensor | None) -> Any:
        return _Along.apply(ctx.run, *directions)


# Functions of their own: under torch.func they are given plain tensors.


class _Along(torch.autograd.Function):
    """The derivative of a network's results along a direction."""

    @staticmethod
    def forward(run: Run, times: torch.Tensor | None, *tensors: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        directions = {name: array(tensor) for name, tensor in zip(run.names, tensors) if tensor is not None}
        moved = None if times is None else _wanted.in_order_of_inputs(run.recording, run.order, array(times))
        tangent = run.recording.jvp(directions, input_times=moved, slope_floor=run.layer.slope_floor)
        dtype, device = run.of
        return tuple(torch.from_numpy(result).to(device, dtype) for result in run.along(tangent))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        raise RuntimeError(_ONCE)


class _Back(torch.autograd.Function):
    """The gradient of a network for given derivatives of a loss with respect to its results."""

    @staticmethod
    def forward(run: Run, needs: Sequence[bool], of: Any, n: int, *tensors: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        cotangent = run.cotangent([None if tensor is None else array(tensor) for tensor in tensors[:n]])
        asked = {run.layer._kinds[name] for name, need in zip(run.names, needs[1:]) if need}
        if needs[0]:
            asked.add("input_times")
        gradient = run.recording.gradient(
            cotangent,
            with_respect_to=sorted(asked),
            method=run.layer.method,
            slope_floor=run.layer.slope_floor,
        )
        found = [gradient.parameters[name] for name in run.names]
        in_order = _wanted.in_given_order(run.recording, run.order, gradient.input_times, len(run.order)) if needs[0] else None
        every = zip([in_order, *found], needs, of)
        return tuple(torch.from_numpy(x).to(device, dtype) if need else None for x, need, (dtype, device) in every)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor | None, ...]) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        raise RuntimeError(_ONCE)
