"""Runs a network of 4000 neurons (Vogels and Abbott 2005, current-based synapses) in parts, and draws its spikes.

    python large_network.py --duration 1000 --png cuba.png
"""

import argparse
import time

import numpy as np

import spikefront


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="cuba", help="cuba, brunel or microcircuit")
    parser.add_argument("--scale", type=float, default=1.0, help="how many times its neurons")
    parser.add_argument("--duration", type=float, default=500.0, help="in ms")
    parser.add_argument("--engine", default="cpu", help="cpu or gpu")
    parser.add_argument("--png", help="where to draw the last 200 ms")
    parser.add_argument("--quick", action="store_true", help="a quarter of the neurons for 100 ms")
    options = parser.parse_args(arguments)
    scale, duration = (0.25, 100.0) if options.quick else (options.scale, options.duration)

    network = spikefront.named_network(options.network, scale=scale).build_in_rows()
    print(f"{network.n_neurons} neurons, {network.n_synapses} synapses in {network.synapse_bytes / 1e6:.1f} MB")
    stream = spikefront.Stream(network, engine=options.engine)
    counts = np.zeros(network.n_neurons, dtype=np.int64)
    last: list[tuple[np.ndarray, np.ndarray]] = []
    start = time.perf_counter()
    # Only what is asked for is kept: spikes of any length of run go through.
    for times, neurons in stream.chunks(until=duration, every=50.0):
        counts += np.bincount(neurons, minlength=len(counts))
        last = [*last[-3:], (times, neurons)]
    seconds = time.perf_counter() - start
    print(f"{stream.n_spikes} spikes, {stream.n_synaptic_events} arrivals in {seconds:.2f} s")
    rates = {name: float(1000.0 * counts[units].mean() / duration) for name, units in network.populations.items()}
    for name, rate in rates.items():
        print(f"{name:12} {rate:6.2f} spikes a second and neuron")
    if options.png:
        from spikefront import plot

        shown = tuple(np.concatenate(part) for part in zip(*last))
        axes = plot.raster(shown, populations=network.populations, duration=duration)
        axes.set_xlim(max(0.0, duration - 200.0), duration)
        axes.figure.savefig(options.png, dpi=150)
    return rates


if __name__ == "__main__":
    main()
