"""Which level of abstraction predicts each person best, and whether such a choice can be trusted.

The levels are variants of one learner, from no variables (HCM) to many (HVM with a low
``frame_min``), not bits with the fillers left unpaid as in the theory: those sum to no probability.
"""

from __future__ import annotations

from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.common import Config
from experiments.human_recall.series import as_series, trial_bits, trials
from experiments.human_recall.simulated_people import confusion
from hvm.recall.statistics import reliability as means
from hvm.recall.statistics.fitting import best_level_per_person

NO_CHANGE_BITS = 1e-6  # far above rounding, far below what one more count of a unit changes


def level_settings(config: Config) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name to model and settings, by falling ``frame_min``."""
    of_variables = {
        f"hvm frame_min={value:g}": ("hvm", {"frame_min": value})
        for value in config["levels"]["frame_min"]
    }
    return {"hcm (no variables)": ("hcm", {}), **of_variables}


def levels_part(config: Config, processes: int) -> dict[str, pd.DataFrame]:
    """Tables ``levels`` (by group and baseline) and ``level_recovery`` of the variable group."""
    settings = config["levels"]
    named = level_settings(config)
    with get_context("spawn").Pool(processes) as pool:
        bits = pool.starmap(_bits, list(named.values()), chunksize=1)
    series = pd.concat([as_series(*each) for each in zip(named, bits, strict=True)])
    same = _as_without_variables(dict(zip(named, bits, strict=True)))
    bootstrap = means.Bootstrap(config["statistics"]["n_draws"], config["statistics"]["seed"])
    how = {"n_folds": settings["n_folds"], "seed": settings["seed"]}
    tables = []
    for baseline in ("a", "b"):
        people, levels = best_level_per_person(trials().table, series, baseline=baseline, **how)
        table = _summary(people, levels, bootstrap).merge(same, on=["group", "level"])
        tables.append(table.assign(baseline=baseline))
    recovery = {"n_people": [1, 20], "n_each": settings["n_each"], "seed": settings["seed"]}
    recovered = confusion(named, recovery, config["recovery"], processes, groups=(1,))
    return {"levels": pd.concat(tables), "level_recovery": recovered}


def _bits(model: str, settings: dict[str, Any]) -> NDArray[np.float64]:
    return trial_bits(model, **settings)


def _as_without_variables(bits: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """By group and level: people for whom variables change no trial's bits in training."""
    table = trials().table
    training = (table["block"] == "train").to_numpy()
    without = next(iter(bits.values()))
    parts = []
    for level, of_level in bits.items():
        moved = table[training].assign(moved=np.abs(of_level - without)[training])
        most = moved.groupby(["group", "participant"])["moved"].max() < NO_CHANGE_BITS
        parts.append(
            most.groupby("group").sum().rename("n_as_hcm").reset_index().assign(level=level)
        )
    return pd.concat(parts)


def _summary(
    people: pd.DataFrame, levels: pd.DataFrame, bootstrap: means.Bootstrap
) -> pd.DataFrame:
    """By group and level: people it is best for, its total gain, and what a choice is worth."""
    records = []
    for group, of_group in levels.groupby("group", sort=True):
        chosen = people[people["group"] == group]
        for level, rows in of_group.groupby("level", sort=False):
            best = chosen[chosen["best_level"] == level]
            each = means.mean_over_people(rows["gain_nats"].to_numpy(), bootstrap)
            total = [value * len(rows) for value in each[:3]]
            median = best["margin_nats"].median()
            records.append((group, level, len(best), len(rows), *total, median))
    columns = ["group", "level", "n_best", "n_people", "gain_nats", "low", "high"]
    return pd.DataFrame(records, columns=[*columns, "median_margin_nats"])
