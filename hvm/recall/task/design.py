"""Groups and blocks of a table of trials: names that can be told apart, and the order of blocks."""

from __future__ import annotations

import difflib
import heapq
import unicodedata
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import HvmWarning
from hvm.recall.task.checks import Place, shown

if TYPE_CHECKING:
    import pandas as pd

SEVERAL = 3
"""Where some name of a column is so many participants', one participant's alone is odd."""

LONGEST_GUESSED = 60
"""Characters of a name that others are compared with: comparing costs their square."""


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


def warn_of_lone_names(
    people: NDArray[Any],
    groups: NDArray[np.object_],
    blocks: NDArray[np.object_],
    place: Place,
) -> None:
    """Warn of groups and of blocks that one participant alone has: slips, probably.

    Parameters
    ----------
    people, groups, blocks
        Participant, group and block of each row, in any order.
    place : Place

    Warns
    -----
    HvmWarning
        Once for groups and once for blocks, where other ones are several participants'.
    """
    _warn_of_lone(people, groups, "group", place)
    _warn_of_lone(people, blocks, "block", place)


def _warn_of_lone(
    people: NDArray[Any], names: NDArray[np.object_], column: str, place: Place
) -> None:
    import pandas as pd

    rows = pd.DataFrame({"who": people, "name": names})
    n_people = rows.groupby("name", sort=False)["who"].nunique()
    lone, common = n_people.index[n_people == 1], n_people.index[n_people >= SEVERAL]
    if not len(lone) or not len(common):
        return
    at = int(np.argmax(rows["name"].isin(lone)))
    close = difflib.get_close_matches(names[at][:LONGEST_GUESSED], common, 1)
    hint = f": did you mean {shown(close[0])}?" if close else ""
    more = f" ({len(lone) - 1:,} more like it)" if len(lone) > 1 else ""
    problem = f"only participant {shown(people[at])} has {shown(names[at])}{more}{hint}"
    warnings.warn(f"{place.name}: {place.at(at)}, {column}: {problem}", HvmWarning, stacklevel=2)


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
    what_to_do = "number trials as they were seen, or give each order a table of its own"
    orders: dict[Any, dict[Any, int]] = {}
    for who, rows in firsts.groupby("who", sort=False):
        order = dict(zip(rows["block"], rows.index.tolist(), strict=True))
        for person, before in orders.items():
            turned = _turned(order, before)
            if turned:
                name, other = turned
                place.fail(
                    order[name],
                    "block",
                    f"participant {shown(who)} comes to {shown(name)} before {shown(other)}, but "
                    f"participant {shown(person)} to {shown(other)} ({place.at(before[other])}) "
                    f"before {shown(name)} ({place.at(before[name])}): {what_to_do}",
                )
        orders[who] = order
    position, name = firsts.index[0], firsts["block"].iloc[0]
    place.fail(
        position, "block", f"{shown(name)}: no one order of blocks fits everybody: {what_to_do}"
    )


def _turned(order: dict[Any, int], other: dict[Any, int]) -> tuple[Any, Any] | None:
    """Two blocks that follow each other in one order, of those that both have, and are turned."""
    places = {name: number for number, name in enumerate(other)}
    common = (name for name in order if name in places)
    return next((pair for pair in pairwise(common) if places[pair[0]] > places[pair[1]]), None)
