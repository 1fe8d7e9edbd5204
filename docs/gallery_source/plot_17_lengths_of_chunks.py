"""
How long chunks are
===================

Share of the text by the length of the unit that covers it.
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
ax.bar(np.arange(len(covered)), covered / covered.sum(), color="#0060a8")
ax.set(xlabel="characters of a unit", ylabel="share of the text", xlim=(0, 60))
ax.spines[["top", "right"]].set_visible(False)
