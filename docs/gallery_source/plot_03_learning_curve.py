"""
Bits while a lexicon grows
==========================

What the data and what the lexicon cost, by iteration.
"""

import hvm
from hvm import datasets
from hvm.show.plots import learning_curve

model = hvm.HVM(restarts=1, context="unigram").fit(datasets.load_world(n_symbols=8000).symbols)
ax = learning_curve(model.history_, model.n_symbols_)
