"""Rate and distortion of a lexicon: what is saved, and what is lost, if fillers are not sent.

At abstraction level k the fillers of variables of level k and below are not sent, and whoever
reads puts other fillers in their place: the most probable ones, or some drawn with their
probabilities. Level 0 sends everything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.curve.distortion import unit_distances
from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.lexicon.likelihood import parse_bits
from hvm.lexicon.parsing import Parse, parse
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols
from hvm.worlds.emission import Emitter


def rate_distortion(
    lexicon: Lexicon,
    alphabet: Alphabet,
    symbols: Symbols,
    rng: np.random.Generator | int = 0,
    n_levels: int | None = None,
) -> list[dict[str, Any]]:
    """Rate and distortion of the best parse of some symbols at each abstraction level.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
    symbols : Symbols
        At least one symbol.
    rng : numpy.random.Generator or int
        For the drawn fillers.
    n_levels : int, optional
        Levels 0 to ``n_levels - 1``; by default to the highest of a variable.

    Returns
    -------
    list of dict
        By level: ``level``; ``rate_bits_per_symbol``, what is sent, the lexicon not included;
        ``filler_bits_dropped``, what is not; ``distortion_most_probable`` and
        ``distortion_sampled``, Levenshtein distance between units and what is read for them, by
        symbol; ``exact_share_most_probable`` and ``exact_share_sampled``, units read right.
    """
    rng = np.random.default_rng(rng)
    best = parse(lexicon, symbols.codes, symbols.starts, "viterbi")
    sent_bits = parse_bits(lexicon, alphabet, symbols, best)
    readers = {"most_probable": _most_probable(lexicon), "sampled": _as_they_are(lexicon)}
    rows = []
    for level in range(n_levels or int(lexicon.levels.max(initial=0)) + 1):
        dropped = lexicon.levels[best.slot_variables] <= level
        dropped_bits = float(lexicon.filler_bits[best.slot_parts[dropped]].sum())
        row = {
            "level": level,
            "rate_bits_per_symbol": (sent_bits - dropped_bits) / len(symbols),
            "filler_bits_dropped": dropped_bits,
        }
        outermost = np.flatnonzero(dropped & ~_within_dropped(best, dropped))
        for name, reader in readers.items():
            distances = _distances(reader, best, symbols.codes, outermost, rng)
            row[f"distortion_{name}"] = float(distances.sum()) / len(symbols)
            row[f"exact_share_{name}"] = 1 - np.count_nonzero(distances) / len(best)
        rows.append(row)
    return rows


def _within_dropped(best: Parse, dropped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each slot lies in another that is dropped, bool[k]."""
    within = np.zeros(len(dropped), bool)
    depths = best.slot_depths
    outer = np.flatnonzero(depths == 0)
    for depth in range(1, int(depths.max(initial=0)) + 1):
        inner = np.flatnonzero(depths == depth)
        around = outer[np.searchsorted(outer, inner) - 1]
        within[inner] = dropped[around] | within[around]
        outer = inner
    return within


def _distances(
    reader: Emitter,
    best: Parse,
    codes: NDArray[np.int32],
    slots: NDArray[np.intp],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Distance of each unit with one of ``slots`` to what a reader puts for it, int64[u]."""
    if not len(slots):
        return np.zeros(0, np.int64)
    spelled = reader.spell(best.slot_variables[slots], rng)
    distances: NDArray[np.int64] = unit_distances(
        codes,
        best.slot_units[slots],
        best.unit_starts,
        best.slot_starts[slots],
        best.slot_ends[slots],
        np.concatenate([np.zeros(1, np.int64), np.cumsum(spelled.lengths)]),
        spelled.codes,
    )
    return distances


def _as_they_are(lexicon: Lexicon) -> Emitter:
    """A reader who draws fillers with their probabilities."""
    is_member = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
    return Emitter(lexicon, np.where(is_member, np.exp2(-lexicon.filler_bits), 0.0))


def _most_probable(lexicon: Lexicon) -> Emitter:
    """A reader who takes the most probable filler, of equal ones the oldest."""
    probabilities = np.zeros(len(lexicon.parts))
    for variable in lexicon.variables:
        best = int(np.argmax(lexicon.filler_counts_of(variable)))
        probabilities[lexicon.offsets[variable] + best] = 1.0
    return Emitter(lexicon, probabilities)
