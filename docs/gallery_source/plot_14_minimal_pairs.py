"""
Minimal pairs by training size
==============================

How few sentences grammar takes: of two sentences, one of them wrong, the right one is to cost fewer bits.
Bands are 95% intervals; the line is chance.
"""

import matplotlib.pyplot as plt

import hvm
from hvm import datasets
from hvm.pairs.judging import judge_pairs
from hvm.rivals.kneser_ney import KneserNey

pairs, sizes = datasets.load_pairs(240), (30, 100, 300, 700)
makers = {
    "HVM": lambda: hvm.HVM(restarts=1),
    "3-gram": lambda: KneserNey(3),
    "words counted": lambda: KneserNey(1),
}
fig, ax = plt.subplots(figsize=(5, 3.2), layout="constrained")
for (name, make), colour in zip(makers.items(), ("#b34700", "#0060a8", "#5f6368")):
    totals = [
        judge_pairs(
            make().fit(hvm.as_symbols(datasets.load_speech(size), "word", "line")), pairs
        ).total
        for size in sizes
    ]
    accuracy = [total.accuracy.item() for total in totals]
    ax.plot(sizes, accuracy, marker="o", color=colour, label=name)
    ax.fill_between(
        sizes,
        [t.low.item() for t in totals],
        [t.high.item() for t in totals],
        color=colour,
        alpha=0.15,
        lw=0,
    )
ax.axhline(0.5, color="black", lw=0.8)
ax.set(xscale="log", xlabel="sentences read", ylabel="pairs won", ylim=(0.2, 1.02))
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
