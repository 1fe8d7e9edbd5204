"""
Rate and distortion
===================

Bits sent against what is lost when fillers are left out.
"""

import hvm
from hvm import datasets
from hvm.curve.curve import measure_curve
from hvm.show.plots import rate_distortion

lines = datasets.load_speech(700, seed=7).splitlines()
train = hvm.as_symbols("\n".join(lines[:500]), "word", "line")
held_out = hvm.as_symbols("\n".join(lines[500:]), "word", "line", train.alphabet)
model = hvm.HVM(restarts=1)
table = measure_curve(model, train, held_out)

ax = rate_distortion(table)
