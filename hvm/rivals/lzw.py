"""LZW (Welch 1984, Computer 17(6)) on bytes, with a dictionary that never stops growing."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.kernels.rivals.lzw import lzw_parse
from hvm.lexicon.lexicon import N_BYTES
from hvm.rivals.rival import Cost, Rival, added_cost, as_bytes
from hvm.symbols.alphabet import elias_delta_bits


def encode(data: bytes) -> NDArray[np.int64]:
    """Phrases of data, int64[W]: below 256 a byte, 256 + t phrase t and the byte after it.

    Examples
    --------
    >>> encode(b"abababa").tolist()
    [97, 98, 256, 258]
    """
    phrases: NDArray[np.int64] = lzw_parse(np.frombuffer(as_bytes(data), np.uint8))
    return phrases


def decode(phrases: NDArray[np.int64]) -> bytes:
    """Return the data of the phrases of :func:`encode`.

    Raises
    ------
    InputError
        A phrase is named before it is known.
    """
    known = [bytes([byte]) for byte in range(N_BYTES)]
    spelled: list[bytes] = []
    for index, phrase in enumerate(phrases.tolist()):
        if not 0 <= phrase < N_BYTES + index:
            raise InputError(f"phrase {index} of the LZW code names {phrase}, which is not known")
        if spelled:
            # The last phrase known so far ends with the first byte of this one, which may be it.
            known.append(spelled[-1] + (known[phrase] if phrase < len(known) else spelled[-1])[:1])
        spelled.append(known[phrase])
    return b"".join(spelled)


def lzw_cost(data: bytes) -> Cost:
    """Bits of a code that decodes to data.

    Its frame is the number of bytes in its Elias delta code; then log2(256 + t) a phrase, as many
    are known when phrase t is named.
    """
    n_phrases = len(encode(data))
    phrase_bits = (math.lgamma(N_BYTES + n_phrases) - math.lgamma(N_BYTES)) / math.log(2)
    return Cost(phrase_bits, elias_delta_bits(len(data) + 1))


RIVAL = Rival(
    "phrases, in fractions of a bit; its frame is the length", partial(added_cost, lzw_cost)
)
