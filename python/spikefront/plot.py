"""Pictures of what networks did, on axes of matplotlib.

>>> recording = network.simulate(network.parameters(), inputs, 40.0)
>>> axes = spikefront.plot.raster(recording, sample=0)
>>> axes = spikefront.plot.voltage(recording, "output")
>>> axes.figure.savefig("output.png")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

import spikefront

__all__ = ["raster", "voltage"]

#: Above so many spikes marks become points of a pixel, which are drawn faster.
_MANY = 5000


def raster(
    spikes: spikefront.Recording | spikefront.Spikes | tuple[Any, Any],
    *,
    sample: int = 0,
    populations: Mapping[str, slice] | None = None,
    duration: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """When which neuron fired: a mark for each spike, time from left to right, a band for each population.

    Parameters
    ----------
    spikes : Recording, Spikes or (times, neurons)
        Times are in ms.
    sample : int
        Which sample of a recording or of spikes.
    populations : mapping of str to slice, optional
        Which neurons each population has, the first at the bottom; of a recording its network's unless given. What is in none is not
        drawn: give the populations that matter.
    duration : float, optional
        Where the axis of time ends, in ms: of a recording where it ends, else behind the last spike unless given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of its own unless given.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if isinstance(spikes, spikefront.Recording):
        populations = spikes.network.populations if populations is None else populations
        duration = spikes.duration if duration is None else duration
        times, neurons = spikes.spikes().sample(sample)
    elif isinstance(spikes, spikefront.Spikes):
        times, neurons = spikes.sample(sample)
    else:
        times, neurons = (np.asarray(part) for part in spikes)
        if times.ndim != 1 or times.shape != neurons.shape:
            raise ValueError(f"times and neurons are of shapes {times.shape} and {neurons.shape}: give one neuron for each time")
    size = int(neurons.max()) + 1 if len(neurons) else 1
    bands = dict(populations) if populations else {"": slice(0, size)}
    axes = _axes(ax)
    marks: dict[str, Any] = {"marker": "|", "markersize": 5.0} if len(times) <= _MANY else {"marker": ",", "alpha": 0.6}
    bottom, places = 0, []
    for number, (name, units) in enumerate(bands.items()):
        chosen = (neurons >= units.start) & (neurons < units.stop)
        colour = f"C{number % 10}" if len(bands) > 1 else "black"
        axes.plot(times[chosen], neurons[chosen] - units.start + bottom, linestyle="", color=colour, **marks)
        top = bottom + units.stop - units.start
        places.append((bottom + top - 1) / 2)
        bottom = top
        if number + 1 < len(bands):
            axes.axhline(bottom - 0.5, color="0.8", linewidth=0.8, zorder=0)
    if populations:
        axes.set_yticks(places, list(bands))
    else:
        axes.set_ylabel("neuron")
    end = duration if duration is not None else (1.02 * float(times.max()) if len(times) else 1.0)
    axes.set(xlim=(0.0, end), ylim=(-0.5, bottom - 0.5), xlabel="time (ms)")
    return axes


def voltage(
    recording: spikefront.Recording,
    neurons: str | int | Iterable[int],
    *,
    sample: int = 0,
    times: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """The potentials of neurons over time: a mark for each spike, and the threshold of those that fired.

    Parameters
    ----------
    recording : Recording
    neurons : str, int or list of int
        A population, or neurons counted over all populations.
    sample : int
    times : array of float, optional
        Where to compute potentials, in ms, ascending; at a thousand times over the run, and on either side of each spike, unless
        given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of its own unless given.

    Returns
    -------
    matplotlib.axes.Axes
    """
    populations = recording.network.populations
    if isinstance(neurons, str):
        if neurons not in populations:
            raise ValueError(f"neurons are {neurons!r}: give one of {', '.join(populations)}, or numbers")
        units = populations[neurons]
        numbers = list(range(units.start, units.stop))
    else:
        numbers = [neurons] if isinstance(neurons, int) else [int(number) for number in neurons]
    spike_times, fired = recording.spikes().sample(sample)
    # The potential before a spike is the threshold.
    before = np.nextafter(spike_times, 0.0)
    if times is None:
        chosen = np.isin(fired, numbers)
        grid = np.linspace(0.0, float(recording.ends[sample]), 1001)
        times = np.unique(np.concatenate([grid, before[chosen], spike_times[chosen]]))
    else:
        times = np.asarray(times, dtype=float)
    voltages, _ = recording.states(sample, numbers, times)
    axes = _axes(ax)
    for neuron, potentials in zip(numbers, voltages):
        name, units = next((name, units) for name, units in populations.items() if units.start <= neuron < units.stop)
        (line,) = axes.plot(times, potentials, linewidth=1.2, label=f"{name} {neuron - units.start}")
        own = fired == neuron
        if own.any():
            (thresholds,), _ = recording.states(sample, [neuron], before[own])
            axes.axhline(thresholds[0], color="0.7", linewidth=0.8, linestyle="--", zorder=0)
            axes.plot(spike_times[own], thresholds, linestyle="", marker="|", markersize=9.0, color=line.get_color())
    axes.set(xlim=(times[0], times[-1]), xlabel="time (ms)", ylabel="potential")
    if 1 < len(numbers) <= 12:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    elif numbers:
        axes.set_title(str(axes.lines[0].get_label()) if len(numbers) == 1 else f"{len(numbers)} neurons", loc="left", fontsize="medium")
    return axes


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    _, axes = plt.subplots(figsize=(7.0, 3.5), layout="constrained")
    return axes
