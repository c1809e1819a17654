"""One training step of three workloads through Spikefront and through other Python packages for spiking networks, in turn.

    pip install ./python torch snntorch norse spyx jaxsnn      # those that are missing are left out, and named
    python benches/python_peers.py FOLDER_OF_WORKLOADS [--seconds 0.4] [--rounds 4]

A step is forward, loss, backward and the optimiser's step (Adam). The workloads are those that `spikefront bench workload --help` describes: w1 5-120-3, w2
784-350-10, both judged by spikes, and w3 100-256 recurrent-20 readouts. Sizes, batches, durations, weights and inputs are the same for all.
What is computed is not: Spikefront and jaxsnn find spikes at their exact times and differentiate those, the others go in steps of 1 ms and
use surrogate gradients. Each has the loss that is customary with it. jaxsnn finds spikes where the synaptic time constant is the membrane's or half of it, so it
gets another network with about as many spikes, and room for just those; w1 alone, or w2, too, with --slow.

Each number of threads is a process of its own that is held on as many cores. Within it packages take turns, so that what else the machine does falls on
all; the least and the median of all their steps are printed.
"""

import argparse
import importlib.metadata
import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np

STEP, TAU_MEMBRANE, TAU_SYNAPSE = 1.0, 20.0, 5.0  # ms
ALPHA, BETA = np.exp(-STEP / TAU_SYNAPSE), np.exp(-STEP / TAU_MEMBRANE)
#: An update that changes nothing that can be seen, so that all steps are the same.
RATE = 1e-12


class Workload:
    """Inputs as spikes and on a grid, `[step x sample x channel]`; labels; weights by name."""

    def __init__(self, path):
        arrays = np.load(path)
        self.path, self.weights = path, {name: arrays[name] for name in arrays if name.startswith("W")}
        self.is_recurrent = "ev" in arrays
        if self.is_recurrent:
            samples, channels, times = arrays["ev"].T
            self.labels, self.duration, n_channels = arrays["label"], 100.0, len(self.weights["Win"])
        else:
            n = 150 if arrays["t"].shape[1] == 5 else 128
            spiking = np.isfinite(arrays["t"][:n])
            samples, channels = np.nonzero(spiking)
            times, self.labels, n_channels = arrays["t"][:n][spiking], arrays["label"][:n], arrays["t"].shape[1]
            self.duration = 50.0 if n == 150 else 40.0
        inside = times < self.duration
        self.spikes = [of[inside] for of in (samples.astype(int), channels.astype(int), times)]
        self.grid = np.zeros((round(self.duration / STEP), len(self.labels), n_channels), dtype=np.float32)
        samples, channels, times = self.spikes
        np.add.at(self.grid, ((times / STEP).astype(int), samples, channels), 1.0)


def spikefront(workload, own_loss):
    import torch
    import torch_step

    layer, inputs, labels, (own, loss) = torch_step.workload(workload.path)
    optimiser = torch.optim.Adam([p for p in layer.parameters() if p.requires_grad], lr=RATE, fused=True)

    def step():
        optimiser.zero_grad()
        value = layer.loss(inputs, labels, own).mean if own_loss else loss(layer(inputs), labels)
        value.backward()
        optimiser.step()

    return step


def of_torch(workload, network, loss):
    """A step of a module of torch that takes the grid."""
    import torch

    grid, labels = torch.from_numpy(workload.grid), torch.from_numpy(workload.labels).long()
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)

    def step():
        optimiser.zero_grad()
        loss(network(grid), labels).backward()
        optimiser.step()

    return step


def linear(weight, scale):
    import torch

    layer = torch.nn.Linear(*weight.shape, bias=False)
    layer.weight.data = torch.from_numpy((weight.T * scale).astype(np.float32))
    return layer


def snntorch(workload):
    import snntorch as snn
    import torch
    from snntorch import functional

    # A spike adds its weight to the potential at each step.
    scale, neuron = STEP / TAU_MEMBRANE, {"alpha": ALPHA, "beta": BETA, "reset_mechanism": "zero"}

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            names = ("Win", "Wo") if workload.is_recurrent else ("W1", "W2")
            self.to_hidden, self.to_output = (linear(workload.weights[name], scale) for name in names)
            if workload.is_recurrent:
                self.hidden = snn.RSynaptic(**neuron, linear_features=len(workload.weights["Wr"]))
                self.hidden.recurrent.weight.data = linear(workload.weights["Wr"], scale).weight.data
                self.output = snn.Synaptic(ALPHA, BETA, reset_mechanism="none")
            else:
                self.hidden, self.output = snn.Synaptic(**neuron), snn.Synaptic(**neuron)

        def forward(self, grid):
            hidden, output, found = self.hidden.reset_mem(), self.output.reset_mem(), []
            for step in grid:
                hidden = self.hidden(self.to_hidden(step), *hidden)
                # Of a recurrent layer the spikes are part of the state.
                spikes, hidden = hidden[0], hidden if workload.is_recurrent else hidden[1:]
                fired, *output = self.output(self.to_output(spikes), *output)
                found.append(output[-1] if workload.is_recurrent else fired)
            return torch.stack(found)

    def of_integrals(potentials, labels):
        return torch.nn.functional.cross_entropy(potentials.sum(0), labels)

    return of_torch(workload, Network(), of_integrals if workload.is_recurrent else functional.ce_rate_loss())


def norse(workload):
    import norse.torch as norse
    import torch

    inverse = {"tau_mem_inv": torch.tensor(1e3 / TAU_MEMBRANE), "tau_syn_inv": torch.tensor(1e3 / TAU_SYNAPSE)}
    spiking, weights = norse.LIFParameters(**inverse), workload.weights
    if workload.is_recurrent:
        hidden = norse.LIFRecurrent(*weights["Win"].shape, p=spiking, dt=1e-3 * STEP)
        hidden.input_weights.data = linear(weights["Win"], 1.0).weight.data
        hidden.recurrent_weights.data = linear(weights["Wr"], 1.0).weight.data
        network = norse.SequentialState(hidden, linear(weights["Wo"], 1.0), norse.LI(norse.LIParameters(**inverse), dt=1e-3 * STEP))
    else:
        one, two = (linear(weights[name], 1.0) for name in ("W1", "W2"))
        network = norse.SequentialState(one, norse.LIF(spiking, dt=1e-3 * STEP), two, norse.LIF(spiking, dt=1e-3 * STEP))

    def loss(found, labels):
        return torch.nn.functional.cross_entropy(found[0].sum(0), labels)

    return of_torch(workload, network, loss)


def spyx(workload):
    import jax
    import jax.numpy as jnp
    import optax
    import spyx.fn
    import spyx.nn
    from flax import nnx

    rngs, scale, weights = nnx.Rngs(0), STEP / TAU_MEMBRANE, workload.weights

    def linear(name):
        layer = nnx.Linear(*weights[name].shape, use_bias=False, rngs=rngs)
        layer.kernel.value = jnp.asarray(weights[name] * scale, jnp.float32)
        return layer

    if workload.is_recurrent:
        hidden = spyx.nn.RCuBaLIF(weights["Wr"].shape[:1], ALPHA, BETA, rngs=rngs)
        hidden.recurrent_w.value = jnp.asarray(weights["Wr"] * scale, jnp.float32)
        output = spyx.nn.LI(weights["Wo"].shape[1:], BETA, rngs=rngs)
        model = spyx.nn.Sequential(linear("Win"), hidden, linear("Wo"), output)
    else:
        neurons = (spyx.nn.CuBaLIF(weights[name].shape[1:], ALPHA, BETA, rngs=rngs) for name in ("W1", "W2"))
        model = spyx.nn.Sequential(linear("W1"), next(neurons), linear("W2"), next(neurons))
    loss = spyx.fn.integral_crossentropy(time_axis=0)
    optimiser = nnx.Optimizer(model, optax.adam(RATE), wrt=nnx.Param)
    grid, labels = jnp.asarray(workload.grid), jnp.asarray(workload.labels)

    @nnx.jit
    def compiled(model, optimiser):
        value, gradient = nnx.value_and_grad(lambda model: loss(spyx.nn.run(model, grid)[0], labels))(model)
        optimiser.update(model, gradient)
        return value

    return lambda: jax.block_until_ready(compiled(model, optimiser))


def jaxsnn(workload):
    import jax
    import jax.numpy as jnp
    import optax
    from jaxsnn.event.loss import mse_loss
    from jaxsnn.event.modules import LIF, Linear, Source
    from jaxsnn.event.modules.lif.lif import LIFParameters
    from jaxsnn.event.topology import Topology
    from jaxsnn.event.training import update
    from jaxsnn.event.types import OptState, Spike
    from jaxsnn.examples.event.utils import loss_wrapper

    import spikefront

    # With these weights hidden neurons fire about as often as with the shorter currents of the workload.
    tau_synapse, scale = TAU_MEMBRANE / 2.0, 0.58
    weights = [workload.weights[name] * scale for name in ("W1", "W2")]
    # How many events there are in a sample of this network: as many as there must be room for.
    neuron = spikefront.Neuron(tau_membrane=TAU_MEMBRANE, tau_synapse=tau_synapse, reset=0.0)
    builder = spikefront.NetworkBuilder()
    builder.input("input", len(weights[0]))
    builder.population("hidden", weights[0].shape[1], neuron)
    builder.population("output", weights[1].shape[1], neuron)
    builder.connect("input", "hidden", weights[0] / TAU_MEMBRANE)
    builder.connect("hidden", "output", weights[1] / TAU_MEMBRANE)
    samples, channels, times = workload.spikes
    order, n = np.lexsort((times, samples)), len(workload.labels)
    inputs = spikefront.Spikes.from_samples([(times[samples == s], channels[samples == s]) for s in range(n)])
    network = builder.build()
    recording = network.simulate(network.parameters(), inputs, workload.duration, engine="cpu")
    of_layers = [np.diff(recording.spikes(name).offsets) for name in ("hidden", "output")]
    of_inputs = np.bincount(samples, minlength=n)

    parameters = LIFParameters(v_reset=0.0, v_th=1.0, tau_syn=1e-3 * tau_synapse, tau_mem=1e-3 * TAU_MEMBRANE)
    builder = Topology(t_max=1e-3 * workload.duration, backprop_method="eventprop")
    modules = {"input": Source(len(weights[0]))}
    for name, weight, events in zip(("hidden", "output"), weights, (of_inputs + of_layers[0], sum(of_layers))):
        modules[name] = LIF(weight.shape[1], int(events.max()) + 1, parameters)
        modules[f"to {name}"] = Linear(pre_weights=jnp.asarray(weight, jnp.float32))
    builder.add(modules)
    builder.connect([("input", "to hidden"), ("to hidden", "hidden"), ("hidden", "to output"), ("to output", "output")])
    init, apply = builder.done()

    assert (of_inputs == of_inputs[0]).all(), "each sample must have as many input spikes"
    shape = (n, of_inputs[0])
    time, idx = (1e-3 * times[order]).reshape(shape).astype(np.float32), channels[order].reshape(shape)
    fill = {"current": jnp.zeros(shape), "layer_idx": jnp.zeros(shape, dtype=int), "internal": jnp.ones(shape, dtype=bool)}
    given = {"input": Spike(time=jnp.asarray(time), idx=jnp.asarray(idx), **fill)}
    n_classes = weights[1].shape[1]
    targets = np.where(np.arange(n_classes) == np.asarray(workload.labels)[:, None], 0.8, 1.2) * 1e-3 * TAU_MEMBRANE
    batch = (given, jnp.asarray(targets))

    def loss(weights, batch):
        return loss_wrapper(apply, mse_loss, 1e-3 * TAU_MEMBRANE, "output", n_classes, weights, batch)

    optimiser, start = optax.adam(RATE), init(jax.random.PRNGKey(0))
    state = OptState(optimiser.init(start), start, jax.random.PRNGKey(0))
    compiled = jax.jit(lambda state: update(optimiser, loss, state, batch)[0])
    return lambda: jax.block_until_ready(compiled(state).params)


#: How the columns are called, what each needs beside torch, and which workloads each can do.
PEERS = {
    "spikefront": (lambda workload: spikefront(workload, own_loss=True), "spikefront", "w1 w2 w3"),
    "spikefront, loss in torch": (lambda workload: spikefront(workload, own_loss=False), "spikefront", "w1 w2 w3"),
    "snnTorch": (snntorch, "snntorch", "w1 w2 w3"),
    "Norse": (norse, "norse", "w1 w2 w3"),
    "Spyx": (spyx, "spyx", "w1 w2 w3"),
    "jaxsnn": (jaxsnn, "jaxsnn", "w1"),
}

#: Those that compute on the engine's threads: torch's own would take the cores from them.
OURS = ("spikefront", "spikefront, loss in torch")


def measure(folder, threads, seconds, rounds, slow):
    """All steps' times, in this process."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import torch

    import spikefront as engine

    engine.set_threads(threads)
    # What packages have to say of torch's future.
    warnings.filterwarnings("ignore", category=FutureWarning)
    for name in ("w1", "w2", "w3"):
        workload, steps = Workload(folder / f"{name}.npz"), {}
        for peer, (make, package, able) in PEERS.items():
            if importlib.util.find_spec(package) and (name in able or slow and peer == "jaxsnn" and not workload.is_recurrent):
                torch.set_num_threads(1 if peer in OURS else threads)
                steps[peer] = make(workload)
                for _ in range(3):
                    steps[peer]()
        taken = {peer: [] for peer in steps}
        for _ in range(rounds):
            for peer, step in steps.items():
                torch.set_num_threads(1 if peer in OURS else threads)
                end = time.perf_counter() + seconds
                while time.perf_counter() < end or len(taken[peer]) < 2:
                    start = time.perf_counter()
                    step()
                    taken[peer].append(1000.0 * (time.perf_counter() - start))
        own, own_median = min(taken["spikefront"]), statistics.median(taken["spikefront"])
        for peer, times in taken.items():
            least, median = min(times), statistics.median(times)
            row = f"{threads:>7}  {name:8}  {peer:26} {least:9.2f} {median:9.2f}"
            print(f"{row} {least / own:9.2f} {median / own_median:9.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=0.4, help="how long each package's turn is")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, help="this number alone, here; else one and two, each in a process of its own")
    parser.add_argument("--slow", action="store_true", help="w2 in jaxsnn, too: tens of seconds a step")
    asked = parser.parse_args()
    if asked.threads:
        return measure(asked.folder, asked.threads, asked.seconds, asked.rounds, asked.slow)
    for package in ("spikefront", "torch", "jax", "snntorch", "norse", "spyx", "jaxsnn"):
        found = importlib.util.find_spec(package)
        print(f"{package:11}", importlib.metadata.version(package) if found else "is not installed and left out")
    print("\nthreads  workload  package                     least ms median ms    least/   median/ of spikefront", flush=True)
    for threads in (1, 2):
        subprocess.run([sys.executable, *sys.argv, "--threads", str(threads)], check=True)


if __name__ == "__main__":
    main()
