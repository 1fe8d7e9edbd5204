"""Other choices of what to abstract, to see what the learner's choice buys.

They build on chunks learned without variables. From the parse with these, as many frames as the
learner has chunks with slots are taken, each with a variable of all that stands in it: at random,
or each as frequent as one of the learner's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require_choice
from hvm.learn.evaluation import Evaluation, State
from hvm.learn.settings import SearchSettings
from hvm.learn.text import text_of
from hvm.lexicon.grammar import Grammar
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.sequences import Symbols

CHOICES = ("random", "frequency-matched")


class _Frames(NamedTuple):
    """Pairs of units around others: those of frame i are ``middles[bounds[i]:bounds[i + 1]]``."""

    lefts: NDArray[np.int32]
    rights: NDArray[np.int32]
    totals: NDArray[np.int64]
    bounds: NDArray[np.int64]
    middles: NDArray[np.int64]
    counts: NDArray[np.int64]


def other_abstraction(
    learned: Lexicon,
    chunks: Lexicon,
    symbols: Symbols,
    choice: str,
    rng: np.random.Generator | int = 0,
) -> Lexicon:
    """Abstract other frames than the learner did, and count them in the best parse.

    Parameters
    ----------
    learned : Lexicon
        Says how many frames there are to be, and how frequent.
    chunks : Lexicon
        Without variables; what the frames are made of.
    symbols : Symbols
        What both were learned from.
    choice : {"random", "frequency-matched"}
    rng : numpy.random.Generator or int

    Returns
    -------
    Lexicon
        ``chunks`` and as many chunks with a slot as ``learned`` has, or as there are frames with
        two fillers or more.

    Raises
    ------
    InputError
        There is no such choice.
    """
    require_choice("choice", choice, CHOICES)
    rng = np.random.default_rng(rng)
    settings = SearchSettings(smoothing=chunks.smoothing)
    search = Evaluation(text_of(symbols, settings), settings)
    state = search.evaluate(Grammar.of(chunks))
    frames = _frames(state)
    wanted = _slot_chunk_counts(learned)
    pick = _random if choice == "random" else _matched
    for frame in pick(frames.totals, wanted, rng).tolist():
        _add(state, frames, frame)
    return search.evaluate(state.grammar).lexicon


def _slot_chunk_counts(lexicon: Lexicon) -> NDArray[np.int64]:
    """Counts of the chunks with slots, the most frequent first."""
    with_slots = [c for c in lexicon.chunks if max(lexicon.pattern(c)) >= lexicon.n_atoms]
    return np.sort(lexicon.unit_counts[np.array(with_slots, np.int64)])[::-1]


def _frames(state: State) -> _Frames:
    """Frames of the parse with two fillers or more."""
    lefts, rights = state.triples.lefts, state.triples.rights
    changes = np.flatnonzero((np.diff(lefts) != 0) | (np.diff(rights) != 0)) + 1
    bounds = np.concatenate([[0], changes, [len(lefts)]]) if len(lefts) else np.zeros(1, np.int64)
    sizes = np.diff(bounds)
    kept, firsts = np.repeat(sizes >= 2, sizes), bounds[:-1][sizes >= 2]
    new_bounds = np.concatenate([[0], np.cumsum(sizes[sizes >= 2])])
    counts = state.triples.counts[kept]
    totals = np.diff(np.concatenate([[0], np.cumsum(counts)])[new_bounds])
    middles = state.triples.middles[kept]
    return _Frames(lefts[firsts], rights[firsts], totals, new_bounds, middles, counts)


def _random(
    totals: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    return np.sort(rng.choice(len(totals), min(len(wanted), len(totals)), replace=False))


def _matched(
    totals: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """For each wanted count the frame, not yet taken, of the nearest count; ties at random."""
    order = rng.permutation(len(totals))
    order = order[np.argsort(totals[order], kind="stable")]
    free = totals[order].astype(float)
    taken = []
    for count in wanted[: len(totals)].tolist():
        nearest = int(np.argmin(np.abs(np.log(free + 1) - np.log(count + 1))))
        taken.append(order[nearest])
        free[nearest] = np.inf
    return np.array(sorted(taken), np.int64)


def _add(state: State, frames: _Frames, frame: int) -> None:
    """Make a chunk of a frame around a new variable of all that stands in it."""
    patterns = state.patterns
    of_frame = slice(frames.bounds[frame], frames.bounds[frame + 1])
    middles, counts = frames.middles[of_frame].tolist(), frames.counts[of_frame].tolist()
    members = {patterns[m]: count for m, count in zip(middles, counts, strict=True)}
    variable = state.grammar.add_variable(members)
    left, right = patterns[frames.lefts[frame]], patterns[frames.rights[frame]]
    state.grammar.add_chunk((*left, variable, *right), int(frames.totals[frame]))
