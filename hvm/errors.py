"""The one exception family: what was wrong, where, and what to do; and the checks that raise it.

A check returns what it has checked, a number as a plain ``int`` or ``float``:

>>> require_number("theta", 1, 0, 1)
1.0
>>> require_whole("seed", -1, 0)
Traceback (most recent call last):
hvm.errors.InputError: seed must be an integer of 0 or more, not -1
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Collection

TYPE_CHECKING = False  # as type checkers take it; the module ``typing`` is most of an import
if TYPE_CHECKING:
    from typing import Any

_LONGEST_VALUE = 60
"""Characters of a value in a message: what is longer hides the message on a terminal."""


class HvmError(Exception):
    """Base of every error that hvm raises on purpose; its text is one line.

    Examples
    --------
    >>> from hvm import HVM
    >>> try:
    ...     HVM().fit("")
    ... except HvmError as error:
    ...     print(error)
    there is nothing to learn: the input holds no symbol
    """


class InputError(HvmError, ValueError):
    """Symbols, text or arguments that cannot be used; a ValueError, as other packages expect."""


class ModelFileError(HvmError):
    """A model file that is missing, damaged, from a newer version, or not a model at all."""


class OutputError(HvmError):
    """An output path that cannot be written."""


class DataError(HvmError):
    """Data that cannot be fetched: no connection, no such file, another hash than the known one."""


class HvmWarning(UserWarning):
    """What was read or asked for is probably not what was meant; the work goes on."""


# -- messages and checks ------------------------------------------------------------------------


def one_line_path(path: str | bytes | os.PathLike[str]) -> str:
    """A path as a message shows it: quoted if it holds what does not print on one line."""
    text = os.fsdecode(path)
    return text if text.isprintable() else repr(text)


def shown(value: object) -> str:
    """A value as a message shows it, cut if it is long."""
    try:
        return repr(value)[:_LONGEST_VALUE]
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"


def require(holds: bool, name: str, wanted: str, value: object) -> None:
    """Check a setting.

    Parameters
    ----------
    holds : bool
        Whether the setting is what it must be.
    name : str
        What the user calls the setting.
    wanted : str
        What it must be, after "must be".
    value : object
        What it is.

    Raises
    ------
    InputError
        It does not hold.
    """
    if not holds:
        raise InputError(f"{name} must be {wanted}, not {shown(value)}")


def require_flag(name: str, value: Any) -> bool:
    """Return a setting that is True or False, or raise :class:`InputError`."""
    require(isinstance(value, bool), name, "True or False", value)
    return bool(value)


def require_choice(name: str, value: Any, choices: Collection[object]) -> None:
    """Check that a setting is one of some.

    Parameters
    ----------
    name : str
        What the user calls the setting.
    value : object
        What it is.
    choices : collection
        What it may be, in the order of the message.

    Raises
    ------
    InputError
        It is none of them.
    """
    require(value in choices, name, f"one of {', '.join(map(str, choices))}", value)


def require_whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Check that a setting is an integer within bounds.

    Parameters
    ----------
    name : str
        What the user calls the setting.
    value : object
        What it is; numpy's integers are integers, True and 2.0 are not.
    least, most : int
        Bounds, both included; no upper one by default.

    Returns
    -------
    int

    Raises
    ------
    InputError
        It is no integer, or out of bounds.
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    inside = whole and least <= value and (most is None or value <= most)
    bounds = f"of {least} or more" if most is None else f"from {least} to {most}"
    require(inside, name, f"an integer {bounds}", value)
    return int(value)


def require_number(
    name: str,
    value: Any,
    least: float,
    most: float = math.inf,
    *,
    above: bool = False,
    finite: bool = True,
) -> float:
    """Check that a setting is a number within bounds.

    Parameters
    ----------
    name : str
        What the user calls the setting.
    value : object
        What it is; numpy's numbers are numbers, True is not.
    least, most : float
        Bounds; no upper one by default.
    above : bool
        Whether both bounds are left out.
    finite : bool
        Whether infinity is left out.

    Returns
    -------
    float

    Raises
    ------
    InputError
        It is no number, or out of bounds.
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool) and _is_float(value)
    inside = real and (least < value < most if above else least <= value <= most)
    if above:
        bounds = f"above {least:g}" + ("" if most == math.inf else f" and below {most:g}")
    else:
        bounds = f"of {least:g} or more" if most == math.inf else f"from {least:g} to {most:g}"
    require(inside and (math.isfinite(value) or not finite), name, f"a number {bounds}", value)
    return float(value)


def _is_float(value: Any) -> bool:
    """Whether a real number is within the range of floats; an integer may be too large."""
    try:
        float(value)
    except OverflowError:
        return False
    return True


def require_positive(
    name: str, value: Any, most: float = math.inf, *, finite: bool = True
) -> float:
    """Check that a setting is a number above 0.

    Parameters
    ----------
    name : str
        What the user calls the setting.
    value : object
        What it is.
    most : float
        The highest that it may be, itself included.
    finite : bool
        Whether infinity is left out.

    Returns
    -------
    float

    Raises
    ------
    InputError
        It is no number, 0 or less, or above ``most``.
    """
    number = require_number(name, value, 0, most, finite=finite)
    limit = "" if most == math.inf else f" and at most {most:g}"
    require(number > 0, name, f"above 0{limit}", value)
    return number
