"""Texts that a curve is measured on, and the combinations in them that training never showed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.symbols.sequences import Symbols, require_symbols

Bits = Callable[[Symbols], NDArray[np.float64]]
"""From symbols to the bits of each, float64[n]."""

FEWEST_PIECES = 50
"""Sequences of a held-out text that are resampled; a text of fewer is cut into as many pieces."""
N_RESAMPLES = 1000


class NamedText(NamedTuple):
    """Symbols and the name that a table gives them."""

    name: str
    symbols: Symbols


class CurveTexts:
    """What is learned from and what is measured, in the codes of one alphabet.

    Parameters
    ----------
    training, held_out : Symbols
    transfer : sequence of NamedText
        Of other kinds.

    Raises
    ------
    InputError
        A text without a symbol, or of another unit.
    """

    def __init__(
        self, training: Symbols, held_out: Symbols, transfer: Sequence[NamedText] = ()
    ) -> None:
        self.training = require_symbols(training)
        for name, symbols in (("held-out", held_out), *transfer):
            if not len(symbols):
                raise InputError(f"{name}: there is no symbol to measure")
        self.held_out = held_out.recoded(training.alphabet)
        self.transfer = [
            NamedText(text.name, text.symbols.recoded(training.alphabet)) for text in transfer
        ]

    @cached_property
    def is_unseen(self) -> NDArray[np.bool_]:
        """Whether each held-out symbol is new in its place: see `unseen_combinations`."""
        return unseen_combinations(self.training, self.held_out)

    def over(self, bits: NDArray[np.float64], others: NDArray[np.float64]) -> dict[str, float]:
        """How much more held-out symbols cost than by another predictor, as columns of a curve.

        Parameters
        ----------
        bits, others : float64[n]
            Of each held-out symbol, and of it by the other predictor.

        Returns
        -------
        dict
            95% of the mean over resampled sequences, or pieces where there are few of these.
        """
        every = np.ones(len(bits), np.bool_)
        columns: dict[str, float] = {}
        for name, is_counted in (("held_out", every), ("unseen", self.is_unseen)):
            low, high = _interval(
                np.where(is_counted, bits - others, 0.0), is_counted, self._pieces
            )
            columns |= {f"{name}_over_level_0_low": low, f"{name}_over_level_0_high": high}
        return columns

    @cached_property
    def _pieces(self) -> NDArray[np.int64]:
        """First held-out symbols of what is resampled."""
        starts = np.unique(self.held_out.starts)
        starts = starts[starts < len(self.held_out)]
        if len(starts) >= FEWEST_PIECES:
            return starts
        n_pieces = min(FEWEST_PIECES, len(self.held_out))
        return np.linspace(0, len(self.held_out), n_pieces, endpoint=False).astype(np.int64)

    def generalization(self, bits_of: Bits) -> dict[str, float]:
        """Bits a symbol of all texts but the training text, as columns of a curve."""
        held_out = bits_of(self.held_out)
        is_any = self.is_unseen.any()
        columns = {
            "held_out_bits_per_symbol": float(held_out.mean()),
            "n_unseen": int(self.is_unseen.sum()),
            "unseen_bits_per_symbol": float(held_out[self.is_unseen].mean()) if is_any else np.nan,
        }
        if self.transfer:
            bits = [float(bits_of(text.symbols).mean()) for text in self.transfer]
            sizes = [len(text.symbols) for text in self.transfer]
            columns["transfer_bits_per_symbol"] = float(np.average(bits, weights=sizes))
            if len(bits) > 1:
                for text, cost in zip(self.transfer, bits, strict=True):
                    columns[f"transfer_bits_per_symbol_{text.name}"] = cost
        return columns


def _interval(
    differences: NDArray[np.float64], is_counted: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[float, float]:
    """95% of the mean of what is counted over resampled pieces; nan where nothing is."""
    if not is_counted.any():
        return np.nan, np.nan
    sums, counts = (np.add.reduceat(x, starts) for x in (differences, is_counted.astype(float)))
    drawn = np.random.default_rng(0).integers(0, len(starts), (N_RESAMPLES, len(starts)))
    totals = counts[drawn].sum(axis=1)
    means = sums[drawn].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def gram_order(n_symbols: int, n_types: int) -> int:
    """Length of the shortest grams of which there could be more than training symbols.

    Examples
    --------
    >>> gram_order(200_000, 10_000), gram_order(1_000_000, 60)
    (2, 4)
    """
    order = 2
    while n_types > 1 and n_types**order <= n_symbols:
        order += 1
    return order


def unseen_combinations(training: Symbols, other: Symbols) -> NDArray[np.bool_]:
    r"""Whether each symbol never followed those before it in training, all of them seen there.

    Parameters
    ----------
    training, other : Symbols
        Of one alphabet. Grams are of `gram_order`: of a text by words, a word and the one before.

    Returns
    -------
    bool[n]
        Of ``other``: the gram that ends here is new, but its last symbol and what stands before
        that were seen, each elsewhere.

    Examples
    --------
    >>> from hvm import as_symbols
    >>> known = as_symbols("a dog\nthe cat\n", "word", "line")
    >>> fresh = as_symbols("a cat\na dog\nan ox\n", "word", "line", known.alphabet)
    >>> unseen_combinations(known, fresh).tolist()
    [False, True, False, False, False, False]
    """
    order = gram_order(len(training), len(training.alphabet))
    codes = np.concatenate([training.codes, other.codes])
    starts = np.concatenate([training.starts, len(training) + other.starts])
    steps = np.arange(len(codes)) - np.repeat(starts, np.diff(np.append(starts, len(codes))))
    before = _grams(codes, steps, order - 1)
    context = np.where(steps > 0, np.append(-1, before[:-1]), -1)
    grams = _joined(context, codes)
    is_training = np.arange(len(codes)) < len(training)
    fresh = (grams >= 0) & ~is_training & ~np.isin(grams, grams[is_training])
    fresh &= np.isin(context, before[is_training])
    fresh &= np.isin(codes, training.codes)
    unseen: NDArray[np.bool_] = fresh[len(training) :]
    return unseen


def _grams(codes: NDArray[np.int32], steps: NDArray[np.int64], order: int) -> NDArray[np.int64]:
    """A number for the gram of each place, int64[n]; -1 where there is none or an unknown one."""
    grams = codes.astype(np.int64)
    for n_before in range(1, order):
        shorter = np.where(steps >= n_before, np.append(-1, grams[:-1]), -1)
        grams = _joined(shorter, codes)
    return grams


def _joined(contexts: NDArray[np.int64], codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """A number for each pair, int64[n]; -1 where either is."""
    pairs = contexts * (int(codes.max(initial=0)) + 1) + codes
    _, numbers = np.unique(pairs, return_inverse=True)
    return np.where((contexts >= 0) & (codes >= 0), numbers.reshape(-1), -1)
