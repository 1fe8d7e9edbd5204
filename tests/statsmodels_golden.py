"""Log-likelihoods of baselines (e) and (f) by statsmodels, which tests compare ours with.

``python tests/statsmodels_golden.py`` prints them, where statsmodels, patsy and hvm are
installed. Columns are made here a second time, by other means: splines by patsy, lags by hand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hvm.recall.task.simulate import synthetic_trials

CUTS = 500.0, 20_000.0


def trials_and_bits() -> pd.DataFrame:
    """16 made-up people, and a surprisal that says something about their times."""
    table = synthetic_trials(16, 5)
    wave = np.sin(3.0 * table["trial"] + table["participant"])
    return table.assign(surprisal_bits=wave + np.log(table["recall_time_ms"]))


def lags_of(part: pd.DataFrame) -> list[list[float]]:
    """What (f) knows of each trial of one participant in one block."""
    rows = []
    history = part[["recall_time_ms", "accuracy"]].to_numpy().tolist()
    for place in range(len(history)):
        row: list[float] = []
        for lag in (1, 2):
            there = place >= lag
            time, right = history[place - lag] if there else (0.0, 0.0)
            counts = there and CUTS[0] <= time <= CUTS[1]
            row += [np.log(time) if counts else 0.0, float(not counts), right, float(not there)]
        rows.append(row)
    return rows


def design(part: pd.DataFrame, baseline: str, df: int, with_bits: bool) -> np.ndarray:
    from patsy import dmatrix

    x = np.log(part["trial"] - part["trial"].min() + 1)
    inner = np.linspace(0, x.max(), df + 1)[1:-1]
    spline = f"cr(x, knots={inner.tolist()}, lower_bound=0, upper_bound={x.max()})"
    marker = (part["group"] == "control").astype(float)
    columns = np.asarray(dmatrix(f"({spline} + {spline}:g) - 1", {"x": x, "g": marker}))
    if baseline == "f":
        lags = [row for _, one in part.groupby("participant", sort=False) for row in lags_of(one)]
        columns = np.column_stack([columns, lags])
    if with_bits:
        columns = np.column_stack([columns, part["surprisal_bits"]])
    return columns


def independent(columns: np.ndarray) -> np.ndarray:
    kept: list[int] = []
    for k in range(columns.shape[1]):
        if np.linalg.matrix_rank(columns[:, [*kept, k]]) > len(kept):
            kept.append(k)
    return columns[:, kept]


def log_likelihood(block: str, baseline: str, df: int, with_bits: bool) -> float:
    from statsmodels.regression.mixed_linear_model import MixedLM

    table = trials_and_bits()
    part = table[table["block"] == block]
    columns = design(part, baseline, df, with_bits)
    counts = part["recall_time_ms"].between(*CUTS).to_numpy()
    y = np.log(part["recall_time_ms"].to_numpy(float))[counts]
    model = MixedLM(y, independent(columns[counts]), part["participant"].to_numpy()[counts])
    return float(model.fit(reml=False, method=["bfgs", "powell"]).llf)


if __name__ == "__main__":
    for block in ("train", "transfer"):
        for baseline in "ef":
            for df in (2, 5):
                values = [log_likelihood(block, baseline, df, with_bits) for with_bits in (0, 1)]
                print((block, baseline, df, *(round(value, 6) for value in values)))
