"""Simulated recall beside people's: what a model would type where people typed.

- ``keywise``: the probability of typing each key right, given the shown keys before it: 2^-bits.
- ``free_before``: keys right of sequences drawn from an empty cue before the trial is learned from:
  what the model expects. ``free_after``: the same once it is: what is left of the trial just seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.common import Config
from experiments.human_recall.language import language_model_runs
from experiments.human_recall.series import (
    KEY_COLUMNS,
    Kept,
    key_bits,
    model_names,
    settings_of,
    trials,
)
from hvm.recall.models.registry import make_model
from hvm.recall.statistics import reliability as means

SIMULATED = "simulated_accuracy"


def recall_part(
    config: Config, runs: Kept, llm_results: Path, processes: int
) -> dict[str, pd.DataFrame]:
    """Tables ``recall`` (means by trial) and ``recall_agreement``."""
    settings = config["recall"]
    with get_context("spawn").Pool(processes) as pool:
        free = pool.starmap_async(free_recall, [(name, settings) for name in settings["models"]])
        keywise = pool.map(partial(keywise_accuracy, runs=runs), model_names(), chunksize=1)
        tables = [*keywise, *_of_language_models(llm_results), *free.get()]
    every = pd.concat(tables, ignore_index=True)
    bootstrap = means.Bootstrap(config["statistics"]["n_draws"], config["statistics"]["seed"])
    rows = [_ceiling_rows(config), _human_means(bootstrap), *_agreements(every, bootstrap)]
    return {"recall": _by_trial(every), "recall_agreement": pd.concat(rows, ignore_index=True)}


# -- what models would type ---------------------------------------------------------------


def keywise_accuracy(name: str, runs: Kept) -> pd.DataFrame:
    return _keywise(name, key_bits(name, runs), "surprisal_bits")


def _keywise(name: str, keys: pd.DataFrame, column: str) -> pd.DataFrame:
    right = keys[KEY_COLUMNS].assign(right=np.exp2(-keys[column]))
    table = right.groupby(KEY_COLUMNS, sort=False)["right"].mean().rename(SIMULATED)
    return table.reset_index().assign(model=name, kind="keywise")


def _of_language_models(folder: Path) -> Iterator[pd.DataFrame]:
    for name in language_model_runs(folder):
        keys = pd.read_csv(folder / f"{name}_keys.csv")
        for suffix in ("", "_six_keys"):
            yield _keywise(f"llm_{name}{suffix}", keys, f"surprisal{suffix}_bits")


def free_recall(name: str, settings: Config) -> pd.DataFrame:
    """Share of keys right of what the model types before and after it learns from each trial."""
    model_name, of_variant = settings_of(name)
    model: Any = make_model(model_name, **of_variant)
    records = []
    for place, person in enumerate(trials().participants()):
        rng = np.random.default_rng([settings["seed"], place])
        model.begin(len(trials().symbols))
        for trial, sequence in enumerate(person.sequences, start=1):
            before = _share_right(model, sequence, settings["n_samples"], rng)
            model.observe(sequence)
            after = _share_right(model, sequence, settings["n_samples"], rng)
            records.append((person.name, trial, "free_before", before))
            records.append((person.name, trial, "free_after", after))
    return pd.DataFrame(records, columns=[*KEY_COLUMNS, "kind", SIMULATED]).assign(model=name)


def _share_right(model: Any, sequence: np.ndarray, n: int, rng: np.random.Generator) -> float:
    nothing = np.zeros(0, np.int32)
    typed = [model.recall(nothing, len(sequence), rng) for _ in range(n)]
    return float(np.mean(np.array(typed) == sequence))


# -- beside people ------------------------------------------------------------------------


def _joined(every: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    table = trials().table
    for (model, kind), typed in every.groupby(["model", "kind"], sort=False):
        columns = [*KEY_COLUMNS, SIMULATED]
        yield model, kind, table.merge(typed[columns], on=KEY_COLUMNS, validate="1:1")


def _by_trial(every: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for model, kind, rows in _joined(every):
        of_trial = rows.groupby(["group", "block", "trial"])[["accuracy", SIMULATED]].mean()
        parts.append(of_trial.reset_index().assign(model=model, kind=kind))
    return pd.concat(parts, ignore_index=True)


def _agreements(every: pd.DataFrame, bootstrap: means.Bootstrap) -> Iterator[pd.DataFrame]:
    """Correlations of means by group and trial, of both groups and of each alone."""
    for model, kind, rows in _joined(every):
        for block, of_block in rows.groupby("block", sort=False):
            for group in ("", *sorted(of_block["group"].unique())):
                rows_of = of_block[of_block["group"] == group] if group else of_block
                about = {"model": model, "kind": kind, "block": block, "group": group}
                yield _agreement(rows_of, bootstrap).assign(**about)


def _agreement(rows: pd.DataFrame, bootstrap: means.Bootstrap) -> pd.DataFrame:
    estimates, n = means.agreement(_accuracy_as_outcome(rows), bootstrap)
    table = [(name, *each[:3], n) for name, each in estimates.items()]
    table.append(("mean", rows[SIMULATED].mean(), np.nan, np.nan, len(rows)))
    return pd.DataFrame(table, columns=["statistic", "value", "low", "high", "n"])


def _accuracy_as_outcome(rows: pd.DataFrame) -> pd.DataFrame:
    """What is correlated elsewhere with times and bits is people's accuracy here, and a model's."""
    counted = rows.drop(columns=["recall_time_ms"]).rename(columns={"accuracy": "recall_time_ms"})
    return counted.assign(surprisal_bits=rows[SIMULATED])


def _human_means(bootstrap: means.Bootstrap) -> pd.DataFrame:
    table = trials().table
    records = []
    for (block, group), rows in table.groupby(["block", "group"], sort=False):
        by_person = rows.groupby("participant")["accuracy"].mean().to_numpy()
        each = means.mean_over_people(by_person, bootstrap)
        records.append((block, group, "mean", *each[:3], len(rows)))
    columns = ["block", "group", "statistic", "value", "low", "high", "n"]
    return pd.DataFrame(records, columns=columns).assign(model="people", kind="")


def _ceiling_rows(config: Config) -> pd.DataFrame:
    """How well people's accuracies by group and trial are known, and what a model can reach."""
    settings = config["statistics"]
    records = []
    for block, rows in trials().table.groupby("block", sort=False):
        rng = np.random.default_rng([settings["seed"], 3])
        estimates = means.reliability(rows, rng, settings["n_splits"], "accuracy")
        n = len(rows[["group", "trial"]].drop_duplicates())
        records += [(block, "", name, *each[:3], n) for name, each in estimates.items()]
    columns = ["block", "group", "statistic", "value", "low", "high", "n"]
    return pd.DataFrame(records, columns=columns).assign(model="people", kind="")
