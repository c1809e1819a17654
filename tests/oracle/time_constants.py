"""Derivatives of spike times with respect to time constants, for the cases in tests/cases.

    python3 tests/oracle/time_constants.py

Uses no gradient formula: every network is simulated with 110 digits (mpmath), once with a time constant a
little longer and once a little shorter, and the spike times are subtracted. Cases with more than 20 spikes are
left out, as they take long. Writes tests/oracle/time_constants.json:

    {case: {"tau_membrane": [[per neuron] per spike], "tau_synapse": ...}}

spikes in the order in which the case lists them, derivatives in ms per ms.
"""

import heapq
import json
import pathlib

from mpmath import exp, findroot, log1p, mp, mpf

mp.dps = 110
STEP = mpf(10) ** -25
MOST_SPIKES = 20

HERE = pathlib.Path(__file__).parent


class Neuron:
    """State above the drive, and the closed-form flow between events."""

    def __init__(self, entry):
        self.tau_membrane = mpf(entry["tau_membrane"])
        self.tau_synapse = mpf(entry["tau_synapse"])
        drive = mpf(entry.get("drive", 0))
        self.reset = entry["reset"]
        self.amount = mpf(entry["threshold"])
        self.threshold = self.amount - drive
        self.drive = drive
        self.v = mpf(entry.get("initial", 0)) - drive
        self.i = mpf(0)
        self.release = None

    def flow(self, t):
        a, b = 1 / self.tau_synapse, 1 / self.tau_membrane
        s, m = exp(-a * t), exp(-b * t)
        gain = t * m if a == b else (s - m) / (b - a)
        return self.v * m + self.i * gain, self.i * s

    def advance(self, t):
        v, self.i = self.flow(t)
        if self.release is None:
            self.v = v

    def crossing(self, limit):
        """The first time in (0, limit] at which the threshold is reached from below, or None."""
        if self.release is not None or self.v >= self.threshold:
            return None
        a, b = 1 / self.tau_synapse, 1 / self.tau_membrane
        upper = limit
        if self.i > 0 and self.i > b * self.v:
            q = (self.i - b * self.v) / (a * self.i)
            d = b - a
            if 1 + d * q > 0:
                upper = min(limit, q if d == 0 else log1p(d * q) / d)
        miss = lambda t: self.flow(t)[0] - self.threshold
        if miss(upper) < 0:
            return None
        low, high = mpf(0), upper
        for _ in range(20):
            middle = (low + high) / 2
            if miss(middle) < 0:
                low = middle
            else:
                high = middle
        return findroot(miss, (low, high), solver="anderson", tol=mpf(10) ** -130, maxsteps=200)


def simulate(case, longer=None):
    """Spikes as (time, neuron); `longer` is (which time constant, neuron, by how much)."""
    neurons = [Neuron(entry) for entry in case["neurons"]]
    if longer:
        which, ix, by = longer
        setattr(neurons[ix], which, getattr(neurons[ix], which) + by)
    end = mpf(case["end"])
    outgoing = {}
    for synapse in case["synapses"]:
        key = tuple(synapse["source"].items())[0]
        outgoing.setdefault(key, []).append(synapse)
    arrivals, n = [], 0

    def send(key, time):
        nonlocal n
        for synapse in outgoing.get(key, []):
            at = time + mpf(synapse["delay"])
            heapq.heappush(arrivals, (at, n, synapse["target"], mpf(synapse["weight"])))
            n += 1

    for channel, times in enumerate(case["input_spikes"]):
        for time in times:
            send(("input", channel), mpf(time))
    now, spikes = mpf(0), []
    while True:
        releases = [x.release for x in neurons if x.release is not None]
        until = min([end] + releases + ([arrivals[0][0]] if arrivals else []))
        found = [(x.crossing(until - now), ix) for ix, x in enumerate(neurons)]
        found = [(after, ix) for after, ix in found if after is not None]
        if found:
            after, ix = min(found)
            for x in neurons:
                x.advance(after)
            now += after
            spikes.append((now, ix))
            fired = neurons[ix]
            if fired.reset["kind"] == "soft":
                fired.v = fired.threshold - fired.amount
            else:
                fired.v = mpf(fired.reset["potential"]) - fired.drive
                if fired.reset["refractory"] > 0:
                    fired.release = now + mpf(fired.reset["refractory"])
            send(("neuron", ix), now)
            continue
        for x in neurons:
            x.advance(until - now)
        now = until
        for x in neurons:
            if x.release is not None and x.release <= now:
                x.release = None
        if now >= end:
            return spikes
        while arrivals and arrivals[0][0] <= now:
            _, _, target, weight = heapq.heappop(arrivals)
            neurons[target].i += weight


def main():
    answers = {}
    for path in sorted((HERE.parent / "cases").glob("*.json")):
        case = json.loads(path.read_text(), parse_float=mpf)
        expected = case["expected"]["spikes"]
        if len(expected) > MOST_SPIKES:
            continue
        spikes = simulate(case)
        assert [ix for _, ix in spikes] == [spike["neuron"] for spike in expected], path
        for (time, _), spike in zip(spikes, expected):
            assert abs(time - mpf(spike["time"])) < 1e-25, path
        answer = {}
        for which in ["tau_membrane", "tau_synapse"]:
            columns = []
            for ix in range(len(case["neurons"])):
                up = simulate(case, (which, ix, STEP))
                down = simulate(case, (which, ix, -STEP))
                assert [x[1] for x in up] == [x[1] for x in down] == [x[1] for x in spikes], path
                pairs = zip(up, down)
                columns.append([float((x[0] - y[0]) / (2 * STEP)) for x, y in pairs])
            answer[which] = [list(row) for row in zip(*columns)]
        answers[path.stem] = answer
        print(path.stem, len(spikes), "spikes")
    lines = (f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items())
    (HERE / "time_constants.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
