"""Files of the Neuromorphic Intermediate Representation (NIR), in which simulators exchange networks.

>>> found = spikefront.nir.read("network.nir")
>>> print(*found.notes)                        # what was chosen where the file leaves it open, and why
>>> network = found.builder.build()
>>> spikefront.nir.write("again.nir", network, network.parameters())
"""

import sys

from ._spikefront import nir as _nir

# Python registers modules of files alone; tools that check types import this one by its name.
sys.modules["spikefront._spikefront.nir"] = _nir

NirNetwork = _nir.NirNetwork
read = _nir.read
write = _nir.write

__all__ = ["NirNetwork", "read", "write"]
