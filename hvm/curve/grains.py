"""Levels by grains: the whole model, and predictors of nothing finer than the variables of a grain.

Level 0 is experts with a lexicon. At level k only variables of grain k are sent, and symbols are
read in their place: the most probable of each variable, or some drawn by their probabilities; what
foretells variables and symbols sees grain k and coarser ones alone.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.curve.prequential import block_bits
from hvm.curve.texts import CurveTexts
from hvm.lexicon import measures
from hvm.lexicon.counts import recounted
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import with_code_space
from hvm.predict.experts import Experts
from hvm.predict.hierarchy import grain_sizes
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols

_SMOOTHING = 0.5
"""Added to the count of each symbol in its variable."""
_LOSSLESS = {
    "filler_bits_dropped": 0.0,
    "distortion_most_probable": 0.0,
    "distortion_sampled": 0.0,
    "exact_share_most_probable": 1.0,
    "exact_share_sampled": 1.0,
}


class Grain(NamedTuple):
    """Variables of one grain, and what foretells them and their symbols.

    Attributes
    ----------
    level : int
        1 is the finest.
    experts : Experts
        Of symbols, by nothing finer than this grain.
    stream : Experts
        Of the variables of this grain as if they were the symbols.
    variables : int32[symbols + 1]
        Of each symbol; -1 of an unknown one, the last.
    filler_bits : float64[symbols + 1]
        Of a symbol where its variable is known; an unknown one is sent whole.
    """

    level: int
    experts: Experts
    stream: Experts
    variables: NDArray[np.int32]
    filler_bits: NDArray[np.float64]


def fit_grain(training: Symbols, level: int) -> Grain:
    """Learn the predictors of a grain.

    Parameters
    ----------
    training : Symbols
    level : int
        1 to the number of grains.

    Returns
    -------
    Grain
    """
    experts = Experts(level=level).fit(training)
    variables = experts.variables_[level - 1]
    counts = np.bincount(training.codes, minlength=len(variables)) + _SMOOTHING
    filler_bits = -np.log2(counts / np.bincount(variables, counts)[variables])
    stream = Experts().fit(_stream(training, variables))
    of_unknown = np.append(variables, np.int32(-1))
    return Grain(level, experts, stream, of_unknown, np.append(filler_bits, 0.0))


def _stream(symbols: Symbols, variables: NDArray[np.int32]) -> Symbols:
    """Variables in the place of symbols."""
    alphabet = Alphabet("int", tuple(range(int(variables.max()) + 1)))
    return Symbols(variables[symbols.codes], symbols.starts, alphabet, symbols.mode)


def variable_bits(grain: Grain, symbols: Symbols) -> NDArray[np.float64]:
    """Bits of the variable of each symbol given the variables before it, float64[n].

    Parameters
    ----------
    grain : Grain
    symbols : Symbols
        In the alphabet of the training text; an unknown one pays the escape and its code space.

    Returns
    -------
    float64[n]
    """
    codes, starts = symbols.codes, symbols.starts
    variables = grain.variables[codes]
    escapes = grain.experts.escape_chances(codes, starts)
    known = grain.stream.escaped_bits(variables, starts)
    known += np.log2(1 - grain.stream.escape_chances(variables, starts)) - np.log2(1 - escapes)
    bits = np.where(codes < 0, -np.log2(escapes), known)
    return with_code_space(bits, grain.experts.spelling_, symbols)


def grain_rows(
    texts: CurveTexts, seed: int = 0, whole: NDArray[np.float64] | None = None
) -> list[dict[str, Any]]:
    """One row for each grain of a training text.

    Parameters
    ----------
    texts : CurveTexts
    seed : int
        Of the symbols that are drawn.
    whole : float64[n], optional
        Bits of each held-out symbol at level 0: rows say how much more a level takes.

    Returns
    -------
    list of dict
        Columns of :func:`hvm.curve.curve.measure_curve`, from ``level``.
    """
    training, alphabet = texts.training, texts.training.alphabet
    rows = []
    for level in range(1, len(grain_sizes(len(training), len(alphabet))) + 1):
        grain, rng = fit_grain(training, level), np.random.default_rng((seed, level))
        variables = grain.variables[:-1]
        rate = block_bits(Experts().fit, _stream(training, variables)) / len(training)
        n_variables = int(variables.max()) + 1
        told = block_bits(partial(_experts_up_to, level), training)
        lost, lost_held_out = (_lost(grain, text, rng) for text in (training, texts.held_out))
        rows.append(
            {
                "level": level,
                "n_chunks": len(alphabet),
                "n_variables": n_variables,
                "lexicon_bits": alphabet.definition_bits() + len(alphabet) * np.log2(n_variables),
                "bits_per_symbol": (alphabet.definition_bits() + told) / len(training),
                "rate_bits_per_symbol": rate,
                **lost,
                "held_out_rate_bits_per_symbol": variable_bits(grain, texts.held_out).mean(),
                **{f"held_out_{name}": value for name, value in lost_held_out.items()},
                **texts.generalization(grain.experts.surprisal),
            }
        )
        if whole is not None:
            rows[-1] |= texts.over(grain.experts.surprisal(texts.held_out), whole)
    return rows


def _experts_up_to(level: int, known: Symbols) -> Experts:
    """Experts of a grain, or of the coarsest that so few symbols have."""
    n_grains = len(grain_sizes(len(known), len(known.alphabet)))
    return Experts(level=min(level, n_grains)).fit(known)


def _lost(grain: Grain, symbols: Symbols, rng: np.random.Generator) -> dict[str, float]:
    """What is lost where variables alone are sent; unknown symbols are sent as they are."""
    codes = symbols.codes[symbols.codes >= 0]
    chances = np.exp2(-grain.filler_bits[:-1])
    _, variables = np.unique(grain.variables[:-1], return_inverse=True)
    # Symbols by variable, the most probable one last: chances add up to 1 in each.
    order = np.lexsort((-np.arange(len(chances)), chances, variables))
    most_probable = order[np.searchsorted(variables[order], variables, "right") - 1]
    steps = np.cumsum(chances[order])
    draws = variables[codes] + rng.random(len(codes))
    places = np.minimum(np.searchsorted(steps, draws, "right"), len(order) - 1)
    readings = {"most_probable": most_probable[codes], "sampled": order[places]}
    lost = {"filler_bits_dropped": float(grain.filler_bits[codes].sum())}
    wrong = {
        name: np.count_nonzero(read != codes) / len(symbols) for name, read in readings.items()
    }
    lost |= {f"distortion_{name}": share for name, share in wrong.items()}
    return lost | {f"exact_share_{name}": 1 - share for name, share in wrong.items()}


# -- the whole model ----------------------------------------------------------------------


def whole_row(
    lexicon: Lexicon, texts: CurveTexts, experts: Experts | None = None, variables: bool = True
) -> dict[str, Any]:
    """The row of level 0: experts with a lexicon, everything sent.

    Parameters
    ----------
    lexicon : Lexicon
        Learned from the training text.
    texts : CurveTexts
    experts : Experts, optional
        Fitted to the training text with this lexicon, if they are there already.
    variables : bool
        Whether experts have variables.

    Returns
    -------
    dict
        Columns as :func:`grain_rows`.
    """
    training = texts.training
    experts = experts or Experts(variables).fit(training, lexicon)
    lexicon_bits = measures.lexicon_bits(lexicon, training.alphabet.definition_bits())

    def fitted(known: Symbols) -> Experts:
        """The receiver counts what is known, as the sender does."""
        return Experts(variables).fit(known, recounted(lexicon, known.codes, known.starts)[0])

    sent = block_bits(fitted, training)
    generalization = texts.generalization(experts.surprisal)
    return {
        "level": 0,
        "n_chunks": len(lexicon.chunks),
        "n_variables": len(lexicon.variables),
        "lexicon_bits": lexicon_bits,
        "bits_per_symbol": (lexicon_bits + sent) / len(training),
        "rate_bits_per_symbol": sent / len(training),
        **_LOSSLESS,
        "held_out_rate_bits_per_symbol": generalization["held_out_bits_per_symbol"],
        **{f"held_out_{name}": value for name, value in _LOSSLESS.items()},
        **generalization,
    }


def iterations_on_the_way(lexicons: list[Lexicon], n_halvings: int = 2) -> list[int]:
    """Iterations whose lexicon is measured whole: the first, the last and some between.

    Parameters
    ----------
    lexicons : list of Lexicon
        That of each iteration.
    n_halvings : int
        How often the entries that were learned are halved.

    Returns
    -------
    list of int
        Ascending.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> iterations_on_the_way([Lexicon.of_atoms(n) for n in (2, 10, 11, 50, 18)])
    [0, 1, 4]
    """
    learned = np.array([len(lexicon) - len(lexicons[0]) for lexicon in lexicons])
    wanted = [0, *(learned[-1] / 2**halving for halving in range(1, n_halvings + 1))]
    nearest = {int(np.argmin(np.abs(learned - entries))) for entries in wanted}
    return sorted(nearest | {len(lexicons) - 1})
