"""Surprisal of every trial: by the models, and by the published series."""

from __future__ import annotations

from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.common import data_folder
from hvm.recall.models.registry import make_model, models
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.study.published import PREFIX, read_published
from hvm.recall.study.runs import Runs
from hvm.recall.task.trials import Trials, read_trials

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "hvm_no_context": ("hvm", {"context_strength": None}),  # as published
    "hcm_no_context": ("hcm", {"context_strength": None}),
}
KEY_COLUMNS = ["participant", "trial"]


class Kept(NamedTuple):
    """Where runs of models are kept, and whether those that are there count."""

    folder: Path
    fresh: bool = False


@lru_cache(1)
def trials() -> Trials:
    return read_trials(data_folder() / "human" / "recall_trials.csv")


def model_names() -> list[str]:
    """Every model at its defaults, and the variants."""
    return [*models(), *VARIANTS]


def settings_of(name: str) -> tuple[str, dict[str, Any]]:
    """Model and settings behind a name: the defaults, unless it is a variant."""
    return VARIANTS.get(name, (name, {}))


def key_bits(name: str, kept: Kept) -> pd.DataFrame:
    """Bits of every key of every person; computed if it is not kept."""
    runs = Runs(kept.folder, trials(), kept.fresh)
    return runs.of_model(*settings_of(name), progress=lambda done, total: None).table


def trial_bits(model: str, **settings: Any) -> NDArray[np.float64]:
    """Bits of every trial, float64[6912], in the order of the table of trials; nothing is kept."""
    table = run_model(make_model(model, **settings), trials())
    return sum_trials(table)["surprisal_bits"].to_numpy()


def as_series(name: str, bits: NDArray[np.float64]) -> pd.DataFrame:
    return trials().table[KEY_COLUMNS].assign(model=name, surprisal_bits=bits)


def model_series(kept: Kept, processes: int) -> pd.DataFrame:
    """Every model at its defaults, and the variants."""
    names = model_names()
    with get_context("spawn").Pool(processes) as pool:
        tables = pool.map(partial(key_bits, kept=kept), names, chunksize=1)
    bits = (sum_trials(table)["surprisal_bits"].to_numpy() for table in tables)
    return pd.concat([as_series(*each) for each in zip(names, bits, strict=True)])


def published_series() -> pd.DataFrame:
    table = read_published(data_folder() / "human" / "published_model_nll.csv", trials())
    return table.assign(model="published_" + table["model"].str.removeprefix(PREFIX))
