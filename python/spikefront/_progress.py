"""How far a training is, told while it runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._spikefront import Epoch, Training


def described(epoch: Epoch) -> str:
    """What an epoch came to, in a few words."""
    text = f"loss {epoch.loss:.4f}, accuracy {100.0 * epoch.train_accuracy:.2f} %"
    if epoch.validation_accuracy is not None:
        text += f", validation {100.0 * epoch.validation_accuracy:.2f} %"
    return text


def follow(training: Training) -> list[Epoch]:
    """All epochs that are left: with a bar of tqdm's where it is installed, else with a line for each."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        epochs = []
        for epoch in training:
            epochs.append(epoch)
            print(f"epoch {epoch.epoch}/{training.epochs}  {described(epoch)}", file=sys.stderr, flush=True)
        return epochs
    epochs = []
    with tqdm(total=len(training), unit="epoch") as bar:
        for epoch in training:
            epochs.append(epoch)
            bar.set_postfix_str(described(epoch))
            bar.update()
    return epochs
