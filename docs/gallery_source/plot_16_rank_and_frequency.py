"""
Rank and frequency of units
===========================

Words alone against the units of a lexicon.
"""

import matplotlib.pyplot as plt
import numpy as np

import hvm
from hvm import datasets

speech = hvm.as_symbols(datasets.load_speech(600), "word", "line")
chunks = hvm.HVM(variables=False, restarts=1, context="unigram").fit(speech).lexicon_.unit_counts
fig, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
for counts, name, colour in (
    (np.bincount(speech.codes), "words", "#5f6368"),
    (chunks, "units", "#0060a8"),
):
    ranked = np.sort(counts[counts > 0])[::-1]
    ax.loglog(np.arange(1, len(ranked) + 1), ranked, label=name, color=colour)
ax.set(xlabel="rank", ylabel="count")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
