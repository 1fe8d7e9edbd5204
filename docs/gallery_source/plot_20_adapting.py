"""
Reading on
==========

One new line, read again and again: its bits where what was read before teaches, and where it does not.
"""

import matplotlib.pyplot as plt
import numpy as np

import hvm
from hvm import datasets

speech = hvm.as_symbols(datasets.load_speech(600), "word", "line")
model = hvm.HVM(restarts=1).fit(speech)

new = hvm.as_symbols("the zebra is on the sofa .\n" * 8, "word", "line", model.alphabet_)
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
for adapt, colour in ((False, "#5f6368"), (True, "#b34700")):
    bits = np.add.reduceat(model.surprisal(new, adapt=adapt), new.starts)
    ax.plot(range(1, 9), bits, marker="o", color=colour, label="adapting" if adapt else "frozen")
ax.set(xlabel="reading of the line", ylabel="bits of the line", ylim=(0, None))
ax.legend(frameon=False, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
