"""A spiking network as a function of JAX.

>>> run = spikefront.jax.Function(network, duration=40.0)
>>> parameters = run.parameters(seed=0)
>>> first = run(parameters, times)              # [sample x output neuron], in ms; infinite where a neuron was silent
>>> jax.jit(jax.grad(lambda p: loss(run(p, times))))(parameters)

The function can be compiled, differentiated in both directions and mapped (`jit`, `grad`, `jvp`, `jacrev`, `jacfwd`, `vmap`). The
simulation runs on the host, in double precision whatever the dtype of the arrays.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

import spikefront

__all__ = ["Function"]


class Function:
    """A network as a function of its parameters and of the times of its input spikes.

    Parameters
    ----------
    network : spikefront.Network
    duration : float
        The length of a run in ms.
    population : str, optional
        Of which population the result is; the last unless given.
    returns : {"first_spikes", "spikes", "integrals", "voltages", "maxima"}, optional
        When each neuron first fired, `[sample x neuron]`, infinite where it was silent; all spikes of the population, as tables of times
        and units `[sample x places]`, filled up with infinity and -1; of a readout the integral of V over the run (ms) or the largest
        V, `[sample x neuron]`, or V at `voltage_times`, `[sample x time x neuron]`. First spikes, of a readout integrals, unless given.
    places : int, optional
        How many spikes of a sample there is room for where all spikes are returned. More are an error: nothing is cut off.
    train : str or list of str
        With respect to which kinds of parameters it can be differentiated; see :attr:`spikefront.Network.kinds`. The derivatives
        of others are zero.
    engine, method, slope_floor, spike_budget, voltage_times
        As of :meth:`spikefront.Network.simulate` and :meth:`spikefront.Recording.gradient`.
    """

    def __init__(
        self,
        network: spikefront.Network,
        duration: float,
        *,
        population: str | None = None,
        returns: str | None = None,
        places: int | None = None,
        train: str | list[str] = "everything",
        engine: str | spikefront.Engine = "auto",
        method: str = "adjoint",
        slope_floor: float | None = None,
        spike_budget: int | None = None,
        voltage_times: Any = None,
    ) -> None:
        self.network = network
        self.duration = duration
        self.population = list(network.populations)[-1] if population is None else population
        if self.population not in network.populations:
            raise ValueError(f"population is {self.population!r}: give one of {', '.join(network.populations)}")
        is_readout = self.population in network.readouts
        self.returns = returns or ("integrals" if is_readout else "first_spikes")
        if self.returns not in ("first_spikes", "spikes", "integrals", "voltages", "maxima"):
            raise ValueError(f"returns is {self.returns!r}: give first_spikes, spikes, integrals, voltages or maxima")
        if (self.returns in ("integrals", "voltages", "maxima")) != is_readout:
            what = "has no threshold" if is_readout else "has a threshold"
            raise ValueError(f"returns is {self.returns!r}, and {self.population} {what}: give another")
        if self.returns == "spikes" and places is None:
            raise ValueError("places is missing: say how many spikes of a sample there is room for")
        if self.returns == "voltages" and voltage_times is None:
            raise ValueError("voltage_times is missing: give the times in ms at which voltages are wanted")
        self.places = places
        self.engine = engine
        self.method = method
        self.slope_floor = slope_floor
        self._names = list(network.shapes)
        self._kinds = sorted(set(network.kinds.values())) if train == "everything" else train
        self._simulation = {
            "voltage_times": voltage_times,
            "record_maxima": self.returns == "maxima",
            "spike_budget": spike_budget,
        }
        units = network.populations[self.population]
        self._units, self._size = units, units.stop - units.start
        self._n_times = 0 if voltage_times is None else len(voltage_times)
        self._lock = threading.Lock()
        #: What was last simulated: of a value and its gradient the two ask for the same.
        self._last: tuple[list[np.ndarray], spikefront.Recording, np.ndarray] | None = None

    def parameters(self, seed: int = 0) -> dict[str, jax.Array]:
        """Initial parameters; see :meth:`spikefront.Network.parameters`."""
        return {name: jnp.asarray(value) for name, value in self.network.parameters(seed).items()}

    def __call__(self, parameters: Mapping[str, Any], times: Any, units: Any = None) -> Any:
        """Runs a batch.

        Parameters
        ----------
        parameters : mapping of str to array
            One array for each tensor of the network.
        times : array of float
            In ms: of first spikes, `[sample x channel]`, or with `units` `[sample x place]`; infinite where there is none.
        units : array of int, optional
            Channels, `[sample x place]`; -1 where there is no spike.

        Returns
        -------
        array, or for all spikes a pair of arrays
        """
        missing = [name for name in self._names if name not in parameters]
        if missing or len(parameters) != len(self._names):
            names = missing or [name for name in parameters if name not in self._names]
            raise ValueError(f"parameters {', '.join(names)} are missing or unknown: give {', '.join(self._names)}")
        times = jnp.asarray(times)
        if times.ndim != 2:
            raise ValueError(f"times have {times.ndim} dimensions: give two, samples and channels or places")
        units = jnp.arange(times.shape[1])[None, :].repeat(times.shape[0], 0) if units is None else jnp.asarray(units)
        if units.shape != times.shape:
            raise ValueError(f"units are of shape {units.shape}: give the shape of times, {times.shape}")
        units = jnp.where(times == jnp.inf, -1, units)
        tensors = [jnp.asarray(parameters[name], dtype=times.dtype) for name in self._names]
        shapes = self.network.shapes
        for name, tensor in zip(self._names, tensors):
            if tensor.shape != shapes[name]:
                raise ValueError(f"{name} is of shape {tensor.shape}: give an array of shape {shapes[name]}")
        found = _run_p.bind(units, times, *tensors, function=self)
        return tuple(found) if self.returns == "spikes" else found[0]

    def _shape(self, n_samples: int) -> tuple[int, ...]:
        match self.returns:
            case "spikes":
                return (n_samples, self.places or 0)
            case "voltages":
                return (n_samples, self._n_times, self._size)
            case _:
                return (n_samples, self._size)

    def _recording(self, arguments: list[np.ndarray]) -> tuple[spikefront.Recording, np.ndarray]:
        """The recording, and for each of its input spikes the place in the table of times."""
        with self._lock:
            if self._last is not None and all(map(np.array_equal, self._last[0], arguments)):
                return self._last[1], self._last[2]
        units, times, *tensors = arguments
        inputs = spikefront.Spikes.from_padded(times, units)
        parameters = dict(zip(self._names, tensors))
        recording = self.network.simulate(parameters, inputs, self.duration, engine=self.engine, **self._simulation)
        with self._lock:
            # Callbacks lend their arrays.
            self._last = ([np.array(argument) for argument in arguments], recording, inputs.order)
        return recording, inputs.order

    def _places_of(self, recording: spikefront.Recording) -> np.ndarray:
        """For each entry of the result the place of its spike in the recording; -1 where there is none."""
        if self.returns == "first_spikes":
            return recording.first_spike_indices(self.population)
        chosen = (recording.neurons >= self._units.start) & (recording.neurons < self._units.stop)
        offsets = recording.offsets
        found = np.full(self._shape(len(recording)), -1)
        for sample in range(len(recording)):
            places = offsets[sample] + np.flatnonzero(chosen[offsets[sample] : offsets[sample + 1]])
            if len(places) > found.shape[1]:
                raise ValueError(f"places is {self.places}: a sample has {len(places)} spikes: give as many places or more")
            found[sample, : len(places)] = places
        return found

    def _value(self, *arguments: np.ndarray) -> tuple[np.ndarray, ...]:
        arguments = tuple(map(np.asarray, arguments))
        recording, _ = self._recording(list(arguments))
        dtype = arguments[1].dtype
        if self.returns not in ("first_spikes", "spikes"):
            return (getattr(recording, self.returns)[self.population].astype(dtype),)
        places = self._places_of(recording)
        times = np.append(recording.times, np.inf)[places].astype(dtype)
        if self.returns == "first_spikes":
            return (times,)
        units = np.where(places < 0, -1, np.append(recording.neurons, 0)[places] - self._units.start)
        return times, units.astype(arguments[0].dtype)

    def _along(self, *arguments: np.ndarray) -> np.ndarray:
        """The derivative along a direction, whose times and tensors follow the values."""
        half = len(arguments) // 2 + 1
        values, (times, *tensors) = [np.asarray(x) for x in arguments[:half]], [np.asarray(x) for x in arguments[half:]]
        recording, order = self._recording(values)
        kinds = self.network.kinds
        direction = {name: tensor for name, tensor in zip(self._names, tensors) if kinds[name] in self._kinds}
        # A direction that does not move them need not be possible for what the network itself brings.
        moved = np.asarray(times, dtype=np.float64).ravel()[order] if np.any(times) else None
        tangent = recording.jvp(direction, input_times=moved, slope_floor=self.slope_floor)
        if self.returns not in ("first_spikes", "spikes"):
            return getattr(tangent, self.returns)[self.population].astype(times.dtype)
        return np.append(tangent.spike_times, 0.0)[self._places_of(recording)].astype(times.dtype)

    def _back(self, *arguments: np.ndarray) -> tuple[np.ndarray, ...]:
        """The derivatives of a loss whose derivatives with respect to the result come last."""
        *values, cotangent = [np.asarray(argument) for argument in arguments]
        recording, order = self._recording(values)
        if self.returns in ("first_spikes", "spikes"):
            places = self._places_of(recording)
            spike_times = np.zeros(len(recording.times) + 1)
            np.add.at(spike_times, places.ravel(), cotangent.ravel())
            given = spikefront.Cotangent(spike_times[:-1])
        else:
            given = spikefront.Cotangent(**{self.returns: {self.population: cotangent}})
        with_times = not recording.inputs.is_complete
        gradient = recording.gradient(
            given,
            with_respect_to=[*self._kinds, "input_times"] if with_times else list(self._kinds),
            method=self.method,
            slope_floor=self.slope_floor,
        )
        dtype = values[1].dtype
        times = np.zeros(values[1].size)
        if with_times:
            times[order] = gradient.input_times
        tensors = (gradient.parameters[name].astype(dtype) for name in self._names)
        return (times.reshape(values[1].shape).astype(dtype), *tensors)


# The two primitives. The run has a derivative along a direction; that is linear, and has a transpose.

_run_p = Primitive("spikefront_run")
_run_p.multiple_results = True
_along_p = Primitive("spikefront_run_along")


def _run(units: Any, times: Any, *tensors: Any, function: Function) -> Any:
    result = jax.ShapeDtypeStruct(function._shape(times.shape[0]), times.dtype)
    results = (result, jax.ShapeDtypeStruct(result.shape, units.dtype)) if function.returns == "spikes" else (result,)
    return jax.pure_callback(function._value, results, units, times, *tensors, vmap_method="sequential")


def _run_along(units: Any, times: Any, *others: Any, function: Function) -> Any:
    result = jax.ShapeDtypeStruct(function._shape(times.shape[0]), times.dtype)
    return jax.pure_callback(function._along, result, units, times, *others, vmap_method="sequential")


def _run_jvp(primals: Any, tangents: Any, *, function: Function) -> Any:
    results = _run_p.bind(*primals, function=function)
    directions = [
        jnp.zeros_like(primal) if isinstance(tangent, ad.Zero) else tangent for primal, tangent in zip(primals[1:], tangents[1:])
    ]
    along = _along_p.bind(*primals, *directions, function=function)
    return results, [along, *(ad.Zero.from_primal_value(result) for result in results[1:])]


def _along_transpose(cotangent: Any, *arguments: Any, function: Function) -> Any:
    half = len(arguments) // 2 + 1
    values = arguments[:half]
    like = [jax.ShapeDtypeStruct(value.shape, value.dtype) for value in values[1:]]
    if isinstance(cotangent, ad.Zero):
        return [None] * len(arguments)
    found = jax.pure_callback(function._back, tuple(like), *values, cotangent, vmap_method="sequential")
    linear = [x if ad.is_undefined_primal(argument) else None for x, argument in zip(found, arguments[half:])]
    return [None] * half + linear


def _batched(primitive: Primitive) -> Any:
    """Maps a primitive: one run after another."""

    def rule(arguments: Any, dimensions: Any, *, function: Function) -> Any:
        size = next(x.shape[d] for x, d in zip(arguments, dimensions) if d is not None)
        mapped = [
            jnp.broadcast_to(x, (size, *x.shape)) if d is None else jnp.moveaxis(x, d, 0)
            for x, d in zip(arguments, dimensions)
        ]
        found = jax.lax.map(lambda each: primitive.bind(*each, function=function), tuple(mapped))
        return found, [0] * len(found) if primitive.multiple_results else 0

    return rule


def _run_shapes(units: Any, times: Any, *tensors: Any, function: Function) -> Any:
    result = jax.core.ShapedArray(function._shape(times.shape[0]), times.dtype)
    if function.returns == "spikes":
        return [result, jax.core.ShapedArray(result.shape, units.dtype)]
    return [result]


def _along_shape(units: Any, times: Any, *others: Any, function: Function) -> Any:
    return jax.core.ShapedArray(function._shape(times.shape[0]), times.dtype)


_run_p.def_impl(_run)
_run_p.def_abstract_eval(_run_shapes)
ad.primitive_jvps[_run_p] = _run_jvp
batching.primitive_batchers[_run_p] = _batched(_run_p)
mlir.register_lowering(_run_p, mlir.lower_fun(_run, multiple_results=True))

_along_p.def_impl(_run_along)
_along_p.def_abstract_eval(_along_shape)
ad.primitive_transposes[_along_p] = _along_transpose
batching.primitive_batchers[_along_p] = _batched(_along_p)
mlir.register_lowering(_along_p, mlir.lower_fun(_run_along, multiple_results=False))
