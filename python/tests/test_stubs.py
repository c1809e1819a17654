"""The types that are promised are those of the extension module."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import spikefront

HERE = Path(__file__).parent
PACKAGE = Path(spikefront.__file__).parent

pytestmark = pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")



def run(*arguments):
    """Runs a module of Python where mypy keeps what it knows for the next time."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    return done.returncode, done.stdout + done.stderr


def test_stubs_are_complete_and_right():
    # It fails on a line of the list that allows nothing as well: each of them was found.
    code, output = run("mypy.stubtest", "spikefront._spikefront", "--allowlist", HERE / "stubtest-allowlist.txt")
    assert code == 0 and "no issues found in 3 modules" in output, output


def test_the_package_is_typed_and_its_callers_are_checked(tmp_path):
    caller = tmp_path / "caller.py"
    caller.write_text("import spikefront\nspikefront.Spikes([1.0], [0]).times.shape\nspikefront.NetworkBuilder(seed='a')\n")
    files = [PACKAGE / name for name in ("__init__.py", "data.py", "losses.py")]
    code, output = run("mypy", "--strict", *files, caller)
    assert code == 1 and "caller.py:3" in output and "Found 1 error in 1 file" in output, output
