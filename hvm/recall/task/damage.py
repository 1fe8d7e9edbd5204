"""What spreadsheets make of sequences: numbers, dates, numbers without their leading zeros.

They do so to any column that was not imported as text. What is lost cannot be restored, so such
cells are refused. Only whole cells count, and only where nothing else in the column shows that its
sequences are of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hvm.recall.task.checks import Cells, Place, shown
from hvm.recall.task.notation import Notation

_ADVICE = "import the column as text"

_ROUNDED = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-][0-9]{1,3}")
_WITH_POINT = re.compile(r"[+-]?[0-9]+(\.)0+")

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|januar|februar|märz|mär|mrz|april|mai|"
    "juni|juli|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott"
)
_NAMED_DATE = re.compile(
    rf"(?:[0-3]?[0-9](?:-|\. ?)({_MONTHS})\.?(?:[- .](?:[0-9]{{4}}|[0-9]{{2}}))?"
    rf"|({_MONTHS})\.?[- ](?:[0-9]{{4}}|[0-9]{{2}}))",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(
    r"((?:19|20)[0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[ T]00:00(?::00(?:\.0+)?)?)?"
)
_DAY_DATE = re.compile(
    r"(?:0?[1-9]|[12][0-9]|3[01])([./])(?:0?[1-9]|[12][0-9]|3[01])\1(?:(?:19|20)[0-9]{2}|[0-9]{2})"
)
_CLOCK = re.compile(r"[0-9]{1,2}(:)[0-5][0-9](?::[0-5][0-9])?(?: [AP]M)?")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_MOST_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; those after them become zeros."""

_CUT_ROWS = 4
"""Distinct sequences that end in zeros by chance, where zero is a symbol, in one of 10,000."""


def check_undamaged(
    sequences: Cells, notation: Notation, person: NDArray[np.intp], place: Place
) -> None:
    """Require that no spreadsheet has changed a sequence.

    Parameters
    ----------
    sequences : object[rows]
    notation : Notation
        Who names the separator has looked at the column: numbers that were rounded are refused
        all the same.
    person : intp[rows]
        Participants of the rows, from 0.
    place : Place

    Raises
    ------
    InputError
        One was changed: the message names the row, the value and the cause.
    """
    distinct = list(dict.fromkeys(sequences.tolist()))
    if "".join(distinct).isdigit():
        if not notation.is_named:
            _check_digits(distinct, sequences, person, place)
        return
    _refuse(
        set(_matches(distinct, _ROUNDED)),
        sequences,
        place,
        lambda text: f"{shown(text)} is a rounded number, as spreadsheets make them: {_ADVICE}",
    )
    if notation.is_named:
        return
    _refuse(
        _unlike_others(distinct, _NAMED_DATE, _ISO_DATE, _DAY_DATE, _CLOCK),
        sequences,
        place,
        lambda text: (
            f"{shown(text)} is a date or a time of day, as spreadsheets make them: {_ADVICE}"
        ),
    )
    _refuse(
        _unlike_others(distinct, _WITH_POINT),
        sequences,
        place,
        lambda text: f"{shown(text)} is a number with a decimal point, no sequence: {_ADVICE}",
    )
    if notation.separator == "," and all(map(_THOUSANDS.fullmatch, distinct)):
        place.warn(
            0,
            "sequence",
            f"{shown(sequences[0])} is read as {sequences[0].count(',') + 1} symbols; if it is a "
            f"number with commas between thousands, {_ADVICE}; if not, say --separator ,",
        )


def _refuse(
    damaged: set[str], sequences: Cells, place: Place, problem: Callable[[str], str]
) -> None:
    if damaged:
        is_bad = np.array([text in damaged for text in sequences.tolist()])
        place.fail_where(is_bad, "sequence", lambda at: problem(sequences[at]))


# -- dates and decimal points -------------------------------------------------------------------


def _matches(texts: list[str], pattern: re.Pattern[str]) -> dict[str, re.Match[str]]:
    """Texts that are of a pattern; where no line of any is, nothing is looked at one by one."""
    lines = re.compile(rf"^(?:{pattern.pattern})$", pattern.flags | re.MULTILINE)
    if not lines.search("\n".join(texts)):
        return {}
    return {text: match for text in texts if (match := pattern.fullmatch(text))}


def _unlike_others(texts: list[str], *patterns: re.Pattern[str]) -> set[str]:
    """Texts of a pattern whose part in its group is nowhere in texts that are not of it."""
    unlike: set[str] = set()
    for pattern in patterns:
        found = _matches(texts, pattern)
        others = [text for text in texts if text not in found] if found else []
        signs = set("".join(others)).intersection("./:")
        items = {item.strip() for text in others for item in text.split("-")}
        for text, match in found.items():
            part = next(filter(None, match.groups()))
            if part not in signs and part not in items:
                unlike.add(text)
    return unlike


# -- digits -------------------------------------------------------------------------------------


def _check_digits(
    distinct: list[str], sequences: Cells, person: NDArray[np.intp], place: Place
) -> None:
    """Of sequences that are digits, one symbol a character: none was read as a number."""
    cut = {text for text in distinct if len(text) > _MOST_DIGITS}
    has_tails = bool(cut) and not any(text[_MOST_DIGITS:].strip("0") for text in cut)
    is_symbol = has_tails and any("0" in text[:_MOST_DIGITS] for text in distinct)
    if has_tails and (not is_symbol or len(cut) >= _CUT_ROWS):
        _refuse(
            cut,
            sequences,
            place,
            lambda text: (
                f"'{text}' ends in zeros after {_MOST_DIGITS} digits, all that a spreadsheet keeps "
                f"of a number: {_ADVICE}"
            ),
        )
    _check_leading_zeros(sequences, person, place)


def _check_leading_zeros(sequences: Cells, person: NDArray[np.intp], place: Place) -> None:
    """Where none begins with zero, few sequences, or all of some people, are shorter than others.

    If zero is a symbol elsewhere, that is damage; if not, it may be.
    """
    texts = sequences.tolist()
    lengths: NDArray[np.int64] = np.fromiter(map(len, texts), np.int64, len(texts))
    is_short = lengths < lengths.max()
    if not is_short.any() or any(text[0] == "0" for text in texts):
        return
    is_rare = np.count_nonzero(is_short) < len(texts) / 2
    by_person = _is_constant(lengths, person)
    has_zero = any("0" in text for text in set(texts))
    at = int(np.argmax(is_short))
    problem = (
        f"{shown(texts[at])} has {lengths[at]} digits, where others have {lengths.max()} and none "
        f"begins with 0: a spreadsheet drops leading zeros: {_ADVICE}"
    )
    if has_zero and (is_rare or by_person):
        others = f" ({np.count_nonzero(is_short):,} such rows)"
        place.fail(at, "sequence", f"{problem}, or say --separator none if it is right{others}")
    if by_person and is_rare:
        place.warn(at, "sequence", f"{problem} if it is not right")


def _is_constant(lengths: NDArray[np.int64], person: NDArray[np.intp]) -> bool:
    """Whether all sequences of a participant have one length, of more than one participant."""
    firsts = np.unique(person, return_index=True)[1]
    return len(firsts) > 1 and bool((lengths == lengths[firsts][person]).all())
