"""Surprisal of every trial: by the models, by the published series, by language models."""

from __future__ import annotations

import itertools
import json
import sys
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.common import data_folder
from hvm.data.files import write_atomic
from hvm.recall.models.registry import make_model, models
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.study.published import PREFIX, read_published
from hvm.recall.study.runs import transcript_of
from hvm.recall.task.trials import Trials, read_trials

HERE = Path(__file__).parent
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "hvm_no_context": ("hvm", {"context_strength": None}),  # as published
    "hcm_no_context": ("hcm", {"context_strength": None}),
}
KEY_COLUMNS = ["participant", "trial"]


@lru_cache(1)
def trials() -> Trials:
    return read_trials(data_folder() / "human" / "recall_trials.csv")


def settings_of(name: str) -> tuple[str, dict[str, Any]]:
    """Model and settings behind a name: the defaults, unless it is a variant."""
    return VARIANTS.get(name, (name, {}))


def key_bits(name: str, **settings: Any) -> pd.DataFrame:
    """Bits of every key of every person."""
    model, of_variant = settings_of(name)
    return run_model(make_model(model, **of_variant, **settings), trials())


def trial_bits(name: str, **settings: Any) -> np.ndarray:
    """Bits of every trial, float64[6912], in the order of the table of trials."""
    return sum_trials(key_bits(name, **settings))["surprisal_bits"].to_numpy()


def as_series(name: str, bits: np.ndarray) -> pd.DataFrame:
    return trials().table[KEY_COLUMNS].assign(model=name, surprisal_bits=bits)


# -- the models, all at their defaults ----------------------------------------------------


def model_series(processes: int) -> pd.DataFrame:
    names = [*models(), *VARIANTS]
    with get_context("spawn").Pool(processes) as pool:
        found = pool.map(trial_bits, names, chunksize=1)
    return pd.concat([as_series(*each) for each in zip(names, found, strict=True)])


# -- as published -------------------------------------------------------------------------


def published_series() -> pd.DataFrame:
    table = read_published(data_folder() / "human" / "published_model_nll.csv", trials())
    return table.assign(model="published_" + table["model"].str.removeprefix(PREFIX))


# -- language models ----------------------------------------------------------------------


def language_model_runs(folder: Path) -> dict[str, Path]:
    """Transcripts whose results lie in a folder, by name: NAME_trials.csv and others beside."""
    found = sorted(folder.glob("*_trials.csv"))
    names = {path.name[: -len("_trials.csv")]: path for path in found}
    return {name: path for name, path in names.items() if "shuffled" not in name}


def language_model_series(folder: Path) -> pd.DataFrame:
    """Each transcript twice: bits over the whole vocabulary, and among the six keys."""
    parts = []
    for name, path in language_model_runs(folder).items():
        table = pd.read_csv(path)
        for suffix in ("", "_six_keys"):
            bits = table[f"surprisal{suffix}_bits"]
            parts.append(
                table[KEY_COLUMNS].assign(model=f"llm_{name}{suffix}", surprisal_bits=bits)
            )
    return pd.concat(parts) if parts else pd.DataFrame()


def language_model_table(folder: Path) -> pd.DataFrame:
    """What was run, the mass on the six keys, and shuffled trials beside the same people's own."""
    rows = []
    for name, path in language_model_runs(folder).items():
        about = json.loads((folder / f"{name}_metadata.json").read_text("utf-8"))
        own = pd.read_csv(path)
        row = {
            "transcript": name,
            "model": about["model"],
            "model_sha256": about["model_sha256"],
            "device": about["device"],
            "dtype": about["dtype"],
            "bos": " ".join(about["bos"]),
            "key_separator": repr(about["transcript"]["key_separator"]),
            "trial_separator": repr(about["transcript"]["trial_separator"]),
            "window_tokens": about["window_tokens"],
            "longest_transcript_tokens": about["longest_transcript_tokens"],
            "participants_with_sliding_window": about["participants_with_sliding_window"],
            "seconds": about["seconds"],
            "six_keys_mass": own["six_keys_mass"].mean(),
        }
        rows.append({**row, **_shuffled_beside(folder, name, own)})
    return pd.DataFrame(rows)


def _shuffled_beside(folder: Path, name: str, own: pd.DataFrame) -> dict[str, float]:
    paths = sorted(folder.glob(f"{name}_shuffled*_trials.csv"))
    if not paths:
        return {}
    control = pd.read_csv(paths[0])
    same = own[own["participant"].isin(control["participant"])]
    columns = ("surprisal_bits", "surprisal_six_keys_bits")
    return {
        "shuffled_people": control["participant"].nunique(),
        **{f"own_{column}": same[column].mean() for column in columns},
        **{f"shuffled_{column}": control[column].mean() for column in columns},
    }


def run_language_model(source: str, folder: Path, settings: dict[str, Any]) -> None:
    """Score every transcript, and shuffled trials of some people; an interrupted run goes on."""
    from hvm.language.models import load_language_model
    from hvm.language.transcripts import shuffled

    kinds = {"digits": "digits", "letters_af": "letters"}
    people = trials().numbered()
    few = dict(itertools.islice(people.items(), settings["n_shuffled_people"]))
    control = shuffled(few, seed=settings["shuffle_seed"])
    model = load_language_model(source)
    for name in settings["transcripts"]:
        for label, sequences in ((name, people), (f"{name}_shuffled{len(few)}", control)):
            _score(model, label, sequences, transcript_of(trials(), kinds[name]), folder)


def _score(model: Any, label: str, people: dict, transcript: Any, folder: Path) -> None:
    import time

    def tell(done: int, of: int) -> None:
        print(f"{label}: {done} of {of} people", file=sys.stderr)

    begin = time.perf_counter()
    result = model.surprisals(people, transcript, cache=folder / "people", on_done=tell)
    about = {"seconds": time.perf_counter() - begin, **result.metadata}
    for kind, table in (("keys", result.table), ("trials", result.by_trial())):
        write_atomic(folder / f"{label}_{kind}.csv", table.to_csv(index=False).encode())
    write_atomic(folder / f"{label}_metadata.json", json.dumps(about, indent=1).encode())


# -- statistics ---------------------------------------------------------------------------


def statistics_of(
    series: pd.DataFrame, settings: dict[str, Any], processes: int, **options: Any
) -> pd.DataFrame:
    """The table of every statistic, models dealt to processes; the plain predictors once."""
    names = list(dict.fromkeys(series["model"]))
    n_parts = min(processes, len(names))
    dealt = [series[series["model"].isin(names[i::n_parts])] for i in range(n_parts)]
    tasks = [(part, settings, options) for part in dealt]
    with get_context("spawn").Pool(processes) as pool:
        tables = pool.starmap(_statistics, tasks, chunksize=1)
    table = pd.concat(tables, ignore_index=True)
    key = ["model", "block", "outcome", "statistic", "baseline", "group"]
    return table.drop_duplicates(key).sort_values("model", kind="stable", key=_places(names))


def _statistics(series: pd.DataFrame, settings: dict, options: dict) -> pd.DataFrame:
    return statistics_table(trials(), series, settings=StatisticsSettings(**settings), **options)


def _places(names: list[str]) -> Any:
    """Order of rows: people and plain predictors (which are no names) first."""
    order = {name: place for place, name in enumerate(names)}
    return lambda column: column.map(lambda name: order.get(name, -1))


# -- small tables of a series -------------------------------------------------------------


def repetition_table(series: pd.DataFrame) -> pd.DataFrame:
    """Bits of the control group's one sequence at its 1st, 10th and 40th showing, by quartiles."""
    table = trials().table
    control = table[(table["group"] == "control") & table["trial"].isin([1, 10, 40])]
    joined = control[KEY_COLUMNS].merge(series, on=KEY_COLUMNS)
    bits = joined.groupby(["model", "trial"], sort=False)["surprisal_bits"]
    found = bits.quantile([0.25, 0.5, 0.75]).unstack()
    found.columns = ["quartile_bits", "median_bits", "third_quartile_bits"]
    return found.assign(n_people=bits.size()).reset_index()


def curves_table(
    series: pd.DataFrame, names: list[str], longest_ms: float = 20_000
) -> pd.DataFrame:
    """Means by group and trial: people's times (at most 20 s) and accuracy, and models' bits."""
    table = trials().table
    counted = table[table["recall_time_ms"].between(1e-9, longest_ms)]
    parts = []
    for model in names:
        joined = counted.merge(series[series["model"] == model], on=KEY_COLUMNS)
        if len(joined):
            parts.append(_means(joined, "surprisal_bits", model))
    people = [
        _means(counted, "recall_time_ms", "people"),
        _means(table, "accuracy", "people_accuracy"),
    ]
    return pd.concat([*people, *parts], ignore_index=True)


def _means(rows: pd.DataFrame, column: str, model: str) -> pd.DataFrame:
    by_trial = rows.groupby(["group", "block", "trial"])[column].agg(["mean", "size"])
    return by_trial.reset_index().assign(model=model)
