"""Learning by a code with context: chunks, frames and variables by rows "unit after unit".

Every symbol is in one variable; a variable of one member is a literal. A part of a unit is a
variable, or a symbol of one: a unit is a chunk where all parts are single symbols, a frame where
some are slots. Symbols move between variables, and units are merged and split, while the
closed-form code of a corpus gets shorter (section 12 of the design): rows of a Pitman-Yor code,
first times in them, fillers of slots, lexicon. All bits derive from counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.rows.counts import START
from hvm.learn.checkpoint import END
from hvm.learn.row_code import RowBits, RowSettings
from hvm.learn.row_search import RowSearch
from hvm.learn.row_steps import begun, take_step
from hvm.symbols.sequences import Symbols, require_symbols


@dataclass(frozen=True, eq=False)
class RowModel:
    """What was learned from a corpus.

    Attributes
    ----------
    variables : int32[V]
        Variable of each symbol, 0 or more.
    patterns : tuple of tuple of int
        Parts of each unit, unit by unit: variable v as v, symbol s as C + s behind the C
        variables. The first are the variables alone, in order.
    units : int32[m]
        The corpus, unit by unit.
    starts : int64[s]
        First unit of each sequence.
    bits : RowBits
    """

    variables: NDArray[np.int32]
    patterns: tuple[tuple[int, ...], ...]
    units: NDArray[np.int32]
    starts: NDArray[np.int64]
    bits: RowBits

    @property
    def n_variables(self) -> int:
        """Variables, literals among them."""
        return int(self.variables.max()) + 1

    @property
    def n_merged(self) -> int:
        """Units of two or more parts: chunks and frames."""
        return len(self.patterns) - self.n_variables

    def shared(self, symbols: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether each of some symbols is in a variable of two or more, bool[n]."""
        several: NDArray[np.bool_] = np.bincount(self.variables)[self.variables] > 1
        return several[symbols]


def learn_rows(
    symbols: Symbols, variables: bool = True, settings: RowSettings | None = None
) -> RowModel:
    r"""Learn the variables and units whose code of a corpus is short.

    Parameters
    ----------
    symbols : Symbols
        No unknown ones.
    variables : bool
        Whether symbols share variables; else each is one by itself, so that units are chunks.
    settings : RowSettings, optional

    Returns
    -------
    RowModel

    Raises
    ------
    InputError
        Nothing to learn from, or unknown symbols.

    Examples
    --------
    >>> from hvm import as_symbols
    >>> pets = "a dog ran\na cat ran\nthe dog sat\nthe cat sat\n" * 40
    >>> model = learn_rows(as_symbols(pets, "word", "line"))
    >>> model.n_merged, len(model.units)
    (1, 160)
    """
    search = RowSearch(require_symbols(symbols), variables, settings or RowSettings())
    position = begun(search)
    while position.step != END:
        position = take_step(search, position)
    return row_model(search)


def row_model(search: RowSearch) -> RowModel:
    """Return what a search has come to; units that stand nowhere are left out.

    Parameters
    ----------
    search : RowSearch

    Returns
    -------
    RowModel
    """
    units, sizes = search.corpus.units[:-1], search.sizes
    uses = np.bincount(units, minlength=len(sizes))
    is_variable = (sizes == 1) & (search.literals == 0)
    kept = np.flatnonzero(is_variable | (sizes > 1) & (uses > 0))
    new = np.full(len(sizes), -1, np.int32)
    new[kept] = np.arange(len(kept))
    variables, patterns = new[search.variables[:-1] + 1], list[tuple[int, ...]]()
    parts: NDArray[np.int64] = new.astype(np.int64)
    parts[(sizes == 1) & ~is_variable] = search.n_variables + np.arange(len(variables))
    for unit, (left, right) in enumerate(search.halves.tolist()):
        pattern = (int(parts[unit]),) if sizes[unit] < 2 else patterns[left] + patterns[right]
        patterns.append(pattern)
    firsts = np.flatnonzero(units == START) + 1
    lengths = np.diff(np.append(firsts, len(units) + 1)) - 1
    # The corpus again: of each sequence the units of the distinct one that it is.
    numbers = search.distinct.numbers
    sizes_of = np.where(numbers < 0, 0, lengths[numbers])
    starts = np.cumsum(sizes_of) - sizes_of
    places = np.repeat(firsts[numbers] - starts, sizes_of) + np.arange(sizes_of.sum())
    return RowModel(
        variables,
        tuple(patterns[unit] for unit in kept),
        new[units[places]],
        starts,
        search.bits(),
    )
