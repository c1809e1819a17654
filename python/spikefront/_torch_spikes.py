"""What a layer of PyTorch takes: spikes in every form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Union

import numpy as np
import torch

import spikefront


class Spikes(NamedTuple):
    """Ragged spikes whose times can be differentiated.

    Attributes
    ----------
    times : Tensor
        In ms, sample after sample.
    units : Tensor of int64
        One for each time.
    offsets : Tensor of int64
        Where each sample begins, and behind the last where it ends.
    """

    times: torch.Tensor
    units: torch.Tensor
    offsets: torch.Tensor

    def padded(self, k: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Times and units in two tables `[sample x k]`, filled up with infinity and -1.

        Parameters
        ----------
        k : int, optional
            As many places as the fullest sample needs unless given.

        Raises
        ------
        ValueError
            If a sample has more spikes than `k`: nothing is cut off.
        """
        counts = self.offsets.diff()
        needed = int(counts.max()) if len(counts) else 0
        k = needed if k is None else k
        if k < needed:
            raise ValueError(f"k is {k}: a sample has {needed} spikes: give as many places or more")
        sample = torch.repeat_interleave(torch.arange(len(counts)), counts)
        place = torch.arange(len(self.units)) - self.offsets[sample]
        times = self.times.new_full((len(counts), k), torch.inf).index_put((sample, place), self.times)
        units = torch.full((len(counts), k), -1).index_put((sample, place), self.units)
        return times, units


#: What a layer takes: spikes of either module; a table of first spikes `[sample x channel]`, infinite where there is none;
#: tables of times and units `[sample x place]`, unit -1 where there is none; or a pair of times and units for each sample.
Inputs = Union[
    Spikes, spikefront.Spikes, torch.Tensor, tuple[torch.Tensor, torch.Tensor], Sequence[tuple[Any, Any]]
]


def flat(inputs: Inputs, like: torch.Tensor) -> Spikes:
    """Inputs of any form as times, which can be differentiated, and their units and samples."""
    if isinstance(inputs, Spikes):
        return inputs
    if isinstance(inputs, spikefront.Spikes):
        times = torch.from_numpy(inputs.times)
        return Spikes(times, torch.from_numpy(inputs.units), torch.from_numpy(inputs.offsets))
    if isinstance(inputs, (torch.Tensor, np.ndarray)):
        return _of_first_spikes(torch.as_tensor(inputs))
    parts = list(inputs)
    if len(parts) == 2 and all(isinstance(part, (torch.Tensor, np.ndarray)) for part in parts):
        return _of_tables(*map(torch.as_tensor, parts))
    return _of_samples(parts, like)


def _of_first_spikes(times: torch.Tensor) -> Spikes:
    if times.ndim != 2:
        raise ValueError(f"inputs are a tensor of {times.ndim} dimensions: give first spikes, [sample x channel]")
    # Silent channels only: what is not a number is refused by name later.
    spiking = times != torch.inf
    units = torch.arange(times.shape[1]).expand(times.shape)
    return Spikes(times[spiking], units[spiking.cpu()], _offsets(spiking.sum(1)))


def _of_tables(times: torch.Tensor, units: torch.Tensor) -> Spikes:
    if times.ndim != 2 or units.shape != times.shape:
        shapes = f"{tuple(times.shape)} and {tuple(units.shape)}"
        raise ValueError(f"inputs are tensors of shapes {shapes}: give times and units, both [sample x place]")
    spiking = units.cpu() != -1
    return Spikes(times[spiking.to(times.device)], units.cpu()[spiking], _offsets(spiking.sum(1)))


def _of_samples(samples: Sequence[Any], like: torch.Tensor) -> Spikes:
    all_times: list[torch.Tensor] = []
    all_units: list[torch.Tensor] = []
    for sample, pair in enumerate(samples):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"sample {sample} of the inputs is a {type(pair).__name__}: give a pair of times and units")
        times, units = pair
        times = times if isinstance(times, torch.Tensor) else torch.as_tensor(np.asarray(times, dtype=np.float64))
        units = torch.as_tensor(units).cpu()
        if units.is_floating_point() and units.numel():
            raise ValueError(f"units of sample {sample} are {units.dtype}: give whole numbers")
        if times.ndim != 1 or units.shape != times.shape:
            shapes = f"{tuple(times.shape)} and {tuple(units.shape)}"
            raise ValueError(f"times and units of sample {sample} are of shapes {shapes}: give one unit for each time")
        all_times.append(times)
        all_units.append(units.to(torch.int64))
    counts = torch.tensor([len(times) for times in all_times], dtype=torch.int64)
    no_units = torch.zeros(0, dtype=torch.int64)
    return Spikes(torch.cat(all_times or [like.new_zeros(0)]), torch.cat(all_units or [no_units]), _offsets(counts))


def _offsets(counts: torch.Tensor) -> torch.Tensor:
    return torch.cat([torch.zeros(1, dtype=torch.int64), counts.cpu().cumsum(0)])
