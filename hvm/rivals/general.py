"""General compressors: each returns a file that its own library decodes.

All start from nothing for every file, but for brotli, which brings a dictionary.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType

from hvm.errors import InputError

PPMD_ORDERS = (3, 4, 5, 6, 8, 16)
_PPMD_MEMORY_MIN, _PPMD_MEMORY_MAX = 256 << 20, (1 << 32) - 37


def as_bytes(data: bytes) -> bytes:
    """Return bytes or a bytearray as bytes, or raise :class:`InputError`."""
    if not isinstance(data, (bytes, bytearray)):
        raise InputError(f"this takes bytes, not {type(data).__name__}: encode text first")
    return bytes(data)


def optional_package(package: str) -> ModuleType:
    """Return a package of the extra ``rivals``, or raise :class:`InputError` that names it."""
    try:
        return import_module(package)
    except ImportError:
        raise InputError(f"{package} is not installed: pip install hvm[rivals]") from None


def primed_bits(file: Callable[[bytes], bytes], data: bytes, before: bytes = b"") -> float:
    """Bits by which ``data`` makes the file of ``before`` longer; of its own file without that."""
    seen_bits = 8.0 * len(file(before)) if before else 0.0
    return 8.0 * len(file(before + data)) - seen_bits


def zlib_file(data: bytes) -> bytes:
    """Deflate at level 9 with zlib's header; a match is at most 32 kB back."""
    return zlib.compress(data, 9)


def bz2_file(data: bytes) -> bytes:
    """bzip2 at level 9: blocks of 900 kB, each sorted alone."""
    return bz2.compress(data, 9)


def lzma_file(data: bytes) -> bytes:
    """What ``xz -9e`` writes: LZMA2 in the xz container with its CRC64; 64 MB of history."""
    return lzma.compress(data, lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def zstd_file(data: bytes) -> bytes:
    """Zstandard at level 19, its window as long as data (to 2 GB), without a checksum.

    Beyond 128 MB a decoder must be told to allow so long a window.
    """
    zstandard = optional_package("zstandard")
    window_log = min(max((len(data) - 1).bit_length(), 10), 31)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, source_size=len(data), window_log=window_log
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(data)


def brotli_file(data: bytes) -> bytes:
    """Brotli at quality 11 with a window of 16 MB; 120 kB of words are built in (RFC 7932)."""
    return optional_package("brotli").compress(data, quality=11, lgwin=24)


def ppmd_file(data: bytes, order: int) -> bytes:
    """PPMd variant I of one order (Shkarin 2002, DCC, 202-211), with its end mark.

    Memory is 64 times the data, at least 256 MB and at most 4 GB: double what order 16 needs for
    text or random bytes, so the model is never cut back.
    """
    memory = min(max(_PPMD_MEMORY_MIN, 64 * len(data)), _PPMD_MEMORY_MAX)
    encoder = optional_package("pyppmd").Ppmd8Encoder(order, memory)
    return encoder.encode(data) + encoder.flush()


def ppmd_bits(data: bytes, before: bytes = b"") -> float:
    """Bits of PPMd by the best of ``PPMD_ORDERS`` for ``data``, and a byte that says which."""
    return 8.0 + min(
        primed_bits(partial(ppmd_file, order=order), data, before) for order in PPMD_ORDERS
    )
