"""Makes heidelberg.h5, five samples in the layout of the Heidelberg spiking data sets, and two files to be refused:
float-units.h5, whose units are not whole, and claims.h5, which claims 2^24 samples that were never written.

Run with h5py installed: python tests/data/heidelberg.py
Sample k has k spikes; spike i of it is at (i + k / 4) / 8 s (exact in 16 bits) from unit 699 - i - k,
written last spike first, as nothing in the layout says that spikes are sorted.
"""

from pathlib import Path

import h5py
import numpy as np

LABELS = [3, 0, 19, 7, 3]

with h5py.File(Path(__file__).with_name("heidelberg.h5"), "w") as file:
    n = len(LABELS)
    spikes = file.create_group("spikes")
    times = spikes.create_dataset("times", (n,), dtype=h5py.vlen_dtype(np.float16))
    units = spikes.create_dataset(
        "units", (n,), dtype=h5py.vlen_dtype(np.uint16), chunks=(2,), compression="gzip"
    )
    for k in range(n):
        i = np.arange(k)[::-1]
        times[k] = ((i + k / 4) / 8).astype(np.float16)
        units[k] = (699 - i - k).astype(np.uint16)
    file.create_dataset("labels", data=np.array(LABELS, dtype=np.uint16))
    file.create_dataset("extra/speaker", data=np.zeros(n, dtype=np.uint16))

with h5py.File(Path(__file__).with_name("float-units.h5"), "w") as file:
    times = file.create_dataset("spikes/times", (1,), dtype=h5py.vlen_dtype(np.float32))
    units = file.create_dataset("spikes/units", (1,), dtype=h5py.vlen_dtype(np.float32))
    times[0] = np.array([0.001, 0.002], dtype=np.float32)
    units[0] = np.array([1.7, 2.2], dtype=np.float32)
    file.create_dataset("labels", data=np.array([0], dtype=np.uint16))

with h5py.File(Path(__file__).with_name("claims.h5"), "w") as file:
    n = 1 << 24
    file.create_dataset("spikes/times", (n,), dtype=h5py.vlen_dtype(np.float16), chunks=(1 << 20,))
    file.create_dataset("spikes/units", (n,), dtype=h5py.vlen_dtype(np.uint16), chunks=(1 << 20,))
    file.create_dataset("labels", (n,), dtype=np.uint16, chunks=(1 << 20,))
