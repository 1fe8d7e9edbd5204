from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields

import pytest

from hvm import HVM
from hvm.errors import InputError
from hvm.learn.paper import PaperHVM
from hvm.learn.settings import OnlineSettings, PaperSettings, SearchSettings

BY_SIZE = {"restarts", "pair_count_min", "batch"}


@pytest.mark.parametrize("kind", [SearchSettings, OnlineSettings, PaperSettings])
def test_settings_are_frozen_and_check_themselves(kind):
    settings = kind()
    with pytest.raises(FrozenInstanceError):
        settings.smoothing = 1.0
    for name, value in {"smoothing": 0, "p_value": 1.5, "variables": "yes"}.items():
        with pytest.raises(InputError, match=f"{name} must be"):
            kind(**{name: value})


@pytest.mark.parametrize(
    ("kind", "model"), [(SearchSettings, HVM), (OnlineSettings, HVM), (PaperSettings, PaperHVM)]
)
def test_a_model_has_the_defaults_of_its_settings(kind, model):
    parameters = inspect.signature(model).parameters
    for one in fields(kind):
        if one.name not in {*BY_SIZE, "patience"} or kind is PaperSettings:
            assert parameters[one.name].default == one.default
    assert kind.of({"unknown": 3, "smoothing": 0.5}) == kind(smoothing=0.5)


@pytest.mark.parametrize(
    ("n_symbols", "expected"),
    [(0, (4, 2, 0.0)), (30_000, (4, 2, 0.0)), (30_001, (2, 2, 0.0)), (100_001, (1, 2, 0.2))],
)
def test_what_is_left_open_follows_the_size(n_symbols, expected):
    settings = SearchSettings.for_size(n_symbols, HVM().get_params())
    assert (settings.restarts, settings.pair_count_min, settings.batch) == expected
    chosen = HVM(restarts=3, pair_count_min=1, batch=1.0).get_params()
    settings = SearchSettings.for_size(n_symbols, chosen)
    assert (settings.restarts, settings.pair_count_min, settings.batch) == (3, 1, 1.0)


def test_units_that_do_not_depend_on_the_one_before():
    assert OnlineSettings(context_strength=None).context_strength is None
    assert OnlineSettings(context_strength=float("inf"))
    with pytest.raises(InputError, match="context_strength must be"):
        OnlineSettings(context_strength=0)
