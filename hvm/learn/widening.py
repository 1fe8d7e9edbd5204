"""A lexicon and other symbols in one alphabet: what is learned goes on with what was learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols


def in_one_alphabet(
    lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols
) -> tuple[Lexicon, Symbols]:
    """Bring both into the alphabet that holds the symbols of both.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        Of its atoms.
    symbols : Symbols

    Returns
    -------
    Lexicon
        The same entries and counts, and atoms that never stood anywhere.
    Symbols

    Raises
    ------
    InputError
        The symbols are of another unit.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import CHUNK, Definition
    >>> lexicon = Lexicon.from_definitions(2, [Definition(CHUNK, (0, 1))])
    >>> from hvm import as_symbols
    >>> wide, symbols = in_one_alphabet(lexicon, Alphabet("char", ("b", "d")), as_symbols("abc"))
    >>> wide.n_atoms, wide.pattern(4), symbols.codes.tolist()
    (4, (1, 3), [0, 1, 2])
    """
    if alphabet.unit != symbols.alphabet.unit:
        raise InputError(f"the symbols are of unit {symbols.alphabet.unit}, not {alphabet.unit}")
    both = Alphabet(alphabet.unit, tuple(sorted({*alphabet.symbols, *symbols.alphabet.symbols})))
    return widened(lexicon, len(both), both.encode(alphabet.symbols)), symbols.recoded(both)


def widened(lexicon: Lexicon, n_atoms: int, codes: NDArray[np.int32]) -> Lexicon:
    """Return a lexicon over more symbols.

    Parameters
    ----------
    lexicon : Lexicon
    n_atoms : int
        Of the wider alphabet.
    codes : int32[n]
        New code of each atom, ascending.

    Returns
    -------
    Lexicon
    """
    n_old = lexicon.n_atoms
    more = n_atoms - n_old
    new_of = np.concatenate([codes, np.arange(n_old, len(lexicon)) + more]).astype(np.int32)
    unit_counts = np.zeros(len(lexicon) + more, np.int64)
    unit_counts[new_of] = lexicon.unit_counts
    return replace(
        lexicon,
        n_atoms=n_atoms,
        kinds=np.concatenate([np.zeros(more, np.uint8), lexicon.kinds]),
        offsets=np.concatenate([np.zeros(more, np.int64), lexicon.offsets]),
        parts=new_of[lexicon.parts],
        unit_counts=unit_counts,
    )
