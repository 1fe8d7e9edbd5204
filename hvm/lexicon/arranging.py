"""A lexicon without some of its entries, in the order of all lexicons, cut into fewest bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.lexicon.arrange import arrange
from hvm.kernels.lexicon.patterns import flatten
from hvm.kernels.lexicon.segment import segment
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Lexicon


def arranged(
    lexicon: Lexicon, is_kept: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> Lexicon:
    """Return a lexicon of some entries, with their counts.

    Parts come before wholes: by level, chunks by length, then the variables of the next level.
    Every chunk is cut into other entries of least weight in all.

    Parameters
    ----------
    lexicon : Lexicon
    is_kept : bool[K]
        With a chunk its variables, with a variable its members.
    weights : float64[K], optional
        By default 1 each: as few parts as can be.

    Returns
    -------
    Lexicon

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Definition
    >>> lexicon = Lexicon.from_definitions(
    ...     2, [Definition(CHUNK, (0, 1)), Definition(CHUNK, (2, 0))])  # a, b, ab, aba
    >>> arranged(lexicon, np.array([True, True, False, True])).definition(2).parts
    (0, 1, 0)
    """
    lengths = np.diff(flatten(lexicon.entries)[0])
    is_variable = lexicon.kinds == VARIABLE
    order = np.lexsort((lengths, is_variable, lexicon.levels - is_variable))
    order = order[is_kept[order]]
    rows = arrange(lexicon.entries, lexicon.filler_counts, order)
    kinds = lexicon.kinds[order]
    weights = np.ones(len(lexicon)) if weights is None else weights
    _, offsets, parts = segment(kinds == CHUNK, rows[0], rows[1], weights[order])
    filler_counts = np.zeros(len(parts), np.int64)
    of_variables = np.flatnonzero(kinds == VARIABLE)
    for variable in of_variables.tolist():
        where = slice(*offsets[variable : variable + 2])
        filler_counts[where] = rows[2][slice(*rows[0][variable : variable + 2])]
    return Lexicon(
        lexicon.n_atoms,
        kinds,
        offsets,
        parts,
        lexicon.unit_counts[order],
        filler_counts,
        lexicon.smoothing,
    )
