"""The table of speeds: what is stored, what is compared, what is marked."""

from __future__ import annotations

import pytest

from benchmarks import speed
from benchmarks.parts import PARTS
from benchmarks.rows import Row, as_csv, read_rows, table


def test_rows_come_back_as_they_were_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "BASELINE", tmp_path / "baseline.csv")
    fit, load = Row("fit", 1.5, "s", "loop", 3.0), Row("load, big", 0.25, "s", "loop", 0.5)
    speed.store([fit, load])
    speed.store([load._replace(value=0.5, ratio=1.0)])
    assert read_rows(speed.BASELINE) == [fit, load._replace(value=0.5, ratio=1.0)]


def test_a_notable_change_and_a_missed_goal_are_marked():
    rows = [
        Row("slower", 2.0, "s", "loop", 4.0),
        Row("missed", 2.0, "s", "loop", 1.1, value_max=1.0),
        Row("new", 1.0, "s", "loop", 1.0, ratio_max=1.2),
    ]
    lines = [line.split("  ") for line in table(rows, {"slower": 2.0, "missed": 1.0}).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells[1:] == [
        ["slower", "2 s", "loop", "4", "2", "+100% !"],
        ["missed", "2 s", "loop", "1.1", "1", "+10%", "<= 1 s !"],
        ["new", "1 s", "loop", "1", "-", "-", "ratio <= 1.2"],
    ]


def test_the_stored_table_is_whole():
    stored = read_rows(speed.BASELINE)
    assert as_csv(stored) == speed.BASELINE.read_bytes()
    assert len({row.name for row in stored}) == len(stored)
    assert all(row.ratio > 0 for row in stored)


def test_options_are_told(capsys):
    with pytest.raises(SystemExit):
        speed.main(["--help"])
    assert ", ".join(PARTS) in " ".join(capsys.readouterr().out.split())
