"""Patterns: entries flattened to atoms and variables, and a hash that grows label by label."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.entries import CHUNK, VARIABLE, Entries
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.table import SPREAD

MAX_SPAN = np.int64(1) << 40  # no sequence is longer; nested slots could double spans without end
_SPREAD_AGAIN = np.uint64(0xC2B2AE3D27D4EB4F)  # odd, a prime of xxHash


class Patterns(NamedTuple):
    """What every entry flattens to, end to end."""

    offsets: NDArray[np.int64]  # int64[K + 1]: entry e has labels[offsets[e]:offsets[e + 1]]
    labels: NDArray[np.int32]  # int32[L]: atoms and variables
    spans: NDArray[np.int64]  # int64[K]: the most symbols that an entry covers, MAX_SPAN at most


@kernel
def flatten(
    entries: Entries,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Flatten every entry to atoms and variables; a variable stands for itself.

    Returns the arrays of `Patterns`.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> flatten(entries_of(2, [(CHUNK, (0, 1)), (CHUNK, (2, 0))]))[1]  # a, b, ab, aba
    array([0, 1, 0, 1, 0, 1, 0], dtype=int32)
    """
    kinds, starts, parts = entries.kinds, entries.offsets, entries.parts
    size = len(kinds)
    offsets = np.zeros(size + 1, np.int64)
    spans = np.ones(size, np.int64)
    for entry in range(size):
        length = 1
        if kinds[entry] == CHUNK:
            length = 0
            spans[entry] = 0
            for k in range(starts[entry], starts[entry + 1]):
                part = parts[k]
                length += offsets[part + 1] - offsets[part]
                spans[entry] = min(spans[entry] + spans[part], MAX_SPAN)
        elif kinds[entry] == VARIABLE:
            for k in range(starts[entry], starts[entry + 1]):
                spans[entry] = max(spans[entry], spans[parts[k]])
        offsets[entry + 1] = offsets[entry] + length
    labels = np.empty(offsets[size], np.int32)
    for entry in range(size):
        at = offsets[entry]
        if kinds[entry] != CHUNK:
            labels[at] = entry
            continue
        for k in range(starts[entry], starts[entry + 1]):
            part = parts[k]
            for j in range(offsets[part], offsets[part + 1]):
                labels[at] = labels[j]
                at += 1
    return offsets, labels, spans


@kernel
def levels_of(entries: Entries) -> NDArray[np.int32]:
    """Level of every entry: of an atom 0, of a variable one above its highest member.

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> levels_of(entries_of(2, [(VARIABLE, (0, 1)), (CHUNK, (0, 2))]))
    array([0, 0, 1, 1], dtype=int32)
    """
    levels = np.zeros(len(entries.kinds), np.int32)
    for entry in range(entries.n_atoms, len(levels)):
        for k in range(entries.offsets[entry], entries.offsets[entry + 1]):
            levels[entry] = max(levels[entry], levels[entries.parts[k]])
        if entries.kinds[entry] == VARIABLE:
            levels[entry] += 1
    return levels


@inner
def longer_hash(state: np.uint64, label: Int) -> np.uint64:
    """Hash of a sequence one label longer; that of the empty one is 0.

    Examples
    --------
    >>> one, two = longer_hash(np.uint64(0), 1), longer_hash(np.uint64(0), 2)
    >>> longer_hash(np.uint64(one), 2) == longer_hash(np.uint64(two), 1)
    False
    """
    state = (state ^ np.uint64(label + 1)) * SPREAD
    return state ^ (state >> np.uint64(29))


@inner
def joint_hash(prefix: np.uint64, suffix: np.uint64) -> np.int64:
    """Hash of two sequences, each by ``longer_hash``.

    Examples
    --------
    >>> joint_hash(np.uint64(5), np.uint64(0))
    5
    """
    return np.int64(prefix ^ (suffix * _SPREAD_AGAIN))
