"""What every rival promises; ``check_rival`` holds anybody's to it, in a few seconds."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from hvm.errors import InputError
from hvm.rivals.rival import Rival

TEXT = b"".join(b"the %d cats sat on the %d mats\n" % (i % 7, i * i % 11) for i in range(200))
NOISE = np.random.default_rng(0).bytes(600)
SNOW = "é☃\n".encode() * 50
AWKWARD = [b"", b"a", b"\0", bytes(500), b"ab" * 300, bytes(range(256)), NOISE, SNOW]
"""Bytes that are no text, no sequence, or nothing at all."""

LEAST_PRIMED_BITS = -64.0
"""A file may be shorter by some bytes after a text that ends badly: it is no less for that."""


def check_rival(rival: Rival) -> None:
    """Bits of any bytes, primed or not, the same each time; and in another process too."""
    assert rival.pays_for
    for data in AWKWARD:
        bits = rival.measure(data)
        assert isinstance(bits, float) and 0 <= bits < math.inf
        assert LEAST_PRIMED_BITS <= rival.measure(data, TEXT) < math.inf
    assert rival.measure(b"a") > 0
    assert rival.measure(b"", b"a") < math.inf
    assert rival.measure(bytearray(SNOW), b"") == rival.measure(SNOW) == rival.measure(SNOW)
    elsewhere = pickle.loads(pickle.dumps(rival))
    assert elsewhere.measure(b"aaaa", b"a") == rival.measure(b"aaaa", b"a")
    for arguments in (("text",), (b"text", "text")):
        with pytest.raises(InputError, match="bytes, not str"):
            rival.measure(*arguments)
