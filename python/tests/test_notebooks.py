"""The notebooks, in their short forms, each in a kernel of its own."""

from __future__ import annotations

import importlib.util
import pathlib
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: python/test.sh runs the notebooks")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: python/test.sh runs the notebooks")
for package in ("ipykernel", "matplotlib"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: python/test.sh runs the notebooks", allow_module_level=True)

NOTEBOOKS = pathlib.Path(__file__).parent.parent / "notebooks"

#: What each needs beside numpy and matplotlib, and what installs it.
NEEDS = {
    "another_simulator": ("brian2", "python/test.sh"),
    "delays": ("torch", "python/test.sh --torch"),
    "large_network": ("numpy", "python/test.sh"),
    "quickstart": ("torch", "python/test.sh --torch"),
}

# Of the kernel's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::RuntimeWarning")


def notebook(name: str) -> Any:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def run(found: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All outputs of a notebook."""
    monkeypatch.setenv("SPIKEFRONT_SHORT", "1")
    nbclient.NotebookClient(found, timeout=300, kernel_name="python3").execute()
    return [output for cell in found.cells for output in cell.get("outputs", [])]


def require(name: str) -> None:
    package, command = NEEDS[name]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: {command} runs this notebook")


def test_every_notebook_is_looked_at() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(NEEDS)


@pytest.mark.parametrize("name", NEEDS)
def test_it_is_small_and_says_how_to_shorten_it(name: str) -> None:
    assert (NOTEBOOKS / f"{name}.ipynb").stat().st_size < 20_000
    code = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert "SPIKEFRONT_SHORT=1 in the environment shortens" in code[0].source


@pytest.mark.parametrize("name", NEEDS)
def test_it_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require(name)
    outputs = run(notebook(name), monkeypatch)
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2


def test_a_wrong_gradient_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    found, right = notebook("large_network"), "found = gradient.weights["
    (cell,) = (cell for cell in found.cells if right in cell.source)
    cell.source = cell.source.replace(right, "found = 1.01 * gradient.weights[")
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="AssertionError"):
        run(found, monkeypatch)
