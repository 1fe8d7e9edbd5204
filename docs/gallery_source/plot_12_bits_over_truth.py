"""
Bits over the truth
===================

HVM and HCM on a world whose entropy is known, by how much they read.
"""

import matplotlib.pyplot as plt

import hvm
from hvm import datasets

sizes = (500, 1000, 2000, 4000, 8000)
world = datasets.load_world(depth=12, n_symbols=max(sizes), seed=4)
fresh = world.world.sample(8000, 99).codes + 1
fig, ax = plt.subplots(figsize=(5, 3.2), layout="constrained")
for label, variables, colour in (("HVM", True, "#b34700"), ("HCM", False, "#0060a8")):
    over = []
    for size in sizes:
        model = hvm.HVM(variables=variables, restarts=1, context="unigram").fit(
            hvm.as_symbols(world.symbols[:size], alphabet=hvm.Alphabet("int", tuple(range(1, 11))))
        )
        over.append(model.bits_per_symbol(fresh) / world.entropy_bits_per_symbol)
    ax.plot(sizes, over, marker="o", color=colour, label=label)
ax.axhline(1, color="black", lw=0.8)
ax.set(xscale="log", xlabel="training symbols", ylabel="held-out bits over the truth")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
