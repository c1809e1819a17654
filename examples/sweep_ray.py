"""A sweep over the machines of a Ray cluster: every task runs its share, in a folder that all machines see.

    python examples/sweep_ray.py [SHARES] [ARGUMENT ...]

Arguments go to `spikefront train` as they are.
"""

import subprocess
import sys

import ray

SWEEP = [
    "spikefront", "train", "iris", "--seeds", "0-9", "--out", "runs/sweep",
    "--set", "optimiser.learning_rate=0.001,0.002", "--set", "layers.0.size=5,10",
]


@ray.remote(num_cpus=1)
def share(number: int, of: int, arguments: list[str]) -> int:
    """Runs one share; the program's exit code: 0, or 1 where a training learnt nothing."""
    command = [*SWEEP, "--threads", "1", "--share", f"{number}/{of}", *arguments]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    shares = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    ray.init()
    tasks = [share.remote(number, shares, sys.argv[2:]) for number in range(1, shares + 1)]
    return max(ray.get(tasks))


if __name__ == "__main__":
    sys.exit(main())
