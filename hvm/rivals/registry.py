"""The compressors that hvm is measured against, all asked for the bits of bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hvm.rivals import general

Measure = Callable[[bytes, bytes], float]


@dataclass(frozen=True)
class Rival:
    """A compressor of bytes.

    Attributes
    ----------
    name : str
        What a table calls it.
    pays_for : str
        What its bits include.
    measure : callable
        ``measure(data, before=b"")`` is the bits of ``data`` after ``before`` has been seen. For
        a code it is by how much ``data`` makes the code of ``before`` longer, and all of its code
        where there is no ``before``.
    """

    name: str
    pays_for: str
    measure: Callable[..., float]


def rivals() -> dict[str, Rival]:
    """All rivals by name.

    zstd, brotli, ppmd, bpe, unigram and morfessor need packages: ``pip install hvm[rivals]``. They
    are listed without them, and raise :class:`~hvm.errors.InputError` when they measure.

    Examples
    --------
    >>> list(rivals())[:8]
    ['lz78', 'lzw', 'zlib', 'bz2', 'lzma', 'zstd', 'brotli', 'ppmd']
    >>> list(rivals())[8:]
    ['ctw', 'kn', 'bpe', 'unigram', 'morfessor', 'hcm']
    >>> rivals()["zlib"].measure(b"abababababab")
    96.0
    """
    return {
        name: Rival(name, pays_for, partial(_measured, measure))
        for name, pays_for, measure in _RIVALS
    }


def _measured(measure: Measure, data: bytes, before: bytes = b"") -> float:
    return float(measure(general.as_bytes(data), general.as_bytes(before)))


def _lz78(data: bytes, before: bytes) -> float:
    from hvm.rivals.lz78 import lz78_bits

    def bits(given: bytes) -> float:
        # Without a symbol the alphabet's size, 0, says it all: one bit.
        return lz78_bits(given, "byte") if given else 1.0

    return bits(before + data) - (bits(before) if before else 0.0)


def _lzw(data: bytes, before: bytes) -> float:
    from hvm.rivals.lzw import lzw_bits

    return lzw_bits(before + data) - (lzw_bits(before) if before else 0.0)


def _ctw(data: bytes, before: bytes) -> float:
    from hvm.rivals.ctw import CTW

    return CTW(before=before).surprisal(data).sum()


def _kn(data: bytes, before: bytes) -> float:
    from hvm.rivals.units import kn_bits

    return kn_bits(data, before)


def _units(name: str, data: bytes, before: bytes) -> float:
    from hvm.rivals import units

    return units.unit_bits(getattr(units, name), data, before)


_A_FILE = "everything: a file that decodes"

_EACH = "every byte, as -log2 of a probability"
_FOUND = "where they are learned from the same bytes"

_RIVALS: tuple[tuple[str, str, Measure], ...] = (
    ("lz78", "everything: alphabet, length and phrases, in fractions of a bit", _lz78),
    ("lzw", "everything: length and phrases, in fractions of a bit", _lzw),
    (
        "zlib",
        f"{_A_FILE} (level 9); sees 32 kB back",
        partial(general.primed_bits, general.zlib_file),
    ),
    (
        "bz2",
        f"{_A_FILE} (level 9); blocks of 900 kB",
        partial(general.primed_bits, general.bz2_file),
    ),
    ("lzma", f"{_A_FILE} (xz -9e)", partial(general.primed_bits, general.lzma_file)),
    ("zstd", f"{_A_FILE} (level 19)", partial(general.primed_bits, general.zstd_file)),
    (
        "brotli",
        "everything, but brings a 120 kB dictionary, mostly English (quality 11)",
        partial(general.primed_bits, general.brotli_file),
    ),
    (
        "ppmd",
        f"{_A_FILE} (variant I), and a byte for the best of orders "
        f"{', '.join(map(str, general.PPMD_ORDERS))}",
        general.ppmd_bits,
    ),
    ("ctw", f"{_EACH}; not the length", _ctw),
    ("kn", f"{_EACH}; Kneser-Ney, orders 0 to 16", _kn),
    ("bpe", f"{_EACH}, and the units {_FOUND}", partial(_units, "bpe")),
    ("unigram", f"{_EACH}, and the units {_FOUND}", partial(_units, "unigram")),
    ("morfessor", f"{_EACH}, and the units {_FOUND}", partial(_units, "morfessor")),
    ("hcm", f"{_EACH}, and the chunks {_FOUND}", partial(_units, "hcm")),
)
