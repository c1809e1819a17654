"""What the layers of the frameworks share: of which population the result is, of what kind, and what is trained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ._spikefront import Network, Recording

#: What a population without threshold can give.
OF_READOUTS = ("integrals", "voltages", "maxima")


def population_of(network: Network, population: str | None) -> str:
    """The population of a name; the last one where no name is given."""
    if population is None:
        return list(network.populations)[-1]
    if population not in network.populations:
        raise ValueError(f"population is {population!r}: give one of {', '.join(network.populations)}")
    return population


def kind_of_result(network: Network, population: str, returns: str | None, voltage_times: Any, also: Iterable[str] = ()) -> str:
    """What a population gives; `also` are kinds that every population has."""
    is_readout = population in network.readouts
    kinds = OF_READOUTS if is_readout else ("first_spikes", "spikes")
    kinds = (*kinds, *also)
    returns = kinds[0] if returns is None else returns
    if returns not in kinds:
        what = "no threshold" if is_readout else "a threshold"
        raise ValueError(f"returns is {returns!r}: {population} has {what}, give {', '.join(kinds[:-1])} or {kinds[-1]}")
    if returns == "voltages" and voltage_times is None:
        raise ValueError("voltage_times is missing: give the times in ms at which voltages are wanted")
    return returns


def method_of(method: str) -> str:
    if method not in ("adjoint", "forward"):
        raise ValueError(f"method is {method!r}: give adjoint or forward")
    return method


def trained(network: Network, train: str | Iterable[str]) -> set[str]:
    """The names of the tensors that kinds, names or "everything" stand for."""
    kinds = network.kinds
    asked = [train] if isinstance(train, str) else list(train)
    names: set[str] = set()
    for word in asked:
        found = {name for name, kind in kinds.items() if word in ("everything", name, kind)}
        if not found:
            known = ", ".join(["everything", *dict.fromkeys(kinds.values()), *kinds])
            raise ValueError(f"train is {word!r}: give any of {known}")
        names |= found
    return names


def at_places(values: np.ndarray, places: np.ndarray, elsewhere: float) -> np.ndarray:
    """What belongs to a recording's spikes, at their places; `elsewhere` where a place is -1."""
    return np.append(values, elsewhere)[places]


def of_spikes(places: np.ndarray, values: np.ndarray, n_spikes: int) -> np.ndarray:
    """The transpose of :func:`at_places`, where no place is there twice: what belongs to places, for each spike."""
    spikes = np.zeros(n_spikes + 1)
    spikes[places.ravel()] = values.ravel()
    return spikes[:-1]


def given_inputs(recording: Recording) -> Any:
    """Which of a recording's input spikes came with the samples: the others are the network's own."""
    if not recording.inputs.is_complete:
        return slice(None)
    return recording.inputs.units < recording.network.n_channels


def in_given_order(recording: Recording, order: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """What belongs to the recording's input spikes, as an array of `size` places in which they were given."""
    given = np.zeros(size)
    given[order] = values[given_inputs(recording)]
    return given


def in_order_of_inputs(recording: Recording, order: np.ndarray, given: np.ndarray) -> np.ndarray:
    """What belongs to places of what was given, for each of the recording's input spikes; zero for the network's own."""
    values = np.zeros(len(recording.inputs.times))
    values[given_inputs(recording)] = given[order]
    return values
