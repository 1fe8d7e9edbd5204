"""Models beside people in the recall task: statistics, fits, recovery, recall, levels, speed.

HVM_DATA=... python -m experiments.human_recall [--parts ...] [--fresh] [--llm-results FOLDER]

A part whose tables are in results/ is not measured again, unless --fresh says so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from experiments.common import read_config, write_csv, write_provenance
from experiments.human_recall import levels, recalled, series, simulated_people, speed
from experiments.human_recall.fits import fits_part
from hvm.data.files import make_folder
from hvm.recall.statistics.exclusions import exclusions_table

HERE = Path(__file__).parent
Tables = dict[str, pd.DataFrame]


class Run(NamedTuple):
    """What every part is given. Tables of real people by trial go into ``cache`` alone."""

    config: dict[str, Any]
    results: Path
    cache: Path
    llm_results: Path
    processes: int

    def keep(self, name: str, table: pd.DataFrame) -> None:
        write_csv(self.cache / f"{name}.csv", table)

    def curves(self, own: pd.DataFrame) -> pd.DataFrame:
        return series.curves_table(own, self.config["report"]["curves"])


# -- parts --------------------------------------------------------------------------------


def run_models(run: Run) -> Tables:
    own = [series.model_series(run.processes), series.published_series()]
    every = pd.concat([*own, series.language_model_series(run.llm_results)], ignore_index=True)
    run.keep("series", every)
    tables = {
        "statistics": series.statistics_of(every, run.config["statistics"], run.processes),
        "exclusions": exclusions_table(series.trials().table, every),
        "repetitions": series.repetition_table(every),
        "curves": run.curves(every),
    }
    told = series.language_model_table(run.llm_results)
    return {**tables, "language_models": told} if len(told) else tables


def run_fits(run: Run) -> Tables:
    tables = fits_part(run.config, run.cache, run.processes)
    fitted = tables.pop("series")
    run.keep("series_fitted", fitted)
    options = {"outcomes": tuple(run.config["fits"]["outcomes"])}
    settings = run.config["statistics"]
    statistics = series.statistics_of(fitted, settings, run.processes, **options)
    statistics = statistics[statistics["model"].isin(fitted["model"].unique())]
    fortieth = series.repetition_table(fitted)
    curves = run.curves(fitted)
    curves = curves[~curves["model"].str.startswith("people")]
    more = {"statistics_fitted": statistics, "repetitions_fitted": fortieth}
    return {**more, **tables, "curves_fitted": curves}


def run_recovery(run: Run) -> Tables:
    parameters = simulated_people.parameter_part(run.config["recovery"], run.processes)
    return {**parameters, "model_recovery": simulated_people.model_part(run.config, run.processes)}


def run_recall(run: Run) -> Tables:
    return recalled.recall_part(run.config, run.llm_results, run.processes)


def run_levels(run: Run) -> Tables:
    return levels.levels_part(run.config, run.processes)


def run_speed(run: Run) -> Tables:
    return {"speed": speed.speed_part(run.config["speed"]["n_runs"])}


class Part(NamedTuple):
    run: Callable[[Run], Tables]
    first_table: str  # written last: the part is done where it is there


PARTS = {
    "models": Part(run_models, "statistics"),
    "fits": Part(run_fits, "statistics_fitted"),
    "recovery": Part(run_recovery, "parameter_recovery"),
    "recall": Part(run_recall, "recall"),
    "levels": Part(run_levels, "levels"),
    "speed": Part(run_speed, "speed"),
}


# -- all of them --------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_arguments(arguments)
    config = read_config(HERE)
    results = Path(options.output)
    cache = results / "cache"
    make_folder(cache)
    llm_results = Path(options.llm_results or cache / "llm")
    if options.llm:
        series.run_language_model(options.llm, llm_results, config["llm"])
    run = Run(config, results, cache, llm_results, options.processes)
    write_provenance(results, config)
    for name in options.parts:
        do_part(name, run, options.fresh)


def do_part(name: str, run: Run, fresh: bool) -> None:
    part = PARTS[name]
    if (run.results / f"{part.first_table}.csv").exists() and not fresh:
        print(f"{name}: there already", file=sys.stderr)
        return
    begin = time.perf_counter()
    tables = part.run(run)
    for table in sorted(tables, key=lambda table: table == part.first_table):
        write_csv(run.results / f"{table}.csv", tables[table])
    print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--llm", help="a language model to run first: hub name, folder, smollm2")
    parser.add_argument("--llm-results", help="folder of what --llm wrote, or will write")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", default=str(HERE / "results"), help="folder of the tables")
    parser.add_argument("--fresh", action="store_true", help="measure again what is there")
    return parser.parse_args(arguments)
