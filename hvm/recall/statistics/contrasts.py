"""Which groups are compared with which: every pair, those with the reference group first."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from hvm.errors import InputError

LESS = " less "
GROUPS_NAMED = 12
"""A message names no more groups."""


class Contrast(NamedTuple):
    """The first group's mean less the second's.

    Attributes
    ----------
    name : str
        What the column ``group`` says.
    first, second
        Groups; of a table of one group, the second is None.
    """

    name: str
    first: Any
    second: Any


def reference_of(
    groups: Sequence[Any], reference: str | None = None, table_name: str = "trials"
) -> Any:
    """The group that others are compared with: the last by name, unless one is named.

    Parameters
    ----------
    groups : sequence
        In the order of their names.
    reference : str, optional
    table_name : str
        What messages call the table.

    Returns
    -------
    str
        As in the table.

    Raises
    ------
    InputError
        There is no such group.
    """
    if reference is None:
        return groups[-1]
    by_text = {str(group): group for group in groups}
    if reference not in by_text:
        close = difflib.get_close_matches(reference, by_text, 1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        names = ", ".join(map(repr, [*by_text][:GROUPS_NAMED]))
        more = len(by_text) - GROUPS_NAMED
        names += f" and {more} more" if more > 0 else ""
        raise InputError(
            f"{table_name}: there is no group {reference!r:.60} to be the reference{hint}: "
            f"name one of {names}"
        )
    return by_text[reference]


def contrasts_of(
    groups: Sequence[Any], reference: str | None = None, table_name: str = "trials"
) -> list[Contrast]:
    """Every pair of groups.

    Each other group less the reference, then the pairs of others, first by name less second. The
    single contrast of two groups has no name unless a reference was named.

    Parameters
    ----------
    groups, reference, table_name
        As for :func:`reference_of`.

    Returns
    -------
    list of Contrast
        One without a second group where there is one group.

    Raises
    ------
    InputError
        There is no such group.

    Examples
    --------
    >>> [contrast.name for contrast in contrasts_of(["a", "b", "c"], "a")]
    ['b less a', 'c less a', 'b less c']
    """
    against = reference_of(groups, reference, table_name)
    others = [group for group in groups if group != against]
    if not others:
        return [Contrast("", against, None)]
    pairs = [*((group, against) for group in others), *combinations(others, 2)]
    is_named = len(pairs) > 1 or reference is not None
    return [Contrast(_name(*pair) if is_named else "", *pair) for pair in pairs]


def _name(first: Any, second: Any) -> str:
    return LESS.join(repr(name) if LESS in name else name for name in (str(first), str(second)))
