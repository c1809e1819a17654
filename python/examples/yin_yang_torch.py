"""Trains a network of 200 hidden neurons on Yin-Yang in PyTorch.

The encoding and the time constants are EventProp's (Wunderlich and Pehle 2021). A point comes as four spikes between 10 and 40 ms and
one more at 20 ms, and the output neuron that fires first is the answer. Neurons are held after their first spike. Outputs rest just above
their threshold: they fire without input, too, and so rarely lose their gradient.

    python yin_yang_torch.py --seeds 5
    python yin_yang_torch.py --seeds 1 --map map.png

A seed takes about a minute on two cores.
"""

import argparse
import statistics
import time

import torch

import spikefront
from spikefront.torch import Layer


# --- Yin-Yang in forty lines -------------------------------------------------------------------------------------------------
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


def accuracy(layer: Layer, inputs: spikefront.Spikes, labels: torch.Tensor) -> float:
    with torch.no_grad():
        return (layer(inputs).argmin(1) == labels).double().mean().item()


def train(seed: int, epochs: int, size: int) -> Layer:
    torch.manual_seed(seed)
    inputs, labels = points(size, seed=42)
    # Slopes below a fifth of the threshold over the membrane time constant count as that: grazing spikes have no huge gradients.
    layer = Layer(network(), duration=100.0, seed=seed, slope_floor=0.2)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.001)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(size).split(32):
            first = layer(inputs.select(batch))
            losses = torch.nn.functional.cross_entropy(-first / 0.3, labels[batch], reduction="none")
            optimiser.zero_grad()
            # Infinite where the label's neuron was silent: there is no spike to move.
            losses[losses.isfinite()].sum().div(len(batch)).backward()
            optimiser.step()
        schedule.step()
    return layer


# -----------------------------------------------------------------------------------------------------------------------------
def draw_map(layer: Layer, path: str) -> None:
    """Which class the network gives to each point of the square."""
    import matplotlib.pyplot as plt

    side = torch.linspace(0.0, 1.0, 101, dtype=torch.float64)
    y, x = torch.meshgrid(side, side, indexing="ij")
    features = torch.stack([x, y, 1.0 - x, 1.0 - y], -1).reshape(-1, 4)
    with torch.no_grad():
        first = layer(spikefront.data.encode_latency(features.numpy(), 10.0, 40.0, bias=20.0))
    figure, axes = plt.subplots(figsize=(4.5, 4.2), layout="constrained")
    axes.pcolormesh(side.numpy(), side.numpy(), first.argmin(1).reshape(x.shape).numpy(), cmap="Pastel1", vmin=0, vmax=8)
    features, labels = spikefront.data.yin_yang(1000, 40)
    axes.scatter(features[:, 0], features[:, 1], c=labels, cmap="Set1", vmin=0, vmax=8, s=4)
    axes.set(xlabel="x", ylabel="y", aspect="equal", title="Class of the first spike, and test points")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> list[float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how many runs, of seeds 0, 1, ...")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--map", metavar="PNG", help="where to draw the decisions of the last run")
    parser.add_argument("--quick", action="store_true", help="two epochs of 1000 points")
    options = parser.parse_args(arguments)
    epochs, size = (2, 1000) if options.quick else (options.epochs, 5000)
    # Tensors are small: threads would wait for each other. Those of the simulation are its own.
    torch.set_num_threads(1)
    test = points(1000, seed=40)
    found = []
    print("seed  test accuracy  time")
    for seed in range(options.seeds):
        start = time.perf_counter()
        layer = train(seed, epochs, size)
        found.append(accuracy(layer, *test))
        print(f"{seed:4}  {found[-1]:11.2%}  {time.perf_counter() - start:4.0f} s", flush=True)
    deviation = statistics.stdev(found) if len(found) > 1 else 0.0
    print(f"mean  {statistics.mean(found):11.2%}  (standard deviation {deviation:.2%})")
    if options.map:
        draw_map(layer, options.map)
    return found


if __name__ == "__main__":
    main()
