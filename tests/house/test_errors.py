"""Checks of settings: what they return, and what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hvm.errors import (
    InputError,
    require_choice,
    require_flag,
    require_number,
    require_positive,
    require_whole,
)


def test_numbers_come_back_plain():
    assert type(require_whole("n", np.int64(3), 0)) is int
    assert type(require_number("p", np.float32(0.5), 0)) is float
    assert require_positive("p", 1, 1) == 1.0
    assert require_number("p", math.inf, 0, finite=False) == math.inf
    assert require_flag("f", True) is True


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: require_whole("n", 0, 1), "n must be an integer of 1 or more, not 0"),
        (lambda: require_whole("n", True, 0), "n must be an integer of 0 or more, not True"),
        (lambda: require_whole("n", 7, 0, 6), "n must be an integer from 0 to 6, not 7"),
        (lambda: require_whole("n", 2.0, 0), "not 2.0"),
        (lambda: require_number("p", -1, 0), "p must be a number of 0 or more, not -1"),
        (lambda: require_number("p", math.nan, 0, 1), "p must be a number from 0 to 1, not nan"),
        (lambda: require_number("p", math.inf, 0), "not inf"),
        (lambda: require_number("p", "1", 0), "not '1'"),
        (
            lambda: require_number("p", 1, 0, 1, above=True),
            "p must be a number above 0 and below 1, not 1",
        ),
        (lambda: require_number("p", 0, 0, above=True), "p must be a number above 0, not 0"),
        (lambda: require_positive("p", 0.0), "p must be above 0, not 0.0"),
        (lambda: require_positive("p", 0, 1), "p must be above 0 and at most 1, not 0"),
        (lambda: require_positive("p", 2, 1), "p must be a number from 0 to 1, not 2"),
        (lambda: require_choice("unit", "x", ("a", "b")), "unit must be one of a, b, not 'x'"),
        (lambda: require_flag("f", 1), "f must be True or False, not 1"),
        (lambda: require_choice("c", "x" * 99, ("a",)), f"not '{'x' * 59}$"),
    ],
)
def test_messages(check, message):
    with pytest.raises(InputError, match=message):
        check()
