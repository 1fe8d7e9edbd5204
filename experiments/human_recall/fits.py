"""Constants chosen on four fifths of the people, reported on the fifth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.common import Config
from experiments.human_recall.series import as_series, trial_bits, trials
from hvm.recall.models.registry import models
from hvm.recall.models.running import grid_settings
from hvm.recall.statistics import mixed_models
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.comparisons import row_sums
from hvm.recall.statistics.fitting import FitPlan, NestedFit, nested_fit
from hvm.recall.statistics.plain import plain_predictors
from hvm.recall.statistics.rows import CUTS, join, outcome_rows

PLAIN = ("repeat_count", "log_lag_since_same_sequence")
OBJECTIVES = {
    "a": {"objective": "delta_log_likelihood", "baseline": "a"},
    "b": {"objective": "delta_log_likelihood", "baseline": "b"},
    "r2": {"objective": "r2"},
}


class Grid(NamedTuple):
    """Points of a model's grid and the bits of every trial at each, float64[points, trials]."""

    points: list[dict[str, Any]]
    bits: NDArray[np.float64]

    def at(self, point: Mapping[str, Any], people: list) -> pd.DataFrame:
        return as_series("", self.bits[self.points.index(dict(point))])


def grid_points(model: str, config: Config) -> list[dict[str, Any]]:
    """The settings to try, the published ones first (so that they win ties)."""
    factory = models()[model]
    grid = config.get(f"grid_{model}") or factory.param_grid()
    defaults = {name: factory.defaults()[name] for name in grid}
    others = [point for point in grid_settings(grid) if point != defaults]
    return [defaults, *others]


def fits_part(config: Config, cache: Path, processes: int) -> dict[str, pd.DataFrame]:
    """Tables ``fits``, ``surfaces`` and the fitted series."""
    named = [name for name, factory in models().items() if factory.param_grid()]
    with get_context("spawn").Pool(processes) as pool:
        for name in named:
            _grid(name, config, cache, pool)
        tasks = list(product([*named, *PLAIN], config["fits"]["objectives"]))
        fits = pool.starmap(_fit, [(*task, config, cache) for task in tasks], chunksize=1)
    parts = {name: [tables[name] for tables in fits] for name in ("fits", "surfaces", "series")}
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}


def _grid(model: str, config: Config, cache: Path, pool: Any = None) -> Grid:
    """Bits at every point, from the cache where it holds the same points."""
    points, path = grid_points(model, config), cache / f"grid_{model}.npz"
    written = json.dumps(points)
    if path.exists():
        with np.load(path) as kept:
            if str(kept["points"]) == written:
                return Grid(points, kept["bits"])
    print(f"fits: {model} at {len(points)} points", flush=True)
    bits = np.array(pool.starmap(_bits, [(model, point) for point in points], chunksize=2))
    np.savez(path, points=np.array(written), bits=bits)
    return Grid(points, bits)


def _bits(model: str, point: dict[str, Any]) -> NDArray[np.float64]:
    return trial_bits(model, **point)


def _fit(model: str, objective: str, config: Config, cache: Path) -> dict[str, pd.DataFrame]:
    if model in PLAIN:
        grid = _plain_grid(model)
        runs = {"none": _nested(grid, grid.points, objective, config, "plain")}
    else:
        grid = _grid(model, config, cache)
        runs = {
            "published": _nested(grid, grid.points[:1], objective, config, "published"),
            "fitted": _nested(grid, grid.points, objective, config, f"{model}_fit_{objective}"),
        }
    tables = [_folds(run, model, objective, kind) for kind, run in runs.items()]
    fitted = runs.get("fitted")
    series = fitted.surprisals if fitted else pd.DataFrame()
    surface = _surface(fitted, grid, model, objective) if fitted else pd.DataFrame()
    return {"fits": pd.concat(tables), "surfaces": surface, "series": series}


def _plain_grid(model: str) -> Grid:
    table = plain_predictors(checked_trials(trials())).table
    return Grid([{}], table[table["model"] == model]["surprisal_bits"].to_numpy()[None])


def _nested(grid: Grid, points: list, objective: str, config: Config, name: str) -> NestedFit:
    settings = {key: config["fits"][key] for key in ("n_folds", "n_repeats", "seed")}
    how = {**settings, **OBJECTIVES[objective]}
    return nested_fit(grid.at, points, trials(), FitPlan(block="train", **how), model=name)


def _folds(run: NestedFit, model: str, objective: str, kind: str) -> pd.DataFrame:
    columns = ["repeat", "fold", "fitted_value", "held_out_value", "n_fit", "n_held_out"]
    table = run.folds[columns].assign(model=model, objective=objective, constants=kind)
    names = [name for name in run.folds.columns if name not in columns]
    rows = run.folds[names].to_dict("records") if names else [{}] * len(table)
    table["chosen"] = list(map(point_text, rows))
    return table


def _surface(run: NestedFit, grid: Grid, model: str, objective: str) -> pd.DataFrame:
    """The objective on everybody at every point; for gains also the slope, log ms a bit."""
    values = run.grid["value"]
    rows = {"model": model, "objective": objective, "point": list(map(point_text, grid.points))}
    table = pd.DataFrame({**rows, "value": values, "is_published": np.arange(len(values)) == 0})
    baseline = OBJECTIVES[objective].get("baseline")
    slopes = [_slope(bits, baseline) if baseline else np.nan for bits in grid.bits]
    return table.assign(slope_per_bit=slopes)


def _slope(bits: NDArray[np.float64], baseline: str) -> float:
    rows = join(_training_rows(), as_series("", bits))
    sums, _ = row_sums(rows, baseline, "log_time")
    return float(mixed_models.fit(sums).coefficients[-1] / rows["surprisal_bits"].std(ddof=0))


@lru_cache(1)
def _training_rows() -> pd.DataFrame:
    return outcome_rows(checked_trials(trials()).table, "train", "log_time", CUTS)


def point_text(point: Mapping[str, Any]) -> str:
    """A point as text; pandas reads a None among numbers as NaN."""
    shown = {name: None if value != value else value for name, value in point.items()}
    return " ".join(f"{name}={value}" for name, value in shown.items())
