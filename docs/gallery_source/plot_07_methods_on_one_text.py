"""
Methods on one text
===================

Bits a symbol of the rhymes; what a method writes down as its dictionary is drawn apart.
"""

import pandas as pd

from hvm import datasets
from hvm.rivals.registry import METHODS
from hvm.show.plots import bits_bars

data = datasets.load_rhymes().encode()
names = ("mixed", "hvm", "lz78", "lzw", "ctw", "zlib", "lzma")
rows = [(name, METHODS.named(name).measure(data) / len(data)) for name in names]
ax = bits_bars(
    pd.DataFrame(rows, columns=["method", "bits_per_symbol"]).assign(
        dictionary_bits_per_symbol=float("nan")
    )
)
