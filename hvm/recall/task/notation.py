"""How sequences are written: what stands between symbols, in the whole column, and the symbols.

One sign separates the symbols of a table, the strongest that is there (:data:`STRENGTH`): items
between ``|`` may hold spaces and hyphens. A minus before a digit is a sign, not a separator, at the
start of a cell and after a separator.
"""

from __future__ import annotations

import contextlib
import json
import re
import warnings
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from hvm.errors import HvmWarning
from hvm.recall.task.checks import Cells, Place, shown
from hvm.recall.task.dialect import CHARACTERS, LISTS

STRENGTH = ("|", ";", ",", " ", "-")
"""Separators that are looked for, the strongest first; the space stands for any white space."""

_SIGN = "\0"
_SIGNS = re.compile(r"(^|- ?)-(?=[0-9])")
_NUMBERS_APART = re.compile(r"-?[0-9]+(?:[\s;,-]+[0-9]+)+")
_HYPHEN = re.compile(r" ?- ?")

_BRACKETS = {"[": "]", "(": ")"}
_QUOTES = "'\""
_NUMPY_SCALAR = re.compile(r"np\.\w+\(([^()]*)\)")
_ITEM = re.compile(
    r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s,'"\[\](){}][^,"\[\](){}]*)""", re.DOTALL
)
_WORD = re.compile(
    r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s,'"\[\](){}][^\s,"\[\](){}]*)""", re.DOTALL
)
_COMMA = re.compile(r"\s*,\s*")
_WHITE = re.compile(r"\s+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_WHOLE_FLOAT = re.compile(r"(-?[0-9]+)\.0*")


def separator_of(texts: list[str]) -> str:
    """What stands between symbols of sequences.

    >>> separator_of(["0 2 -2 5"]), separator_of(["T-SHIRT|WATER GUN"]), separator_of(["236", "-3"])
    (' ', '|', 'none')
    """
    joined = "\n".join(texts)
    if any(sign in joined for sign in "[('\"") and _are_lists(texts):
        return LISTS
    for separator in STRENGTH[:3]:
        if separator in joined:
            return separator
    has_space = len(joined.split()) > len(texts)
    if "-" not in joined:
        return " " if has_space else CHARACTERS
    texts = [_squeezed(text) for text in texts]
    if has_space and any(" " in text.replace(" - ", "-") for text in texts):
        return " "
    return "-" if any("-" in _SIGNS.sub(r"\1", text) for text in texts) else CHARACTERS


def _squeezed(text: str) -> str:
    """A text with single spaces, so that no pattern looks at many of them again and again."""
    return " ".join(text.split())


class Notation(NamedTuple):
    """How the sequences of a table are written.

    Attributes
    ----------
    separator : str
        What stands between symbols; :data:`~hvm.recall.task.dialect.CHARACTERS` where nothing does.
    is_named : bool
        Somebody said so, and nothing was looked for.
    """

    separator: str
    is_named: bool = False

    def splitter(self, sequences: Cells, place: Place) -> Callable[[str], list[str]] | None:
        """A function that gives the symbols of a sequence; None where each character is one.

        Parameters
        ----------
        sequences : object[rows]
            Of the table, in its order.
        place : Place

        Returns
        -------
        callable or None
            Symbols are empty where a separator has none at one side.

        Raises
        ------
        InputError
            A sequence is not written as the others are.
        """
        if self.separator == LISTS:
            return _list_splitter(sequences, place)
        if not self.is_named:
            _check_no_list(sequences, place)
        if self.separator == CHARACTERS:
            return None if self.is_named else _signed_splitter(sequences, place)
        if self.separator == " ":
            return str.split
        if self.separator == "-":
            return _hyphenated
        return lambda text: [_squeezed(item) for item in text.split(self.separator)]


def notation_of(sequences: Cells, separator: str | None, place: Place) -> Notation:
    """How sequences are written, as somebody says or as they show.

    Parameters
    ----------
    sequences : object[rows]
    separator : str, optional
        That somebody named; a warning tells if it stands nowhere.
    place : Place

    Returns
    -------
    Notation
    """
    texts = sequences.tolist()
    if separator is None:
        return Notation(separator_of(texts))
    signs = {CHARACTERS: "", LISTS: "", " ": ""}
    if not any(signs.get(separator, separator) in text for text in texts):
        warnings.warn(
            f"{place.name}: the separator {separator!r:.40} stands in no sequence: each is read as "
            "one symbol",
            HvmWarning,
            stacklevel=2,
        )
    if separator in (",", " ") and separator_of(texts) == LISTS:
        separator = LISTS
    return Notation(separator, is_named=True)


def warn_of_unsplit(sequences: Cells, notation: Notation, place: Place) -> None:
    """Warn of a sequence that seems to hold several symbols, but not the separator of the others.

    It holds numbers with another separator, or more than one of symbols that are single characters.

    Parameters
    ----------
    sequences : object[rows]
    notation : Notation
        How they are written; nobody is warned of what somebody named.
    place : Place
    """
    if notation.is_named or notation.separator in (CHARACTERS, LISTS):
        return
    texts = sequences.tolist()
    sign = None if notation.separator == " " else notation.separator
    whole = {
        text
        for text in texts
        if (sign or " ") not in text and len(text.split(sign)) == 1 < len(text)
    }
    if not whole:
        return
    known = {part.strip() for text in set(texts) - whole for part in text.split(sign)}
    known = known if max(map(len, known)) == 1 else set()
    strange = {text for text in whole if _NUMBERS_APART.fullmatch(text) or known.issuperset(text)}
    if strange:
        position = next(at for at, text in enumerate(texts) if text in strange)
        n_others = sum(text in strange for text in texts) - 1
        others = f" ({n_others:,} more such rows)" if n_others else ""
        place.warn(
            position,
            "sequence",
            f"{shown(texts[position])} is read as one symbol: elsewhere "
            f"{shown(notation.separator)} stands between symbols{others}",
        )


def as_lists(sequences: Cells, notation: Notation, place: Place) -> Cells:
    """Sequences as lists, which everybody reads as such.

    Parameters
    ----------
    sequences : object[rows]
    notation : Notation
        How they are written.
    place : Place

    Returns
    -------
    object[rows]

    Raises
    ------
    InputError
        A sequence is not written as the others are.
    """
    split = notation.splitter(sequences, place) or list
    lists = np.empty(len(sequences), object)
    lists[:] = [json.dumps(split(text), ensure_ascii=False) for text in sequences.tolist()]
    return lists


def _hyphenated(text: str) -> list[str]:
    marked = _SIGNS.sub(rf"\1{_SIGN}", _squeezed(text))
    return [item.replace(_SIGN, "-") for item in _HYPHEN.split(marked)]


def _signed_splitter(sequences: Cells, place: Place) -> Callable[[str], list[str]] | None:
    """Each character is a symbol, but a minus belongs to the digit that it stands before."""
    texts = sequences.tolist()
    if "-" not in "".join(texts):
        return None
    place.fail_where(
        np.array([text[0] == "-" and len(text) > 2 for text in texts]),
        "sequence",
        lambda at: (
            f"{shown(texts[at])} is one number or several symbols: write [{texts[at]}] for one, or "
            "say --separator none for a symbol a character"
        ),
    )
    return lambda text: [text] if text[0] == "-" else list(text)


def _check_no_list(sequences: Cells, place: Place) -> None:
    """Require that what begins and ends as a list, and holds commas, was read as one."""
    texts = sequences.tolist()
    if "[" not in "".join(texts):
        return
    place.fail_where(
        np.array([text[0] + text[-1] == "[]" and "," in text for text in texts]),
        "sequence",
        lambda at: f"{shown(texts[at])} is no list of symbols: separate symbols by commas",
    )


# -- lists --------------------------------------------------------------------------------------


def _are_lists(texts: list[str]) -> bool:
    """Whether a cell is a list by more than its first and last sign, which may be symbols."""
    return any(
        items is not None
        and (text[0] == "[" or len(items) > 1 or (text[0] == "(" and text[1] in _QUOTES))
        for text, items in lists_of(texts).items()
    )


def lists_of(texts: Iterable[str]) -> dict[str, list[str] | None]:
    """The items of each list that is written as text, None where it is none.

    Items stand between commas, or, if no list has a comma, between white space, as arrays print.

    >>> list(lists_of(["[1, 2.0, -3]", "('a', 'b c',)", "[b c]", "'d', 'e'", "4,5"]).values())
    [['1', '2', '-3'], ['a', 'b c'], ['b c'], ['d', 'e'], None]
    >>> list(lists_of(["['4' '5']", "[6]", "[]", "(())"]).values())
    [['4', '5'], ['6'], [], None]
    """
    insides = {text: _inside(text) for text in texts}
    by_comma = {text: _items(inside, _ITEM, _COMMA) for text, inside in insides.items()}
    if any(items and len(items) > 1 for items in by_comma.values()):
        return by_comma
    return {text: _items(inside, _WORD, _WHITE) for text, inside in insides.items()}


def _inside(text: str) -> str | None:
    if len(text) > 2 and text[0] == text[-1] in _QUOTES:
        return text
    if len(text) < 2 or _BRACKETS.get(text[0]) != text[-1]:
        return None
    return _NUMPY_SCALAR.sub(r"\1", text[1:-1]).strip().removesuffix(",").rstrip()


def _items(inside: str | None, item: re.Pattern[str], between: re.Pattern[str]) -> list[str] | None:
    if not inside:
        return None if inside is None else []
    items: list[str] = []
    at = 0
    while True:
        found = item.match(inside, at)
        if found is None:
            return None
        items.append(_item_text(found))
        if found.end() == len(inside):
            return items
        gap = between.match(inside, found.end())
        if gap is None:
            return None
        at = gap.end()


def _item_text(found: re.Match[str]) -> str:
    bare = found[3]
    if bare is not None:
        return _WHOLE_FLOAT.sub(_whole, _squeezed(bare))
    if found[2] is not None:
        with contextlib.suppress(ValueError):
            return str(json.loads(f'"{found[2]}"'))
    return _ESCAPE.sub(r"\1", found[1] if found[2] is None else found[2])


def _whole(number: re.Match[str]) -> str:
    return number[1] if number[0] == number.string else number[0]


def _list_splitter(sequences: Cells, place: Place) -> Callable[[str], list[str]]:
    texts = sequences.tolist()
    items = lists_of(dict.fromkeys(texts))
    first = next((at for at, text in enumerate(texts) if items[text] is not None), 0)
    place.fail_where(
        np.array([items[text] is None for text in texts]),
        "sequence",
        lambda at: f"{shown(texts[at])} is no list, as {shown(texts[first])} on {place.at(first)}",
    )
    place.fail_where(
        np.array([not items[text] for text in texts]),
        "sequence",
        lambda at: f"{shown(texts[at])} is a list of nothing",
    )
    lists = {text: each or [] for text, each in items.items()}
    return lists.__getitem__
