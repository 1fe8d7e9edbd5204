"""Where a search by the code of rows stands: arrays, and the tensors of its checkpoint."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import ModelFileError
from hvm.kernels.rows.counts import START
from hvm.learn.row_code import LONGEST


class RowState(NamedTuple):
    """All that the rest of a search depends on, beside its text, its settings and the next step.

    Attributes
    ----------
    variables : int32[V + 1]
        Of each symbol; last C, one above all there may be.
    halves : int64[m, 2]
        Of units of two or more parts, each half a unit before it. Unit v + 1 is variable v alone;
        behind these C come the V symbols as parts, then the m units.
    units : int32[n]
        The distinct sequences, unit by unit: `START` before each, and at the end.
    refused : int64[r]
        Pairs (left << 32 | right) not to be looked at, ascending.
    """

    variables: NDArray[np.int32]
    halves: NDArray[np.int64]
    units: NDArray[np.int32]
    refused: NDArray[np.int64]

    @property
    def n_alone(self) -> int:
        """Units of one part, and `START`."""
        return int(self.variables[-1]) + len(self.variables)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Parts of each unit, int64[K]; no more than one above the longest are told apart."""
        sizes = [0, *[1] * (self.n_alone - 1)]
        for left, right in self.halves.tolist():
            sizes.append(min(sizes[left] + sizes[right], LONGEST + 1))
        return np.array(sizes, np.int64)

    def is_of(self, codes: NDArray[np.int32], starts: NDArray[np.int64], longest: int) -> bool:
        """Whether the units are a text's, and none is too long.

        Parameters
        ----------
        codes : int32[m]
            Its distinct sequences.
        starts : int64[s]
        longest : int
            Parts of a unit, at most.

        Returns
        -------
        bool
        """
        if self.sizes.max() > longest:
            return False
        parts = self._parts()
        slots = one_by_one(self.variables[codes] + 1, starts)
        symbols = one_by_one(self.n_alone - len(self.variables) + 1 + codes, starts)
        return len(parts) == len(slots) and bool(((parts == slots) | (parts == symbols)).all())

    def _parts(self) -> NDArray[np.int32]:
        """The units taken apart, until all are of one part."""
        parts = self.units
        while (is_merged := parts >= self.n_alone).any():
            ends = np.cumsum(1 + is_merged)[is_merged]
            halves = self.halves[parts[is_merged] - self.n_alone]
            parts = np.repeat(parts, 1 + is_merged)
            parts[ends - 2], parts[ends - 1] = halves.T
        return parts


def one_by_one(units: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return units with `START` before every sequence, and one more that ends the last.

    Parameters
    ----------
    units : int32[n]
    starts : int64[s]
        First unit of each sequence.

    Returns
    -------
    int32[n + s + 1]

    Examples
    --------
    >>> one_by_one(np.array([3, 1, 2], np.int32), np.array([0, 1])).tolist()
    [0, 3, 0, 1, 2, 0]
    """
    return np.append(np.insert(units, starts, START), START).astype(np.int32)


# -- tensors ------------------------------------------------------------------------------------

ROW_DTYPES = {
    "refused_pairs": "I64",
    "row_halves": "I32",
    "row_units": "I32",
    "row_variables": "I32",
}
"""Tensors of a checkpoint beside those of the lexicon."""


def row_arrays(state: RowState) -> dict[str, NDArray[Any]]:
    """Return what a checkpoint holds of a state, by name.

    Parameters
    ----------
    state : RowState

    Returns
    -------
    dict of str to array of one dimension
    """
    return {
        "refused_pairs": state.refused,
        "row_halves": state.halves.ravel(),
        "row_units": state.units,
        "row_variables": state.variables,
    }


def row_state(arrays: dict[str, NDArray[Any]], n_symbols: int) -> RowState:
    """Make a state of what a checkpoint holds, checked as far as that goes without the text.

    Parameters
    ----------
    arrays : dict of str to array
        As `row_arrays` made them.
    n_symbols : int
        Of the alphabet.

    Returns
    -------
    RowState

    Raises
    ------
    ModelFileError
        They are not where any search stands.
    """
    variables, halves = arrays["row_variables"], arrays["row_halves"].astype(np.int64)
    units, refused = arrays["row_units"], arrays["refused_pairs"]
    _require(len(variables) == n_symbols + 1 > 1, "variables of another alphabet")
    above = variables[:-1].max() < variables[-1] <= 2 * n_symbols
    _require(bool(variables.min() >= 0 and above), "variables out of range")
    _require(len(halves) % 2 == 0, "half a unit")
    state = RowState(variables, halves.reshape(-1, 2), units, refused)
    n_alone, n_merged = state.n_alone, len(state.halves)
    is_before = state.halves < n_alone + np.arange(n_merged)[:, np.newaxis]
    _require(bool((is_before & (state.halves > START)).all()), "halves that are no units before")
    _require(len(units) > 0 and units.min() >= START, "units out of range")
    _require(bool(units.max() < n_alone + n_merged), "units out of range")
    is_symbol = (units > variables[-1]) & (units < n_alone)
    _require(not is_symbol.any(), "symbols that stand as units")
    is_ascending = (refused[1:] >= refused[:-1]).all() and (refused >= 0).all()
    _require(bool(is_ascending), "pairs that do not ascend")
    return state


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise ModelFileError(f"is damaged: its search has {otherwise}")
