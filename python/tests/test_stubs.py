"""The types that are promised are those of the extension module."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")


def run(folder, *arguments):
    """Runs a module of Python in a folder where no sources lie, so that what is installed is looked at."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return done.returncode, done.stdout + done.stderr


def test_stubs_are_complete_and_right(tmp_path):
    # It fails on a line of the list that allows nothing as well: each of them was found.
    code, output = run(tmp_path, "mypy.stubtest", "spikefront._spikefront", "--allowlist", HERE / "stubtest-allowlist.txt")
    assert code == 0 and "no issues found in 4 modules" in output, output


def test_the_package_is_typed_and_its_callers_are_checked(tmp_path):
    sources = [HERE.parent / "spikefront" / name for name in ("__init__.py", "data.py", "losses.py", "nir.py")]
    code, output = run(tmp_path, "mypy", "--strict", *sources)
    assert code == 0, output
    caller = tmp_path / "caller.py"
    caller.write_text("import spikefront\nspikefront.Spikes([1.0], [0]).times.shape\nspikefront.NetworkBuilder(seed='a')\n")
    code, output = run(tmp_path, "mypy", "--strict", caller)
    assert code == 1 and "caller.py:3" in output and "Found 1 error in 1 file" in output, output
