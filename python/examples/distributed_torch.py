"""Trains Yin-Yang in several processes at once: torch.distributed adds up the gradients that each has of its share of every batch.

The network is that of yin_yang_torch.py. Every process has the whole network and the same data, takes every Nth sample of a batch, and steps its
own optimiser by the sum of all gradients: parameters stay alike, and nothing but gradients is sent.

    torchrun --nproc-per-node 2 distributed_torch.py
    torchrun --nproc-per-node 2 distributed_torch.py --check    # against one process
    python distributed_torch.py                                  # one process

Gradients are those of one process up to rounding, as sums have another order. `mpirun spikefront train` gives the same bits.
"""

import argparse
import os

import torch
import torch.distributed as dist

import spikefront
from spikefront.torch import Layer


def network() -> spikefront.Network:
    held = {"tau_membrane": 20.0, "tau_synapse": 5.0, "reset": 0.0, "refractory": 100.0}
    builder = spikefront.NetworkBuilder()
    builder.input("input", 5)
    builder.population("hidden", 200, spikefront.Neuron(**held))
    builder.population("output", 3, spikefront.Neuron(**held, rest=1.1))
    builder.connect("input", "hidden", spikefront.normal(0.1, 0.2))
    builder.connect("hidden", "output", spikefront.normal(0.02, 0.02))
    return builder.build()


def points(size: int, seed: int) -> tuple[spikefront.Spikes, torch.Tensor]:
    features, labels = spikefront.data.yin_yang(size, seed)
    return spikefront.data.encode_latency(features, 10.0, 40.0, bias=20.0), torch.from_numpy(labels)


def add_gradient(layer: Layer, inputs: spikefront.Spikes, labels: torch.Tensor, batch: torch.Tensor, share: slice) -> None:
    """Adds the gradient of the mean loss over a batch to `.grad`, as far as it comes from some of its samples."""
    own = batch[share]
    if len(own) == 0:
        return
    losses = torch.nn.functional.cross_entropy(-layer(inputs.select(own)) / 0.3, labels[own], reduction="none")
    # Infinite where the label's neuron was silent: there is no spike to move. The mean is over the batch, not over the share.
    losses[losses.isfinite()].sum().div(len(batch)).backward()


def train(epochs: int, size: int, rank: int, ranks: int) -> Layer:
    inputs, labels = points(size, seed=42)
    layer = Layer(network(), duration=100.0, seed=0, slope_floor=0.2, engine="cpu", dtype=torch.float64)
    trained = [parameter for parameter in layer.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=0.001)
    # Its own, so that every process draws the same order.
    order = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        for batch in torch.randperm(size, generator=order).split(32):
            for parameter in trained:
                # Also where a share has no samples or no spikes: what is summed must be there in every process.
                parameter.grad = torch.zeros_like(parameter)
            add_gradient(layer, inputs, labels, batch, slice(rank, None, ranks))
            if ranks > 1:
                for parameter in trained:
                    dist.all_reduce(parameter.grad)
            optimiser.step()
    return layer


def accuracy(layer: Layer) -> float:
    inputs, labels = points(1000, seed=40)
    with torch.no_grad():
        return (layer(inputs).argmin(1) == labels).double().mean().item()


def difference(layer: Layer, other: Layer) -> float:
    """The largest of any parameter, over the largest parameter."""
    pairs = list(zip(layer.parameters(), other.parameters(), strict=True))
    largest = max(ours.abs().max().item() for ours, _ in pairs)
    return max((ours - theirs).abs().max().item() for ours, theirs in pairs) / largest


def main(arguments: list[str] | None = None) -> tuple[float, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--size", type=int, default=5000, help="how many points are trained on")
    parser.add_argument("--check", action="store_true", help="train in one process, too, and compare")
    options = parser.parse_args(arguments)
    # Processes share the cores: one thread each. Where a process has more cores, give more.
    torch.set_num_threads(1)
    spikefront.set_threads(1)
    # As torchrun tells it.
    rank, ranks = (int(os.environ.get(name, alone)) for name, alone in [("RANK", "0"), ("WORLD_SIZE", "1")])
    if ranks > 1:
        dist.init_process_group("gloo")
    found, apart = 0.0, 0.0
    try:
        layer = train(options.epochs, options.size, rank, ranks)
        if rank == 0:
            found = accuracy(layer)
            print(f"{ranks} processes: test accuracy {found:.2%}")
        if rank == 0 and options.check:
            apart = difference(layer, train(options.epochs, options.size, 0, 1))
            print(f"largest difference from one process: {apart:.1e} of the largest parameter")
    finally:
        if ranks > 1:
            dist.destroy_process_group()
    return found, apart


if __name__ == "__main__":
    main()
