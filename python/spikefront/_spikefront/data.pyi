import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import Spikes

def digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
def encode_latency(
    features: ArrayLike,
    earliest: float,
    latest: float,
    *,
    bias: float | None = None,
    inverted: bool = False,
    skip_below: float | None = None,
) -> Spikes: ...
def iris() -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
def yin_yang(size: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
