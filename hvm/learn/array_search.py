"""Chunks of large inputs: grown from pairs, parsed, pruned by counts, and so on, all in arrays."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.growth import Rule
from hvm.kernels.learn.pruning import prune
from hvm.kernels.lexicon.patterns import flatten
from hvm.learn.evaluation import Counted, Evaluation
from hvm.learn.growing import grown
from hvm.learn.losses import label_bits
from hvm.learn.text import HeldText
from hvm.lexicon.arranging import arranged
from hvm.lexicon.lexicon import Lexicon

FREQUENT_FIRST, SURE_FIRST = 0.25, 1.5
EXPONENTS = {"gain": (FREQUENT_FIRST, SURE_FIRST), "count": (0.0,)}
"""Of the gain by occurrence in what ranks pairs, by criterion. Frequent pairs first keep the ends
of words together, sure pairs first their insides; which is shorter depends on the text, and where
there are several a sample decides."""

FIRST_MIN_BITS, AGAIN_MIN_BITS = -20.0, -10.0
"""Pairs become chunks that lose up to so many bits by themselves, for longer ones are made of them:
when chunks grow from atoms, and when they grow from a parse."""

CHOSEN_SHARE = 0.7
"""Of the best rank, of the pairs that become units in the same round."""

N_ALONE = 500
"""Units that grow from atoms one by one before others come several in a round. All others are made
of them, and a few in another order may cost much: chunks of 25 MB of literature take 2.151 bits a
character without, 2.110 with 500 or 2,000, 2.105 where all come one by one."""

GROWN_SHARE = 1.25
"""Of the most entries allowed, to be grown and pruned from there."""

CUT_AGAIN_MAX = 100_000_000
"""Labels squared of all chunks that are cut anew before they are pruned: seconds. Where chunks are
longer, as in a text that stands twice, they keep the two parts that they grew from."""

ROUND_MIN_SHARE, GROWTH_MIN_SHARE = 1e-3, 5e-3
"""Of the description length, to be saved by a round, or it is the last: one with variables, and one
that grows, parses and prunes."""

TRACED_GROWTH = 1.2
"""In entries, between two lexicons that are traced while chunks grow."""


def grow_from_parse(search: Evaluation, state: Counted, exponent: float) -> Counted:
    """Grow from the parse, prune and parse; return that, or the state if that is shorter.

    Parameters
    ----------
    search : Evaluation
    state : Counted
    exponent : float
        Of the gain by occurrence in what ranks pairs.

    Returns
    -------
    Counted
    """
    lexicon = grown_from(search, state, exponent, AGAIN_MIN_BITS)
    return shorter(search, pruned(search, lexicon), state)


def was_worth_it(before_bits: float, after: Counted, share: float = ROUND_MIN_SHARE) -> bool:
    """Whether a round saved enough for another.

    Parameters
    ----------
    before_bits : float
        Description length when it began.
    after : Counted
    share : float
        Of the description length.

    Returns
    -------
    bool
    """
    return after.description_bits < (1 - share) * before_bits


def shorter(search: Evaluation, reached: Counted, state: Counted) -> Counted:
    """Keep what was reached, if it is shorter.

    Parameters
    ----------
    search : Evaluation
    reached, state : Counted

    Returns
    -------
    Counted
        The shorter one.
    """
    if reached.description_bits < state.description_bits:
        return search.keep(reached)
    return state


def exponent_of(search: Evaluation) -> float:
    """What ranks pairs: with several, that of the shorter description of a sample."""
    exponents = EXPONENTS[search.settings.criterion]
    if len(exponents) == 1:
        return exponents[0]
    settings = replace(search.settings, n_jobs=1)  # a sample is small
    trial = Evaluation(HeldText(*search.text.sample(), search.n_atoms), settings)
    atoms = trial.counted(Lexicon.of_atoms(search.n_atoms, search.settings.smoothing))
    bits = []
    for exponent in exponents:
        lexicon = grown_from(trial, atoms, exponent, FIRST_MIN_BITS)
        reached = pruned(trial, trial.counted(lexicon).lexicon)
        bits.append(reached.description_bits)
    return exponents[int(np.argmin(bits))]


def grown_from(
    search: Evaluation,
    state: Counted,
    exponent: float = FREQUENT_FIRST,
    min_bits: float = FIRST_MIN_BITS,
) -> Lexicon:
    """The lexicon of a state and the pairs of its parse that may be worth a chunk.

    Parameters
    ----------
    search : Evaluation
    state : Counted
    exponent : float
        Of the gain by occurrence in what ranks pairs.
    min_bits : float
        A pair must save, on its own.

    Returns
    -------
    Lexicon
        With the counts that growing leaves.
    """
    settings = search.settings
    most = settings.max_entries
    rule = Rule(
        exponent,
        min_bits,
        settings.pair_count_min,
        settings.max_chunk_symbols,
        sys.maxsize if most is None else int(GROWN_SHARE * most),
        len(state.lexicon.variables),
        CHOSEN_SHARE,
        0 if len(state.lexicon) > search.n_atoms else N_ALONE,
    )
    return grown(state.lexicon, state.parse, rule, lambda: search.is_over)


def shortest_from(search: Evaluation, lexicon: Lexicon) -> Counted:
    """Parse with a lexicon of another text, and drop what does not pay here or is too much.

    Parameters
    ----------
    search : Evaluation
    lexicon : Lexicon
        Its counts say what costs what.

    Returns
    -------
    Counted
        No longer than with all of the lexicon, unless that has too many entries.
    """
    whole = search.counted(lexicon)
    paying = pruned(search, whole.lexicon)
    has_room = len(whole.lexicon) <= (search.settings.max_entries or sys.maxsize)
    return whole if has_room and whole.description_bits <= paying.description_bits else paying


def pruned(search: Evaluation, lexicon: Lexicon) -> Counted:
    """A lexicon without what does not pay, parsed with."""
    return search.counted(pruned_by_counts(search, lexicon))


def pruned_by_counts(search: Evaluation, lexicon: Lexicon) -> Lexicon:
    """Return a lexicon without chunks that do not pay by its counts, or are too many."""
    lexicon = cut_anew(lexicon, label_bits(lexicon))
    counts, is_kept = paying(search, lexicon)
    return arranged(lexicon.with_counts(counts, lexicon.filler_counts), is_kept)


def cut_anew(lexicon: Lexicon, bits: NDArray[np.float64]) -> Lexicon:
    """Cut every chunk into others of fewest bits, unless that takes long.

    Parameters
    ----------
    lexicon : Lexicon
    bits : float64[K]
        Of each label.

    Returns
    -------
    Lexicon
    """
    lengths = np.diff(flatten(lexicon.entries)[0])
    if (lengths**2).sum() > CUT_AGAIN_MAX:
        return lexicon
    return arranged(lexicon, np.ones(len(lexicon), np.bool_), bits)


def paying(
    search: Evaluation, lexicon: Lexicon, is_fixed: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find the chunks that do not pay by the counts of a lexicon, or are too many.

    Parameters
    ----------
    search : Evaluation
    lexicon : Lexicon
    is_fixed : bool[K], optional
        What is kept beside the fillers of variables; by default nothing.

    Returns
    -------
    counts : int64[K]
        Of units, without the others.
    is_kept : bool[K]
    """
    is_fixed = np.zeros(len(lexicon), np.bool_) if is_fixed is None else is_fixed.copy()
    for variable in lexicon.variables:
        is_fixed[lexicon.parts_of(variable)] = True
    counts, most = lexicon.unit_counts.copy(), search.settings.max_entries or sys.maxsize
    is_kept = prune(lexicon.entries, counts, is_fixed, label_bits(lexicon), most)
    return counts, is_kept


def trace_growth(search: Evaluation, n_entries: int, lexicon: Lexicon) -> None:
    """Trace lexicons that growing led over, each a fifth larger than the one before.

    Parameters
    ----------
    search : Evaluation
        Whose ``lexicons`` they join.
    n_entries : int
        Of the lexicon that growing began with.
    lexicon : Lexicon
        Where it ended.
    """
    while (n_entries := int(TRACED_GROWTH * n_entries) + 1) < len(lexicon):
        first = arranged(_first(lexicon, n_entries), np.ones(n_entries, np.bool_))
        search.lexicons.append(search.counted(first).lexicon)


def _first(lexicon: Lexicon, n_entries: int) -> Lexicon:
    """The lexicon of the first entries; their counts, which are those of the whole, serve."""
    n_parts = lexicon.offsets[n_entries]
    return replace(
        lexicon,
        kinds=lexicon.kinds[:n_entries],
        offsets=lexicon.offsets[: n_entries + 1],
        parts=lexicon.parts[:n_parts],
        unit_counts=lexicon.unit_counts[:n_entries],
        filler_counts=lexicon.filler_counts[:n_parts],
    )
