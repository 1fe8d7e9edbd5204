"""Rivals at several sizes or orders, where they have one: the points of their curves."""

from __future__ import annotations

from functools import partial

from hvm.rivals import bpe, morfessor, ppmd, unigram
from hvm.rivals.kneser_ney import KneserNey
from hvm.rivals.registry import METHODS
from hvm.rivals.rival import EVERY_BYTE, Rival, file_bits
from hvm.rivals.units import bits_with_most

UNITS = (250, 1000, 4000)
"""Of byte-pair encoding and its like, at most."""
ORDERS_OF_SYMBOLS = (2, 3, 4, 5)
"""Of Kneser-Ney over the symbols of a text, whatever their unit."""
_PIECES = {"bpe": bpe.pieces, "unigram": unigram.pieces, "morfessor": morfessor.morphs}


def variants(name: str) -> dict[str, Rival]:
    """A method of `hvm compare` at each size or order.

    Parameters
    ----------
    name : str
        In :data:`hvm.rivals.registry.METHODS`.

    Returns
    -------
    dict of str to Rival
        By size or order, in words; one that has neither stands under "as it is".

    Raises
    ------
    InputError
        There is no such method.

    Examples
    --------
    >>> list(variants("ppmd")), list(variants("zlib"))
    (['order 3', 'order 4', 'order 5', 'order 6', 'order 8', 'order 16'], ['as it is'])
    """
    rival = METHODS.named(name)
    if name == "ppmd":
        files = {order: partial(ppmd.ppmd_file, order=order) for order in ppmd.ORDERS}
        return {
            f"order {order}": Rival(rival.pays_for, partial(file_bits, file))
            for order, file in files.items()
        }
    if name in _PIECES:
        return {
            f"{most} units": Rival(EVERY_BYTE, partial(bits_with_most, _PIECES[name], most))
            for most in UNITS
        }
    return {"as it is": rival}


def kneser_ney_orders() -> dict[str, partial[KneserNey]]:
    """Makers of Kneser-Ney by order, in words."""
    return {f"order {order}": partial(KneserNey, order) for order in ORDERS_OF_SYMBOLS}
