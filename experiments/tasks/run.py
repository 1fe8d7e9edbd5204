"""Set models beside people in every task whose published files are here: one table, models x tasks.

python -m experiments.tasks NAME=FOLDER ...   (a folder that is called NAME needs no NAME=)
without folders: on made-up files, which show that it runs and nothing else
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.common import (
    Config,
    Row,
    markdown,
    read_config,
    read_version,
    write_csv,
    write_provenance,
)
from hvm.data.files import make_folder, write_atomic
from hvm.datasets.tasks import MADE_UP, write_task
from hvm.errors import HvmError
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.models.typed import typed_bits
from hvm.recall.statistics.baselines import BASELINES
from hvm.recall.statistics.key_table import KeyBits, key_statistics, shown_bits
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.study.plot_style import estimate_text
from hvm.recall.task.keys import require_of_trials
from hvm.recall.task.trials import Trials, as_trials
from hvm.recall.tasks.loading import LoadedTask, load_task
from hvm.recall.tasks.registry import TASKS

HERE = Path(__file__).parent
WARNING = (
    "made-up: every value behind this table was drawn; it shows nothing about people or models"
)
KEY_GAINS = ("delta_log_likelihood", "cv_delta_log_likelihood", "wrong_gain_bits")
COLUMNS = (
    *("task", "block", "model", "by", "baseline", "statistic", "value", "low", "high"),
    *("unit", "n", "n_participants", "reason"),
)


# -- one task ---------------------------------------------------------------------------------


def gains_of(loaded: LoadedTask, config: Config) -> pd.DataFrame:
    """Gains of every model by key, and by trial where all sequences are of one length."""
    trials, keys = as_trials(loaded.tables.trials, name=loaded.task.name), loaded.tables.keys
    require_of_trials(keys, trials, loaded.task.name)
    by_symbol, by_key = {}, {}
    for name in config["models"]:
        settings = {"context_strength": None} if name in config["without_context"] else {}
        model = make_model(name, **settings)
        by_symbol[name] = run_model(model, trials)
        wrong = typed_bits(model, trials, keys) if keys.wrong.any() else None
        by_key[name] = KeyBits(shown_bits(keys, trials, by_symbol[name]), wrong)
        print(f"{loaded.task.name}: {name}", file=sys.stderr)
    drawn = StatisticsSettings(
        loaded.trial_cuts, config["draws"], config["draws"], config["folds"], config["seed"]
    )
    of_keys = key_statistics(keys, trials, by_key, loaded.design, drawn)
    of_keys = of_keys[of_keys["statistic"].isin(KEY_GAINS)].assign(by="key", baseline="")
    parts = [of_keys, *_by_trial(trials, by_symbol, config, drawn)]
    table = pd.concat(parts, ignore_index=True).assign(task=loaded.task.name)
    return table[list(COLUMNS)]


def _by_trial(
    trials: Trials,
    bits: dict[str, pd.DataFrame],
    config: Config,
    drawn: StatisticsSettings,
) -> Iterator[pd.DataFrame]:
    """A gain by trial is one of length where sequences differ in it: none is given there."""
    if len(set(trials.n_keys.tolist())) > 1:
        return
    sums = pd.concat([sum_trials(table).assign(model=name) for name, table in bits.items()])
    baselines = [name for name in config["trial_baselines"] if name in BASELINES]
    table = statistics_table(
        trials, sums, baselines=baselines, outcomes=("log_time",), settings=drawn
    )
    is_gain = table["statistic"].isin(KEY_GAINS) & (table["group"] == "")
    yield table[is_gain].drop(columns=["outcome", "group"]).assign(by="trial")


def about_task(loaded: LoadedTask, is_made_up: bool) -> Row:
    tables, source = loaded.tables, loaded.task.source
    return {
        "task": loaded.task.name,
        "made_up": is_made_up,
        "source": source.place if source else "",
        "licence": source.licence if source else "",
        "sha256": tables.sha256,
        "participants": tables.trials["participant"].nunique(),
        "trials": len(tables.trials),
        "events": len(tables.keys),
        "shortest_ms": loaded.key_cuts.shortest_ms,
        "longest_ms": loaded.key_cuts.longest_ms,
        "trial": loaded.task.trial_is,
        "notes": "; ".join(loaded.notes),
    }


# -- all of them ------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_arguments(arguments)
    config = read_config(HERE)
    config["models"] = options.models or config["models"]
    config["draws"] = options.draws or config["draws"]
    with tempfile.TemporaryDirectory() as made:
        folders = dict(map(named, options.folders)) or made_up_folders(Path(made), config)
        try:
            tasks = [(load_task(name, path), is_made_up(path)) for name, path in folders.items()]
            gains = pd.concat([gains_of(loaded, config) for loaded, _ in tasks])
        except HvmError as error:
            sys.exit(str(error))
    write_results(Path(options.output), config, gains, [about_task(*task) for task in tasks])


def parse_arguments(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="NAME=FOLDER", help="published files")
    parser.add_argument("--models", nargs="+", help="instead of those of config.toml")
    parser.add_argument("--draws", type=int, help="bootstrap samples of people")
    parser.add_argument("--output", help="folder of the tables")
    options = parser.parse_args(arguments)
    made_up = Path(tempfile.gettempdir(), "hvm-made-up-tasks")
    options.output = options.output or (HERE / "results" if options.folders else made_up)
    return options


def named(text: str) -> tuple[str, Path]:
    """A task and its folder, of ``NAME=FOLDER`` or a folder called NAME."""
    name, equals, folder = text.partition("=")
    path = Path(folder if equals else text)
    return name if equals and name in TASKS else path.name, path


def made_up_folders(folder: Path, config: Config) -> dict[str, Path]:
    names = [name for name in TASKS if TASKS[name].source]
    for name in names:
        write_task(name, folder / name, config["made_up"]["participants"], config["seed"])
    return {name: folder / name for name in names}


def is_made_up(path: Path) -> bool:
    return (path if path.is_dir() else path.parent).joinpath(MADE_UP).is_file()


def write_results(results: Path, config: Config, gains: pd.DataFrame, about: list[Row]) -> None:
    make_folder(results)
    write_provenance(results, config)
    write_csv(results / "gains.csv", gains)
    write_csv(results / "tasks.csv", pd.DataFrame(about))
    text = summary(gains, about, read_version(results))
    write_atomic(results / "summary.md", text.encode())
    print(text)
    print(results, file=sys.stderr)


def summary(gains: pd.DataFrame, about: list[Row], version: str) -> str:
    lines = [WARNING, ""] if any(row["made_up"] for row in about) else []
    lines += ["# Models x tasks", "", f"Made by run.py; {version}.", ""]
    tasks = pd.DataFrame(about)[["task", "participants", "trials", "events", "licence", "source"]]
    lines += [markdown(tasks), ""]
    for (by, baseline, statistic), part in gains.groupby(["by", "baseline", "statistic"]):
        over = f" over ({baseline})" if baseline else ""
        lines += [f"## {statistic}, by {by}{over}, {part['unit'].iloc[0]}", "", wide(part), ""]
    return "\n".join(lines)


def wide(part: pd.DataFrame) -> str:
    """Models down, tasks and blocks across; a value with its interval, or why there is none."""
    cells: dict[str, dict[str, str]] = {}
    for row in part.to_dict("records"):
        column = f"{row['task']}, {row['block']}"
        has_value = row["value"] == row["value"]
        text = estimate_text(row) if has_value else str(row["reason"])
        cells.setdefault(row["model"], {})[column] = text
    table = pd.DataFrame.from_dict(cells, orient="index").fillna("")
    return markdown(table.reset_index(names="model"))
