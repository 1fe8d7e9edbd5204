"""
Words found in letters
======================

Words of :class:`hvm.learn.words.WordFinder` against cuts by transitional probability, in sentences without
spaces. Token F: of the words found and the words that are there, how many agree, 1 if all do.
So few templates repeat whole phrases, which look like words; on recorded speech words are found far better
(see the page on segmentation).
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
for (name, values), style in zip(scores.items(), ("o-", "s--")):
    ax.plot(sizes, values, style, label=name, color="#b34700" if name == "words" else "#0060a8")
ax.set(xscale="log", xlabel="lines read", ylabel="token F", ylim=(0, 1.02))
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
