"""
The top of a lexicon
====================

Frames on the left, their variables in the middle, what fills them on the right.
"""

import hvm
from hvm import datasets
from hvm.show.drawing import draw_graph

speech = hvm.as_symbols(datasets.load_speech(600), "word", "line")
model = hvm.HVM(restarts=1).fit(speech)

ax = draw_graph(model.graph_, max_nodes=24)
