"""Chunk proposals: pairs, and triples whose pairs alone would not pay."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.gain import pair_gains, triple_gains
from hvm.lexicon.counts import Triples
from hvm.lexicon.lexicon import Lexicon

JITTER_LOG_SD = 0.3
"""Standard deviation of the logarithm of what scales gains: enough to change the order of pairs
whose gains differ by a third, and of few others."""

TRIPLES_MAX = 50
"""Triples proposed at a time; a search tries fewer before it merges pairs again."""

EQUAL_MIN, EQUAL_BITS = 64, 1e-6
"""So many best pairs whose gains differ by no more are a crowd."""

CROWD_MIN, CROWD_SHARE = 200, 0.1
"""So many triples that pay, and of so large a share of all units, are a crowd."""


class PairProposals(NamedTuple):
    """Pairs worth a chunk, the best first.

    Attributes
    ----------
    lefts, rights, joints : int64[k]
        Units, and how often they are adjacent.
    gains : float64[k]
        Bits.
    """

    lefts: NDArray[np.int64]
    rights: NDArray[np.int64]
    joints: NDArray[np.int64]
    gains: NDArray[np.float64]

    def take(self, which: NDArray[np.bool_] | list[int]) -> PairProposals:
        """Return some of them, in their order."""
        return PairProposals(
            self.lefts[which], self.rights[which], self.joints[which], self.gains[which]
        )


def propose_pairs(
    unit_counts: NDArray[np.int64],
    pair_codes: NDArray[np.int64],
    joints: NDArray[np.int64],
    n_atoms: int,
    n_variables: int,
    criterion: str = "gain",
    p_value: float = 0.05,
    jitter: np.random.Generator | None = None,
) -> PairProposals:
    """Rank adjacent pairs by what a chunk of them saves.

    Parameters
    ----------
    unit_counts : int64[K]
    pair_codes, joints : int64[k]
        left << 32 | right, and how often, as in :class:`hvm.lexicon.counts.Counts`.
    n_atoms, n_variables : int
        Of the lexicon that the units come from.
    criterion : {"gain", "count"}
        Rank by bits saved, which must be positive, or by joint count alone.
    p_value : float
        Pairs must be positively associated by a chi-square test with 1 degree of freedom.
    jitter : numpy.random.Generator, optional
        Scales gains by log-normal noise before ranking, for variants of a search.

    Returns
    -------
    PairProposals
    """
    lefts, rights = pair_codes >> 32, pair_codes & 0xFFFFFFFF
    gains, chi_squares = pair_gains(lefts, rights, joints, unit_counts, n_atoms, n_variables)
    if criterion == "count":
        kept = joints > 0
        rank = -joints.astype(float)
    else:
        kept = (gains > 0) & (chi_squares > critical_chi_square(p_value))
        rank = -gains
        if jitter is not None:
            rank = rank * np.exp(jitter.normal(0.0, JITTER_LOG_SD, len(rank)))
    order = np.lexsort((pair_codes, rank))
    order = order[kept[order]]
    return PairProposals(lefts[order], rights[order], joints[order], gains[order])


@cache
def critical_chi_square(p_value: float) -> float:
    """Value that chi-square with 1 degree of freedom passes with probability ``p_value``."""
    return NormalDist().inv_cdf(1 - p_value / 2) ** 2


def without_interference(proposals: PairProposals, most: int) -> PairProposals:
    """Keep ``most`` of the best pairs, none of which ends with a unit that another begins with."""
    begins, ends = set[int](), set[int]()
    kept: list[int] = []
    for k, (left, right) in enumerate(
        zip(proposals.lefts.tolist(), proposals.rights.tolist(), strict=True)
    ):
        if left in ends or right in begins or (left == right and left in begins):
            continue
        begins.add(left)
        ends.add(right)
        kept.append(k)
        if len(kept) >= most:
            break
    return proposals.take(kept)


def is_crowd(proposals: PairProposals) -> bool:
    """Whether so many pairs save as much as the best that one at a time takes too long.

    Ordinary text has a handful; a text that stands twice has as many as it has rare symbols.
    """
    gains = proposals.gains  # not in their order where they are jittered
    return len(gains) >= EQUAL_MIN and bool(
        np.count_nonzero(gains > gains.max() - EQUAL_BITS) >= EQUAL_MIN
    )


class TripleProposal(NamedTuple):
    """Three units worth one chunk: bits gained, the units, how often they stand in a row."""

    gain: float
    units: tuple[int, int, int]
    n_runs: int


def propose_triples(
    lexicon: Lexicon, triples: Triples, most: int = TRIPLES_MAX
) -> list[TripleProposal]:
    """Rank runs of three units by what a chunk of them saves.

    Parameters
    ----------
    lexicon : Lexicon
    triples : Triples
        Of a parse under the lexicon.
    most : int
        Proposals, at most.

    Returns
    -------
    list of TripleProposal
        The best first; all gain.
    """
    gains = triple_gains(
        triples.lefts,
        triples.middles,
        triples.rights,
        triples.counts,
        lexicon.unit_counts,
        lexicon.n_atoms,
        len(lexicon.variables),
    )
    order = np.argsort(-gains, kind="stable")[:most]
    return [
        TripleProposal(
            float(gains[k]),
            (int(triples.lefts[k]), int(triples.middles[k]), int(triples.rights[k])),
            int(triples.counts[k]),
        )
        for k in order
        if gains[k] > 0
    ]


def is_crowd_of_triples(proposals: list[TripleProposal], n_units: int) -> bool:
    """Whether one at a time takes too long in a parse of so many units."""
    n_runs = sum(proposal.n_runs for proposal in proposals)
    return len(proposals) >= CROWD_MIN and n_runs >= CROWD_SHARE * n_units


def apart(proposals: list[TripleProposal]) -> list[TripleProposal]:
    """Keep the best triples of which no two overlap in any text."""
    begins, ends = set[tuple[int, ...]](), set[tuple[int, ...]]()
    kept = []
    for proposal in proposals:
        a, b, c = proposal.units
        if a == c or not ends.isdisjoint({(a,), (a, b)}) or not begins.isdisjoint({(c,), (b, c)}):
            continue
        begins |= {(a,), (a, b)}
        ends |= {(c,), (b, c)}
        kept.append(proposal)
    return kept
