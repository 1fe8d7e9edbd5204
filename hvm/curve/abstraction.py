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

MOST_STEPS = 24
"""From all fillers sent to none, where variables are dropped one after another."""


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
    lossy = _Lossy(lexicon, alphabet, symbols, np.random.default_rng(rng))
    levels = range(n_levels or int(lexicon.levels.max(initial=0)) + 1)
    return [{"level": level, **lossy.without(lexicon.levels <= level)} for level in levels]


def drop_order(lexicon: Lexicon, alphabet: Alphabet, symbols: Symbols) -> NDArray[np.int64]:
    """Order in which variables are dropped: by bits saved per edit, the most first.

    Bits and edits are those of each variable dropped alone, with all that its fillers hold, where
    the most probable filler is read.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
    symbols : Symbols
        At least one symbol.

    Returns
    -------
    int64[V]
        Ids of the variables; those that cost no edit come first, ties go to the older one.
    """
    lossy = _Lossy(lexicon, alphabet, symbols, np.random.default_rng(0), ("most_probable",))
    ids, worth = np.arange(len(lexicon)), list[float]()
    for variable in lexicon.variables.tolist():
        row = lossy.without(ids == variable)
        edits = row["distortion_most_probable"] * len(symbols)
        worth.append(row["filler_bits_dropped"] / edits if edits else np.inf)
    order: NDArray[np.int64] = lexicon.variables[np.argsort(-np.array(worth), kind="stable")]
    return order.astype(np.int64)


def drop_rows(
    lexicon: Lexicon,
    alphabet: Alphabet,
    symbols: Symbols,
    order: NDArray[np.int64],
    rng: np.random.Generator | int = 0,
) -> list[dict[str, Any]]:
    """Rate and distortion where the first variables of an order are dropped, more and more.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
    symbols : Symbols
        At least one symbol.
    order : int64[V]
        Of :func:`drop_order`, of these symbols or of others.
    rng : numpy.random.Generator or int
        For the drawn fillers.

    Returns
    -------
    list of dict
        As of :func:`rate_distortion`; ``level`` is how many variables are dropped, from none to
        all in at most `MOST_STEPS` steps.
    """
    lossy = _Lossy(lexicon, alphabet, symbols, np.random.default_rng(rng))
    steps = np.unique(np.linspace(0, len(order), MOST_STEPS + 1).round().astype(int))
    ids = np.arange(len(lexicon))
    return [{"level": n, **lossy.without(np.isin(ids, order[:n]))} for n in steps.tolist()]


class _Lossy:
    """The best parse of some symbols, and what is read where fillers are not sent."""

    def __init__(
        self,
        lexicon: Lexicon,
        alphabet: Alphabet,
        symbols: Symbols,
        rng: np.random.Generator,
        names: tuple[str, ...] = ("most_probable", "sampled"),
    ) -> None:
        self.lexicon, self.symbols, self.rng = lexicon, symbols, rng
        self.best = parse(lexicon, symbols.codes, symbols.starts, "viterbi")
        self.sent_bits = parse_bits(lexicon, alphabet, symbols, self.best)
        self.readers = {name: _READERS[name](lexicon) for name in names}

    def without(self, is_dropped: NDArray[np.bool_]) -> dict[str, float]:
        """Rate and distortion without fillers of some variables, bool[K], and what these hold."""
        best, n_symbols = self.best, len(self.symbols)
        dropped = is_dropped[best.slot_variables]
        within = _within_dropped(best, dropped)
        unsent = best.slot_parts[dropped | within]
        dropped_bits = float(self.lexicon.filler_bits[unsent].sum())
        row = {
            "rate_bits_per_symbol": (self.sent_bits - dropped_bits) / n_symbols,
            "filler_bits_dropped": dropped_bits,
        }
        outermost = np.flatnonzero(dropped & ~within)
        for name, reader in self.readers.items():
            distances = _distances(reader, best, self.symbols.codes, outermost, self.rng)
            row[f"distortion_{name}"] = float(distances.sum()) / n_symbols
            row[f"exact_share_{name}"] = 1 - np.count_nonzero(distances) / len(best)
        return row


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


_READERS = {"most_probable": _most_probable, "sampled": _as_they_are}
