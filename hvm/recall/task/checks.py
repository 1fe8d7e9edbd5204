"""Checks of tables of trials, column by column and across rows, in words that name the cell.

Cells come as text, as a CSV file holds them. What passes comes out with the dtype of the schema.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from hvm.errors import HvmWarning, InputError
from hvm.recall.task.schema import INTEGER, MISSING, NUMBER, TRIAL_END

Cells = NDArray[np.object_]
"""Texts of a column, without the spaces around them; empty where a cell is."""


class Place(NamedTuple):
    """How a message names a cell: the table, what its rows are called, and which one it is."""

    name: str
    row: str
    label: Callable[[int], Any]

    def at(self, position: int) -> str:
        """The row."""
        return f"{self.row} {self.label(position)}"

    def fail(self, position: int, column: str, problem: str) -> NoReturn:
        """Raise what is wrong with a cell.

        Parameters
        ----------
        position : int
            Of the row, from 0.
        column, problem : str
            Where, and what.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(f"{self.name}: {self.at(position)}, {column}: {problem}")

    def warn(self, position: int, column: str, problem: str) -> None:
        """Warn of what is probably not meant in a cell.

        Parameters
        ----------
        position : int
            Of the row, from 0.
        column, problem : str
            Where, and what.
        """
        message = f"{self.name}: {self.at(position)}, {column}: {problem}"
        warnings.warn(message, HvmWarning, stacklevel=2)

    def fail_where(
        self, is_bad: NDArray[np.bool_], column: str, problem: Callable[[int], str]
    ) -> None:
        """Raise for the first bad row, if there is one, and say how many more there are.

        Parameters
        ----------
        is_bad : bool[rows]
        column : str
        problem : callable
            ``problem(position)`` says what is wrong there.

        Raises
        ------
        InputError
            A row is bad.
        """
        n_bad = int(np.count_nonzero(is_bad))
        if n_bad:
            position = int(np.argmax(is_bad))
            others = f" (and {n_bad - 1:,} more such rows)" if n_bad > 1 else ""
            self.fail(position, column, problem(position) + others)


def shown(value: Any) -> str:
    """A value as a message shows it, on one line."""
    return f"{value!r:.40}" if isinstance(value, str) else str(value)


# -- columns ------------------------------------------------------------------------------


def texts(cells: Cells, column: str, place: Place) -> Cells:
    """Texts of a column of which no cell may be empty.

    Parameters
    ----------
    cells : object[rows]
    column : str
    place : Place

    Returns
    -------
    object[rows]
        The same.

    Raises
    ------
    InputError
        A cell is empty.
    """
    place.fail_where(cells == "", column, lambda _: "is empty")
    return cells


def no_placeholders(cells: Cells, column: str, place: Place) -> None:
    """Require that no cell holds what programs write where nothing is.

    Parameters
    ----------
    cells : object[rows]
    column : str
    place : Place

    Raises
    ------
    InputError
        A cell does.
    """
    there = MISSING.intersection(cells.tolist())
    if there:
        place.fail_where(
            np.array([cell in there for cell in cells.tolist()]),
            column,
            lambda at: f"{shown(cells[at])} is what programs write for an empty cell: fill it in",
        )


def participants(cells: Cells, place: Place) -> NDArray[Any]:
    """Integers if all of them are, written as integers are; else texts."""
    texts(cells, "participant", place)
    if all(map(INTEGER.fullmatch, set(cells))):
        return cells.astype(np.int64)
    return cells


def trial_numbers(cells: Cells, place: Place, decimal: str = ".") -> NDArray[np.int64]:
    """Trial numbers, whole and from 1.

    Parameters
    ----------
    cells : object[rows]
    place : Place
    decimal : str
        The decimal sign.

    Returns
    -------
    int64[rows]

    Raises
    ------
    InputError
        A cell holds something else.
    """
    values = _numbers(cells, decimal)
    is_bad = ~((values >= 1) & (values < TRIAL_END) & (values == np.floor(values)))
    place.fail_where(
        is_bad, "trial", lambda at: f"{shown(cells[at])} is no trial number: 1, 2, 3, ..."
    )
    return values.astype(np.int64)


def times_ms(
    cells: Cells, place: Place, decimal: str = ".", unit: str = "ms"
) -> NDArray[np.float64]:
    """Times above 0 in milliseconds, NaN where a cell is empty.

    Parameters
    ----------
    cells : object[rows]
    place : Place
    decimal : str
        The decimal sign.
    unit : str
        Of the cells: ``ms`` or ``s``.

    Returns
    -------
    float64[rows]

    Raises
    ------
    InputError
        A cell holds something else.
    """
    values = _numbers(cells, decimal, _TO_MS[unit])
    place.fail_where(
        (cells != "") & ~(np.isfinite(values) & (values > 0)),
        "recall_time_ms",
        lambda at: f"{shown(cells[at])} is no time in {unit} above 0; leave it empty where none is",
    )
    return values


def accuracies(cells: Cells, place: Place, decimal: str = ".") -> NDArray[np.float64]:
    """Shares from 0 to 1, NaN where a cell is empty.

    Parameters
    ----------
    cells : object[rows]
    place : Place
    decimal : str
        The decimal sign.

    Returns
    -------
    float64[rows]

    Raises
    ------
    InputError
        A cell holds something else.
    """
    values = _numbers(cells, decimal)
    is_percent = np.nanmedian(values) > 1 if np.isfinite(values).any() else False
    hint = " (divide percentages by 100)" if is_percent else ""
    place.fail_where(
        (cells != "") & ~((values >= 0) & (values <= 1)),
        "accuracy",
        lambda at: (
            f"{shown(cells[at])} is no share from 0 to 1{hint}; leave it empty where none is"
        ),
    )
    return values


_TO_MS = {"ms": 0, "s": 3}
"""Powers of ten from a unit of time to milliseconds."""


def _numbers(cells: Cells, decimal: str, power: int = 0) -> NDArray[np.float64]:
    """float64, NaN where a cell is no decimal number; each distinct text is converted once."""
    values = {text: _number(text, decimal, power) for text in set(cells)}
    return np.fromiter(map(values.__getitem__, cells), float, len(cells))


def _number(text: str, decimal: str, power: int) -> float:
    """A number times a power of ten, as exact as if it had been written so."""
    plain = text if decimal == "." else text.replace(".", "?").replace(decimal, ".")
    if not NUMBER.fullmatch(plain):
        return np.nan
    mantissa, _, exponent = plain.lower().partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + power}")


# -- across rows --------------------------------------------------------------------------


def check_numbering(
    person: NDArray[np.intp],
    number: NDArray[np.int64],
    order: NDArray[np.intp],
    people: NDArray[Any],
    place: Place,
) -> None:
    """Require that every participant's trials are 1, 2, 3, ..., each once.

    Parameters
    ----------
    person, number : intp[rows], int64[rows]
        Participant and trial of each row, sorted by both.
    order : intp[rows]
        The rows of the table that these are.
    people : int64[rows] or object[rows]
        The participant of each row of the table, as the table has it.
    place : Place

    Raises
    ------
    InputError
        A trial is there twice, or missing.
    """
    is_same = np.concatenate([[False], person[1:] == person[:-1]])
    before = np.where(is_same, np.concatenate([[0], number[:-1]]), 0)
    steps = number - before
    is_twice = is_same & (steps == 0)
    if is_twice.any():
        at = int(np.argmax(is_twice))
        first, second = sorted((int(order[at - 1]), int(order[at])))
        who = f"participant {shown(people[second])}"
        place.fail(
            second,
            "trial",
            f"{who} has trial {number[at]} on {place.at(first)} too: numbers go on "
            "through all blocks",
        )
    if (steps > 1).any():
        at = int(np.argmax(steps > 1))
        row = int(order[at])
        place.fail(
            row,
            "trial",
            f"participant {shown(people[row])} has trial {number[at]} but no trial "
            f"{before[at] + 1}: keep every trial, with an empty time where it shall not count",
        )


def check_groups(
    person: NDArray[np.intp], groups: Cells, people: NDArray[Any], place: Place
) -> None:
    """Require that every participant is in one group.

    Parameters
    ----------
    person : intp[rows]
        Participants of the rows of the table, from 0.
    groups, people : object[rows]
        Groups and participants of the rows, as the table has them.
    place : Place

    Raises
    ------
    InputError
        A participant is in two groups.
    """
    firsts = np.unique(person, return_index=True)[1]
    first_groups = groups[firsts][person]
    place.fail_where(
        groups != first_groups,
        "group",
        lambda at: (
            f"{shown(groups[at])}, where participant {shown(people[at])} is in group "
            f"{shown(first_groups[at])} on {place.at(firsts[person[at]])}"
        ),
    )
