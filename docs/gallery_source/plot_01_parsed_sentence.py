"""
A parsed sentence
=================

Units above, the variables of their slots below.
"""

import hvm
from hvm import datasets
from hvm.show.sentence import draw_parse

speech = hvm.as_symbols(datasets.load_speech(600), "word", "line")
model = hvm.HVM(restarts=1).fit(speech)

sentence = hvm.as_symbols(
    "look at the duck . mummy is holding the ball .", "word", alphabet=model.alphabet_
)
ax = draw_parse(model.lexicon_, model.parse(sentence), sentence)
