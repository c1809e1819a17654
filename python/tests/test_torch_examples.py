"""The examples, in their short forms."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: python/test.sh --torch runs these")
pytest.importorskip("matplotlib", reason="matplotlib is not installed: python/test.sh --torch runs these")

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def example(name: str) -> ModuleType:
    described = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert described and described.loader
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def test_yin_yang_is_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "map.png"
    (accuracy,) = example("yin_yang_torch").main(["--quick", "--seeds", "1", "--map", str(picture)])
    # 36 % is what the commonest class alone would give.
    assert accuracy > 0.6 and picture.stat().st_size > 10_000
    assert f"{accuracy:.2%}" in capsys.readouterr().out


def test_forty_lines_are_enough_for_yin_yang() -> None:
    lines = (EXAMPLES / "yin_yang_torch.py").read_text().splitlines()
    first, last = (next(ix for ix, line in enumerate(lines) if line.startswith(mark)) for mark in ("# --- Yin-Yang", "# ------"))
    assert 20 < sum(bool(line.strip()) for line in lines[first + 1 : last]) <= 40


def test_gradients_of_given_spikes_are_the_other_simulator_s() -> None:
    exact, on_grid = example("gradients_of_given_spikes").main(["--quick"])
    assert exact < 1e-6
    assert 1e-4 < on_grid < 0.1


def test_delays_are_learned() -> None:
    before, after = example("delays_torch").main(["--quick"])
    assert before < 0.75 and after > 0.95


def test_a_large_network_runs_in_parts(tmp_path: Path) -> None:
    picture = tmp_path / "cuba.png"
    rates = example("large_network").main(["--quick", "--png", str(picture)])
    assert all(2.0 < rate < 15.0 for rate in rates.values()) and picture.stat().st_size > 10_000


def test_processes_train_together() -> None:
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(EXAMPLES / "distributed_torch.py")]
    short = ["--check", "--epochs", "1", "--size", "320"]
    done = subprocess.run([sys.executable, *command, *short], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("2 processes: test accuracy") == 1
    found = re.search(r"largest difference from one process: (\S+)", done.stdout)
    assert found and float(found[1]) < 1e-9


def test_shares_of_a_batch_are_the_whole() -> None:
    module = example("distributed_torch")
    layer = module.Layer(module.network(), duration=100.0, slope_floor=0.2, engine="cpu", dtype=torch.float64)
    inputs, labels = module.points(30, seed=42)
    batch = torch.arange(30)

    def gradient(shares: list[slice]) -> Any:
        layer.zero_grad()
        for share in shares:
            module.add_gradient(layer, inputs, labels, batch, share)
        return torch.cat([parameter.grad.flatten() for parameter in layer.parameters() if parameter.grad is not None])

    whole = gradient([slice(0, None, 1)])
    apart = (gradient([slice(rank, None, 3) for rank in range(3)]) - whole).abs().max()
    assert apart < 1e-12 * whole.abs().max()
    # A share that is taken twice, in place of another, is told.
    wrong = (gradient([slice(rank, None, 3) for rank in (0, 1, 1)]) - whole).abs().max()
    assert wrong > 1e-3 * whole.abs().max()
