"""The compressors of the standard library; each file is one that its own library decodes."""

from __future__ import annotations

import bz2
import lzma
import zlib
from functools import partial

from hvm.rivals.rival import A_FILE, Rival, file_cost

_BZ2_FRAME_BYTES, _BZ2_BLOCK_BYTES = 14, 10
_BZ2_BLOCK = bytes.fromhex("314159265359")
"""What each block begins with, at any bit; the check of the block follows."""


def zlib_file(data: bytes) -> bytes:
    """Deflate at level 9 with zlib's header; a match is at most 32 kB back."""
    return zlib.compress(data, 9)


def bz2_file(data: bytes) -> bytes:
    """bzip2 at level 9: blocks of 900 kB, each sorted alone."""
    return bz2.compress(data, 9)


def lzma_file(data: bytes) -> bytes:
    """What ``xz -9e`` writes: LZMA2 in the xz container with its CRC64; 64 MB of history."""
    return lzma.compress(data, lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def zlib_frame(file: bytes) -> int:
    """Bytes of zlib's header and of its check (RFC 1950)."""
    return 2 + 4


def bz2_frame(file: bytes) -> int:
    """Bytes of bzip2's header, of its end and check, and of the mark and check of each block."""
    bits = int.from_bytes(file, "big")
    shifted = ((bits >> shift).to_bytes(len(file), "big") for shift in range(8))
    n_blocks = sum(copy.count(_BZ2_BLOCK) for copy in shifted)
    return _BZ2_FRAME_BYTES + _BZ2_BLOCK_BYTES * n_blocks


def xz_frame(file: bytes) -> int:
    """Bytes of an xz file of one block, or none, around its LZMA2 data (the .xz format, 1.2)."""
    index_bytes = 4 * (int.from_bytes(file[-8:-4], "little") + 1)  # of the footer
    index = file[-12 - index_bytes : -12]
    if index[1] == 0:  # no block
        return len(file)
    sizes = index[2:]
    n_digits = next(k for k, byte in enumerate(sizes, 1) if byte < 128)
    block_bytes = sum((byte & 127) << 7 * k for k, byte in enumerate(sizes[:n_digits]))
    return len(file) - (block_bytes - 4 * (file[12] + 1) - 8)  # less its header and its CRC64


ZLIB = Rival(f"{A_FILE} (level 9); sees 32 kB back", partial(file_cost, zlib_file, zlib_frame))
BZ2 = Rival(f"{A_FILE} (level 9); blocks of 900 kB", partial(file_cost, bz2_file, bz2_frame))
LZMA = Rival(f"{A_FILE} (xz -9e)", partial(file_cost, lzma_file, xz_frame))
