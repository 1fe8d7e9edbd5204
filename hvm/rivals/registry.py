"""The methods that ``hvm compare`` knows: hvm's own first, then its rivals, in order of tables."""

from __future__ import annotations

from hvm.plugins import Registry
from hvm.rivals.rival import Rival

METHODS: Registry[Rival] = Registry(
    "method",
    "hvm.rivals",
    {
        "mixed": "hvm.rivals.codec:MIXED",
        "mixed-symbols": "hvm.rivals.codec:MIXED_SYMBOLS",
        "hvm": "hvm.rivals.codec:HVM",
        "lz78": "hvm.rivals.lz78:RIVAL",
        "lzw": "hvm.rivals.lzw:RIVAL",
        "zlib": "hvm.rivals.standard:ZLIB",
        "bz2": "hvm.rivals.standard:BZ2",
        "lzma": "hvm.rivals.standard:LZMA",
        "zstd": "hvm.rivals.zstd:RIVAL",
        "brotli": "hvm.rivals.brotli:RIVAL",
        "ppmd": "hvm.rivals.ppmd:RIVAL",
        "ctw": "hvm.rivals.ctw:RIVAL",
        "kn": "hvm.rivals.kn:RIVAL",
        "bpe": "hvm.rivals.bpe:RIVAL",
        "unigram": "hvm.rivals.unigram:RIVAL",
        "morfessor": "hvm.rivals.morfessor:RIVAL",
        "hcm": "hvm.rivals.hcm:RIVAL",
        "zpaq": "hvm.rivals.programs:ZPAQ_RIVAL",
        "lpaq": "hvm.rivals.programs:LPAQ_RIVAL",
        "paq8": "hvm.rivals.programs:PAQ8_RIVAL",
    },
)
"""Methods by name. zstd, brotli, ppmd, bpe, unigram and morfessor need packages, ``pip install
hvm-learn[rivals]``; zpaq, lpaq and paq8 programs of these names. They are listed without them, and
raise :class:`~hvm.rivals.rival.UnavailableError` when they measure.

>>> METHODS["zlib"].measure(b"abababababab")
96.0
"""
