"""The examples, in their short forms."""

from __future__ import annotations

import importlib.util
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
