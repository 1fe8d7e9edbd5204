"""Results that a change of the code must not change: see golden.py."""

from __future__ import annotations

import json

import pytest

import golden


@pytest.fixture(scope="module")
def expected():
    return json.loads(golden.FILE.read_text())


def test_bytes_are_what_they_were(expected):
    made = golden.hashes()
    assert made == expected["hashes"]


def test_values_are_what_they_were(expected):
    made = golden.values()
    assert made == pytest.approx(expected["values"], rel=1e-7, abs=1e-9, nan_ok=True)
