#!/usr/bin/env python3
"""The network of Vogels and Abbott in Brian2, in NEST and in Spikefront, one after another, one thread each.

    pip install brian2==2.9.0 "numpy<2.3" nest-simulator
    cargo build --release
    python3 benches/peers.py [--repeats 5]

4,000 neurons, 2 % connected, delay 0.1 ms; after 100 ms that are not timed a second of biological time. Brian2 (C++) and NEST work on a grid of
0.1 ms; NEST's precise-spike-time model and Spikefront do not. Times are of the simulation alone, without compiling or connecting. The order of
simulators is the same in every round, so that what else the machine does falls on all.
"""

import argparse
import json
import multiprocessing
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
N_EXCITATORY, N_INHIBITORY, PROBABILITY = 3200, 800, 0.02
WARM_UP, DURATION = 100.0, 1000.0


def spikefront():
    command = ["target/release/spikefront", "bench", "large", "--scales", "1", "--threads", "1", "--json"]
    command += ["--warm-up", str(WARM_UP), "--duration", str(DURATION)]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    row = json.loads(out)
    return row["seconds"], row["spikes"]


def brian():
    import brian2 as b

    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.set_device("cpp_standalone", build_on_run=False)
    b.defaultclock.dt = 0.1 * b.ms
    equations = """
    dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
    dge/dt = -ge/(5*ms) : volt
    dgi/dt = -gi/(10*ms) : volt
    """
    group = b.NeuronGroup(
        N_EXCITATORY + N_INHIBITORY,
        equations,
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b.ms,
        method="exact",
    )
    group.v = "-60*mV + rand()*10*mV"
    excitatory = b.Synapses(group[:N_EXCITATORY], group, on_pre="ge += 1.62*mV", delay=0.1 * b.ms)
    inhibitory = b.Synapses(group[N_EXCITATORY:], group, on_pre="gi -= 9*mV", delay=0.1 * b.ms)
    excitatory.connect(p=PROBABILITY)
    inhibitory.connect(p=PROBABILITY)
    monitor = b.SpikeMonitor(group, record=False)
    # Its own clock of the main loop, without reading and writing files: the difference of two durations.
    network = b.Network(b.collect())
    network.run((WARM_UP + DURATION) * b.ms)
    b.device.build(directory=tempfile.mkdtemp(), run=True, compile=True, with_output=False)
    whole = b.device._last_run_time
    return whole * DURATION / (WARM_UP + DURATION), int(monitor.num_spikes * DURATION / (WARM_UP + DURATION))


def nest(model):
    import nest as n

    n.set_verbosity("M_ERROR")
    n.ResetKernel()
    n.resolution = 0.1
    n.local_num_threads = 1
    tau_membrane = 20.0
    parameters = {
        "tau_m": tau_membrane, "C_m": tau_membrane, "tau_syn_ex": 5.0, "tau_syn_in": 10.0,
        "V_th": -50.0, "V_reset": -60.0, "E_L": -49.0, "t_ref": 5.0,
    }
    group = n.Create(model, N_EXCITATORY + N_INHIBITORY, params=parameters)
    group.V_m = n.random.uniform(-60.0, -50.0)
    rule = {"rule": "pairwise_bernoulli", "p": PROBABILITY}
    # With C = tau a current of w reaches the membrane as w/tau, as in the other two.
    n.Connect(group[:N_EXCITATORY], group, rule, {"weight": 1.62, "delay": 0.1})
    n.Connect(group[N_EXCITATORY:], group, rule, {"weight": -9.0, "delay": 0.1})
    n.Prepare()
    n.Run(WARM_UP)
    before = n.local_spike_counter
    start = time.perf_counter()
    n.Run(DURATION)
    seconds = time.perf_counter() - start
    spikes = n.local_spike_counter - before
    n.Cleanup()
    return seconds, spikes


SIMULATORS = {
    "spikefront": spikefront,
    "brian2 (C++, grid)": brian,
    "nest (grid)": lambda: nest("iaf_psc_exp"),
    "nest (precise)": lambda: nest("iaf_psc_exp_ps"),
}


def apart(name, pipe):
    """Each run in a process of its own: none leaves anything behind for the next."""
    try:
        pipe.send(SIMULATORS[name]())
    except Exception as error:
        pipe.send(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    results = {name: [] for name in SIMULATORS}
    context = multiprocessing.get_context("spawn")
    for _ in range(repeats):
        for name in SIMULATORS:
            receive, send = context.Pipe(duplex=False)
            process = context.Process(target=apart, args=(name, send))
            process.start()
            result = receive.recv()
            process.join()
            if isinstance(result, Exception):
                sys.exit(f"{name}: {result}")
            results[name].append(result)
    own = statistics.median(seconds for seconds, _ in results["spikefront"])
    print(f"{'':<20} {'spikes':>7} {'least/s':>8} {'median/s':>9} {'of spikefront':>14}")
    for name, runs in results.items():
        seconds = [s for s, _ in runs]
        median = statistics.median(seconds)
        print(f"{name:<20} {runs[-1][1]:>7} {min(seconds):>8.3f} {median:>9.3f} {median / own:>14.2f}")


if __name__ == "__main__":
    main()
