"""Worlds of known truth, ready to learn from."""

from __future__ import annotations

from hvm.worlds.generate import Generated, generate

ENTROPY_SYMBOLS = 100_000


def load_world(
    depth: int = 15, alphabet_size: int = 10, n_symbols: int = 20_000, seed: int = 0
) -> Generated:
    """Return symbols of a random world of nested chunks and variables, and its true entropy.

    Parameters
    ----------
    depth : int
        Steps that add a chunk or a variable.
    alphabet_size : int
    n_symbols : int
    seed : int

    Returns
    -------
    Generated
        ``symbols``, ``entropy_bits_per_symbol``, ``world`` and more.

    Raises
    ------
    InputError
        As :func:`hvm.worlds.generate.generate` does.

    Examples
    --------
    >>> world = load_world(n_symbols=1000)
    >>> len(world.symbols), round(world.entropy_bits_per_symbol, 1)
    (1000, 2.1)
    """
    return generate(depth, alphabet_size, 0.5, n_symbols, seed, entropy_symbols=ENTROPY_SYMBOLS)
