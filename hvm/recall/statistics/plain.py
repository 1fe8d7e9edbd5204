"""Plain predictors: what is known of a trial without any model of learning.

Earlier trials are those of the same participant, all blocks included. Two sequences have the same
*pattern* if equal keys stand at the same positions: their keys, numbered by first appearance, are
the same (AAAB, BBBC).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics.checked import SURPRISAL_COLUMNS, CheckedTrials, Surprisals
from hvm.recall.statistics.rows import keys_of
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

PAIRS_AT_ONCE = 1 << 15
"""Pairs of sequences whose distances are worked out together: their rows stay in the cache."""


class _Sequences(NamedTuple):
    """The distinct sequences of a table, by code; a missing one has code -1.

    ``keys`` int64[s, longest], -1 past the end; ``lengths`` int64[s]; ``patterns`` int64[s].
    """

    keys: NDArray[np.int64]
    lengths: NDArray[np.int64]
    patterns: NDArray[np.int64]


def plain_predictors(trials: CheckedTrials) -> Surprisals:
    """The plain predictors that are one number a trial, as if they were bits.

    - ``repeat_count``: how many earlier trials showed this participant the same sequence;
      ``pattern_count``: a sequence of the same pattern.
    - ``log_lag_since_same_sequence``, ``log_lag_since_same_pattern``: natural logarithm of the
      trials since one was last shown (1: the trial just before). What was not shown before gets a
      lag that no repetition can reach: one more than the highest trial number of the table.
    - ``edit_distance_to_previous``, ``least_edit_distance``: keys to be inserted, deleted or
      replaced (:func:`edit_distances`) to make the sequence of the trial before, or the nearest one
      of all earlier trials. A participant's first trial has none, and is not among the trials that
      these two are judged on.
    - ``n_distinct_keys``, ``n_runs``: of the sequence: different keys, and runs of equal ones.

    Another, ``group_x_practice``, is group, group x log trial and group x trial: three columns,
    which know each trial's group and number but nothing of its sequence.

    Parameters
    ----------
    trials : CheckedTrials

    Returns
    -------
    Surprisals
        Of a missing sequence, distances and numbers are NaN; missing sequences count as the same.
    """
    import pandas as pd

    table = trials.table
    codes, distinct = pd.factorize(table["sequence"])
    sequences = _sequences_of(distinct)
    people = pd.factorize(table["participant"])[0]
    count, lag = _repeats(table, codes)
    pattern_count, pattern_lag = _repeats(table, _of_codes(sequences.patterns, codes, -1))
    previous, least = _distances(people, codes, sequences)
    values = {
        "repeat_count": count,
        "log_lag_since_same_sequence": lag,
        "pattern_count": pattern_count,
        "log_lag_since_same_pattern": pattern_lag,
        "edit_distance_to_previous": previous,
        "least_edit_distance": least,
        "n_distinct_keys": _of_codes(_n_distinct(sequences), codes, np.nan),
        "n_runs": _of_codes(_n_runs(sequences), codes, np.nan),
    }
    key = table[list(TRIAL_KEY)]
    predictors = pd.concat(
        [key.assign(model=name, surprisal_bits=column) for name, column in values.items()],
        ignore_index=True,
    )
    return Surprisals(predictors[list(SURPRISAL_COLUMNS)])


def pattern_of(keys: Sequence[Hashable]) -> tuple[int, ...]:
    """The keys of a sequence, numbered by first appearance.

    Examples
    --------
    >>> pattern_of("442415")
    (0, 0, 1, 0, 2, 3)
    """
    numbers: dict[Hashable, int] = {}
    return tuple(numbers.setdefault(key, len(numbers)) for key in keys)


def edit_distances(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    left_lengths: NDArray[np.int64],
    right_lengths: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Least insertions, deletions and replacements that turn one sequence into another.

    Wagner & Fischer 1974 (Journal of the ACM 21(1), 168-173, doi 10.1145/321796.321811), all pairs
    at once: in a row of the table, insertions are a running minimum.

    Parameters
    ----------
    left, right : int64[b, longest left], int64[b, longest right]
        Codes of the symbols; what stands past the end of a sequence does not matter.
    left_lengths, right_lengths : int64[b]

    Returns
    -------
    int64[b]

    Examples
    --------
    >>> left, right = np.array([[1, 2, 3], [1, 2, 3]]), np.array([[2, 3], [1, 9]])
    >>> edit_distances(left, right, np.array([3, 2]), np.array([2, 2])).tolist()
    [1, 1]
    """
    n_right = right.shape[1]
    steps = np.arange(n_right + 1, dtype=np.int32)[:, None]
    row = np.repeat(steps, len(left), axis=1)
    distances = row[right_lengths, np.arange(len(left))].astype(np.int64)
    columns = np.ascontiguousarray(right.T)
    for i in range(left.shape[1]):
        below = row + 1
        np.minimum(below[1:], row[:-1] + (columns != left[:, i]), out=below[1:])
        row = np.minimum.accumulate(below - steps, axis=0) + steps
        ends = np.flatnonzero(left_lengths == i + 1)
        distances[ends] = row[right_lengths[ends], ends]
    return distances


def _sequences_of(distinct: Sequence[object]) -> _Sequences:
    symbols: dict[str, int] = {}
    keys = [keys_of(each) for each in distinct]
    lengths = np.array([len(each) for each in keys], np.int64)
    padded = np.full((len(keys), max(lengths, default=0)), -1, np.int64)
    patterns: dict[tuple[int, ...], int] = {}
    of_pattern = np.empty(len(keys), np.int64)
    for place, each in enumerate(keys):
        padded[place, : len(each)] = [symbols.setdefault(key, len(symbols)) for key in each]
        of_pattern[place] = patterns.setdefault(pattern_of(each), len(patterns))
    return _Sequences(padded, lengths, of_pattern)


def _of_codes(values: NDArray[np.generic], codes: NDArray[np.intp], missing: float) -> Floats:
    """The value of each trial's sequence, float64[n]."""
    of_trial = np.full(len(codes), missing, np.float64)
    of_trial[codes >= 0] = values[codes[codes >= 0]]
    return of_trial


def _repeats(table: pd.DataFrame, same: NDArray[np.generic]) -> tuple[Floats, Floats]:
    """Earlier trials with the same value, and the log of the lag since the last of them."""
    alike = table[["participant", "trial"]].assign(same=same).groupby(["participant", "same"])
    lag = table["trial"] - alike["trial"].shift()
    never = table["trial"].max() + 1
    count = alike.cumcount().to_numpy(np.float64)
    return count, np.log(lag.fillna(never).to_numpy(np.float64))


def _n_distinct(sequences: _Sequences) -> NDArray[np.int64]:
    ordered = np.sort(sequences.keys, axis=1)
    changes = (np.diff(ordered, axis=1, prepend=-1) != 0) & (ordered >= 0)
    return np.asarray(changes.sum(axis=1), np.int64)


def _n_runs(sequences: _Sequences) -> NDArray[np.int64]:
    changes = (np.diff(sequences.keys, axis=1, prepend=-1) != 0) & (sequences.keys >= 0)
    return np.asarray(changes.sum(axis=1), np.int64)


def _distances(
    people: NDArray[np.intp], codes: NDArray[np.intp], sequences: _Sequences
) -> tuple[Floats, Floats]:
    """Edit distances to the trial before and to the nearest earlier one; rows by participant."""
    n = len(codes)
    previous, least = np.full(n, np.nan), np.full(n, np.nan)
    after = np.flatnonzero((people[1:] == people[:-1]) & (codes[1:] >= 0) & (codes[:-1] >= 0)) + 1
    previous[after] = _of_pairs(codes[after], codes[after - 1], sequences)
    begins = np.flatnonzero(np.diff(people, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], n], strict=True):
        least[begin:end] = _least_of_person(codes[begin:end], sequences)
    return previous, least


def _least_of_person(codes: NDArray[np.intp], sequences: _Sequences) -> Floats:
    """0 where a sequence comes again; of a new one the distance to the nearest of those before."""
    distinct, firsts = np.unique(codes, return_index=True)
    order = np.sort(firsts[distinct >= 0])
    least = np.where(codes >= 0, 0.0, np.nan)
    new, old = np.tril_indices(len(order), -1)
    nearest = np.full(len(order), np.inf)
    np.minimum.at(nearest, new, _of_pairs(codes[order[new]], codes[order[old]], sequences))
    least[order] = np.where(np.isfinite(nearest), nearest, np.nan)
    return least


def _of_pairs(
    left: NDArray[np.intp], right: NDArray[np.intp], sequences: _Sequences
) -> NDArray[np.int64]:
    """Edit distances of pairs of sequences, by code: int64[b]."""
    distances = np.empty(len(left), np.int64)
    for begin in range(0, len(left), PAIRS_AT_ONCE):
        some = slice(begin, begin + PAIRS_AT_ONCE)
        distances[some] = edit_distances(
            sequences.keys[left[some]],
            sequences.keys[right[some]],
            sequences.lengths[left[some]],
            sequences.lengths[right[some]],
        )
    return distances
