"""Groups and blocks of a table of trials: names that can be told apart, and the order of blocks."""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.recall.task.checks import Place, shown

if TYPE_CHECKING:
    import pandas as pd


def check_names(groups: NDArray[np.object_], blocks: NDArray[np.object_], place: Place) -> None:
    """Require that no two groups, and no two blocks, have names that are read as one.

    Parameters
    ----------
    groups, blocks : object[rows]
        Of the rows, as the table has them.
    place : Place

    Raises
    ------
    InputError
        Two groups differ in white space or in how Unicode writes a letter; or two blocks do, or
        they differ in capitals.
    """
    _require_told_apart(groups, "group", place, str)
    _require_told_apart(blocks, "block", place, str.casefold)


def _require_told_apart(names: NDArray[np.object_], column: str, place: Place, fold: Any) -> None:
    import pandas as pd

    counts = pd.Series(names).value_counts(sort=False)
    seen: dict[str, Any] = {}
    for name in counts.index:
        text = " ".join(unicodedata.normalize("NFC", fold(str(name))).split())
        twin = seen.setdefault(text, name)
        if twin != name:
            rare, usual = (name, twin) if counts[name] <= counts[twin] else (twin, name)
            at, other = (int(np.argmax(names == each)) for each in (rare, usual))
            place.fail(
                at,
                column,
                f"{rare!a:.60} and {usual!a:.60} on {place.at(other)} read as one name: write "
                "them the same, or further apart",
            )


def block_order(
    people: NDArray[Any], blocks: NDArray[np.object_], number: NDArray[Any], place: Place
) -> tuple[Any, ...]:
    """Blocks in the order in which participants come to them: by the first trial of each.

    A participant may lack blocks. Where that leaves the order of two blocks open, the one that
    begins at the lower trial is first, and of equal ones the first by name.

    Parameters
    ----------
    people, blocks, number
        Participant, block and trial of each row, in any order.
    place : Place

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        Two participants come to two blocks in different orders.
    """
    import pandas as pd

    rows = pd.DataFrame({"who": people, "block": blocks, "trial": number})
    firsts = rows.sort_values(["who", "trial"], kind="stable").drop_duplicates(["who", "block"])
    names, who = firsts["block"].tolist(), firsts["who"].tolist()
    followers: dict[Any, set[Any]] = {name: set() for name in names}
    for at in range(1, len(names)):
        if who[at] == who[at - 1]:
            followers[names[at - 1]].add(names[at])
    begins = dict(firsts.groupby("block", sort=False)["trial"].min().items())
    ordered = _ordered(followers, begins)
    if len(ordered) < len(followers):
        _fail(firsts[~firsts["block"].isin(ordered)], place)
    return tuple(ordered)


def _ordered(followers: dict[Any, set[Any]], begins: dict[Any, Any]) -> list[Any]:
    """Names so that each stands before its followers; those on a circle are left out."""
    n_before = dict.fromkeys(followers, 0)
    for after in followers.values():
        for name in after:
            n_before[name] += 1
    free = [(begins[name], name) for name, n in n_before.items() if n == 0]
    heapq.heapify(free)
    ordered = []
    while free:
        _, name = heapq.heappop(free)
        ordered.append(name)
        for other in followers[name]:
            n_before[other] -= 1
            if n_before[other] == 0:
                heapq.heappush(free, (begins[other], other))
    return ordered


def _fail(firsts: pd.DataFrame, place: Place) -> None:
    """Name two participants whose orders differ, or else one block of a circle of three or more."""
    seen: dict[tuple[Any, Any], tuple[Any, int, int]] = {}
    what_to_do = "number trials as they were seen, or give each order a table of its own"
    for who, rows in firsts.groupby("who", sort=False):
        for (a, name), (b, other) in combinations(_pairs(rows), 2):
            if (other, name) in seen:
                person, before, after = seen[other, name]
                place.fail(
                    a,
                    "block",
                    f"participant {shown(who)} comes to {shown(name)} before {shown(other)}, but "
                    f"participant {shown(person)} to {shown(other)} ({place.at(before)}) before "
                    f"{shown(name)} ({place.at(after)}): {what_to_do}",
                )
            seen.setdefault((name, other), (who, a, b))
    position, name = next(iter(_pairs(firsts)))
    place.fail(
        position, "block", f"{shown(name)}: no one order of blocks fits everybody: {what_to_do}"
    )


def _pairs(firsts: pd.DataFrame) -> Iterable[tuple[int, Any]]:
    return zip(firsts.index.tolist(), firsts["block"].tolist(), strict=True)
