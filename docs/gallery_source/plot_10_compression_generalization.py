"""
Compression against generalization
==================================

Learned variables beside random ones, iteration by iteration.
"""

import hvm
from hvm import datasets
from hvm.curve.curve import measure_curve
from hvm.show.plots import compression_generalization

lines = datasets.load_speech(700, seed=7).splitlines()
train = hvm.as_symbols("\n".join(lines[:500]), "word", "line")
held_out = hvm.as_symbols("\n".join(lines[500:]), "word", "line", train.alphabet)
model = hvm.HVM(restarts=1)
table = measure_curve(model, train, held_out)

ax = compression_generalization(table)
