"""
What a model adds to practice
=============================

Gains in log-likelihood over baselines, with intervals over people; the people are made up, so no gain is right.
"""

import tempfile
from pathlib import Path

from hvm import datasets
from hvm.recall.study.forest_plots import gains_over_baselines
from hvm.recall.study.study import Plan, run_study

statistics = run_study(
    datasets.load_synthetic_recall(4),
    Path(tempfile.mkdtemp()),
    Plan(models={"hvm": {}, "repeats": {}}),
)
ax = gains_over_baselines(statistics)[0]
