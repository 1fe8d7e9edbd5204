"""The entries of a lexicon as kernels take them: kinds, and parts end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

ATOM, CHUNK, VARIABLE = 0, 1, 2


class Entries(NamedTuple):
    """Atoms first, then chunks and variables, each after its parts."""

    kinds: NDArray[np.uint8]  # uint8[K]: ATOM, CHUNK or VARIABLE
    offsets: NDArray[np.int64]  # int64[K + 1]: entry e owns parts[offsets[e]:offsets[e + 1]]
    parts: NDArray[np.int32]  # int32[P]: components of chunks, members of variables
    n_atoms: int  # entries below it are the atoms


EntryArrays: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]
"""Kinds, offsets and parts, as a kernel returns them."""


def entries_of(n_atoms: int, definitions: Sequence[tuple[int, Sequence[int]]] = ()) -> Entries:
    """Return the entries of an alphabet and of definitions, each a kind and its parts.

    Examples
    --------
    >>> entries = entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))])
    >>> entries.kinds, entries.offsets, entries.parts
    (array([0, 0, 2, 1], dtype=uint8), array([0, 0, 0, 2, 4]), array([0, 1, 0, 2], dtype=int32))
    """
    kinds = np.zeros(n_atoms + len(definitions), np.uint8)
    kinds[n_atoms:] = [kind for kind, _ in definitions]
    sizes = np.zeros(len(kinds) + 1, np.int64)
    sizes[n_atoms + 1 :] = [len(parts) for _, parts in definitions]
    parts = np.array([part for _, parts in definitions for part in parts], np.int32)
    return Entries(kinds, np.cumsum(sizes), parts, n_atoms)
