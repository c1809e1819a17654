"""What the READMEs show runs as it stands."""

from __future__ import annotations

import importlib.util
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(path: pathlib.Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "python/README.md"])
def test_what_a_readme_shows_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = blocks(ROOT / name)
    assert found, f"{name} shows no Python"
    scope: dict[str, object] = {}
    missing = []
    for block in found:
        needed = [package for package in ("torch", "jax") if re.search(rf"\b{package}\b", block)]
        absent = [package for package in needed if importlib.util.find_spec(package) is None]
        if absent:
            missing += absent
            continue
        # A training from its beginning to its end is for a reader who has minutes.
        exec(compile(block.replace('Training("yin-yang")', 'Training("xor")'), name, "exec"), scope)
    if missing:
        pytest.skip(f"blocks that need {', '.join(sorted(set(missing)))} did not run")
