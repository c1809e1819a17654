"""Threads, forks, Ctrl-C and memory, each in a process of its own."""

import subprocess
import sys
import textwrap

import pytest

SETTING = """
    import os, signal, sys, threading, time
    import numpy as np
    import spikefront

    def describe():
        builder = spikefront.NetworkBuilder()
        builder.generators("drive", [[1.0]])
        builder.input("input", 1)
        builder.population("neuron", 20, spikefront.Neuron(rest=5.0))
        builder.connect("drive", "neuron", 0.1)
        builder.connect("neuron", "neuron", -0.001, delay=1.0)
        return builder.build()

    network = describe()
    parameters, inputs = network.parameters(), spikefront.Spikes([], [])

    def simulate(duration, **keywords):
        return network.simulate(
            parameters, inputs, duration, engine="cpu", spike_budget=10**9, seeds=[0], **keywords
        )
"""


def in_process(script, *, setting=SETTING, seconds=60):
    """What a script in a fresh interpreter prints; it must end well."""
    source = textwrap.dedent(setting) + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_other_threads_run_while_one_simulates():
    # A thread that held the interpreter's lock would leave this counter where it is.
    counted, alone = in_process("""
        progress, stop = [0], threading.Event()

        def count():
            while not stop.wait(0.001):
                progress[0] += 1

        duration = 500.0
        while True:
            start = time.monotonic()
            simulate(duration)
            if time.monotonic() - start > 0.4:
                break
            duration *= 2
        thread = threading.Thread(target=count)
        thread.start()
        while progress[0] == 0:
            time.sleep(0.001)
        before = progress[0]
        simulate(duration)
        during = progress[0] - before
        # The control: with the lock held, it does not move.
        sys.setswitchinterval(1000.0)
        before, end = progress[0], time.monotonic() + 0.2
        while time.monotonic() < end:
            pass
        held = progress[0] - before
        sys.setswitchinterval(0.005)
        stop.set(); thread.join()
        print(during, held)
    """)
    assert int(counted) >= 20 > int(alone)


def test_a_recording_is_used_by_several_threads_at_once():
    (answer,) = in_process("""
        from concurrent.futures import ThreadPoolExecutor

        recording = simulate(200.0)
        cotangent = np.ones(len(recording.times))
        expected = recording.gradient(cotangent).parameters["neuron->neuron/weight"]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: recording.gradient(cotangent).parameters["neuron->neuron/weight"], range(40)))
        print(all(np.array_equal(one, expected) for one in found))
    """)
    assert answer == "True"


def test_a_stream_is_used_by_several_threads_at_once():
    answer = in_process("""
        rows = spikefront.named_network("brunel", scale=0.4).build_in_rows(partitions=7)
        stream, lengths = spikefront.Stream(rows), []

        def go_on():
            for _ in range(30):
                lengths.append(len(stream.run(stream.time + 5.0)[0]))

        threads = [threading.Thread(target=go_on, daemon=True) for _ in range(8)]
        [thread.start() for thread in threads]
        end = time.monotonic() + 30.0
        [thread.join(timeout=max(end - time.monotonic(), 0.0)) for thread in threads]
        stuck = any(thread.is_alive() for thread in threads)
        print(*("stuck", "") if stuck else (sum(lengths), stream.n_spikes), flush=True)
        os._exit(0)
    """)
    assert len(answer) == 2 and answer[0] == answer[1], answer


def test_a_forked_process_simulates_after_its_parent_has():
    # A child has none of its parent's threads: it must start its own.
    (answer,) = in_process("""
        import warnings
        warnings.simplefilter("ignore")  # Python 3.12 warns of every fork beside threads.
        expected = simulate(50.0).times
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writes, simulate(50.0).times.tobytes())
            os._exit(0)
        os.close(writes)
        with open(reads, "rb") as pipe:
            found = np.frombuffer(pipe.read())
        os.waitpid(child, 0)
        print(len(found) > 0 and np.array_equal(found, expected))
    """)
    assert answer == "True"


def test_processes_forked_by_multiprocessing_simulate():
    (answer,) = in_process("""
        import multiprocessing, warnings
        warnings.simplefilter("ignore")
        expected = simulate(50.0).times.sum()

        def work(scale):
            return simulate(50.0 * scale).times.sum()

        with multiprocessing.get_context("fork").Pool(2) as pool:
            found = pool.map(work, [1, 2, 1])
        print(found[0] == found[2] == expected != found[1])
    """)
    assert answer == "True"


def test_control_c_ends_a_simulation_within_a_second():
    (late,) = in_process("""
        simulate(10.0)
        sent = []

        def interrupt():
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.3, interrupt).start()
        try:
            simulate(1e9)
        except KeyboardInterrupt:
            print(time.monotonic() - sent[0])
        sys.stdout.flush()
    """)
    assert float(late) < 1.0


def test_a_stream_that_was_interrupted_goes_on_without_a_loss():
    late, fell_short, same = in_process("""
        rows = spikefront.named_network("cuba", scale=0.25).build_in_rows()
        stream, sent = spikefront.Stream(rows), []

        def interrupt():
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.3, interrupt).start()
        try:
            stream.run(1e9)
        except KeyboardInterrupt:
            late = time.monotonic() - sent[0]
        until = stream.time + 20.0
        times, neurons = stream.run(until)
        expected = spikefront.Stream(rows).run(until)
        # Control: what came after the interruption alone is less.
        fell_short = np.searchsorted(times, until - 20.0) > 0
        print(late, fell_short, np.array_equal(times, expected[0]) and np.array_equal(neurons, expected[1]))
    """)
    assert float(late) < 1.0 and (fell_short, same) == ("True", "True")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_memory_stays_flat_over_ten_thousand_calls():
    # 4 MiB over 8,000 calls: half a KiB each, less than one of their recordings.
    grown, kept = in_process("""
        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def call():
            recording = simulate(5.0)
            return recording.gradient(np.ones(len(recording.times)))

        for _ in range(2000):
            call()
        before = resident()
        for _ in range(8000):
            call()
        grown = resident() - before
        # Control: recordings that are kept are seen.
        before, kept = resident(), [simulate(5.0) for _ in range(8000)]
        print(grown, resident() - before)
    """)
    assert int(grown) < 4 * 2**20 < int(kept)


def test_the_number_of_threads_is_set_before_they_start():
    answer = in_process("""
        spikefront.set_threads(3)
        print(spikefront.threads())
        spikefront.set_threads(3)
        for wrong in (0, 2):
            try:
                spikefront.set_threads(wrong)
            except ValueError:
                print("refused")
    """, setting="import spikefront\n")  # Building a network starts them.
    assert answer == ["3", "refused", "refused"]
