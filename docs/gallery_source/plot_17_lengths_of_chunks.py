"""
How long chunks are
===================

Share of the text that is covered by units up to a length: verses that come again are one unit.
"""

import matplotlib.pyplot as plt
import numpy as np

import hvm
from hvm import datasets

model = hvm.HVM(restarts=1).fit(datasets.load_rhymes())
parsed = model.parse(datasets.load_rhymes())
lengths = np.diff(parsed.unit_starts)
covered = np.bincount(lengths, lengths)
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
ax.step(range(len(covered)), np.cumsum(covered) / covered.sum(), where="post", color="#0060a8")
ax.set(xscale="log", xlabel="characters of a unit, at most", ylabel="share of the text")
ax.set(xlim=(1, None), ylim=(0, 1.02))
ax.spines[["top", "right"]].set_visible(False)
