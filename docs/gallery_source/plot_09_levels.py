"""
Levels of abstraction
=====================

Training bits with all that was learned, against bits of unseen text; 0 is the whole model.
"""

import hvm
from hvm import datasets
from hvm.curve.curve import measure_curve
from hvm.show.levels import level_points

lines = datasets.load_speech(700, seed=7).splitlines()
train = hvm.as_symbols("\n".join(lines[:500]), "word", "line")
held_out = hvm.as_symbols("\n".join(lines[500:]), "word", "line", train.alphabet)
model = hvm.HVM(restarts=1)
table = measure_curve(model, train, held_out)

ax = level_points(table)
