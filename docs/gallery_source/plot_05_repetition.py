"""
A sequence repeated becomes cheap
=================================

Online learning, as of a person: bits are read before each trial is learned from.
"""

import matplotlib.pyplot as plt

import hvm

learner, bits = hvm.HVM().begin("123456"), []
for _ in range(40):
    bits.append(learner.surprisal("236461244562").sum())
    learner = learner.observe("236461244562")
fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
ax.plot(range(1, 41), bits, marker=".", color="#0060a8")
ax.set(xlabel="trial", ylabel="bits a trial")
ax.spines[["top", "right"]].set_visible(False)
