"""Probability of all units or fillers that a node of a trie leads to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.lexicon.trie import MEMBER, UNIT_AT, Trie, node_parents


@kernel
def node_masses(
    trie: Trie, unit_p: NDArray[np.float64], member_p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability of what ends at or below each node.

    Parameters
    ----------
    trie : Trie
    unit_p : float64[K]
        P(entry as a unit).
    member_p : float64[P]
        P(member | its variable).

    Returns
    -------
    float64[nodes]

    Examples
    --------
    >>> from hvm.kernels.entries import CHUNK, entries_of
    >>> from hvm.kernels.lexicon.trie import compile_trie
    >>> trie = compile_trie(entries_of(2, [(CHUNK, (0, 1))]), np.zeros(2, np.int64))
    >>> node_masses(trie, np.array([0.25, 0.25, 0.5]), np.zeros(2))  # nothing, a, b, ab
    array([1.  , 0.75, 0.25, 0.5 ])
    """
    masses = np.empty(len(trie.nodes))
    fill_masses(trie.nodes, node_parents(trie), unit_p, member_p, masses)
    return masses


@inner
def fill_masses(
    nodes: NDArray[np.int32],
    parents: NDArray[np.int64],
    unit_p: NDArray[np.float64],
    member_p: NDArray[np.float64],
    masses: NDArray[np.float64],
) -> None:
    """Work out ``node_masses``.

    Parameters
    ----------
    nodes : int32[nodes, 3]
        Of a trie.
    parents : int64[nodes]
        By ``node_parents``.
    unit_p, member_p : float64[K], float64[P]
    masses : float64[nodes]
        Overwritten.

    Examples
    --------
    >>> nodes, masses = np.array([[-1, -1, -1], [0, -1, -1]], np.int32), np.empty(2)
    >>> fill_masses(nodes, np.array([-1, 0]), np.ones(1), np.zeros(0), masses)
    >>> masses
    array([1., 1.])
    """
    for node in range(len(nodes)):
        masses[node] = 0.0
    for node in range(len(nodes) - 1, -1, -1):  # parents come before their children
        masses[node] += ends_at(nodes, unit_p, member_p, node)
        if parents[node] >= 0:
            masses[parents[node]] += masses[node]


@spliced
def ends_at(
    nodes: NDArray[np.int32], unit_p: NDArray[np.float64], member_p: NDArray[np.float64], node: Int
) -> float:
    """Probability of the unit or the filler that ends at a node.

    Parameters
    ----------
    nodes : int32[nodes, 3]
        Of a trie.
    unit_p, member_p : float64[K], float64[P]
    node : int

    Returns
    -------
    float

    Examples
    --------
    >>> ends_at(np.array([[0, -1, -1]], np.int32), np.array([0.25]), np.zeros(0), 0)
    0.25
    """
    unit, member, p = nodes[node, UNIT_AT], nodes[node, MEMBER], 0.0
    if unit >= 0:
        p = unit_p[unit]
    elif member >= 0:
        p = member_p[member]
    return p
