"""What the next symbol is, given symbols, chunks and variables before it: two chains, weighed.

Every step uses + - * / of doubles alone, which IEEE 754 defines to the last bit, in one order: a
decoder computes what the encoder did, on any machine.

For each sequence: `restart` of the cursor, and `approach`; for each symbol: `look`, perhaps
`predict`, then `learn`, which approaches the next one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, inner, kernel, spliced
from hvm.kernels.predict.chains import (
    ORDERS,
    Scratch,
    add_chances,
    ask_contexts,
    chance_of,
    count_symbol,
    fetch_contexts,
    find_contexts,
    learn_backing_off,
    make_scratch,
    name_chunks,
    name_symbols,
)
from hvm.kernels.predict.cursor import BEGIN, Cursor, advance, restart
from hvm.kernels.predict.estimates import (
    CHAINS,
    DEPTHS,
    FIRST_LEVELS,
    LEVELS,
    REFRESH,
    Estimates,
    copy_estimates,
    make_estimates,
    refresh,
    weigh,
)
from hvm.kernels.predict.store import Store, larger_store, make_store

_CHUNK_LEVELS = LEVELS - len(ORDERS)


class Predictor(NamedTuple):
    """All there is."""

    symbols: Store  # of the first chain
    chunks: Store  # of the second
    estimates: Estimates
    cursor: Cursor
    scratch: Scratch
    n_chains: int


# -- memory: in Python, as it must come untouched -------------------------------------------------


def make_predictor(
    cursor: Cursor, n_symbols: int, n_chains: int, n_codes: int, most_contexts: int
) -> Predictor:
    """Return a predictor that has seen nothing.

    Parameters
    ----------
    cursor : Cursor
        At the root.
    n_symbols : int
        Of the alphabet.
    n_chains : {1, 2}
        Contexts of symbols alone, or also of chunks.
    n_codes : int
        It goes on learning contexts for so many symbols,
    most_contexts : int
        or until it knows so many contexts: a quarter of chunks, the rest of symbols.

    Returns
    -------
    Predictor
        Its arrays change later.
    """
    return Predictor(
        make_store(n_codes * len(ORDERS), most_contexts - most_contexts // 4),
        make_store(n_codes * _CHUNK_LEVELS * (n_chains > 1), most_contexts // 4),
        make_estimates(),
        cursor,
        make_scratch(n_symbols),
        n_chains,
    )


def with_chunks(
    predictor: Predictor, cursor: Cursor, n_codes: int, most_contexts: int
) -> Predictor:
    """Return the predictor with other chunks, of which it has learned nothing.

    Parameters
    ----------
    predictor : Predictor
        What is learned of chunks and of chains is forgotten here too; the rest is shared.
    cursor : Cursor
        Through the other chunks.
    n_codes, most_contexts : int
        As in `make_predictor`.

    Returns
    -------
    Predictor
        Of two chains.
    """
    estimates, fresh, first = predictor.estimates, make_estimates(), FIRST_LEVELS[1]
    for now, then in zip(estimates[:3], fresh[:3], strict=True):
        now[first:] = then[first:]
    estimates.weights[:], estimates.seen[:] = fresh.weights, fresh.seen
    chunks = make_store(n_codes * _CHUNK_LEVELS, most_contexts // 4)
    return predictor._replace(chunks=chunks, cursor=cursor, n_chains=CHAINS)


def copy_predictor(predictor: Predictor, n_codes: int) -> Predictor:
    """Return the same predictor in other memory, with capacity for so many more symbols.

    What never changes is shared.
    """
    return predictor._replace(
        symbols=larger_store(predictor.symbols, n_codes * len(ORDERS)),
        chunks=larger_store(predictor.chunks, n_codes * _CHUNK_LEVELS),
        estimates=copy_estimates(predictor.estimates),
        cursor=predictor.cursor._replace(state=predictor.cursor.state.copy()),
    )


# -- one symbol -----------------------------------------------------------------------------------


@spliced
def _depth(predictor: Predictor, at: Int) -> Int:
    depth: Int = min(at - predictor.cursor.state[BEGIN], DEPTHS - 1)
    return depth


@inner
def approach(predictor: Predictor, codes: NDArray[np.int32], begin: Int, at: Int) -> None:
    """Name the contexts of the position that comes.

    Parameters
    ----------
    predictor : Predictor
        Its cursor stands at ``at``.
    codes : int32[n]
        Known before ``at``.
    begin : int
        Where the position's sequence begins.
    at : int
        The position.
    """
    name_symbols(predictor.scratch, codes, begin, at)
    fetch_contexts(predictor.symbols, predictor.scratch, 0)
    if predictor.n_chains > 1:
        _approach_chunks(predictor)


@inner
def _approach_chunks(predictor: Predictor) -> None:
    """Name its contexts of chunks alone."""
    name_chunks(predictor.scratch, predictor.cursor)
    fetch_contexts(predictor.chunks, predictor.scratch, 1)


@inner
def look(predictor: Predictor) -> None:
    """Find the contexts of the position that `approach` named."""
    if predictor.estimates.seen[0] % REFRESH == 0:
        refresh(predictor.estimates, 0)
    find_contexts(predictor.symbols, predictor.scratch, 0)
    if predictor.n_chains > 1:
        find_contexts(predictor.chunks, predictor.scratch, 1)
        ask_contexts(predictor.chunks, predictor.estimates, predictor.scratch, 1)
    ask_contexts(predictor.symbols, predictor.estimates, predictor.scratch, 0)


@inner
def predict(predictor: Predictor, at: Int) -> None:
    """Fill in ``scratch.chances``, the chances of all symbols at a position, after `look`."""
    scratch, discounts = predictor.scratch, predictor.estimates.discounts
    weights, total = predictor.estimates.weights[_depth(predictor, at)], 0.0
    for chain in range(predictor.n_chains):
        total += weights[chain]
    for symbol in range(len(scratch.chances)):
        scratch.chances[symbol] = 0.0
    add_chances(predictor.symbols, discounts, scratch, 0, weights[0] / total)
    if predictor.n_chains > 1:
        add_chances(predictor.chunks, discounts, scratch, 1, weights[1] / total)


@inner
def learn(
    predictor: Predictor, codes: NDArray[np.int32], begin: Int, at: Int, symbol: Int
) -> float:
    """Learn from the symbol that came, after `look`, and approach the next position.

    Parameters
    ----------
    predictor : Predictor
        Changed; ``scratch.by_chain`` holds the chances of the chains.
    codes : int32[n]
        Known before ``at + 1``.
    begin : int
        Where the position's sequence begins.
    at : int
        The position.
    symbol : int
        What came.

    Returns
    -------
    float
        The chance that the symbol had.
    """
    estimates, scratch, n_chains = predictor.estimates, predictor.scratch, predictor.n_chains
    discounts, spectrum = estimates.discounts, estimates.spectrum
    scratch.by_chain[0] = chance_of(predictor.symbols, discounts, scratch, 0, symbol)
    if n_chains > 1:
        scratch.by_chain[1] = chance_of(predictor.chunks, discounts, scratch, 1, symbol)
    chance = weigh(estimates, scratch.by_chain, _depth(predictor, at), n_chains)
    advance(predictor.cursor, codes, at)
    approach(predictor, codes, begin, at + 1)
    learn_backing_off(estimates.backing_off, scratch, 0)
    count_symbol(predictor.symbols, spectrum, scratch, 0, symbol)
    if n_chains > 1:
        learn_backing_off(estimates.backing_off, scratch, 1)
        count_symbol(predictor.chunks, spectrum, scratch, 1, symbol)
    return chance


# -- passes ---------------------------------------------------------------------------------------


@kernel
def context_bits(
    predictor: Predictor,
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    bits: NDArray[np.float64],
) -> None:
    """Predict and learn every symbol.

    Parameters
    ----------
    predictor : Predictor
        As made, or as an earlier pass left it; changed.
    codes : int32[n]
        Symbols; -1 for those outside the alphabet, which count as its last symbol.
    starts : int64[s]
        First symbols of sequences, whose contexts are apart.
    bits : float64[n]
        Filled in: -log2 of each symbol's chance.

    Examples
    --------
    At first the three symbols are equally likely. The second is new: had it been the first again
    it would have cost less.

    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.predict.context import predictor_of
    >>> codes, bits = np.array([0, 1, 0], np.int32), np.empty(3)
    >>> predictor = predictor_of(Lexicon.of_atoms(3), 3, 3, "symbols")
    >>> context_bits(predictor, codes, np.zeros(1, np.int64), bits)
    >>> bits.round(2).tolist()
    [1.58, 2.39, 1.3]
    """
    for sequence in range(len(starts)):
        begin = starts[sequence]
        stop = starts[sequence + 1] if sequence + 1 < len(starts) else len(codes)
        restart(predictor.cursor, begin)
        approach(predictor, codes, begin, begin)
        for at in range(begin, stop):
            symbol = codes[at] if codes[at] >= 0 else len(predictor.scratch.chances) - 1
            look(predictor)
            bits[at] = -math.log2(learn(predictor, codes, begin, at, symbol))


@kernel
def replay(predictor: Predictor, codes: NDArray[np.int32], last: Int) -> None:
    """Learn the symbols before ``last`` as if they had been coded.

    Parameters
    ----------
    predictor : Predictor
        Changed.
    codes : int32[n]
        One sequence.
    last : int
        How many of them.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.predict.context import predictor_of
    >>> predictor = predictor_of(Lexicon.of_atoms(3), 3, 3)
    >>> replay(predictor, np.array([0, 1, 0], np.int32), 3)
    >>> int(predictor.estimates.seen[0])
    3
    """
    restart(predictor.cursor, 0)
    approach(predictor, codes, 0, 0)
    for at in range(last):
        look(predictor)
        learn(predictor, codes, 0, at, codes[at])


@kernel
def replay_chunks(
    predictor: Predictor,
    codes: NDArray[np.int32],
    by_symbols: NDArray[np.float64],
    last: Int,
) -> None:
    """Learn the same of chunks alone, where the contexts of symbols know the symbols already.

    Parameters
    ----------
    predictor : Predictor
        With chunks of which it has learned nothing (`with_chunks`); changed.
    codes : int32[n]
        One sequence.
    by_symbols : float64[last or more]
        The chance of each symbol by the contexts of symbols.
    last : int
        How many symbols.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import Lexicon
    >>> from hvm.predict.context import cursor_of, predictor_of
    >>> codes, by_symbols = np.array([0, 1, 0], np.int32), np.full(3, 1 / 3)
    >>> predictor = predictor_of(Lexicon.of_atoms(3), 3, 3, "symbols")
    >>> cursor = cursor_of(Lexicon.of_atoms(3), False)
    >>> predictor = with_chunks(predictor, cursor, 3, 100)
    >>> replay_chunks(predictor, codes, by_symbols, 3)
    >>> int(predictor.estimates.seen[0])
    3
    """
    estimates, scratch = predictor.estimates, predictor.scratch
    restart(predictor.cursor, 0)
    _approach_chunks(predictor)
    for at in range(last):
        if estimates.seen[0] % REFRESH == 0:
            refresh(estimates, FIRST_LEVELS[1])
        find_contexts(predictor.chunks, scratch, 1)
        ask_contexts(predictor.chunks, estimates, scratch, 1)
        scratch.by_chain[0] = by_symbols[at]
        scratch.by_chain[1] = chance_of(
            predictor.chunks, estimates.discounts, scratch, 1, codes[at]
        )
        weigh(estimates, scratch.by_chain, _depth(predictor, at), 2)
        advance(predictor.cursor, codes, at)
        _approach_chunks(predictor)
        learn_backing_off(estimates.backing_off, scratch, 1)
        count_symbol(predictor.chunks, estimates.spectrum, scratch, 1, codes[at])
