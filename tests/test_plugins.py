"""Registries: hvm's own, those that packages announce, those that a call registers."""

from __future__ import annotations

import sys

import pytest

from hvm.errors import InputError
from hvm.plugins import Registry


@pytest.fixture
def shapes():
    return Registry("shape", "hvm.test_shapes", {"pi": "math:pi", "tau": "math:tau"})


def test_own_things_load_when_asked_for(shapes):
    import math

    assert list(shapes) == ["pi", "tau"]
    assert shapes["pi"] == math.pi
    assert "missing" not in shapes and shapes.get("missing") is None


def test_a_thing_is_registered_and_taken_away(shapes):
    shapes.register("square", 4)
    assert list(shapes) == ["pi", "tau", "square"] and len(shapes) == 3
    assert shapes.named("square") == 4
    shapes.unregister("square")
    assert "square" not in shapes


def test_an_unknown_name_names_the_closest_and_all(shapes):
    with pytest.raises(InputError, match=r"no shape 'tou' \(did you mean tau\?\).*pi, tau"):
        shapes.named("tou")


@pytest.mark.parametrize("name", ["", "two words", "a,b", "a=b", "tab\t"])
def test_a_name_must_fit_on_a_command_line(shapes, name):
    with pytest.raises(InputError, match="cannot name a shape"):
        shapes.register(name, 1)


def test_an_installed_package_announces_its_own(shapes, tmp_path, monkeypatch):
    (tmp_path / "corners.py").write_text("CORNERS = 3\n")
    about = tmp_path / "corners-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: corners\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[hvm.test_shapes]\ntriangle = corners:CORNERS\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "corners", None)
    assert list(shapes) == ["pi", "tau", "triangle"]
    monkeypatch.delitem(sys.modules, "corners")
    assert shapes["triangle"] == 3
