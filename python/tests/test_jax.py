"""A network as a function of JAX."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import spikefront

jax = pytest.importorskip("jax", reason="jax is not installed: python/test.sh --jax runs these")

import jax.numpy as jnp
from jax.test_util import check_grads
from spikefront.jax import Function
from topologies import DURATION, NETWORKS, TIMES, trained

READOUTS = ("integrals", "voltages", "maxima")


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def function_of(name: str, **options: Any) -> Function:
    return Function(NETWORKS[name](), DURATION, **{"engine": "cpu", **options})


def options_of(returns: str) -> dict[str, Any]:
    extra = {"spikes": {"places": 16}, "voltages": {"voltage_times": [4.0, 9.5]}}
    return {"returns": returns, **extra.get(returns, {})}


def finite(result: Any) -> Any:
    result = result[0] if isinstance(result, tuple) else result
    return jnp.where(jnp.isfinite(result), result, 0.0)


def split(name: str, run: Function) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters that can be moved to both sides, and the others."""
    parameters, kinds = run.parameters(), run.network.kinds
    moved = {key: value for key, value in parameters.items() if kinds[key] in trained(name)}
    return moved, {key: value for key, value in parameters.items() if key not in moved}


@pytest.mark.parametrize("method", ["adjoint", "forward"])
@pytest.mark.parametrize("name", NETWORKS)
def test_derivatives_in_both_directions_are_those_of_differences(name: str, method: str) -> None:
    for returns in READOUTS if name == "readout" else ("first_spikes", "spikes"):
        run = function_of(name, method=method, **options_of(returns))
        moved, others = split(name, run)
        spiking = np.isfinite(TIMES)

        def call(moved: dict[str, Any], flat: Any) -> Any:
            return finite(run(moved | others, jnp.full(TIMES.shape, jnp.inf).at[spiking].set(flat)))

        at = (moved, jnp.asarray(TIMES[spiking]))
        assert jnp.count_nonzero(call(*at)) >= 2
        check_grads(call, at, order=1, modes=["fwd", "rev"], eps=1e-6, rtol=1e-6, atol=1e-6)


def test_a_wrong_derivative_is_found() -> None:
    run = function_of("recurrent")
    moved, others = split("recurrent", run)

    def call(moved: dict[str, Any]) -> Any:
        first = finite(run(moved | others, TIMES))
        return 1.001 * first - 0.001 * jax.lax.stop_gradient(first)

    with pytest.raises(AssertionError):
        check_grads(call, (moved,), order=1, modes=["rev"], eps=1e-6, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("returns", ["first_spikes", "spikes", *READOUTS])
def test_results_are_those_of_the_recording(returns: str) -> None:
    run = function_of("readout" if returns in READOUTS else "recurrent", **options_of(returns))
    network = run.network
    inputs, recorded = spikefront.Spikes.from_first_spikes(TIMES), {"voltage_times": [4.0, 9.5], "record_maxima": True}
    recording = network.simulate(network.parameters(), inputs, DURATION, engine="cpu", **recorded)
    for call in (run, jax.jit(run)):
        found = call(run.parameters(), TIMES)
        if returns == "spikes":
            for array, wanted in zip(found, recording.spikes("output").padded(16)):
                np.testing.assert_array_equal(array, wanted)
        else:
            wanted = recording.first_spikes("output") if returns == "first_spikes" else getattr(recording, returns)["output"]
            np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("returns", ["first_spikes", "spikes", *READOUTS])
def test_transformations_agree(returns: str) -> None:
    run = function_of("readout" if returns in READOUTS else "recurrent", **options_of(returns))
    parameters = run.parameters()

    def call(parameters: Any, times: Any) -> Any:
        return finite(run(parameters, times))

    def loss(parameters: Any, times: Any) -> Any:
        return jnp.sum(jnp.sin(call(parameters, times)))

    times = jnp.asarray([[1.0, 3.2, 2.1], [4.0, 9.0, 1.5]])
    backward = jax.jit(jax.jacrev(call, (0, 1)))(parameters, times)
    forward = jax.jit(jax.jacfwd(call, (0, 1)))(parameters, times)
    for one, other in zip(jax.tree.leaves(backward), jax.tree.leaves(forward)):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    value, gradient = jax.jit(jax.value_and_grad(loss, (0, 1)))(parameters, times)
    # Compiled sums may be added in another order.
    np.testing.assert_allclose(value, loss(parameters, times), rtol=1e-14)
    slopes = jnp.cos(call(parameters, times))
    for one, jacobian in zip(jax.tree.leaves(gradient), jax.tree.leaves(backward)):
        assert jnp.abs(one).max() > 0.0 or not jnp.abs(jacobian).max() > 0.0
        np.testing.assert_allclose(one, jnp.tensordot(slopes, jacobian, slopes.ndim), rtol=1e-9, atol=1e-10)
    direction = jax.tree.map(jnp.ones_like, (parameters, times))
    _, along = jax.jvp(call, (parameters, times), direction)
    _, moved_times_only = jax.jvp(lambda times: call(parameters, times), (times,), (direction[1],))
    expected = sum(j.reshape(*along.shape, -1).sum(-1) for j in jax.tree.leaves(forward))
    np.testing.assert_allclose(along, expected, rtol=1e-9, atol=1e-10)
    assert not np.allclose(along, moved_times_only)


@pytest.mark.parametrize("name", ["recurrent", "drives"])
def test_mapping_is_one_call_after_another(name: str) -> None:
    run = function_of(name)
    parameters = run.parameters()
    batches = jnp.asarray([[[1.0, 3.2, 2.1], [4.0, jnp.inf, 1.5]], [[2.0, 2.5, 0.5], [1.0, 1.5, 6.0]]])
    several = jax.tree.map(lambda value: jnp.stack([value, 1.05 * value, 1.1 * value]), parameters)

    def loss(parameters: Any, times: Any) -> Any:
        return finite(run(parameters, times)).sum()

    over_inputs = jax.jit(jax.vmap(run, (None, 0)))(parameters, batches)
    assert all(np.array_equal(over_inputs[n], run(parameters, batch)) for n, batch in enumerate(batches))
    over_samples = jax.vmap(run, (None, 0))(parameters, batches[0])  # Each sample on its own.
    assert all(np.array_equal(over_samples[n], run(parameters, sample)) for n, sample in enumerate(batches[0]))
    over_parameters = jax.vmap(run, (0, None))(several, batches[0])
    each = [jax.tree.map(lambda value: value[n], several) for n in range(3)]
    assert all(np.array_equal(over_parameters[n], run(each[n], batches[0])) for n in range(3))
    assert not np.array_equal(over_parameters[0], over_parameters[1])
    gradients = jax.jit(jax.vmap(jax.grad(loss), (None, 0)))(parameters, batches)
    of_sum = jax.grad(lambda parameters: jax.vmap(loss, (None, 0))(parameters, batches).sum())(parameters)
    for key in parameters:
        alone = [jax.grad(loss)(parameters, batch)[key] for batch in batches]
        np.testing.assert_allclose(gradients[key], jnp.stack(alone), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(of_sum[key], sum(alone), rtol=1e-10, atol=1e-12)


def test_tables_of_spikes_and_their_order() -> None:
    run = function_of("delays_of_synapses", returns="spikes", places=20)
    parameters = run.parameters()
    times, units = jnp.asarray([[4.4, 3.2, 1.0, 2.1]]), jnp.asarray([[0, 1, 0, 2]])
    order = jnp.asarray([2, 3, 1, 0])

    def loss(times: Any, units: Any) -> Any:
        return finite(run(parameters, times, units)).sum()

    shuffled, ascending = jax.grad(loss)(times, units), jax.grad(loss)(times[:, order], units[:, order])
    np.testing.assert_allclose(shuffled[:, order], ascending, rtol=1e-12)
    assert len(np.unique(np.round(shuffled, 6))) == 4  # Else a wrong place would not be seen.
    filled = jnp.asarray([[4.4, 3.2, 1.0, 2.1, 50.0, jnp.inf]]), jnp.asarray([[0, 1, 0, 2, -1, 0]])
    np.testing.assert_array_equal(run(parameters, *filled)[0], run(parameters, times, units)[0])


def test_derivatives_are_those_of_the_values_that_are_given() -> None:
    run = function_of("recurrent")
    first, second = run.parameters(0), run.parameters(1)

    def fresh(parameters: Any) -> Any:
        other = function_of("recurrent")
        return jax.vjp(lambda p: finite(other(p, TIMES)), parameters)[1](jnp.ones((2, 2)))[0]

    # What is kept of a run is of other values by the time the gradient is asked for.
    _, pull_first = jax.vjp(lambda p: finite(run(p, TIMES)), first)
    _, pull_second = jax.vjp(lambda p: finite(run(p, TIMES)), second)
    for pull, parameters in ((pull_first, first), (pull_second, second), (pull_first, first)):
        (found,) = pull(jnp.ones((2, 2)))
        for key, expected in fresh(parameters).items():
            np.testing.assert_array_equal(found[key], expected)


def test_a_value_and_its_gradient_simulate_once() -> None:
    class Counted:
        """A network that counts its runs."""

        def __init__(self, network: spikefront.Network) -> None:
            self.network, self.runs = network, 0

        def simulate(self, *arguments: Any, **options: Any) -> spikefront.Recording:
            self.runs += 1
            return self.network.simulate(*arguments, **options)

    run = function_of("recurrent")
    counted = Counted(run.network)
    run.network = counted  # type: ignore[assignment]
    parameters = {name: jnp.asarray(value) for name, value in counted.network.parameters().items()}
    step = jax.jit(jax.value_and_grad(lambda p: finite(run(p, TIMES)).sum()))
    step(parameters)
    assert counted.runs == 1
    step(jax.tree.map(lambda value: 1.01 * value, parameters))
    assert counted.runs == 2


def test_two_threads_disturb_nothing() -> None:
    run = function_of("recurrent")
    both = [run.parameters(0), run.parameters(1)]
    gradient = jax.jit(jax.grad(lambda p: finite(run(p, TIMES)).sum()))
    expected = [gradient(parameters)["input->hidden/weight"] for parameters in both]
    wrong: list[Any] = []

    def work(which: int) -> None:
        for step in range(40):
            found = gradient(both[(which + step) % 2])["input->hidden/weight"]
            if not np.array_equal(found, expected[(which + step) % 2]):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and not np.array_equal(*expected)


def test_memory_stays() -> None:
    run = function_of("recurrent")
    parameters = run.parameters()
    step = jax.jit(jax.grad(lambda p: finite(run(p, TIMES)).sum()))

    def peak_after(steps: int) -> int:
        for n in range(steps):
            step(parameters | {"hidden/rest": parameters["hidden/rest"] + 1e-6 * n})
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = peak_after(200)
    # Of a recording kept with each step, some kB each, there would be more.
    assert peak_after(1000) - before < 2000  # kB


def test_single_precision() -> None:
    double = function_of("recurrent")
    expected = double(double.parameters(), TIMES)
    gradient = jax.grad(lambda p: finite(double(p, TIMES)).sum())(double.parameters())
    jax.config.update("jax_enable_x64", False)
    run = function_of("recurrent")
    parameters = run.parameters()
    found, of_single = jax.jit(run)(parameters, TIMES), jax.jit(jax.grad(lambda p: finite(run(p, TIMES)).sum()))(parameters)
    assert found.dtype == jnp.float32 and {value.dtype for value in of_single.values()} == {jnp.dtype("float32")}
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for key in gradient:
        np.testing.assert_allclose(of_single[key], gradient[key], rtol=1e-3, atol=1e-4)
    whole = run(parameters, jnp.asarray([[1, 3, 2]]))  # Whole numbers of ms.
    assert whole.dtype == jnp.float32 and np.isfinite(whole).all()


def test_what_is_not_trained_has_zero_derivatives() -> None:
    run = function_of("recurrent", train=["weights", "hidden/threshold"], returns="spikes", places=20)
    parameters = run.parameters()
    gradient = jax.grad(lambda p: finite(run(p, TIMES)).sum())(parameters)
    for name, kind in run.network.kinds.items():
        is_trained = kind == "weights" or name == "hidden/threshold"
        assert (jnp.abs(gradient[name]).max() > 0.0) == is_trained, name
    assert function_of("recurrent", train="weights")._kinds == ["weights"]
    tangent = jax.tree.map(jnp.ones_like, parameters) | {"hidden/rest": 5.0 * jnp.ones_like(parameters["hidden/rest"])}
    along = [jax.jvp(lambda p: finite(run(p, TIMES)), (parameters,), (of,))[1] for of in (tangent, jax.tree.map(jnp.ones_like, parameters))]
    np.testing.assert_array_equal(*along)


def test_silent_neurons_have_no_derivatives() -> None:
    run = function_of("recurrent")
    parameters = run.parameters()
    silent = parameters | {"hidden->output/weight": parameters["hidden->output/weight"].at[:, 1].set(0.0)}
    assert np.isinf(run(silent, TIMES)[:, 1]).all()

    def loss(p: Any) -> Any:
        return -jax.nn.log_softmax(-jnp.minimum(run(p, TIMES), DURATION))[:, 0].sum()

    gradient = jax.grad(loss)(silent)
    assert all(np.isfinite(value).all() for value in gradient.values())
    assert (gradient["hidden->output/weight"][:, 1] == 0.0).all() and (gradient["hidden->output/weight"][:, 0] != 0.0).any()


def test_steps_bring_spikes_to_their_targets() -> None:
    run = function_of("shared_delays", train=["weights", "delays"])
    parameters = run.parameters()
    targets = run(parameters, TIMES) + jnp.asarray([0.7, -0.4])

    @jax.jit
    def step(parameters: Any) -> Any:
        value, gradient = jax.value_and_grad(lambda p: jnp.square(run(p, TIMES) - targets).sum())(parameters)
        return value, jax.tree.map(lambda p, g: p - 2e-4 * g, parameters, gradient)

    values = []
    for _ in range(20):
        value, parameters = step(parameters)
        values.append(value)
    assert values[-1] < 0.2 * values[0]


@pytest.mark.parametrize(
    ("change", "times", "text"),
    [
        ({"input->hidden/delay": jnp.asarray([-0.5])}, TIMES, "input->hidden/delay is -0.5: give a delay in ms, zero or more"),
        ({}, TIMES + 28.0, "keep it within the run, 30 ms"),
        ({}, np.where(np.isfinite(TIMES), TIMES, np.nan), "is NaN"),
        ({}, TIMES - 2.0, "is -1: give a finite time in ms"),
        ({}, np.zeros((0, 3)), "empty batch"),
    ],
)
@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_errors_of_the_simulation_reach_the_caller(change: Any, times: Any, text: str, is_compiled: bool) -> None:
    run = function_of("recurrent")
    call = jax.jit(run) if is_compiled else run
    with pytest.raises(Exception, match=text) as caught:
        jax.block_until_ready(call(run.parameters() | change, times))
    assert isinstance(caught.value, ValueError) or is_compiled


def test_too_few_places_are_refused() -> None:
    run = function_of("recurrent", returns="spikes", places=2)
    with pytest.raises(ValueError, match="places is 2: a sample has"):
        run(run.parameters(), TIMES)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"population": "out"}, "population is 'out'"),
        ({"returns": "spikes"}, "places is missing"),
        ({"returns": "maxima"}, "output has a threshold"),
        ({"train": "everythin"}, "train is 'everythin'"),
        ({"method": "reverse"}, "method is 'reverse'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        function_of("recurrent", **options)


def test_wrong_arguments_are_named() -> None:
    run = function_of("recurrent")
    parameters = run.parameters()
    for arguments, text in (
        (({}, TIMES), "parameters input->hidden/weight"),
        ((parameters | {"x": 1.0}, TIMES), "parameters x are missing or unknown"),
        ((parameters, TIMES[None]), "times have 3 dimensions"),
        ((parameters, TIMES, np.zeros((2, 2), int)), "units are of shape"),
        ((parameters, TIMES, np.zeros((2, 3))), "units are float"),
        ((parameters | {"hidden/threshold": jnp.ones(2)}, TIMES), r"hidden/threshold is of shape \(2,\)"),
    ):
        with pytest.raises(ValueError, match=text):
            run(*arguments)


def test_second_derivatives_are_refused() -> None:
    run = function_of("recurrent")

    def loss(parameters: Any) -> Any:
        return finite(run(parameters, TIMES)).sum()

    for second in (jax.jacfwd(jax.grad(loss)), jax.jacrev(jax.jacfwd(loss)), jax.grad(lambda p: jax.grad(loss)(p)["hidden/rest"].sum())):
        with pytest.raises(NotImplementedError, match="differentiate once"):
            second(run.parameters())
