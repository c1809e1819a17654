"""A spiking network as a function of JAX.

>>> run = spikefront.jax.Function(network, duration=40.0)
>>> parameters = run.parameters(seed=0)
>>> first = run(parameters, times)              # [sample x output neuron], in ms; infinite where a neuron was silent
>>> jax.jit(jax.grad(lambda p: loss(run(p, times))))(parameters)

The function can be compiled, differentiated once in either direction and mapped (`jit`, `grad`, `jvp`, `jacrev`, `jacfwd`, `vmap`).
The simulation runs on the host, in double precision whatever the dtype of the arrays, or in single precision on a GPU of the engine's.
"""

# mypy: allow-untyped-calls
# JAX's own functions for primitives have no types.

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

import spikefront

from . import _wanted

__all__ = ["Function"]


class Function:
    """A network as a function of its parameters and of the times of its input spikes.

    A neuron that was silent has no gradient. Its first spike is infinite: clamp times at the duration before they become logits.

    Parameters
    ----------
    network : spikefront.Network
    duration : float
        The length of a run in ms.
    population : str, optional
        Of which population the result is; the last unless given.
    returns : {"first_spikes", "spikes", "integrals", "voltages", "maxima"}, optional
        When each neuron first fired, `[sample x neuron]`, infinite where it was silent; all spikes of the population, as tables
        of times and units `[sample x places]`, filled up with infinity and -1; of a readout the integral of V over the run (ms) or
        the largest V, `[sample x neuron]`, or V at `voltage_times`, `[sample x time x neuron]`. First spikes, of a readout
        integrals, unless given.
    places : int, optional
        How many spikes of a sample there is room for where all spikes are returned. More are an error: nothing is cut off.
    train : str or list of str
        With respect to which parameters it can be differentiated: kinds such as ``"weights"`` (see
        :attr:`spikefront.Network.kinds`), names of tensors, or ``"everything"``. The derivatives of others are zero.
    seeds : list of int, optional
        Of Poisson drives, one for each sample of a run: 0, 1, 2, ... unless given, in every run the same.
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
        train: str | Iterable[str] = "everything",
        seeds: list[int] | None = None,
        engine: str | spikefront.Engine = "auto",
        method: str = "adjoint",
        slope_floor: float | None = None,
        spike_budget: int | None = None,
        voltage_times: Any = None,
    ) -> None:
        self.network = network
        self.duration = duration
        self.population = _wanted.population_of(network, population)
        self.returns = _wanted.kind_of_result(network, self.population, returns, voltage_times)
        if self.returns == "spikes" and places is None:
            raise ValueError("places is missing: say how many spikes of a sample there is room for")
        self.places = places
        self.method = _wanted.method_of(method)
        self.slope_floor = slope_floor
        self._shapes = network.shapes
        self._trained = _wanted.trained(network, train)
        self._kinds = sorted({network.kinds[name] for name in self._trained})
        self._simulation = {
            "engine": engine,
            "voltage_times": voltage_times,
            "record_maxima": self.returns == "maxima",
            "spike_budget": spike_budget,
            "seeds": seeds,
        }
        units = network.populations[self.population]
        self._units, self._size = units, units.stop - units.start
        self._has_own_spikes = network.has_own_spikes
        self._n_times = 0 if voltage_times is None else len(voltage_times)
        self._lock = threading.Lock()
        #: What was last simulated: of a value and its gradient the two ask for the same.
        self._last: tuple[list[np.ndarray], spikefront.Recording, np.ndarray] | None = None

    def parameters(self, seed: int = 0) -> dict[str, jax.Array]:
        """Initial parameters; see :meth:`spikefront.Network.parameters`."""
        return {name: jnp.asarray(value) for name, value in self.network.parameters(seed).items()}

    def __call__(self, parameters: Mapping[str, Any], times: Any, units: Any = None) -> Any:
        """Runs a batch, or one sample.

        Parameters
        ----------
        parameters : mapping of str to array
            One array for each tensor of the network. Delays and time constants below zero are refused: project them after a step.
        times : array of float
            In ms: of first spikes, `[sample x channel]`, or with `units` `[sample x place]`; infinite where there is none; in any
            order. Of one sample without the first dimension: the result, too, is without it.
        units : array of int, optional
            Channels, `[sample x place]`; -1 where there is no spike.

        Returns
        -------
        array, or for all spikes a pair of arrays
        """
        wrong = [name for name in self._shapes if name not in parameters] or [name for name in parameters if name not in self._shapes]
        if wrong:
            raise ValueError(f"parameters {', '.join(wrong)} are missing or unknown: give {', '.join(self._shapes)}")
        times = jnp.asarray(times)
        dtype = jnp.result_type(times, *(parameters[name] for name in self._shapes))
        if not jnp.issubdtype(dtype, jnp.floating):
            dtype = jnp.result_type(float)
        if times.ndim not in (1, 2):
            raise ValueError(f"times have {times.ndim} dimensions: give two, samples and channels or places, or those of one sample")
        if times.shape[0] == 0 and times.ndim == 2:
            # Compiled code does not call what gives nothing, nor its errors.
            raise ValueError("times are an empty batch: give at least one sample; it may be without spikes")
        units = jnp.broadcast_to(jnp.arange(times.shape[-1]), times.shape) if units is None else jnp.asarray(units)
        if units.shape != times.shape:
            raise ValueError(f"units are of shape {units.shape}: give the shape of times, {times.shape}")
        if not jnp.issubdtype(units.dtype, jnp.integer):
            raise ValueError(f"units are {units.dtype}: give whole numbers")
        tensors = [jnp.asarray(parameters[name], dtype=dtype) for name in self._shapes]
        for tensor, (name, shape) in zip(tensors, self._shapes.items()):
            if tensor.shape != shape:
                raise ValueError(f"{name} is of shape {tensor.shape}: give an array of shape {shape}")
        units = jnp.where(times == jnp.inf, -1, units)
        is_one = times.ndim == 1
        rows = [jnp.atleast_2d(units), jnp.atleast_2d(times.astype(dtype))]
        found = _run_p.bind(*rows, *tensors, function=self)
        found = [result[0] for result in found] if is_one else found
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
            last = self._last
        if last is not None and all(map(np.array_equal, last[0], arguments)):
            return last[1], last[2]
        units, times, *tensors = arguments
        inputs = spikefront.Spikes.from_padded(times, units)
        parameters = dict(zip(self._shapes, tensors))
        recording = self.network.simulate(parameters, inputs, self.duration, **self._simulation)
        with self._lock:
            # Callbacks lend their arrays.
            self._last = ([np.array(argument) for argument in arguments], recording, inputs.order)
        return recording, inputs.order

    def _places_of(self, recording: spikefront.Recording) -> np.ndarray:
        """For each entry of the result the place of its spike in the recording; -1 where there is none."""
        if self.returns == "first_spikes":
            return recording.first_spike_indices(self.population)
        neurons, offsets = recording.neurons, recording.offsets
        chosen = (neurons >= self._units.start) & (neurons < self._units.stop)
        found = np.full(self._shape(len(recording)), -1)
        for sample in range(len(recording)):
            places = offsets[sample] + np.flatnonzero(chosen[offsets[sample] : offsets[sample + 1]])
            if len(places) > found.shape[1]:
                raise ValueError(f"places is {self.places}: a sample has {len(places)} spikes: give as many places or more")
            found[sample, : len(places)] = places
        return found

    def _value(self, *arguments: Any) -> list[np.ndarray]:
        arrays = list(map(np.asarray, arguments))
        recording, _ = self._recording(arrays)
        dtype = arrays[1].dtype
        if self.returns in _wanted.OF_READOUTS:
            return [getattr(recording, self.returns)[self.population].astype(dtype)]
        places = self._places_of(recording)
        times = _wanted.at_places(recording.times, places, np.inf).astype(dtype)
        if self.returns == "first_spikes":
            return [times]
        units = np.where(places < 0, -1, _wanted.at_places(recording.neurons, places, 0) - self._units.start)
        return [times, units.astype(arrays[0].dtype)]

    def _along(self, *arguments: Any) -> list[np.ndarray]:
        """The derivative along a direction, whose times and tensors follow the values."""
        arrays = list(map(np.asarray, arguments))
        values, (times, *tensors) = arrays[: _n_values(arrays)], arrays[_n_values(arrays) :]
        recording, order = self._recording(values)
        direction = {name: tensor for name, tensor in zip(self._shapes, tensors) if name in self._trained}
        moved = _wanted.in_order_of_inputs(recording, order, times.astype(np.float64).ravel())
        tangent = recording.jvp(direction, input_times=moved, slope_floor=self.slope_floor)
        if self.returns in _wanted.OF_READOUTS:
            return [getattr(tangent, self.returns)[self.population].astype(times.dtype)]
        return [_wanted.at_places(tangent.spike_times, self._places_of(recording), 0.0).astype(times.dtype)]

    def _back(self, *arguments: Any) -> list[np.ndarray]:
        """The derivatives of a loss whose derivatives with respect to the result come last."""
        *values, cotangent = map(np.asarray, arguments)
        recording, order = self._recording(values)
        if self.returns in _wanted.OF_READOUTS:
            of_readout: dict[str, Any] = {self.returns: {self.population: cotangent}}
            given = spikefront.Cotangent(**of_readout)
        else:
            places = self._places_of(recording)
            given = spikefront.Cotangent(_wanted.of_spikes(places, cotangent, len(recording.times)))
        gradient = recording.gradient(
            given, with_respect_to=[*self._kinds, "input_times"], method=self.method, slope_floor=self.slope_floor
        )
        times = _wanted.in_given_order(recording, order, gradient.input_times, values[1].size).reshape(values[1].shape)
        of = gradient.parameters
        tensors = (of[name] if name in self._trained else np.zeros_like(of[name]) for name in self._shapes)
        return [array.astype(values[1].dtype) for array in (times, *tensors)]


# Three primitives: the run; its derivative along a direction, which is linear; and the transpose of that. The first arguments of
# each are the values: units, times and tensors.


def _n_values(arguments: Any) -> int:
    """How many values stand before as many directions, one fewer: units have none."""
    return len(arguments) // 2 + 1


def _of_run(function: Function, units: Any, times: Any, *tensors: Any) -> list[Any]:
    result = jax.core.ShapedArray(function._shape(times.shape[0]), times.dtype)
    return [result, jax.core.ShapedArray(result.shape, units.dtype)] if function.returns == "spikes" else [result]


def _of_along(function: Function, units: Any, times: Any, *others: Any) -> list[Any]:
    return [jax.core.ShapedArray(function._shape(times.shape[0]), times.dtype)]


def _of_back(function: Function, units: Any, *others: Any) -> list[Any]:
    return [jax.core.ShapedArray(value.shape, value.dtype) for value in others[:-1]]


def _primitive(name: str, call: Callable[..., Any], shapes: Callable[..., list[Any]]) -> Primitive:
    """A primitive that calls the host."""
    primitive = Primitive(name)
    primitive.multiple_results = True

    def called(*arguments: Any, function: Function) -> Any:
        results = [jax.ShapeDtypeStruct(of.shape, of.dtype) for of in shapes(function, *arguments)]
        return jax.pure_callback(lambda *arrays: call(function, *arrays), results, *arguments)

    # Outside of compiled functions errors are those of the library; within, JAX wraps their text.
    primitive.def_impl(lambda *arguments, function: list(map(jnp.asarray, call(function, *arguments))))
    primitive.def_abstract_eval(lambda *arguments, function: shapes(function, *arguments))
    mlir.register_lowering(primitive, mlir.lower_fun(called, multiple_results=True))
    return primitive


_run_p = _primitive("spikefront_run", Function._value, _of_run)
_along_p = _primitive("spikefront_along", Function._along, _of_along)
_back_p = _primitive("spikefront_back", Function._back, _of_back)


def _instantiated(tangents: Any, primals: Any) -> list[Any]:
    return [jnp.zeros_like(primal) if isinstance(of, ad.Zero) else of for of, primal in zip(tangents, primals)]


def _run_jvp(primals: Any, tangents: Any, *, function: Function) -> Any:
    results = _run_p.bind(*primals, function=function)
    along = _along_p.bind(*primals, *_instantiated(tangents[1:], primals[1:]), function=function)
    return results, [*along, *(ad.Zero(jax.core.ShapedArray(result.shape, result.dtype).to_tangent_aval()) for result in results[1:])]


def _refuse_second(tangents: Any) -> None:
    if not all(isinstance(of, ad.Zero) for of in tangents):
        raise NotImplementedError("second derivatives of a spiking network are not available: differentiate once")


def _along_jvp(primals: Any, tangents: Any, *, function: Function) -> Any:
    n = _n_values(primals)
    _refuse_second(tangents[:n])
    moved = _along_p.bind(*primals[:n], *_instantiated(tangents[n:], primals[n:]), function=function)
    return _along_p.bind(*primals, function=function), moved


def _back_jvp(primals: Any, tangents: Any, *, function: Function) -> Any:
    _refuse_second(tangents[:-1])
    moved = _back_p.bind(*primals[:-1], *_instantiated(tangents[-1:], primals[-1:]), function=function)
    return _back_p.bind(*primals, function=function), moved


def _along_transpose(cotangents: Any, *arguments: Any, function: Function) -> Any:
    n = _n_values(arguments)
    (cotangent,) = cotangents
    if isinstance(cotangent, ad.Zero):
        return [None] * len(arguments)
    found = _back_p.bind(*arguments[:n], cotangent, function=function)
    return [None] * n + [x if ad.is_undefined_primal(argument) else None for x, argument in zip(found, arguments[n:])]


def _mapped(primitive: Primitive, rows: Callable[[int], list[int]]) -> Any:
    """How a primitive is mapped, of whose arguments some are rows: one for each sample."""

    def rule(arguments: Any, dimensions: Any, *, function: Function) -> Any:
        size = next(x.shape[d] for x, d in zip(arguments, dimensions) if d is not None)
        of_samples = rows(len(arguments))
        if any(d is not None and n not in of_samples for n, d in enumerate(dimensions)) or function._has_own_spikes:
            mapped = tuple(batching.bdim_at_front(x, d, size) for x, d in zip(arguments, dimensions))
            found = jax.lax.map(lambda each: primitive.bind(*each, function=function), mapped)
            return found, [0] * len(found)
        # Samples do not know of each other: mapped over inputs alone it is one larger batch.
        joined = list(arguments)
        for n in of_samples:
            row = batching.bdim_at_front(arguments[n], dimensions[n], size)
            joined[n] = row.reshape(-1, row.shape[-1])
        found = primitive.bind(*joined, function=function)
        return [x.reshape(size, -1, *x.shape[1:]) for x in found], [0] * len(found)

    return rule


ad.primitive_jvps[_run_p] = _run_jvp
ad.primitive_jvps[_along_p] = _along_jvp
ad.primitive_jvps[_back_p] = _back_jvp
ad.primitive_transposes[_along_p] = _along_transpose
batching.primitive_batchers[_run_p] = _mapped(_run_p, lambda n: [0, 1])
batching.primitive_batchers[_along_p] = _mapped(_along_p, lambda n: [0, 1, n // 2 + 1])
# Its results are sums over samples.
batching.primitive_batchers[_back_p] = _mapped(_back_p, lambda n: [])
