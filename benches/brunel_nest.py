#!/usr/bin/env python3
"""What NEST makes of the network that `spikefront simulate brunel` simulates: rate, irregularity, synchrony by population.

    pip install nest-simulator
    python3 benches/brunel_nest.py [--seed 1]
    cargo run --release -- simulate brunel --duration 300 --from 100

The same neurons, in-degrees, weights, delays and drive, on a grid of 0.1 ms, from 100 to 300 ms.
"""

import argparse

import nest
import numpy as np

START, END, BIN = 100.0, 300.0, 3.0
TAU_MEMBRANE, TAU_SYNAPSE, THRESHOLD = 20.0, 0.5, 20.0

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--seed", type=int, default=1)
nest.set_verbosity("M_ERROR")
nest.resolution, nest.rng_seed = 0.1, parser.parse_args().seed

a, b = 1 / TAU_SYNAPSE, 1 / TAU_MEMBRANE
peak = np.log(a / b) / (a - b)
weight = 0.1 * (a - b) / (np.exp(-b * peak) - np.exp(-a * peak))
rate = 1000 * 2 * THRESHOLD / (weight * TAU_SYNAPSE * TAU_MEMBRANE)
neuron = {
    "tau_m": TAU_MEMBRANE, "C_m": 1.0, "tau_syn_ex": TAU_SYNAPSE, "tau_syn_in": TAU_SYNAPSE,
    "V_th": THRESHOLD, "V_reset": 10.0, "V_m": 10.0, "E_L": 0.0, "t_ref": 2.0,
}
excitatory = nest.Create("iaf_psc_exp", 10_000, params=neuron)
inhibitory = nest.Create("iaf_psc_exp", 2_500, params=neuron)
everyone = excitatory + inhibitory
drive = nest.Create("poisson_generator", params={"rate": rate})
nest.Connect(drive, everyone, syn_spec={"weight": weight, "delay": 0.1})
for source, degree, factor in [(excitatory, 1000, 1), (inhibitory, 250, -5)]:
    rule = {"rule": "fixed_indegree", "indegree": degree}
    nest.Connect(source, everyone, rule, {"weight": factor * weight, "delay": 1.5})
recorder = nest.Create("spike_recorder", params={"start": START})
nest.Connect(everyone, recorder)
nest.Simulate(END)
neurons, times = (np.array(recorder.events[key]) for key in ("senders", "times"))
for name, first, last in [("excitatory", 1, 10_000), ("inhibitory", 10_001, 12_500)]:
    own = (first <= neurons) & (neurons <= last)
    order = np.lexsort((times[own], neurons[own]))
    sorted_neurons, sorted_times = neurons[own][order], times[own][order]
    trains = np.split(sorted_times, np.flatnonzero(np.diff(sorted_neurons)) + 1)
    intervals = [np.diff(train) for train in trains if len(train) >= 4]
    irregularity = np.mean([i.std() / i.mean() for i in intervals])
    counts = np.histogram(times[own], bins=np.arange(START, END, BIN))[0]
    hertz = own.sum() / (last - first + 1) / (END - START) * 1e3
    print(f"{name}: {hertz:.2f} Hz, irregularity {irregularity:.3f}, synchrony {counts.var() / counts.mean():.1f}")
