"""Probability of all units or fillers that a node of a trie leads to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import helper, inner
from hvm.kernels.lexicon.trie import Trie, filler_end, node_parents

MASS, ENDS = 0, 1  # of masses: of what ends at a node or below it; there alone


@helper
def node_masses(
    trie: Trie, unit_p: NDArray[np.float64], member_p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability of what ends at or below each node, and of what ends there.

    Parameters
    ----------
    trie : Trie
    unit_p : float64[K]
        P(entry as a unit).
    member_p : float64[P]
        P(member | its variable).

    Returns
    -------
    float64[rows, 2]
        Columns MASS and ENDS; 0 in free rows.

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> node_masses(trie, np.array([0.25, 0.25, 0.5]), np.zeros(2))[trie.nodes]  # "", a, b, ab
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.25],
           [0.5 , 0.5 ]])
    """
    masses = np.empty((len(trie.steps), 2))
    fill_masses(trie, node_parents(trie), unit_p, member_p, masses)
    return masses


@inner
def fill_masses(
    trie: Trie,
    parents: NDArray[np.int64],
    unit_p: NDArray[np.float64],
    member_p: NDArray[np.float64],
    masses: NDArray[np.float64],
) -> None:
    """Work out ``node_masses``.

    Parameters
    ----------
    trie : Trie
    parents : int64[rows]
        By ``node_parents``.
    unit_p, member_p : float64[K], float64[P]
    masses : float64[rows, 2]
        Overwritten.

    Examples
    --------
    >>> from hvm.kernels.entries import entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> trie, masses = compile_trie(entries_of(1), np.zeros(0, np.int64)), np.empty((3, 2))
    >>> fill_masses(trie, node_parents(trie), np.ones(1), np.zeros(0), masses)
    >>> masses[trie.nodes, MASS]
    array([1., 1.])
    """
    for row in range(len(masses)):
        masses[row, MASS], masses[row, ENDS] = 0.0, 0.0
    for k in range(len(trie.nodes) - 1, -1, -1):  # parents come before their children
        node = trie.nodes[k]
        end = np.int64(trie.ends[node])
        if end >= 0:
            masses[node, ENDS] = unit_p[end]
        elif end != -1:
            masses[node, ENDS] = member_p[filler_end(end)]
        masses[node, MASS] += masses[node, ENDS]
        if parents[node] >= 0:
            masses[parents[node], MASS] += masses[node, MASS]
