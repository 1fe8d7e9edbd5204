"""Brotli, the one compressor that does not start from nothing: it brings a dictionary."""

from __future__ import annotations

from functools import partial

from hvm.rivals.rival import Rival, file_bits, optional_package


def brotli_file(data: bytes) -> bytes:
    """Brotli at quality 11 with a window of 16 MB; 120 kB of words are built in (RFC 7932)."""
    return bytes(optional_package("brotli").compress(data, quality=11, lgwin=24))


RIVAL = Rival(
    "a file that decodes, which has no frame, but brings a 120 kB dictionary, mostly English "
    "(quality 11)",
    partial(file_bits, brotli_file),
)
