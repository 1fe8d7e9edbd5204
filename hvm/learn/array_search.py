"""Chunks of large inputs: grown from pairs, parsed, pruned by counts, and so on, all in arrays."""

from __future__ import annotations

import sys

import numpy as np

from hvm.kernels.learn.growth import Rule
from hvm.kernels.learn.pruning import prune
from hvm.learn.corpus import sample
from hvm.learn.evaluation import Counted, Evaluation
from hvm.learn.growing import grown
from hvm.lexicon.arranging import arranged
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Lexicon

EXPONENTS = {"gain": (0.25, 1.5), "count": (0.0,)}
"""Of the gain by occurrence in what ranks pairs, by criterion. Frequent pairs first keep the ends
of words together, sure pairs first their insides; which is shorter depends on the text, and where
there are several a sample decides."""

SAMPLE_SYMBOLS, SAMPLE_SEQUENCE = 100_000, 1_000
"""Of the sample on which orders are tried, and of a sequence there, at most."""

GROWTH_MIN_BITS = -20.0
"""Pairs become chunks that lose up to so many bits by themselves: longer ones are made of them."""

GROWN_SHARE = 1.25
"""Of the most entries allowed, to be grown and pruned from there."""

PRUNING_MIN_SHARE = 1e-3
"""Of the description length, to be saved by pruning and a parse, or they end."""

TRACED_GROWTH = 1.2
"""In entries, between two lexicons that are traced while pairs are merged."""


def grow_and_prune(search: Evaluation, state: Counted) -> Counted:
    """Grow chunks from the parse of a state; parse and prune while that pays; keep the best."""
    grown_state = _grown(search, state, _exponent(search))
    if search.trace:
        _trace_growth(search, state.lexicon, grown_state)
    reached = _pruned(search, search.counted(_all_arranged(grown_state)))
    if reached.description_bits >= state.description_bits:
        return state
    state = search.keep(reached)
    while not search.is_exhausted:
        reached = _pruned(search, state)
        if reached.description_bits >= state.description_bits:
            break
        before, state = state, search.keep(reached)
        if state.description_bits > (1 - PRUNING_MIN_SHARE) * before.description_bits:
            break
    return state


def _exponent(search: Evaluation) -> float:
    """What ranks pairs: with several, that of the shorter description of a sample."""
    exponents = EXPONENTS[search.settings.criterion]
    if len(exponents) == 1:
        return exponents[0]
    codes, starts = sample(search.codes, search.starts, SAMPLE_SYMBOLS, SAMPLE_SEQUENCE)
    trial = Evaluation(codes, starts, search.n_atoms, search.settings)
    atoms = trial.counted(Lexicon.of_atoms(search.n_atoms, search.settings.smoothing))
    bits = [
        _pruned(trial, trial.counted(_all_arranged(_grown(trial, atoms, exponent))))
        .description_bits
        for exponent in exponents
    ]
    return exponents[int(np.argmin(bits))]


def _grown(search: Evaluation, state: Counted, exponent: float) -> Lexicon:
    """The lexicon of a state and the pairs of its parse that may be worth a chunk."""
    settings, parse = search.settings, state.parse
    most = settings.max_entries
    rule = Rule(
        exponent,
        GROWTH_MIN_BITS,
        settings.pair_count_min,
        settings.max_chunk_symbols,
        sys.maxsize if most is None else int(GROWN_SHARE * most),
        len(state.lexicon.variables),
    )
    weights = search.corpus.weights
    return grown(state.lexicon, parse.units, parse.sequence_starts, weights, rule)


def _all_arranged(lexicon: Lexicon) -> Lexicon:
    return arranged(lexicon, np.ones(len(lexicon), np.bool_))


def _pruned(search: Evaluation, state: Counted) -> Counted:
    """The state without chunks that do not pay, or are too many, parsed again."""
    weights = np.where(state.lexicon.kinds == VARIABLE, 0.0, state.lexicon.unit_bits)
    lexicon = arranged(state.lexicon, np.ones(len(state.lexicon), np.bool_), weights)
    counts = lexicon.unit_counts.copy()
    most = search.settings.max_entries
    is_kept = prune(lexicon.entries, counts, _fixed(lexicon), most or sys.maxsize)
    return search.counted(arranged(lexicon.with_counts(counts, lexicon.filler_counts), is_kept))


def _fixed(lexicon: Lexicon) -> np.ndarray:
    """Fillers, and chunks with a slot among their parts: their loss is not known from counts."""
    owners = np.repeat(np.arange(len(lexicon)), np.diff(lexicon.offsets))
    is_variable = lexicon.kinds == VARIABLE
    fixed = np.zeros(len(lexicon), np.bool_)
    fixed[lexicon.parts[is_variable[owners]]] = True
    fixed[owners[is_variable[lexicon.parts]]] = True
    return fixed


def _trace_growth(search: Evaluation, before: Lexicon, after: Lexicon) -> None:
    """Trace lexicons that growing led over, each a fifth larger than the one before."""
    size = TRACED_GROWTH * len(before)
    while size < len(after):
        n = int(size)
        search.lexicons.append(search.counted(_all_arranged(_first(after, n))).lexicon)
        size *= TRACED_GROWTH


def _first(lexicon: Lexicon, n_entries: int) -> Lexicon:
    """The lexicon of the first entries; their counts, which are those of the whole, serve."""
    n_parts = lexicon.offsets[n_entries]
    return Lexicon(
        lexicon.n_atoms,
        lexicon.kinds[:n_entries],
        lexicon.offsets[: n_entries + 1],
        lexicon.parts[:n_parts],
        lexicon.unit_counts[:n_entries],
        lexicon.filler_counts[:n_parts],
        lexicon.smoothing,
    )
