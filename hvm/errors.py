"""The one exception family: what was wrong, where, and what to do; and the checks that raise it."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Collection
from typing import Any


class HvmError(Exception):
    """Base of every error that hvm raises on purpose; its text is one line."""


class InputError(HvmError):
    """Symbols, text or arguments that cannot be used."""


class ModelFileError(HvmError):
    """A model file that is missing, damaged, from a newer version, or not a model at all."""


class OutputError(HvmError):
    """An output path that cannot be written."""


class DataError(HvmError):
    """Data that cannot be fetched: no connection, no such file, another hash than the known one."""


# -- messages and checks ------------------------------------------------------------------------


def one_line_path(path: Any) -> str:
    """A path as a message shows it: quoted if it holds what does not print on one line."""
    text = os.fsdecode(path)
    return text if text.isprintable() else repr(text)


def require(holds: bool, name: str, wanted: str, value: Any) -> None:
    """Raise :class:`InputError` that ``name`` must be ``wanted`` unless it holds."""
    if not holds:
        raise InputError(f"{name} must be {wanted}, not {value!r:.60}")


def require_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Raise :class:`InputError` unless a value is one of some."""
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, not {value!r:.60}")


def require_whole(name: str, value: Any, least: int) -> None:
    """Raise :class:`InputError` unless a value is a whole number, ``least`` or more."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    require(whole and value >= least, name, f"a whole number, {least} or more", value)


def require_number(
    name: str, value: Any, least: float, most: float = math.inf, above: bool = False
) -> None:
    """Raise :class:`InputError` unless a value is a number within bounds, or strictly within."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    inside = real and math.isfinite(value) and least <= value <= most
    strict = not above or (inside and least < value < most)
    range_ = f"above {least:g}" if above else f"{least:g} or more"
    limit = "" if most == math.inf else f" and {'below' if above else 'at most'} {most:g}"
    require(inside and strict, name, f"a number {range_}{limit}", value)
