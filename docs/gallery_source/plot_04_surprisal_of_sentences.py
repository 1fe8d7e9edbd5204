"""
Surprisal, word by word
=======================

The word that breaks agreement is the one that costs.
"""

import matplotlib.pyplot as plt

import hvm
from hvm import datasets

speech = hvm.as_symbols(datasets.load_speech(600), "word", "line")
model = hvm.HVM(restarts=1).fit(speech)

fig, axes = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True, layout="constrained")
for ax, sentence in zip(axes, ("the cats are hiding .", "the cats is hiding .")):
    words = sentence.split()
    bits = model.surprisal(hvm.as_symbols(sentence, "word", alphabet=model.alphabet_))
    ax.bar(words, bits, color=["#8a8a8a"] * 2 + ["#b34700"] + ["#8a8a8a"] * 2)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("surprisal (bits)")
