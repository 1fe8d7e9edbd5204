"""The compressors of the standard library; each file is one that its own library decodes."""

from __future__ import annotations

import bz2
import lzma
import zlib
from functools import partial

from hvm.rivals.rival import A_FILE, Rival, file_bits


def zlib_file(data: bytes) -> bytes:
    """Deflate at level 9 with zlib's header; a match is at most 32 kB back."""
    return zlib.compress(data, 9)


def bz2_file(data: bytes) -> bytes:
    """bzip2 at level 9: blocks of 900 kB, each sorted alone."""
    return bz2.compress(data, 9)


def lzma_file(data: bytes) -> bytes:
    """What ``xz -9e`` writes: LZMA2 in the xz container with its CRC64; 64 MB of history."""
    return lzma.compress(data, lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


ZLIB = Rival(f"{A_FILE} (level 9); sees 32 kB back", partial(file_bits, zlib_file))
BZ2 = Rival(f"{A_FILE} (level 9); blocks of 900 kB", partial(file_bits, bz2_file))
LZMA = Rival(f"{A_FILE} (xz -9e)", partial(file_bits, lzma_file))
