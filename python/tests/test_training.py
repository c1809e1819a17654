"""Trainings, and what is told of them on the way."""

import sys

import pytest

import spikefront


def training() -> spikefront.Training:
    return spikefront.Training("iris", settings=["epochs=3"], engine="cpu")


def losses(epochs: list[spikefront.Epoch]) -> list[float]:
    return [epoch.loss for epoch in epochs]


def test_all_epochs_run_as_one_by_one() -> None:
    one_by_one, at_once, other = training(), training(), spikefront.Training("iris", settings=["epochs=3"], seed=1)
    assert len(one_by_one) == one_by_one.epochs == 3
    first = next(iter(one_by_one))
    assert len(one_by_one) == 2
    expected = [first.loss, *losses(one_by_one.run(progress=False))]
    assert len(one_by_one) == 0 and one_by_one.run() == []
    assert losses(at_once.run(progress=False)) == expected
    assert losses(other.run(progress=False)) != expected
    assert at_once.evaluate().accuracy == one_by_one.evaluate().accuracy


def test_a_line_for_each_epoch_without_tqdm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    found = training().run()
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 3 and told[2].startswith(f"epoch 3/3  loss {found[2].loss:.4f}, accuracy ")
    training().run(progress=False)
    assert capfd.readouterr().err == ""


def test_a_bar_with_tqdm(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed: python/test.sh installs it")
    found = training().run()
    told = capfd.readouterr().err
    assert "3/3" in told and f"loss {found[2].loss:.4f}" in told
