"""The judge of minimal pairs: bits of both sentences, and the share of pairs that good ones win."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_choice, require_flag, require_whole
from hvm.pairs.reading import GROUPS
from hvm.symbols.convert import as_symbols

if TYPE_CHECKING:
    import pandas as pd

TIE_BITS = 1e-6
"""Sentences closer than this are tied: the rounding of float64 sums, and no bits of any model."""

DRAWS = 10_000
"""Bootstrap samples of pairs: their own error moves a bound of 500 pairs by .0005."""

LEVEL = 0.95


class Judgement(NamedTuple):
    """What a model says of pairs.

    Attributes
    ----------
    pairs : pandas.DataFrame
        The pairs with ``good_bits``, ``bad_bits``, ``score`` (1 where the good sentence costs
        fewer bits, .5 for a tie, 0) and ``is_known`` (no symbol of either is outside the
        alphabet).
    total : pandas.DataFrame
        One row: ``accuracy`` (the mean score), ``low`` and ``high`` (its 95% bootstrap interval
        over pairs), ``pairs``, ``ties``, ``known``, ``accuracy_known`` (NaN if there are none).
    groups : pandas.DataFrame
        The same, one row a group, the group's name as index, in the order of the pairs' first.
    """

    pairs: pd.DataFrame
    total: pd.DataFrame
    groups: pd.DataFrame


def judge_pairs(
    model: Any,
    pairs: pd.DataFrame,
    by: str | None = None,
    seed: int = 0,
    *,
    spells_unknown: bool = True,
) -> Judgement:
    """Judge which sentence of each pair costs fewer bits; the model stays as it was.

    Each sentence is a sequence of its own, so neither the order of pairs nor what else is asked
    matters.

    Parameters
    ----------
    model : HVM, KneserNey, LanguageModel or another
        Anything fitted with ``surprisal(symbols)``, or ``bits_per_symbol(symbols)``, or
        ``sentence_bits(sentences)``.
    pairs : pandas.DataFrame
        With ``good`` and ``bad``; of :func:`hvm.pairs.reading.read_pairs`.
    by : {None, "paradigm", "field", "term"}
        What groups are made of.
    seed : int
        Of the bootstrap.
    spells_unknown : bool
        Whether a symbol outside the alphabet pays its code space beside the escape. It is what the
        symbol costs, and lets long unknown words lose.

    Returns
    -------
    Judgement

    Raises
    ------
    InputError
        There is no pair, no such column, a pair without a group, or a model that gives no bits.

    Examples
    --------
    >>> import pandas as pd
    >>> from hvm.rivals.kneser_ney import KneserNey
    >>> model = KneserNey(2).fit(as_symbols("the dogs are here the dogs are there", "word"))
    >>> pairs = pd.DataFrame({"good": ["dogs are"], "bad": ["dogs is"]})
    >>> judge_pairs(model, pairs).total[["accuracy", "pairs", "ties"]].values.tolist()
    [[1.0, 1.0, 0.0]]
    """
    seed = require_whole("seed", seed, 0)
    require_flag("spells_unknown", spells_unknown)
    _require_pairs(pairs, by)
    sentences = sorted({*pairs["good"], *pairs["bad"]}, key=lambda text: (len(text), text))
    bits, is_known = _costs(model, sentences, spells_unknown)
    place = {sentence: index for index, sentence in enumerate(sentences)}
    good, bad = (pairs[name].map(place).to_numpy(np.int64) for name in ("good", "bad"))
    judged = pairs.assign(
        good_bits=bits[good],
        bad_bits=bits[bad],
        score=_scores(bits[good], bits[bad]),
        is_known=is_known[good] & is_known[bad],
    )
    return Judgement(judged, _table({"all": judged}, seed), _grouped(judged, by, seed))


def _require_pairs(pairs: pd.DataFrame, by: str | None) -> None:
    if by is not None:
        require_choice("by", by, GROUPS)
    for column in ("good", "bad", *((by,) if by else ())):
        if column not in pairs.columns:
            raise InputError(f"the pairs have no column {column}")
    if not len(pairs):
        raise InputError("there is no pair to judge")
    missing = np.flatnonzero(pairs[by].isna() if by else [])
    if len(missing):
        first = pairs.iloc[missing[0]]
        where = f"{first['file']}, line {first['line']}: " if "file" in pairs.columns else ""
        raise InputError(f"{where}the pair {first['good']!r:.60} has no {by} to tell it by")


def _scores(good: NDArray[np.float64], bad: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where the good sentence costs fewer bits, 0 where the bad one does, .5 for a tie."""
    is_tie = np.isclose(good, bad, rtol=0.0, atol=TIE_BITS)
    return np.where(is_tie, 0.5, (good < bad).astype(np.float64))


# -- bits ---------------------------------------------------------------------------------


def _costs(
    model: Any, sentences: Sequence[str], spells_unknown: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Bits of each sentence by itself, and whether the model knows all of its symbols."""
    if hasattr(model, "sentence_bits"):
        bits = np.asarray(model.sentence_bits(sentences), np.float64)
        is_known = np.ones(len(sentences), np.bool_)
    else:
        bits, is_known = _costs_of_symbols(model, sentences, spells_unknown)
    if not np.isfinite(bits).all():
        first = sentences[int(np.argmin(np.isfinite(bits)))]
        raise InputError(f"the model gives no number of bits for {first!r:.60}")
    return bits, is_known


def _costs_of_symbols(
    model: Any, sentences: Sequence[str], spells_unknown: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    alphabet = getattr(model, "alphabet_", None)
    if alphabet is None:
        raise InputError(f"this {type(model).__name__} has no alphabet: fit it first")
    if alphabet.unit == "int":
        raise InputError("the model knows integers, and sentences are text")
    read = [as_symbols(text, alphabet.unit, "file", alphabet) for text in sentences]
    is_known = np.array([not symbols.unknown for symbols in read])
    if not getattr(model, "adapts", True):  # each sequence by itself, all in one call
        together = as_symbols(list(sentences), alphabet.unit, "file", alphabet)
        by_symbol = np.split(model.surprisal(together), together.starts[1:])
        bits = np.array([math.fsum(part) for part in by_symbol])
    else:  # what one sentence taught must not reach the next
        bits = np.array([_bits_of(model, symbols) for symbols in read])
    if not spells_unknown:
        naming = getattr(model, "spelling_", alphabet)
        spelled = (math.fsum(naming.code_space_bits(symbols.unknown)) for symbols in read)
        bits -= np.fromiter(spelled, np.float64, len(read))
    return bits, is_known


def _bits_of(model: Any, symbols: Any) -> float:
    if hasattr(model, "surprisal"):
        return math.fsum(model.surprisal(symbols))
    if hasattr(model, "bits_per_symbol"):
        return float(model.bits_per_symbol(symbols)) * len(symbols)
    raise InputError(f"a {type(model).__name__} says nothing of bits: it has no surprisal")


# -- tables -------------------------------------------------------------------------------


def _grouped(judged: pd.DataFrame, by: str | None, seed: int) -> pd.DataFrame:
    if by is None:
        return _table({}, seed)
    return _table(dict(iter(judged.groupby(by, sort=False))), seed)


def _table(parts: dict[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    import pandas as pd

    columns = ["accuracy", "low", "high", "pairs", "ties", "known", "accuracy_known"]
    rows = [_row(part, seed) for part in parts.values()]
    return pd.DataFrame(rows, index=list(parts), columns=columns)


def _row(judged: pd.DataFrame, seed: int) -> dict[str, float | int]:
    scores = judged["score"].to_numpy(np.float64)
    known = scores[judged["is_known"].to_numpy(np.bool_)]
    low, high = _interval(scores, seed)
    return {
        "accuracy": float(scores.mean()),
        "low": low,
        "high": high,
        "pairs": len(scores),
        "ties": int((scores == 0.5).sum()),
        "known": len(known),
        "accuracy_known": float(known.mean()) if len(known) else math.nan,
    }


def _interval(scores: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Percentile bootstrap of the mean over pairs: draws of pairs are draws of their counts."""
    n = len(scores)
    shares = np.array([(scores == value).sum() for value in (0.0, 0.5, 1.0)]) / n
    counts = np.random.default_rng(seed).multinomial(n, shares, size=DRAWS)
    means = counts @ np.array([0.0, 0.5, 1.0]) / n
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
