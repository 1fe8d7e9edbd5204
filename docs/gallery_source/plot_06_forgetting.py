"""
Forgetting
==========

What is left of a sequence when others came between, by how fast counts decay (theta).
"""

import matplotlib.pyplot as plt
import numpy as np

import hvm

rng = np.random.default_rng(1)
others = ["".join(rng.choice([*"123456"], 12)) for _ in range(30)]
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
for theta, colour in ((0.999, "#0060a8"), (0.99, "#b34700"), (0.95, "#5f6368")):
    learner = hvm.HVM(theta=theta).begin("123456")
    for _ in range(10):
        learner = learner.observe("236461244562")
    bits = [learner.surprisal("236461244562").sum()]
    for other in others:
        learner = learner.observe(other)
        bits.append(learner.surprisal("236461244562").sum())
    ax.plot(bits, color=colour)
    ax.annotate(
        f"theta {theta}",
        (30, bits[-1]),
        xytext=(4, 0),
        textcoords="offset points",
        color=colour,
        va="center",
    )
ax.set(xlabel="other sequences between", ylabel="bits of the first", xlim=(0, 38))
ax.spines[["top", "right"]].set_visible(False)
