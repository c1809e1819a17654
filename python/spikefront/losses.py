"""Losses, by name: from what a network did to one number, and how it changes with every spike.

>>> loss = losses.first_spike_cross_entropy("output", scale=2.0)
>>> recording = network.simulate(parameters, inputs, 40.0, record_for=loss)
>>> value = loss(recording, labels)
>>> gradient = recording.gradient(value.cotangent)
"""

import sys

from ._spikefront import losses as _losses

# Python registers modules of files alone; tools that check types import this one by its name.
sys.modules["spikefront._spikefront.losses"] = _losses

final_voltage_cross_entropy = _losses.final_voltage_cross_entropy
first_spike_cross_entropy = _losses.first_spike_cross_entropy
first_spike_mean_square = _losses.first_spike_mean_square
integral_cross_entropy = _losses.integral_cross_entropy
late_first_spikes = _losses.late_first_spikes
maximum_cross_entropy = _losses.maximum_cross_entropy
spike_time_mean_square = _losses.spike_time_mean_square
surplus_spikes = _losses.surplus_spikes
van_rossum = _losses.van_rossum
voltage_mean_square = _losses.voltage_mean_square

__all__ = [
    "final_voltage_cross_entropy",
    "first_spike_cross_entropy",
    "first_spike_mean_square",
    "integral_cross_entropy",
    "late_first_spikes",
    "maximum_cross_entropy",
    "spike_time_mean_square",
    "surplus_spikes",
    "van_rossum",
    "voltage_mean_square",
]
