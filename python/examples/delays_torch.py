"""Learns delays alone to tell two orders of spikes apart.

Four channels fire one after another, upward or downward, with some jitter. All weights are the same and stay: a neuron fires as soon as
three spikes have come. So which of the two output neurons fires first, which is the answer, hangs on the delays alone.

    python delays_torch.py
"""

import argparse

import torch

import spikefront
from spikefront.torch import Layer


def patterns(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """First spikes of four channels, `[sample x channel]`, and which order they have."""
    labels = torch.arange(size) % 2
    upward = torch.tensor([2.0, 4.0, 6.0, 8.0])
    return torch.where(labels[:, None] == 0, upward, upward.flip(0)) + 0.4 * torch.rand(size, 4), labels


def main(arguments: list[str] | None = None) -> tuple[float, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="60 steps")
    options = parser.parse_args(arguments)
    torch.manual_seed(options.seed)
    builder = spikefront.NetworkBuilder()
    builder.input("input", 4)
    builder.population("output", 2, spikefront.Neuron())
    builder.connect("input", "output", 0.15, delay=spikefront.uniform(1.0, 3.0))
    duration = 40.0
    layer = Layer(builder.build(), duration, train="delays", seed=options.seed)
    test, answers = patterns(200)

    def accuracy() -> float:
        with torch.no_grad():
            return (layer(test).argmin(1) == answers).double().mean().item()

    before = accuracy()
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.05)
    for step in range(60 if options.quick else options.steps):
        times, labels = patterns(32)
        loss = torch.nn.functional.cross_entropy(-layer(times).clamp(max=duration), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 30 == 0:
            print(f"step {step:3}: loss {loss.item():.3f}, accuracy {accuracy():.1%}")
    after = accuracy()
    print(f"accuracy {before:.1%} before, {after:.1%} after")
    print("delays in ms, a row for each output neuron:")
    for row in layer.tensor("input->output/delay").detach().T.tolist():
        print("  " + "  ".join(f"{delay:.2f}" for delay in row))
    return before, after


if __name__ == "__main__":
    main()
