"""Every experiment is listed and starts; the cheap ones run, and give what is committed."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest

from experiments.registry import EXPERIMENTS, question

FOLDER = Path(__file__).parents[2] / "experiments"
MODULES = sorted(
    f"experiments.{path.relative_to(FOLDER).with_suffix('').as_posix().replace('/', '.')}"
    for name in ("__main__.py", "report.py")
    for path in FOLDER.glob(f"*/{name}")
)


def run(monkeypatch, module, *arguments):
    """What ``python -m module arguments`` does."""
    monkeypatch.setattr(sys, "argv", [module, *map(str, arguments)])
    runpy.run_module(module.removesuffix(".__main__"), run_name="__main__", alter_sys=True)


def test_every_folder_is_listed_with_its_question(monkeypatch, capsys):
    folders = {path.parent.name for path in FOLDER.glob("*/run.py")}
    assert folders == set(EXPERIMENTS)
    run(monkeypatch, "experiments")
    lines = capsys.readouterr().out.splitlines()[2:]
    assert lines == [f"  {name:18}  {question(name)}" for name in EXPERIMENTS]
    assert all(question(name).endswith("?") for name in EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_folder_holds_what_it_should_and_says_how_it_is_run(name):
    folder = FOLDER / name
    text = (folder / "README.md").read_text("utf-8")
    assert f"python -m experiments.{name}" in text
    assert (f"python -m experiments.{name}.report" in text) == (folder / "report.py").exists()
    assert (folder / "config.toml").exists()


@pytest.mark.parametrize("module", MODULES)
def test_every_experiment_tells_its_options(module, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, module, "--help")
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_without_data_an_experiment_ends_with_a_line(monkeypatch):
    monkeypatch.delenv("HVM_DATA", raising=False)
    with pytest.raises(SystemExit, match=r"HVM_DATA names no folder of data"):
        run(monkeypatch, "experiments.published")


def test_one_world_is_fitted_goes_on_and_is_reported(monkeypatch, tmp_path, capsys):
    smallest = ("--depths", 5, "--seeds", 2000, "--restarts", 1, "--processes", 1)
    run(monkeypatch, "experiments.worlds", *smallest, "--output", tmp_path)
    bits = pd.read_csv(tmp_path / "fits.csv").set_index(["training_symbols", "model"])
    world = pd.read_csv(tmp_path / "worlds.csv").loc[0]
    ratio = bits.loc[(25000, "HVM"), "test_bits_per_symbol"] / world["oracle_bits_per_symbol"]
    assert ratio == pytest.approx(1, abs=0.05)
    run(monkeypatch, "experiments.worlds", *smallest, "--output", tmp_path)
    assert "1 worlds, 1 there already" in capsys.readouterr().err
    committed = FOLDER / "worlds" / "results"
    for path in committed.glob("*.csv"):
        assert list(pd.read_csv(tmp_path / path.name)) == list(pd.read_csv(path)), path.name


def test_the_published_rows_are_what_is_committed(data_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HVM_DATA", str(data_folder))
    run(monkeypatch, "experiments.published", "--output", tmp_path)
    for path in (FOLDER / "published" / "results").iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
