"""What does not fit into memory is a MemoryError and no end of the process."""

import subprocess
import sys

import pytest

SETTING = """
import numpy as np
import spikefront

builder, nothing = spikefront.NetworkBuilder(), spikefront.Spikes([], [])

def simulate(**keywords):
    network = builder.build()
    return network.simulate(network.parameters(), nothing, 50.0, engine="cpu", **keywords)

try:
    {script}
except MemoryError:
    print("MemoryError")
"""

TOO_MUCH = {
    "all to all, network/batch.rs": 'builder.population("p", 10**6, spikefront.Neuron()); '
    'builder.connect("p", "p", 1.0); builder.build()',
    "a Jacobian of many spikes, cpu/forward": 'builder.population("p", 2000, spikefront.Neuron(rest=5.0)); '
    'builder.connect("p", "p", 0.0, delay=1.0); simulate().jacobian()',
    "voltages, cpu": 'builder.population("p", 10**6, spikefront.Neuron(threshold=None)); '
    "simulate(voltage_times=np.linspace(0.0, 50.0, 10**6))",
    "padded tables, python/src/spikes.rs": "nothing.padded(10**12)",
    "places beyond any memory, python/src/spikes.rs": "nothing.padded(2**62)",
    "a data set, python/src/data.rs": "spikefront.data.yin_yang(10**12, 1)",
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_it_is_refused(what):
    source = SETTING.format(script=TOO_MUCH[what])
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "MemoryError\n"), done.stderr
