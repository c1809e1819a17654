"""A network and a loss of the library's, as one function of PyTorch's autograd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import spikefront

from . import _wanted
from ._torch_run import Run
from ._torch_spikes import Spikes

if TYPE_CHECKING:
    from .torch import Layer


@dataclass
class LossValue:
    """What a loss says about a batch.

    Attributes
    ----------
    mean : Tensor
        The mean over the samples of the batch, a scalar; differentiable.
    recording : spikefront.Recording
        What the network did.
    """

    mean: torch.Tensor
    recording: spikefront.Recording
    _predictions: list[int | None]

    @property
    def predictions(self) -> torch.Tensor:
        """The class that the network chose for each sample, int64; -1 where it made no choice."""
        return torch.tensor([-1 if chosen is None else chosen for chosen in self._predictions], dtype=torch.int64)


class JudgedRun(Run):
    """One call of a layer whose result is the value of a loss."""

    value: spikefront.LossValue

    def __init__(
        self,
        layer: Layer,
        inputs: Spikes | spikefront.Spikes,
        seeds: Sequence[int] | None,
        tensors: dict[str, torch.Tensor],
        loss: spikefront.Loss,
        labels: Any,
    ) -> None:
        super().__init__(layer, inputs, seeds, tensors)
        self.loss = loss
        self.labels = labels.cpu().numpy() if isinstance(labels, torch.Tensor) else labels
        self.recorded = {"record_for": loss}

    def results(self) -> list[np.ndarray]:
        self.value = self.loss(self.recording, self.labels)
        return [np.array(self.value.mean)]

    def along(self, tangent: spikefront.Tangent) -> list[np.ndarray]:
        own = self.value.cotangent
        found = float(own.spike_times @ tangent.spike_times)
        for kind in _wanted.OF_READOUTS:
            moved = getattr(tangent, kind)
            found += sum(float(np.vdot(values, moved[name])) for name, values in getattr(own, kind).items())
        return [np.array(found)]

    def cotangent(self, of_results: Sequence[np.ndarray | None]) -> spikefront.Cotangent:
        (factor,) = of_results
        own = self.value.cotangent
        if factor is None or factor == 1.0:
            return own
        scaled = {
            kind: {name: factor * values for name, values in getattr(own, kind).items()} for kind in _wanted.OF_READOUTS
        }
        return spikefront.Cotangent(factor * own.spike_times, **scaled)
