"""
Bits over the truth
===================

HVM and HCM on a world that is known, by how much they read. The truth is the cost of the same fresh
symbols under the world itself: chance makes them cheaper or dearer for world and model alike.
"""

import matplotlib.pyplot as plt

import hvm
from hvm import datasets

sizes = (500, 1000, 2000, 4000, 8000)
world = datasets.load_world(depth=12, n_symbols=max(sizes), seed=4)
fresh = world.world.sample(8000, 99).codes
truth = -world.world.log2_probability(fresh) / len(fresh)
fig, ax = plt.subplots(figsize=(5, 3.2), layout="constrained")
for label, variables, style in (("HVM", True, "o-"), ("HCM", False, "s--")):
    over = []
    for size in sizes:
        model = hvm.HVM(variables=variables, restarts=1, context="unigram").fit(
            hvm.as_symbols(world.symbols[:size], alphabet=hvm.Alphabet("int", tuple(range(1, 11))))
        )
        over.append(model.bits_per_symbol(fresh + 1) / truth)
    ax.plot(sizes, over, style, color="#b34700" if variables else "#0060a8", label=label)
ax.axhline(1, color="black", lw=0.8)
ax.set(xscale="log", xlabel="training symbols", ylabel="bits of fresh symbols / the truth")
ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
