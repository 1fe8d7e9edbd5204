"""
Methods by length of text
=========================

The more text, the more there is to learn from it.
"""

import pandas as pd

from hvm import datasets
from hvm.rivals.registry import METHODS
from hvm.show.plots import compare_curves

text = datasets.load_speech(2000).encode()
rows = [
    {
        "method": name,
        "symbols": size,
        "bits_per_symbol": METHODS.named(name).measure(text[:size]) / size,
    }
    for name in ("mixed", "lz78", "zlib", "lzma")
    for size in (1000, 4000, 16000, len(text))
]
ax = compare_curves(pd.DataFrame(rows))
