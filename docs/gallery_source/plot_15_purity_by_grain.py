"""
How pure variables are
======================

Share of tokens with the most frequent class of their variable, by grain.
"""

import matplotlib.pyplot as plt
import pandas as pd

import hvm
from hvm import datasets
from hvm.show.hierarchy import hierarchy_rows

speech = hvm.as_symbols(datasets.load_speech(600), "word", "line")
model = hvm.HVM(restarts=1).fit(speech)

rows = pd.DataFrame(
    hierarchy_rows(model.experts_state, top=1000, tags=datasets.load_tags())
).dropna(subset="purity")
purity = rows.groupby("grain").apply(
    lambda t: (t.purity.astype(float) * t["count"]).sum() / t["count"].sum(), include_groups=False
)
fig, ax = plt.subplots(figsize=(4, 3), layout="constrained")
ax.bar(purity.index.astype(str), purity, color="#0060a8")
ax.set(xlabel="grain (1 is the finest)", ylabel="purity", ylim=(0, 1))
ax.spines[["top", "right"]].set_visible(False)
