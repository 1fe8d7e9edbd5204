"""Zstandard, with a window as long as the data."""

from __future__ import annotations

from functools import partial

from hvm.rivals.rival import A_FILE, Rival, file_cost, optional_package

LEVEL = 19  # the slowest that needs no option of its own to decode
WINDOW_LOGS = (10, 31)  # log2 of bytes: the shortest and the longest that the format allows


def zstd_file(data: bytes) -> bytes:
    """Zstandard at level 19, its window as long as data (to 2 GB), without a checksum.

    Beyond 128 MB a decoder must be told to allow so long a window.
    """
    zstandard = optional_package("zstandard")
    shortest, longest = WINDOW_LOGS
    window_log = min(max((len(data) - 1).bit_length(), shortest), longest)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(data), window_log=window_log
    )
    return bytes(zstandard.ZstdCompressor(compression_params=parameters).compress(data))


def zstd_frame(file: bytes) -> int:
    """Bytes of the header of Zstandard's frame, magic number included; it has no check."""
    return int(optional_package("zstandard").frame_header_size(file))


RIVAL = Rival(f"{A_FILE} (level {LEVEL})", partial(file_cost, zstd_file, zstd_frame))
