"""A training step through torch beside the same step in Rust, in turn.

A step through torch is forward, loss, backward and the optimiser's step (fused Adam) of `spikefront.torch.Layer`: once with a loss of the
library's (`Layer.loss`), once with the same loss in torch's operations on what the layer returns. In Rust it is simulation, loss and
gradient (`spikefront bench workload`). The engine has as many threads in each, torch one. Machines are noisy: the median is that of rounds, the
least that of all steps.

    python benches/torch_step.py target/release/spikefront FOLDER_OF_WORKLOADS [--threads 1] [--rounds 5] [--steps 20]

The workloads are those that `spikefront bench workload --help` describes. Needs the wheel (`pip install ./python`) and torch.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import time

import numpy as np
import torch

import spikefront
import spikefront.torch

TAU_MEMBRANE, TAU_SYNAPSE = 20.0, 5.0


def first_spike_loss(first, labels):
    """EventProp's loss: silent outputs are left out, and a sample whose label's output is silent contributes nothing."""
    fired = first.isfinite()
    of_label = fired.gather(1, labels[:, None])[:, 0]
    scores = torch.where(fired, -first / 2.0, -torch.inf)
    # A row without a spike has no softmax; it is among those that contribute nothing.
    scores = torch.where(of_label[:, None], scores, 0.0)
    early = 0.01 * torch.expm1(torch.where(of_label, first.gather(1, labels[:, None])[:, 0], 0.0) / 10.0)
    losses = torch.nn.functional.cross_entropy(scores, labels, reduction="none") + early
    return torch.where(of_label, losses, 0.0).mean()


def workload(path):
    """The layer, its inputs, its labels and its loss: the library's, and in torch."""
    arrays = np.load(path)
    lif = spikefront.Neuron(tau_membrane=TAU_MEMBRANE, tau_synapse=TAU_SYNAPSE, reset=0.0)
    builder = spikefront.NetworkBuilder()
    if "ev" in arrays:
        readout = spikefront.Neuron(tau_membrane=TAU_MEMBRANE, tau_synapse=TAU_SYNAPSE, threshold=None)
        builder.input("input", arrays["Win"].shape[0])
        builder.population("hidden", arrays["Wr"].shape[0], lif)
        builder.population("output", arrays["Wo"].shape[1], readout)
        builder.connect("input", "hidden", arrays["Win"] / TAU_MEMBRANE)
        builder.connect("hidden", "hidden", arrays["Wr"] / TAU_MEMBRANE)
        builder.connect("hidden", "output", arrays["Wo"] / TAU_MEMBRANE)
        events = arrays["ev"]
        samples = [events[events[:, 0] == sample] for sample in range(len(arrays["label"]))]
        inputs = spikefront.Spikes.from_samples([(s[:, 2], s[:, 1].astype(int)) for s in samples])
        labels, duration, loss = arrays["label"], 100.0, torch.nn.functional.cross_entropy
        own = spikefront.losses.integral_cross_entropy("output")
    else:
        times, labels = arrays["t"], arrays["label"]
        n = 150 if len(times) > 1000 else len(times)
        builder.input("input", times.shape[1])
        builder.population("hidden", arrays["W1"].shape[1], lif)
        builder.population("output", arrays["W2"].shape[1], lif)
        builder.connect("input", "hidden", arrays["W1"] / TAU_MEMBRANE)
        builder.connect("hidden", "output", arrays["W2"] / TAU_MEMBRANE)
        inputs, labels = spikefront.Spikes.from_first_spikes(times[:n]), labels[:n]
        duration, loss = (50.0 if n == 150 else 40.0), first_spike_loss
        own = spikefront.losses.first_spike_cross_entropy("output", 2.0, early=(0.01, 10.0), silent="left_out")
    layer = spikefront.torch.Layer(builder.build(), duration, engine="cpu", dtype=torch.float64)
    return layer, inputs, torch.from_numpy(labels), (own, loss)


def torch_steps(layer, loss, steps):
    """Seconds of each step, and the loss; weights stay, as the learning rate is zero."""
    trained = [parameter for parameter in layer.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=0.0, fused=True)
    found = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        optimiser.zero_grad()
        value = loss()
        value.backward()
        optimiser.step()
        found.append(time.perf_counter() - start)
    return found[2:], float(value.detach())


def rust_steps(program, path, threads, steps):
    """The median and the least in seconds, and the loss."""
    command = [program, "bench", "workload", path, "--engine", "cpu", "--threads", str(threads), "--repeats", str(steps)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    step = re.search(r"^step +([0-9.]+) +([0-9.]+)", text, re.MULTILINE)
    loss = re.search(r"^loss +([-+.e0-9]+)", text, re.MULTILINE)
    return float(step[1]) / 1000.0, float(step[2]) / 1000.0, float(loss[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("program")
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--steps", type=int, default=20)
    asked = arguments.parse_args()
    # Tensors are small: torch's own threads would wait for each other, and take the cores from the engine's.
    torch.set_num_threads(1)
    spikefront.set_threads(asked.threads)

    print("                   Rust ms          Layer.loss ms    loss in torch ms   Layer.loss / Rust  Layer.loss - 1.15 Rust ms")
    print("workload       median    least    median    least    median    least    median  least     median    least")
    for path in sorted(asked.folder.glob("w*.npz")):
        layer, inputs, labels, (own, loss) = workload(path)
        ways = (lambda: layer.loss(inputs, labels, own).mean, lambda: loss(layer(inputs), labels))
        rust, ours = [], [[], []]
        for _ in range(asked.rounds):
            *times, expected = rust_steps(asked.program, path, asked.threads, asked.steps)
            rust.append(times)
            for way, times in zip(ways, ours):
                steps, found = torch_steps(layer, way, asked.steps)
                times.append((statistics.median(steps), min(steps)))
                # The same step: else the ratio means nothing.
                assert abs(found - expected) < 1e-9 * abs(expected), (path, found, expected)
        rows = [[1000.0 * of(column) for of, column in zip((statistics.median, min), zip(*times))] for times in (rust, *ours)]
        text = "".join(f"{value:9.3f}" for row in rows for value in row)
        ratios = "".join(f"{b / a:8.2f}" for a, b in zip(rows[0], rows[1]))
        over = "".join(f"{b - 1.15 * a:9.3f}" for a, b in zip(rows[0], rows[1]))
        print(f"{path.stem:10}{text}{ratios}{over}", flush=True)


if __name__ == "__main__":
    main()
