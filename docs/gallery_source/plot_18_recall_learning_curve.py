"""
People beside a model
=====================

Recall times of made-up people, and what a model fitted to practice says.
"""

import tempfile
from pathlib import Path

import pandas as pd

from hvm import datasets
from hvm.recall.study.curve_plots import learning_curves
from hvm.recall.study.study import Plan, run_study

folder = Path(tempfile.mkdtemp())
run_study(datasets.load_synthetic_recall(4), folder, Plan(models={"hvm": {}}))
ax = learning_curves(pd.read_csv(folder / "curves.csv"))[0]
