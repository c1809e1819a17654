from collections.abc import Mapping
from os import PathLike
from typing import Literal, final

from numpy.typing import ArrayLike

from . import Network, NetworkBuilder

@final
class NirNetwork:
    @property
    def builder(self) -> NetworkBuilder: ...
    @property
    def notes(self) -> list[str]: ...
    @property
    def outputs(self) -> list[str]: ...

def read(
    path: str | PathLike[str],
    *,
    time_unit: Literal["s", "ms"] | None = None,
    jump: Literal["weight", "w_in", "delta"] | float | None = None,
    reset: Literal["to", "subtract"] | None = None,
    constant_input: float | None = None,
) -> NirNetwork: ...
def write(
    path: str | PathLike[str],
    network: Network,
    parameters: Mapping[str, ArrayLike],
    *,
    time_unit: Literal["s", "ms"] = "s",
    leave_out_subtraction: bool = False,
) -> None: ...
