"""Differentiates spikes that another simulator found.

The other simulator is below, in numpy: it adds up the kernels of all arrivals and looks for crossings of the threshold. Its spikes, of
hidden and output neurons, are given to Spikefront, which says how well they fit the network and gives the gradient of a loss of
them: the adjoint, one sweep backward. That is compared with differences of the loss that the other simulator makes, one weight at a time,
once of its exact spikes and once of spikes on its grid of 0.1 ms, as simulators with a time step report them.

    python gradients_of_given_spikes.py
"""

import argparse

import numpy as np

import spikefront

TAU_MEMBRANE, TAU_SYNAPSE, THRESHOLD, DURATION = 20.0, 5.0, 1.0, 60.0  # ms
DELAYS = (0.5, 1.5)


# --- Another simulator -------------------------------------------------------------------------------------------------------
def potential(times: np.ndarray, arrivals: np.ndarray, weights: np.ndarray, own: list[float]) -> np.ndarray:
    """V at some times, of what arrived and of the neuron's own spikes, each of which subtracted the threshold."""
    since = times[:, None] - arrivals
    kernel = (np.exp(-since / TAU_MEMBRANE) - np.exp(-since / TAU_SYNAPSE)) / (1.0 / TAU_SYNAPSE - 1.0 / TAU_MEMBRANE)
    found = np.where(since > 0.0, kernel, 0.0) @ weights
    for spike in own:
        found -= np.where(times > spike, THRESHOLD * np.exp(-(times - spike) / TAU_MEMBRANE), 0.0)
    return found


def spikes_of(arrivals: np.ndarray, weights: np.ndarray) -> list[float]:
    """The spikes of a neuron: between which of many times it crosses the threshold, then between which of more times there."""
    own: list[float] = []
    while True:
        start = own[-1] + 1e-6 if own else 0.0
        points = np.linspace(start, DURATION, 601)
        above = potential(points, arrivals, weights, own) >= THRESHOLD
        if not above.any():
            return own
        for _ in range(9):
            # Rounding may take the last point, which was above, below.
            first = max(int(above.argmax()), 1) if above.any() else len(points) - 1
            points = np.linspace(points[first - 1], points[first], 33)
            above = potential(points, arrivals, weights, own) >= THRESHOLD
        own.append(float(points[-1]))


def layer(times: np.ndarray, units: np.ndarray, weights: np.ndarray, delay: float) -> tuple[np.ndarray, np.ndarray]:
    trains = [spikes_of(times + delay, weights[units, neuron]) for neuron in range(weights.shape[1])]
    return np.concatenate(trains), np.repeat(np.arange(len(trains)), [len(train) for train in trains])


def simulate(times: np.ndarray, units: np.ndarray, weights: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """All spikes: times, and neurons counted through both layers."""
    hidden = layer(times, units, weights[0], DELAYS[0])
    output = layer(*hidden, weights[1], DELAYS[1])
    return np.append(hidden[0], output[0]), np.append(hidden[1], output[1] + weights[0].shape[1])


# -----------------------------------------------------------------------------------------------------------------------------
def main(arguments: list[str] | None = None) -> tuple[float, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=8, help="how many hidden neurons")
    parser.add_argument("--quick", action="store_true", help="four hidden neurons")
    options = parser.parse_args(arguments)
    n_hidden = 4 if options.quick else options.hidden
    rng = np.random.default_rng(5)
    times, units = rng.uniform(1.0, 20.0, 10), np.tile(np.arange(5), 2)
    weights = [rng.normal(0.14, 0.05, (5, n_hidden)), rng.normal(1.2 / n_hidden, 0.3 / n_hidden, (n_hidden, 2))]

    neuron = spikefront.Neuron(tau_membrane=TAU_MEMBRANE, tau_synapse=TAU_SYNAPSE, threshold=THRESHOLD)
    builder = spikefront.NetworkBuilder()
    builder.input("input", 5)
    builder.population("hidden", n_hidden, neuron)
    builder.population("output", 2, neuron)
    builder.connect("input", "hidden", weights[0], delay=DELAYS[0])
    builder.connect("hidden", "output", weights[1], delay=DELAYS[1])
    network = builder.build()
    inputs = spikefront.Spikes(times, units)

    def loss(of: tuple[np.ndarray, np.ndarray]) -> float:
        """Half the squares of the times at which output neurons fired."""
        return 0.5 * float(np.square(of[0][of[1] >= n_hidden]).sum())

    def gradient(of: tuple[np.ndarray, np.ndarray], tolerance: float) -> tuple[np.ndarray, spikefront.SpikeReport]:
        recording, report = network.recording_of(
            network.parameters(), inputs, spikefront.Spikes(*of), DURATION, tolerance=tolerance, find_missing=True
        )
        slopes = np.where(recording.neurons >= n_hidden, recording.times, 0.0)
        found = recording.gradient(slopes).parameters
        return np.concatenate([found["input->hidden/weight"].ravel(), found["hidden->output/weight"].ravel()]), report

    def difference(number: int, step: float = 1e-6) -> float:
        sides = []
        for sign in (1.0, -1.0):
            moved = [weight.copy() for weight in weights]
            which, place = (0, number) if number < weights[0].size else (1, number - weights[0].size)
            moved[which].flat[place] += sign * step
            sides.append(loss(simulate(times, units, moved)))
        return (sides[0] - sides[1]) / (2.0 * step)

    found = simulate(times, units, weights)
    n_output = np.count_nonzero(found[1] >= n_hidden)
    print(f"the other simulator: {len(found[0])} spikes, {n_output} of output neurons; loss {loss(found):.3f}")
    differences = np.array([difference(number) for number in range(sum(weight.size for weight in weights))])
    on_grid = (np.round(found[0] * 10.0) / 10.0, found[1])
    errors = []
    for name, spikes, tolerance in (("exact", found, 1e-9), ("on a grid of 0.1 ms", on_grid, 0.02)):
        of_given, report = gradient(spikes, tolerance)
        errors.append(float(np.linalg.norm(of_given - differences) / np.linalg.norm(differences)))
        print(f"spikes {name}:")
        print(f"  furthest from its threshold {report.worst:.1e}; beyond {tolerance}: {report.beyond}; missing: {len(report.missing)}")
        print(f"  gradient of {len(of_given)} weights, relative distance from the other simulator's differences: {errors[-1]:.1e}")
    return errors[0], errors[1]


if __name__ == "__main__":
    main()
