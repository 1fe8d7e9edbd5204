"""Symbols and lengths that next to no trial has, where all others are common: slips, probably.

One foreign key in one trial gives everybody an alphabet of one more. Where many are rare, as words
are, nothing is odd.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hvm.recall.task.checks import Place, shown

RARE_SHARE, COMMON_SHARE = 0.001, 0.01
"""Of all trials: those of an odd value are fewer than the first, of every other no fewer than the
second."""

_ROWS_SHOWN = 3


def warn_of_oddities(
    symbols: Sequence[str],
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    order: NDArray[np.intp],
    place: Place,
) -> None:
    """Warn of symbols and lengths that are odd.

    Parameters
    ----------
    symbols : sequence of str
    codes, starts : int32[n], int64[rows + 1]
        As in :class:`~hvm.recall.task.trials.Trials`.
    order : intp[rows]
        The row of the table that each of these rows is.
    place : Place
        Of the table.
    """
    lengths = np.diff(starts)
    if len(lengths) * RARE_SHARE <= 1:
        return

    def warn(what: str, is_there: NDArray[np.bool_]) -> None:
        rows = np.sort(order[is_there])
        more = ", ".join(place.at(row) for row in rows[1:_ROWS_SHOWN])
        more += f" and {len(rows) - _ROWS_SHOWN:,} more" if len(rows) > _ROWS_SHOWN else ""
        share = f"in {len(rows):,} of {len(lengths):,} trials"
        place.warn(
            int(rows[0]),
            "sequence",
            f"{what} {share}, where every other is in {COMMON_SHARE:.0%} or more: is it meant?"
            + (f" ({more} too)" if more else ""),
        )

    values, n_trials = np.unique(lengths, return_counts=True)
    for length in values[_is_odd(n_trials, len(lengths))].tolist():
        warn(f"a length of {length} is", lengths == length)
    for code in _odd_symbols(codes, lengths).tolist():
        is_there = np.logical_or.reduceat(codes == code, starts[:-1])
        warn(f"the symbol {shown(symbols[code])} is", is_there)


def _is_odd(n_trials: NDArray[np.int64], n_rows: int) -> NDArray[np.bool_]:
    """bool[values]: those that are rare, if all others are common, and no fewer."""
    is_rare = n_trials < RARE_SHARE * n_rows
    are_common = (n_trials[~is_rare] >= COMMON_SHARE * n_rows).all()
    are_few = 2 * np.count_nonzero(is_rare) <= len(is_rare)
    return is_rare if are_common and are_few else np.zeros_like(is_rare)


def _odd_symbols(codes: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes of symbols that are odd, of those that stand for one."""
    known = codes >= 0
    n_occurrences = np.bincount(codes[known])
    there = np.flatnonzero(n_occurrences)
    limit = RARE_SHARE * len(lengths)
    if not len(there) or n_occurrences[there].min() >= limit * lengths.max():
        return there[:0]  # each is in more trials than that: no need to count trials
    rows = np.repeat(np.arange(len(lengths)), lengths)[known]
    pairs = np.unique(codes[known].astype(np.int64) * len(lengths) + rows)
    n_trials = np.bincount(pairs // len(lengths), minlength=len(n_occurrences))[there]
    return there[_is_odd(n_trials, len(lengths))]
