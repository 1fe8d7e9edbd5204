"""Models beside people in the recall task: statistics, fits, recovery, recall, levels,
calibration, speed.

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
from experiments.human_recall import (
    calibration,
    language,
    levels,
    recalled,
    series,
    simulated_people,
    speed,
    tables,
)
from experiments.human_recall.fits import fits_part
from hvm.data.files import make_folder
from hvm.recall.statistics.exclusions import exclusions_table

HERE = Path(__file__).parent
Tables = dict[str, pd.DataFrame]


class Setup(NamedTuple):
    """What every part needs. Tables of real people by trial go into ``cache`` alone."""

    config: dict[str, Any]
    results: Path
    cache: Path
    llm_results: Path
    processes: int
    fresh: bool

    @property
    def runs(self) -> series.Kept:
        """Runs of the models at their defaults."""
        return series.Kept(self.cache / "runs", self.fresh)

    def keep(self, name: str, table: pd.DataFrame) -> None:
        write_csv(self.cache / f"{name}.csv", table)

    def curves(self, bits: pd.DataFrame) -> pd.DataFrame:
        return tables.curves_table(bits, self.config["report"]["curves"])


# -- parts --------------------------------------------------------------------------------


def run_models(setup: Setup) -> Tables:
    parts = [
        series.model_series(setup.runs, setup.processes),
        series.published_series(),
        language.language_model_series(setup.llm_results),
    ]
    every = pd.concat(parts, ignore_index=True)
    setup.keep("series", every)
    by_series = {
        "statistics": tables.statistics_of(every, setup.config["statistics"], setup.processes),
        "exclusions": exclusions_table(series.trials().table, every),
        "repetitions": tables.repetition_table(every),
        "curves": setup.curves(every),
    }
    transcripts = language.language_model_table(setup.llm_results)
    return {**by_series, "language_models": transcripts} if len(transcripts) else by_series


def run_fits(setup: Setup) -> Tables:
    fits = fits_part(setup.config, setup.cache, setup.processes)
    fitted = fits.pop("series")
    setup.keep("series_fitted", fitted)
    options = {"outcomes": tuple(setup.config["fits"]["outcomes"])}
    settings = setup.config["statistics"]
    statistics = tables.statistics_of(fitted, settings, setup.processes, **options)
    statistics = statistics[statistics["model"].isin(fitted["model"].unique())]
    fortieth = tables.repetition_table(fitted)
    curves = setup.curves(fitted)
    curves = curves[~curves["model"].str.startswith("people")]
    more = {"statistics_fitted": statistics, "repetitions_fitted": fortieth}
    return {**more, **fits, "curves_fitted": curves}


def run_recovery(setup: Setup) -> Tables:
    config, processes = setup.config, setup.processes
    parameters = simulated_people.parameter_part(config["recovery"], processes)
    return {**parameters, "model_recovery": simulated_people.model_part(config, processes)}


def run_recall(setup: Setup) -> Tables:
    return recalled.recall_part(setup.config, setup.runs, setup.llm_results, setup.processes)


def run_levels(setup: Setup) -> Tables:
    return levels.levels_part(setup.config, setup.processes)


def run_speed(setup: Setup) -> Tables:
    return {"speed": speed.speed_part(setup.config["speed"]["n_runs"])}


def run_calibration(setup: Setup) -> Tables:
    config = setup.config["calibration"]
    return {"calibration": calibration.calibration_part(config, setup.processes)}


class Part(NamedTuple):
    run: Callable[[Setup], Tables]
    first_table: str  # written last: the part is done where it is there


PARTS = {
    "models": Part(run_models, "statistics"),
    "fits": Part(run_fits, "statistics_fitted"),
    "recovery": Part(run_recovery, "parameter_recovery"),
    "recall": Part(run_recall, "recall"),
    "levels": Part(run_levels, "levels"),
    "calibration": Part(run_calibration, "calibration"),
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
        language.run_language_model(options.llm, llm_results, config["llm"])
    setup = Setup(config, results, cache, llm_results, options.processes, options.fresh)
    write_provenance(results, config)
    for name in options.parts:
        do_part(name, setup)


def do_part(name: str, setup: Setup) -> None:
    part = PARTS[name]
    if (setup.results / f"{part.first_table}.csv").exists() and not setup.fresh:
        print(f"{name}: there already", file=sys.stderr)
        return
    begin = time.perf_counter()
    by_name = part.run(setup)
    for table in sorted(by_name, key=lambda table: table == part.first_table):
        write_csv(setup.results / f"{table}.csv", by_name[table])
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
