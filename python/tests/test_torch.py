"""Layers of PyTorch: what goes in, what comes out, and life as a module."""

from __future__ import annotations

import copy
import gc
import resource
import threading
from typing import Any

import numpy as np
import pytest
import spikefront

torch = pytest.importorskip("torch", reason="torch is not installed: python/test.sh --torch runs these")

from spikefront.torch import Layer, Spikes, collate
from topologies import DURATION, NETWORKS, TIMES

UNITS = np.array([[0, 1, 2], [0, -1, 2]])
FLAT = TIMES[np.isfinite(TIMES)]
PAIRS = [(FLAT[:3], [0, 1, 2]), (FLAT[3:], [0, 2])]


def layer_of(name: str = "shared_delays", **options: Any) -> Layer:
    return Layer(NETWORKS[name](), DURATION, **{"engine": "cpu", "dtype": torch.float64, **options})


def expected() -> np.ndarray:
    network = NETWORKS["shared_delays"]()
    inputs = spikefront.Spikes.from_first_spikes(TIMES)
    recording = network.simulate(network.parameters(), inputs, DURATION, engine="cpu")
    return recording.first_spikes("output")


@pytest.mark.parametrize(
    "inputs",
    [
        torch.from_numpy(TIMES),
        TIMES,
        (torch.from_numpy(TIMES), torch.from_numpy(UNITS)),
        [torch.from_numpy(TIMES), torch.from_numpy(UNITS)],
        (TIMES, UNITS),
        PAIRS,
        [(torch.from_numpy(times), torch.tensor(units)) for times, units in PAIRS],
        [(list(times[::-1]), units[::-1]) for times, units in PAIRS],
        spikefront.Spikes.from_first_spikes(TIMES),
        Spikes(torch.from_numpy(FLAT), torch.tensor([0, 1, 2, 0, 2]), torch.tensor([0, 3, 5])),
    ],
    ids=["first", "numpy", "tables", "list of tables", "numpy tables", "pairs", "tensor pairs", "reversed", "Spikes", "torch Spikes"],
)
def test_inputs_of_every_form_give_the_same(inputs: Any) -> None:
    found = layer_of()(inputs)
    assert found.shape == (2, 2) and found.isfinite().all()
    np.testing.assert_array_equal(found.detach().numpy(), expected())


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (torch.zeros(3), "1 dimensions: give first spikes"),
        ((torch.zeros(2, 3), torch.zeros(2, 2)), r"\(2, 3\) and \(2, 2\)"),
        ((torch.zeros(2, 3), torch.zeros(2, 3)), "units is an array of float32: give whole numbers"),
        ([([1.0, 2.0], [0]), ([1.0], [0, 1])], "times and units of sample 0"),
        ([([1.0], [0.5])], "units of sample 0 are torch.float"),
        ([torch.zeros(2), torch.zeros(2), torch.zeros(2)], "sample 0 of the inputs is a Tensor"),
        ([], "empty batch"),
        (torch.zeros(0, 3), "empty batch"),
        (torch.tensor([[1.0, 31.0, 2.0]]), "input spike 2 of sample 0 is 31: keep it within the run, 30 ms"),
        (torch.tensor([[1.0, torch.nan, 2.0]]), "of sample 0, is NaN"),
        (torch.tensor([[1.0, -0.5, 2.0]]), "of sample 0, is -0.5"),
        ([([1.0], [7])], "input spike"),
        (Spikes(torch.zeros(2), torch.zeros(2, dtype=torch.int64), torch.tensor([0, 1])), "offsets"),
    ],
)
def test_wrong_inputs_are_named(inputs: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        layer_of()(inputs)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"population": "hiden"}, "population is 'hiden': give one of hidden, output"),
        ({"returns": "voltages"}, "output has a threshold"),
        ({"returns": "spikes", "name": "readout"}, "output has no threshold"),
        ({"returns": "voltages", "name": "readout"}, "voltage_times is missing"),
        ({"train": "wieghts"}, "train is 'wieghts': give any of everything, weights"),
        ({"train": ["weights", "input->hidden/weights"]}, "train is 'input->hidden/weights'"),
        ({"method": "backward"}, "give adjoint or forward"),
        ({"parameters": {}}, "parameter 'input->hidden/weight' is missing"),
        ({"parameters": NETWORKS["recurrent"]().parameters()}, "parameter 'hidden->hidden/weight' is not one of"),
        ({"parameters": NETWORKS["delays_of_synapses"]().parameters()}, r"input->hidden/delay is of shape \(3, 4\)"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        layer_of(**options)


def test_what_is_trained() -> None:
    def names(train: Any) -> set[str]:
        return {name for name, p in layer_of("recurrent", train=train).named_parameters() if p.requires_grad}

    weights = {"input->hidden/weight", "hidden->hidden/weight", "hidden->output/weight", "output->hidden/weight"}
    assert names("weights") == weights
    assert names(["hidden/threshold", "hidden->output/delay"]) == {"hidden/threshold", "hidden->output/delay"}
    assert names("tau_membrane") == {"parametrizations.hidden/tau_membrane.original", "parametrizations.output/tau_membrane.original"}
    assert len(names("everything")) == len(NETWORKS["recurrent"]().shapes)
    layer = layer_of("recurrent")
    assert [name for name, _ in layer.named_parameters()] == list(layer.network.shapes)
    with pytest.raises(ValueError, match="tensor is 'weight'"):
        layer.tensor("weight")


def test_all_results_are_those_of_the_recording() -> None:
    for name, kinds in (("recurrent", ["first_spikes", "spikes"]), ("readout", ["integrals", "voltages", "maxima"])):
        options = {"voltage_times": [3.0, 8.0]} if name == "readout" else {}
        output = layer_of(name, returns="everything", **options)(TIMES)
        recording = output.recording
        np.testing.assert_array_equal(output.times.detach().numpy(), recording.times)
        for kind in kinds:
            found = layer_of(name, returns=kind, **options)(TIMES)
            if kind == "spikes":
                wanted = recording.spikes("output")
                for part in ("times", "units", "offsets"):
                    np.testing.assert_array_equal(getattr(found, part).detach().numpy(), getattr(wanted, part))
                for of_layer, of_numpy in zip(found.padded(20), wanted.padded(20)):
                    np.testing.assert_array_equal(of_layer.detach().numpy(), of_numpy)
                with pytest.raises(ValueError, match="give as many places or more"):
                    found.padded(1)
            else:
                wanted = recording.first_spikes("output") if kind == "first_spikes" else getattr(recording, kind)["output"]
                # A run that ends after first spikes is divided otherwise, and rounds otherwise.
                np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-14)


def test_first_spikes_are_the_same_where_a_run_ends_after_them() -> None:
    first, everything = layer_of("recurrent")(TIMES), layer_of("recurrent", returns="everything")(TIMES)
    torch.testing.assert_close(first, everything.first_spikes("output"), rtol=1e-14, atol=0.0)


def test_a_sample_without_spikes() -> None:
    found = layer_of()([([], []), PAIRS[0]])
    assert found[0].isinf().all() and found[1].isfinite().all()
    spikes = layer_of(returns="spikes")(torch.full((2, 3), torch.inf))
    assert spikes.offsets.tolist() == [0, 0, 0] and spikes.padded()[0].shape == (2, 0)


@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.Adam])
def test_optimisers_bring_spikes_to_their_targets(optimiser: Any) -> None:
    layer = layer_of("shared_delays", train=["weights", "delays", "tau_membrane", "thresholds"])
    with torch.no_grad():
        targets = layer(TIMES) + torch.tensor([0.7, -0.4])
    steps = optimiser(layer.parameters(), lr={"SGD": 2e-4, "Adam": 5e-3}[optimiser.__name__])

    def closure() -> torch.Tensor:
        steps.zero_grad()
        loss = (layer(TIMES) - targets).square().sum()
        loss.backward()
        return loss

    first = closure().item()
    for _ in range(20):
        last = steps.step(closure).item()
    assert last < 0.2 * first


def test_time_constants_stay_above_zero() -> None:
    layer = layer_of("shared_delays", train=["tau_membrane", "tau_synapse"])
    torch.testing.assert_close(layer.tensor("hidden/tau_membrane"), torch.tensor([20.0], dtype=torch.float64))
    optimiser = torch.optim.SGD(layer.parameters(), lr=1.0)
    for _ in range(3):
        optimiser.zero_grad()
        (100.0 * layer.tensor("hidden/tau_membrane").sum()).backward()
        with torch.no_grad():
            layer.get_parameter("parametrizations.hidden/tau_membrane.original").grad.clamp_(max=5.0)
        optimiser.step()
    assert 0.0 < layer.tensor("hidden/tau_membrane").item() < 1e-2
    layer(TIMES)


def test_delays_that_a_step_took_below_zero_are_zero_at_the_next_call() -> None:
    trained, frozen = layer_of(train="delays"), layer_of(train="weights")
    for layer in (trained, frozen):
        with torch.no_grad():
            layer.tensor("input->hidden/delay").fill_(-0.3)
    found = trained(TIMES)
    assert trained.tensor("input->hidden/delay").item() == 0.0
    found.sum().backward()
    assert trained.tensor("input->hidden/delay").grad.item() > 0.0
    with pytest.raises(ValueError, match="input->hidden/delay is -0.3: give a delay in ms, zero or more"):
        frozen(TIMES)


def test_a_state_is_saved_and_loaded(tmp_path: Any) -> None:
    layer, other = layer_of("recurrent", train="everything"), layer_of("recurrent", train="everything", seed=5)
    assert not torch.equal(layer(TIMES), other(TIMES))
    torch.save(layer.state_dict(), tmp_path / "state.pt")
    other.load_state_dict(torch.load(tmp_path / "state.pt"))
    assert torch.equal(layer(TIMES), other(TIMES))


@pytest.mark.parametrize("train", ["weights", "everything"])
def test_a_copy_has_parameters_of_its_own(train: str) -> None:
    layer = layer_of("recurrent", train=train, engine=spikefront.Engine("cpu"))
    twin = copy.deepcopy(torch.nn.Sequential(layer))[0]
    assert torch.equal(twin(TIMES), layer(TIMES)) and twin.network is layer.network
    with torch.no_grad():
        twin.tensor("input->hidden/weight").mul_(1.1)
    assert not torch.equal(twin(TIMES), layer(TIMES))
    twin(TIMES).sum().backward()
    assert all(parameter.grad is None for parameter in layer.parameters())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_dtypes(dtype: torch.dtype) -> None:
    layer = layer_of("shared_delays", train=["weights", "tau_membrane"]).to(dtype)
    found = layer(TIMES)
    assert found.dtype == dtype
    found.sum().backward()
    assert all(p.grad.dtype == dtype for p in layer.parameters() if p.requires_grad)
    tolerance = {torch.float64: 1e-13, torch.float32: 1e-5, torch.float16: 1e-2, torch.bfloat16: 0.1}[dtype]
    np.testing.assert_allclose(found.double().detach().numpy(), expected(), rtol=tolerance)
    default = Layer(NETWORKS["shared_delays"](), DURATION)
    assert {p.dtype for p in default.parameters()} == {torch.get_default_dtype()}


class Points(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return 6

    def __getitem__(self, ix: int) -> tuple[Any, int]:
        times = np.array([5.0 - 0.5 * ix, 1.0, 2.5])
        return (times, np.array([0, 1, 2])), ix % 2


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.filterwarnings("ignore:.*fork")
def test_data_loaders(workers: int) -> None:
    layer = layer_of(train=["weights"])
    layer(TIMES).sum().backward()  # Threads run before processes are forked.
    found = []
    for inputs, labels in torch.utils.data.DataLoader(Points(), batch_size=4, num_workers=workers, collate_fn=collate):
        assert isinstance(inputs, Spikes) and labels.dtype == torch.int64
        found.append(layer(inputs))
    # Of equal lengths, samples make tables by torch's own rule, too.
    for (tables, _), first in zip(torch.utils.data.DataLoader(Points(), batch_size=4), found):
        assert torch.equal(layer(tables), first)
    assert torch.cat(found).shape == (6, 2)


def test_without_gradients() -> None:
    with torch.no_grad():
        assert not layer_of()(TIMES).requires_grad
    with torch.inference_mode():
        assert layer_of(train="delays")(TIMES).is_inference()
    assert not layer_of().requires_grad_(False)(TIMES).requires_grad


def test_seeds_choose_the_noise() -> None:
    layer = layer_of("drives", returns="everything")
    same, again, others = layer(TIMES).times, layer(TIMES, [0, 1]).times, layer(TIMES, seeds=[5, 6]).times
    assert torch.equal(same, again) and not torch.equal(same, others)
    with pytest.raises(ValueError, match="number of seeds is 1"):
        layer(TIMES, [0])
    complete = layer.network.complete_inputs(spikefront.Spikes.from_first_spikes(TIMES), DURATION, [5, 6])
    assert torch.equal(layer(complete).times, others)


def test_a_runaway_is_refused() -> None:
    with pytest.raises(spikefront.Error, match="spike"):
        layer_of("recurrent", returns="spikes", spike_budget=3)(TIMES)


@pytest.mark.filterwarnings("ignore")
def test_compiled_modules_give_the_same() -> None:
    layer = layer_of()
    module = torch.nn.Sequential(layer, torch.nn.Linear(2, 2, dtype=torch.float64))
    # Without a backend that generates code: what is looked at is that the layer is left alone.
    compiled = torch.compile(module, backend="eager")
    times = torch.from_numpy(TIMES)
    torch.testing.assert_close(compiled(times), module(times))
    compiled(times).sum().backward()
    found = layer.tensor("input->hidden/weight").grad.clone()
    layer.zero_grad()
    module(times).sum().backward()
    torch.testing.assert_close(found, layer.tensor("input->hidden/weight").grad)


def test_two_threads_disturb_nothing() -> None:
    layers = [layer_of("recurrent"), layer_of("recurrent", seed=1)]

    def gradient(layer: Layer) -> torch.Tensor:
        first = layer(TIMES)
        (found,) = torch.autograd.grad(first[first.isfinite()].sum(), [layer.tensor("input->hidden/weight")])
        return found

    expected = [gradient(layer) for layer in layers]
    wrong: list[Any] = []

    def work(which: int) -> None:
        for step in range(60):
            found = gradient(layers[(which + step) % 2])
            if not torch.equal(found, expected[(which + step) % 2]):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and not torch.equal(*expected)


def test_memory_stays() -> None:
    layer = layer_of("recurrent", train="everything", returns="everything")

    def step() -> None:
        layer.zero_grad()
        layer(torch.tensor(TIMES, requires_grad=True)).times.sum().backward()

    def peak_after(steps: int) -> int:
        for _ in range(steps):
            step()
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = peak_after(300)
    # A hundred bytes a step would be missed; a recording, of some kB, would not.
    assert peak_after(1500) - before < 1500  # kB
