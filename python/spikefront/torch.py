"""A spiking network as a layer of PyTorch.

>>> layer = spikefront.torch.Layer(network, duration=40.0)
>>> first = layer(inputs)                      # [batch x output neuron], in ms; infinite where a neuron was silent
>>> loss = torch.nn.functional.cross_entropy(-first.clamp(max=40.0) / 2.0, labels)
>>> loss.backward()                            # exact: the adjoint
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.utils import parametrize

import spikefront

from . import _wanted
from ._torch_loss import JudgedRun, LossValue
from ._torch_run import Run, Simulate, array
from ._torch_spikes import Inputs, Spikes, flat

__all__ = ["Layer", "LossValue", "Output", "Spikes", "collate"]


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
    held as logarithms (:mod:`torch.nn.utils.parametrize`); trained delays that an optimiser stepped below zero are put back to
    zero, in place, when the layer is next called.

    Computation is in double precision whatever the dtype of the parameters, or in single precision on a GPU of the
    engine's; results have the parameters' dtype and device. What computes is the `engine`, not the device of the parameters: those that
    ``layer.to("cuda")`` put elsewhere are copied to the CPU in every call, and results and gradients back. Leave them on the CPU, and
    move results where the rest of the model is. First derivatives alone are available, backward
    (`torch.autograd`, :func:`torch.func.grad`) and forward (`torch.autograd.forward_ad`, :func:`torch.func.jvp`); a batch is mapped by
    giving it whole, not by `vmap`.

    A neuron that was silent has no gradient. Its first spike is infinite, so that a logit of minus its time is minus infinity: clamp
    times at the duration, or leave out samples whose loss is infinite.

    A copy (:func:`copy.deepcopy`) shares the network and the engine, which never change. Save the `state_dict`, not the module.
    :func:`torch.compile` leaves a layer as it is, between the parts of a model that it compiles.

    Parameters
    ----------
    network : spikefront.Network
    duration : float
        The length of a run in ms.
    population : str, optional
        Of which population the output is; the last unless given.
    returns : {"first_spikes", "spikes", "integrals", "voltages", "maxima", "everything"}, optional
        What the layer returns: when each neuron first fired, `[sample x neuron]`, infinite where it was silent; all spikes,
        ragged; of a readout the integral of V over the run (ms), V at `voltage_times`, `[sample x time x neuron]`, or the largest
        V; or an :class:`Output`. First spikes, of a readout integrals, unless given.
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
        parameters: Mapping[str, Any] | None = None,
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
        self.population = _wanted.population_of(network, population)
        self.returns = _wanted.kind_of_result(network, self.population, returns, voltage_times, ["everything"])
        self.engine = engine
        self.method = _wanted.method_of(method)
        self.slope_floor = slope_floor
        self.simulation = {
            "voltage_times": voltage_times,
            "record_maxima": self.returns in ("maxima", "everything") and bool(network.readouts),
            "spike_budget": spike_budget,
        }
        self._kinds = network.kinds
        trained = _wanted.trained(network, train)
        values = network.parameters(seed) if parameters is None else parameters
        for name, shape in network.shapes.items():
            if name not in values:
                raise ValueError(f"parameter {name!r} is missing: give an array for each tensor of the network, see network.shapes")
            value = torch.tensor(np.asarray(values[name]), dtype=dtype or torch.get_default_dtype())
            if value.shape != shape:
                raise ValueError(f"{name} is of shape {tuple(value.shape)}: give an array of shape {shape}")
            if "." in name:
                raise ValueError(f"name of tensor is {name!r}: give populations and inputs names without a dot, as torch asks for")
            self.register_parameter(name, torch.nn.Parameter(value, requires_grad=name in trained))
            if name in trained and self._kinds[name].startswith("tau"):
                parametrize.register_parametrization(self, name, _Exponential())
        for name in values:
            if name not in self._kinds:
                raise ValueError(f"parameter {name!r} is not one of the network's: give {', '.join(self._kinds)}")

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor of a name, such as ``"input->hidden/weight"``; a time constant as such, in ms, not its logarithm."""
        if name not in self._kinds:
            raise ValueError(f"tensor is {name!r}: give one of {', '.join(self._kinds)}")
        tensor: torch.Tensor = getattr(self, name)
        return tensor

    def numpy(self) -> dict[str, np.ndarray]:
        """The parameters as :meth:`spikefront.Network.simulate` takes them, copied."""
        return {name: array(self.tensor(name)).copy() for name in self._kinds}

    def forward(self, inputs: Inputs, seeds: Sequence[int] | None = None) -> Any:
        """Runs a batch.

        Parameters
        ----------
        inputs : Spikes, spikefront.Spikes, Tensor, (Tensor, Tensor) or list of (times, units)
            Ragged spikes; first spikes `[sample x channel]`, infinite where there is none; times and units `[sample x place]`, unit -1
            where there is none; or times and units of each sample. Of a sample spikes may come in any order. Gradients reach the
            times of tensors, in the order in which they were given.
        seeds : list of int, optional
            Of Poisson drives, one for each sample: 0, 1, 2, ... unless given, in every call the same.

        Returns
        -------
        Tensor, Spikes or Output
            As `returns` says.
        """
        tensors = self._tensors()
        spikes = flat(inputs, next(iter(tensors.values())))
        run = Run(self, inputs if isinstance(inputs, spikefront.Spikes) else spikes, seeds, tensors)
        results = iter(Simulate.apply(run, spikes.times, *(tensors[name] for name in run.names)))
        times = next(results)
        if self.returns == "first_spikes":
            return times
        of = {kind: {name: next(results) for name in run.shown[kind]} for kind in _wanted.OF_READOUTS}
        output = Output(run.recording, times, **of)
        match self.returns:
            case "everything":
                return output
            case "spikes":
                return output.spikes(self.population)
            case kind:
                return getattr(output, kind)[self.population]

    def loss(self, inputs: Inputs, labels: Any, of: spikefront.Loss, seeds: Sequence[int] | None = None) -> LossValue:
        """Runs a batch and judges it by one of the library's losses, whatever the layer `returns`.

        One call forward, with the loss, and one backward: the shortest step. Of what the network did it is the same as a loss made
        of torch's operations on first spikes or readouts.

        Parameters
        ----------
        inputs, seeds
            As of :meth:`forward`.
        labels : Tensor or array of int
            The class of each sample, counted from 0.
        of : spikefront.Loss
            Of :mod:`spikefront.losses`.

        Returns
        -------
        LossValue

        Examples
        --------
        >>> loss = spikefront.losses.first_spike_cross_entropy("output", scale=2.0)
        >>> judged = layer.loss(inputs, labels, loss)
        >>> judged.mean.backward()
        """
        tensors = self._tensors()
        spikes = flat(inputs, next(iter(tensors.values())))
        run = JudgedRun(self, inputs if isinstance(inputs, spikefront.Spikes) else spikes, seeds, tensors, of, labels)
        (mean,) = Simulate.apply(run, spikes.times, *(tensors[name] for name in run.names))
        return LossValue(mean, run.recording, run.value.predictions)

    def _tensors(self) -> dict[str, torch.Tensor]:
        """The network's tensors in their order, trained delays put back to zero where they were below."""
        tensors: dict[str, torch.Tensor] = {}
        for name, kind in self._kinds.items():
            # Without the detour of attributes of modules where there is none to be made.
            plain = self._parameters.get(name)
            tensor = tensors[name] = self.tensor(name) if plain is None else plain
            if kind == "delays" and tensor.requires_grad and not tensor.is_meta:
                with torch.no_grad():
                    if torch.any(tensor < 0.0):
                        tensor.clamp_(min=0.0)
        return tensors

    def extra_repr(self) -> str:
        return f"{self.network!r}, duration={self.duration}, returns={self.returns!r}, population={self.population!r}"


def collate(samples: Iterable[tuple[tuple[Any, Any], Any]]) -> tuple[Spikes, torch.Tensor]:
    """Makes a batch for a :class:`Layer` of samples ((times, units), label): for the `collate_fn` of a DataLoader."""
    spikes, labels = zip(*samples)
    return flat(list(spikes), torch.empty(0)), torch.as_tensor(np.asarray(labels))
