"""
Words found in letters
======================

Token F by number of lines, against transitional probabilities.
"""

import matplotlib.pyplot as plt

from hvm import datasets
from hvm.learn.words import WordFinder
from hvm.segment.reading import gold_cuts, unspaced
from hvm.segment.rivals import by_transitions
from hvm.segment.scoring import score_cuts

sizes = (50, 200, 800)
scores = {"words": [], "transitional probability": []}
for size in sizes:
    gold = datasets.load_speech(size, seed=2).splitlines()
    lines = [line.replace(" ", "") for line in gold]
    symbols, true = unspaced(lines), gold_cuts(gold, lines, "gold")
    scores["words"].append(score_cuts(symbols, WordFinder().fit(symbols).cuts_, true).token.f)
    scores["transitional probability"].append(
        score_cuts(symbols, by_transitions(symbols), true).token.f
    )
fig, ax = plt.subplots(figsize=(5, 3.2), layout="constrained")
for (name, values), colour in zip(scores.items(), ("#b34700", "#0060a8")):
    ax.plot(sizes, values, marker="o", label=name, color=colour)
ax.set(xscale="log", xlabel="lines", ylabel="token F", ylim=(0, 1.02))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
