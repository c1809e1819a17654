"""Data sets, the encoding of features as spikes, and recorded events as spikes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from ._spikefront import Spikes
from ._spikefront import data as _data

# Python registers modules of files alone; tools that check types import this one by its name.
sys.modules["spikefront._spikefront.data"] = _data

digits = _data.digits
encode_latency = _data.encode_latency
iris = _data.iris
yin_yang = _data.yin_yang


def from_events(events: Iterable[np.ndarray], shape: tuple[int, ...], *, unit: float) -> Spikes:
    """Spikes from structured arrays of events, such as tonic's.

    Parameters
    ----------
    events : iterable of structured array
        One for each sample, with a field ``t`` and any of ``x``, ``y`` and ``p``.
    shape : tuple of int
        How many values ``x``, ``y`` and ``p`` may have, those of them that the arrays have: tonic's ``sensor_size``.
    unit : float
        How many ms a step of ``t`` is: 0.001 for microseconds.

    Returns
    -------
    Spikes
        The channel of an event is ``(x * height + y) * polarities + p``: numpy's ``ravel_multi_index`` of ``(x, y, p)`` in `shape`.

    Raises
    ------
    ValueError
        If an event lies outside `shape`, or a field is missing.
    """
    samples: list[tuple[Any, Any]] = []
    for number, sample in enumerate(events):
        names = sample.dtype.names or ()
        axes = [name for name in ("x", "y", "p") if name in names]
        if "t" not in names or len(axes) != len(shape):
            raise ValueError(
                f"fields of sample {number} are {names}: give t and {len(shape)} of x, y and p, one for each number of the shape"
            )
        places = tuple(sample[axis].astype(np.int64) for axis in axes)
        for axis, values, size in zip(axes, places, shape):
            if values.size and (values.min() < 0 or values.max() >= size):
                found = values.min() if values.min() < 0 else values.max()
                raise ValueError(f"{axis} of sample {number} is {found}: the shape allows 0 to {size - 1}")
        samples.append((sample["t"] * float(unit), np.ravel_multi_index(places, shape)))
    return Spikes.from_samples(samples)


def read_n_mnist(path: str) -> np.ndarray:
    """The events of one file of N-MNIST or N-Caltech101 (``.bin``, Orchard et al. 2015).

    Parameters
    ----------
    path : str

    Returns
    -------
    structured array
        Fields ``x``, ``y``, ``p`` and ``t`` in microseconds: what :func:`from_events` takes, with ``shape=(34, 34, 2)`` and
        ``unit=0.001`` for N-MNIST.

    Raises
    ------
    ValueError
        If the length of the file is not a multiple of the five bytes of an event.
    """
    raw = np.fromfile(path, dtype=np.uint8)
    if raw.size % 5:
        raise ValueError(f"{path} has {raw.size} bytes: five for each event would be a multiple of 5")
    raw = raw.reshape(-1, 5).astype(np.int64)
    events = np.empty(len(raw), dtype=[("x", np.int64), ("y", np.int64), ("p", np.int64), ("t", np.int64)])
    events["x"], events["y"], events["p"] = raw[:, 0], raw[:, 1], raw[:, 2] >> 7
    # The lower 23 bits of the last three bytes are the time.
    times = (raw[:, 2] & 127) << 16 | raw[:, 3] << 8 | raw[:, 4]
    # An event of y = 240 is none: it says that all later times are so much later.
    wraps = raw[:, 1] == 240
    events["t"] = times + np.cumsum(wraps) * 2**13
    kept: np.ndarray = events[~wraps]
    return kept


__all__ = ["digits", "encode_latency", "from_events", "iris", "read_n_mnist", "yin_yang"]
