"""``hvm warm``: what it compiles is what commands need."""

from __future__ import annotations

from hvm.cli import warm


def test_every_part_is_compiled_and_told(hvm_json, monkeypatch):
    monkeypatch.setattr(warm, "ALONE", {"rows": warm._rows, "search": warm._search})
    report = hvm_json("warm", "--processes", "1")
    assert report["processes"] == 1
    parts = [report[f"{name}_processor_seconds"] for name in ("rows", "search", "adapt")]
    assert min(parts) > 0 and report["processor_seconds"] == sum(parts)
