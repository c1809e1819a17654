"""A spiking network as a layer of PyTorch.

>>> layer = spikefront.torch.Layer(network, duration=40.0)
>>> first = layer(inputs)                      # [batch x output neuron], in ms; infinite where a neuron was silent
>>> loss = torch.nn.functional.cross_entropy(-first.clamp(max=40.0) / 2.0, labels)
>>> loss.backward()                            # exact: the adjoint
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Union

import numpy as np
import torch
from torch.autograd.function import once_differentiable
from torch.nn.utils import parametrize

import spikefront

__all__ = ["Layer", "Output", "Spikes", "collate"]

_KINDS_OF_READOUTS = ("integrals", "voltages", "maxima")


class Spikes(NamedTuple):
    """Ragged spikes whose times can be differentiated.

    Attributes
    ----------
    times : Tensor
        In ms, sample after sample.
    units : Tensor of int64
        One for each time.
    offsets : Tensor of int64
        Where each sample begins, and behind the last where it ends.
    """

    times: torch.Tensor
    units: torch.Tensor
    offsets: torch.Tensor

    def padded(self, k: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Times and units in two tables `[sample x k]`, filled up with infinity and -1.

        Parameters
        ----------
        k : int, optional
            As many places as the fullest sample needs unless given.

        Raises
        ------
        ValueError
            If a sample has more spikes than `k`: nothing is cut off.
        """
        counts = self.offsets.diff()
        needed = int(counts.max()) if len(counts) else 0
        k = needed if k is None else k
        if k < needed:
            raise ValueError(f"k is {k}: a sample has {needed} spikes: give as many places or more")
        sample = torch.repeat_interleave(torch.arange(len(counts)), counts)
        place = torch.arange(len(self.units)) - self.offsets[sample]
        times = self.times.new_full((len(counts), k), torch.inf).index_put((sample, place), self.times)
        units = torch.full((len(counts), k), -1).index_put((sample, place), self.units)
        return times, units


#: What a layer takes: spikes of either module; a table of first spikes `[sample x channel]`, infinite where there is none;
#: tables of times and units `[sample x place]`, unit -1 where there is none; or a pair of times and units for each sample.
Inputs = Union[
    Spikes, spikefront.Spikes, torch.Tensor, tuple[torch.Tensor, torch.Tensor], Sequence[tuple[Any, Any]]
]


@dataclass
class Output:
    """What a network did, as tensors.

    Attributes
    ----------
    recording : spikefront.Recording
        The same in numpy, and more of it.
    times : Tensor
        Times of all spikes in ms, in the recording's order; differentiable, as all here.
    integrals, voltages, maxima : dict of str to Tensor
        Of readouts, by name: `[sample x neuron]`; voltages `[sample x time x neuron]`.
    """

    recording: spikefront.Recording
    times: torch.Tensor
    integrals: dict[str, torch.Tensor]
    voltages: dict[str, torch.Tensor]
    maxima: dict[str, torch.Tensor]

    def first_spikes(self, population: str) -> torch.Tensor:
        """When each neuron of a population first fired, in ms, `[sample x neuron]`; infinite where it was silent."""
        places = torch.from_numpy(self.recording.first_spike_indices(population)).to(self.times.device)
        fired = places >= 0
        silent = self.times.new_full(places.shape, torch.inf)
        return silent.masked_scatter(fired, self.times[places[fired]])

    def spikes(self, population: str) -> Spikes:
        """All spikes of a population, counted from its first neuron."""
        units = self.recording.network.populations[population]
        neurons, offsets = self.recording.neurons, self.recording.offsets
        chosen = np.flatnonzero((neurons >= units.start) & (neurons < units.stop))
        device = self.times.device
        return Spikes(
            self.times[torch.from_numpy(chosen).to(device)],
            torch.from_numpy(neurons[chosen] - units.start),
            torch.from_numpy(np.searchsorted(chosen, offsets)),
        )


class _Exponential(torch.nn.Module):
    """A value above zero, trained as its logarithm."""

    def forward(self, logarithm: torch.Tensor) -> torch.Tensor:
        return logarithm.exp()

    def right_inverse(self, value: torch.Tensor) -> torch.Tensor:
        return value.log()


class Layer(torch.nn.Module):
    """A spiking network whose tensors are parameters of a module.

    Every tensor of the network is a parameter of the module under its own name, such as ``"input->hidden/weight"``; :meth:`tensor`
    gives one by its name. Those that are not trained have ``requires_grad = False``. Time constants that are trained are
    held as logarithms (:mod:`torch.nn.utils.parametrize`), delays that an optimiser steps below zero are put back to zero
    when the layer is next called.

    Computation is in double precision whatever the dtype of the parameters, or in single precision on a GPU of the
    engine's; results have the parameters' dtype and device.

    Parameters
    ----------
    network : spikefront.Network
    duration : float
        The length of a run in ms.
    population : str, optional
        Of which population the output is; the last unless given.
    returns : {"first_spikes", "spikes", "integrals", "voltages", "maxima", "everything"}, optional
        What the layer returns: when each neuron first fired, `[sample x neuron]`, infinite where it was silent; all spikes, ragged;
        of a readout the integral of V over the run (ms), V at `voltage_times`, or the largest V; or an :class:`Output`.
        First spikes, of a readout integrals, unless given.
    train : str or list of str
        What is trained: kinds such as ``"weights"`` and ``"delays"`` (see :attr:`spikefront.Network.kinds`), names of
        tensors, or ``"everything"``.
    parameters : mapping of str to array, optional
        Initial values; drawn from `seed` unless given.
    seed : int
    engine : str or spikefront.Engine
        ``"auto"``, ``"cpu"`` or ``"gpu"``.
    method : {"adjoint", "forward"}
        How gradients are computed.
    voltage_times : array of float, optional
        When to record voltages of readouts, in ms.
    slope_floor, spike_budget
        As of :meth:`spikefront.Recording.gradient` and :meth:`spikefront.Network.simulate`.
    dtype : torch.dtype, optional
        Of the parameters; torch's default unless given.
    """

    def __init__(
        self,
        network: spikefront.Network,
        duration: float,
        *,
        population: str | None = None,
        returns: str | None = None,
        train: str | Iterable[str] = "weights",
        parameters: Any = None,
        seed: int = 0,
        engine: str | spikefront.Engine = "auto",
        method: str = "adjoint",
        voltage_times: Any = None,
        slope_floor: float | None = None,
        spike_budget: int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.duration = duration
        self.population = list(network.populations)[-1] if population is None else population
        if self.population not in network.populations:
            raise ValueError(f"population is {self.population!r}: give one of {', '.join(network.populations)}")
        is_readout = self.population in network.readouts
        self.returns = returns or ("integrals" if is_readout else "first_spikes")
        of_readouts = self.returns in _KINDS_OF_READOUTS
        if self.returns not in ("first_spikes", "spikes", "everything", *_KINDS_OF_READOUTS):
            raise ValueError(f"returns is {self.returns!r}: give first_spikes, spikes, integrals, voltages, maxima or everything")
        if of_readouts != is_readout and self.returns != "everything":
            what = "has no threshold" if is_readout else "has a threshold"
            raise ValueError(f"returns is {self.returns!r}, and {self.population} {what}: give another")
        if self.returns == "voltages" and voltage_times is None:
            raise ValueError("voltage_times is missing: give the times in ms at which voltages are wanted")
        self.engine = engine
        self.method = method
        self.slope_floor = slope_floor
        self.simulation = {
            "voltage_times": voltage_times,
            "record_maxima": self.returns in ("maxima", "everything") and bool(network.readouts),
            "spike_budget": spike_budget,
        }
        self._kinds = network.kinds
        trained = self._trained([train] if isinstance(train, str) else list(train))
        values = network.parameters(seed) if parameters is None else parameters
        for name in self._kinds:
            value = torch.as_tensor(np.asarray(values[name]), dtype=dtype or torch.get_default_dtype())
            self.register_parameter(name, torch.nn.Parameter(value.clone(), requires_grad=name in trained))
            if name in trained and self._kinds[name].startswith("tau"):
                parametrize.register_parametrization(self, name, _Exponential())

    def _trained(self, asked: list[str]) -> set[str]:
        if asked == ["everything"]:
            return set(self._kinds)
        trained: set[str] = set()
        for word in asked:
            found = {name for name, kind in self._kinds.items() if word in (name, kind)}
            if not found:
                known = ", ".join([*dict.fromkeys(self._kinds.values()), *self._kinds])
                raise ValueError(f"train is {word!r}: give everything, or any of {known}")
            trained |= found
        return trained

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor of a name, such as ``"input->hidden/weight"``; a time constant as such, in ms, not its logarithm."""
        if name not in self._kinds:
            raise ValueError(f"tensor is {name!r}: give one of {', '.join(self._kinds)}")
        return getattr(self, name)

    def numpy(self) -> dict[str, np.ndarray]:
        """The parameters as :meth:`spikefront.Network.simulate` takes them."""
        return {name: _array(self.tensor(name)) for name in self._kinds}

    def forward(self, inputs: Inputs) -> Any:
        """Runs a batch.

        Parameters
        ----------
        inputs : Spikes, spikefront.Spikes, Tensor, (Tensor, Tensor) or list of (times, units)
            Ragged spikes; first spikes `[sample x channel]`, infinite where there is none; times and units `[sample x place]`, unit -1
            where there is none; or times and units of each sample. Gradients reach the times of tensors.

        Returns
        -------
        Tensor, Spikes or Output
            As `returns` says.
        """
        tensors = [self.tensor(name) for name in self._kinds]
        with torch.no_grad():
            for name, tensor in zip(self._kinds, tensors):
                if self._kinds[name] == "delays" and tensor.requires_grad and bool((tensor < 0).any()):
                    tensor.clamp_(min=0.0)
        flat = _flat(inputs, tensors[0])
        run = _Run(self, flat, list(self._kinds))
        results = iter(_Simulate.apply(run, flat.times, *tensors))
        times = next(results)
        of = {kind: {name: next(results) for name in run.shown[kind]} for kind in _KINDS_OF_READOUTS}
        output = Output(run.recording, times, **of)
        match self.returns:
            case "everything":
                return output
            case "first_spikes":
                return output.first_spikes(self.population)
            case "spikes":
                return output.spikes(self.population)
            case kind:
                return getattr(output, kind)[self.population]

    def extra_repr(self) -> str:
        return f"{self.network!r}, duration={self.duration}, returns={self.returns!r}, population={self.population!r}"


def collate(samples: Iterable[tuple[tuple[Any, Any], Any]]) -> tuple[spikefront.Spikes, torch.Tensor]:
    """Makes a batch for a :class:`Layer` of samples ((times, units), label): for the `collate_fn` of a DataLoader."""
    spikes, labels = zip(*samples)
    return spikefront.Spikes.from_samples(spikes), torch.as_tensor(np.asarray(labels))


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", torch.float64).numpy()


def _flat(inputs: Inputs, like: torch.Tensor) -> Spikes:
    """Inputs of any form as times, which can be differentiated, and their units and samples."""
    if isinstance(inputs, Spikes):
        return inputs
    if isinstance(inputs, spikefront.Spikes):
        times = torch.from_numpy(inputs.times)
        return Spikes(times, torch.from_numpy(inputs.units), torch.from_numpy(inputs.offsets))
    if isinstance(inputs, torch.Tensor):
        if inputs.ndim != 2:
            raise ValueError(f"inputs are a tensor of {inputs.ndim} dimensions: give first spikes, [sample x channel]")
        # Silent channels only: what is not a number is refused by name later.
        spiking = inputs != torch.inf
        units = torch.arange(inputs.shape[1]).expand(inputs.shape)
        return Spikes(inputs[spiking], units[spiking.cpu()], _offsets(spiking.sum(1)))
    if isinstance(inputs, tuple) and len(inputs) == 2 and all(isinstance(part, torch.Tensor) for part in inputs):
        times, units = inputs
        if times.ndim != 2 or units.shape != times.shape:
            raise ValueError(
                f"inputs are tensors of shapes {tuple(times.shape)} and {tuple(units.shape)}: give times and units, both [sample x place]"
            )
        spiking = units != -1
        return Spikes(times[spiking], units[spiking].cpu(), _offsets(spiking.sum(1)))
    pairs = list(inputs)
    times_of = [torch.as_tensor(times, dtype=None if isinstance(times, torch.Tensor) else torch.float64) for times, _ in pairs]
    units_of = [torch.as_tensor(units, dtype=torch.int64).cpu() for _, units in pairs]
    empty = like.new_zeros(0)
    return Spikes(
        torch.cat(times_of or [empty]),
        torch.cat(units_of or [torch.zeros(0, dtype=torch.int64)]),
        _offsets(torch.tensor([len(times) for times in times_of], dtype=torch.int64)),
    )


def _offsets(counts: torch.Tensor) -> torch.Tensor:
    return torch.cat([torch.zeros(1, dtype=torch.int64), counts.cpu().cumsum(0)])


class _Run:
    """One call of a layer: what it was given, and what it found."""

    recording: spikefront.Recording

    def __init__(self, layer: Layer, flat: Spikes, names: list[str]) -> None:
        self.layer = layer
        self.flat = flat
        self.names = names
        #: Of which readouts there are results, in their order.
        self.shown: dict[str, list[str]] = {kind: [] for kind in _KINDS_OF_READOUTS}

    def simulate(self, times: torch.Tensor, tensors: Sequence[torch.Tensor]) -> list[np.ndarray]:
        layer, flat = self.layer, self.flat
        inputs = spikefront.Spikes(_array(times), flat.units.numpy(), flat.offsets.numpy())
        #: Where each spike of the simulation stands in the tensor of times.
        self.order = inputs.order
        parameters = {name: _array(tensor) for name, tensor in zip(self.names, tensors)}
        self.recording = layer.network.simulate(parameters, inputs, layer.duration, engine=layer.engine, **layer.simulation)
        results = [self.recording.times]
        for kind in _KINDS_OF_READOUTS:
            arrays = getattr(self.recording, kind)
            self.shown[kind] = list(arrays)
            results.extend(arrays.values())
        return results

    def by_kind(self, values: Iterator[np.ndarray | None]) -> dict[str, dict[str, np.ndarray]]:
        """Results of readouts by kind and name; those that are None are left out."""
        of = {kind: [(name, next(values)) for name in self.shown[kind]] for kind in _KINDS_OF_READOUTS}
        return {kind: {name: value for name, value in pairs if value is not None} for kind, pairs in of.items()}

    def in_given_order(self, values: np.ndarray) -> np.ndarray:
        """What belongs to the simulation's input spikes, in the order of the tensor of times; zero for the network's own."""
        if self.recording.inputs.is_complete:
            raise spikefront.Error(
                "derivatives with respect to input times of a network with generators or Poisson drives are not available: "
                "detach the times"
            )
        given = np.empty_like(values)
        given[self.order] = values
        return given


class _Simulate(torch.autograd.Function):
    """The network as a function of the times of its inputs and of its parameters."""

    @staticmethod
    def forward(ctx: Any, run: _Run, times: torch.Tensor, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        ctx.run = run
        ctx.set_materialize_grads(False)
        ctx.of = [(tensor.dtype, tensor.device) for tensor in (times, *tensors)]
        like = tensors[0]
        results = run.simulate(times, tensors)
        return tuple(torch.from_numpy(result).to(like.device, like.dtype) for result in results)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *cotangents: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        run: _Run = ctx.run
        needs = ctx.needs_input_grad[1:]
        if not any(needs) or all(cotangent is None for cotangent in cotangents):
            return (None,) * (1 + len(needs))
        arrays = iter(None if cotangent is None else _array(cotangent) for cotangent in cotangents)
        times = next(arrays)
        asked = {run.layer._kinds[name] for name, need in zip(run.names, needs[1:]) if need}
        if needs[0]:
            asked.add("input_times")
        gradient = run.recording.gradient(
            spikefront.Cotangent(times, **run.by_kind(arrays)),
            with_respect_to=sorted(asked),
            method=run.layer.method,
            slope_floor=run.layer.slope_floor,
        )
        found = [run.in_given_order(gradient.input_times) if needs[0] else None]
        found += [gradient.parameters[name] for name in run.names]
        of = zip(found, needs, ctx.of)
        return (None, *(torch.from_numpy(x).to(device, dtype) if need else None for x, need, (dtype, device) in of))

    @staticmethod
    def jvp(ctx: Any, _: None, times: torch.Tensor | None, *tensors: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        run: _Run = ctx.run
        directions = {name: _array(tensor) for name, tensor in zip(run.names, tensors) if tensor is not None}
        input_times = None
        if times is not None:
            run.in_given_order(np.zeros(len(run.order)))
            input_times = _array(times)[run.order]
        tangent = run.recording.jvp(directions, input_times=input_times, slope_floor=run.layer.slope_floor)
        results = [tangent.spike_times]
        for kind in _KINDS_OF_READOUTS:
            results += [getattr(tangent, kind)[name] for name in run.shown[kind]]
        dtype, device = ctx.of[1]
        return tuple(torch.from_numpy(result).to(device, dtype) for result in results)
