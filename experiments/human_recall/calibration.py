"""How often intervals of gains lie above zero, where nothing is to be gained and where much is.

Times are simulated for the real people's trials of training, with the real bits of HVM. They have
a curve of practice and an intercept of each person, as baseline (e) has them in experiment 2, and
noise of which a share is carried on from trial to trial, as much as the real residuals are
correlated. Without an effect the bits play no part; with one, log time rises with them by the slope
that they have over baseline (b) in experiment 2.
"""

from __future__ import annotations

from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.human_recall.series import trial_bits, trials
from hvm.recall.statistics import mixed_models
from hvm.recall.statistics.baselines import choose_knots, practice_columns
from hvm.recall.statistics.checked import CheckedTrials, checked_trials
from hvm.recall.statistics.checks import STATISTICS, layout_of
from hvm.recall.statistics.comparisons import Comparison, folds_by_name, summed
from hvm.recall.statistics.densities import data_of, standardised
from hvm.recall.statistics.reliability import Bootstrap, groups_of
from hvm.recall.statistics.rows import CUTS, join, outcome_rows
from hvm.recall.statistics.settings import StatisticsSettings

BASELINES = ("b", "e", "f")


class Truth(NamedTuple):
    """What times are simulated from: log ms, but for the correlation of neighbouring trials.

    ``curve`` and ``bits`` float64[n], of the rows of ``table``; ``slope`` log ms a bit.
    """

    table: pd.DataFrame
    curve: NDArray[np.float64]
    bits: NDArray[np.float64]
    slope: float
    people_sd: float
    trials_sd: float
    correlation: float


def truth_of(model: str) -> Truth:
    """Curves, spreads and correlation of experiment 2 in training, and a model's slope on (b)."""
    checked = checked_trials(trials())
    series = checked.table[["participant", "trial"]].assign(surprisal_bits=trial_bits(model))
    counted = join(outcome_rows(checked.table, "train", "log_time", CUTS), series)
    knots = choose_knots(counted, "log_time", np.arange(counted["participant"].nunique()) % 10)
    columns = practice_columns(counted, "e", knots)
    fitted = mixed_models.fit(data_of(counted, columns, "e", "log_time"))
    fixed = np.column_stack([np.ones(len(counted)), standardised(columns)]) @ fitted.coefficients
    log_times = np.log(counted["recall_time_ms"].to_numpy())
    left = log_times - log_times.mean() - fixed
    correlation = STATISTICS["autocorrelation"](left[None], layout_of(counted))[0]
    folds = folds_by_name(checked.table, StatisticsSettings())
    slope = Comparison(folds).gain(counted, model, "b", "log_time", held_out=False).slopes[0]
    table = checked.table[checked.table["block"] == "train"].reset_index(drop=True)
    curve = fixed + log_times.mean()
    cells = counted.assign(curve=curve).groupby(["group", "trial"])["curve"].first()
    of_rows = cells.reindex(pd.MultiIndex.from_frame(table[["group", "trial"]])).to_numpy()
    sd = float(np.sqrt(fitted.variance))
    people_sd = float(abs(fitted.factor[0, 0])) * sd
    bits = join(table, series)["surprisal_bits"].to_numpy()
    return Truth(table, of_rows, bits, slope.value, people_sd, sd, float(correlation))


def simulated(truth: Truth, slope: float, rng: np.random.Generator) -> CheckedTrials:
    """The table of trials with times of people who are as the truth says."""
    people = pd.factorize(truth.table["participant"])[0]
    noise = rng.standard_normal(len(people))
    fresh = np.sqrt(1 - truth.correlation**2)
    for row in np.flatnonzero(np.diff(people, prepend=-1) == 0):
        noise[row] = truth.correlation * noise[row - 1] + fresh * noise[row]
    levels = truth.people_sd * rng.standard_normal(people[-1] + 1)
    centred = truth.bits - truth.bits.mean()
    log_times = truth.curve + levels[people] + truth.trials_sd * noise + slope * centred
    return checked_trials(truth.table.assign(recall_time_ms=np.exp(log_times)))


def gains_of(truth: Truth, slope: float, config: dict[str, Any], number: int) -> list[dict]:
    """Cross-validated gains of the bits over each baseline, in one simulated set."""
    rng = np.random.default_rng([config["seed"], number])
    table = simulated(truth, slope, rng).table
    bits = table[["participant", "trial"]].assign(surprisal_bits=truth.bits)
    counted = join(outcome_rows(table, "train", "log_time", CUTS), bits)
    settings = StatisticsSettings(seed=number, n_draws=config["n_draws"])
    folds = folds_by_name(table, settings)
    of_people = Comparison(folds).folds_of_people(counted)[0]
    knots = {"log_time": choose_knots(counted, "log_time", of_people)}
    comparison, bootstrap = Comparison(folds, knots), Bootstrap(settings.n_draws, number)
    rows = []
    for baseline in BASELINES:
        gain = comparison.gain(counted, "bits", baseline, "log_time")
        held_out = summed(gain.held_out, groups_of(counted), bootstrap)
        each = {"value": held_out.value, "low": held_out.low, "slope": gain.slopes[0].value}
        rows.append({"baseline": baseline, "df": len(knots["log_time"]) - 1, **each})
    return rows


def calibration_part(config: dict[str, Any], processes: int) -> pd.DataFrame:
    """One row a truth and baseline: how often the interval lies above zero, and the right sign.

    Parameters
    ----------
    config : dict
        ``model``, ``n_sets``, ``n_draws``, ``seed``.
    processes : int

    Returns
    -------
    pandas.DataFrame
        ``effect`` (log ms a bit), ``baseline``, ``n_sets``, ``share_above`` with its standard
        error, ``share_above_by_right_sign``, ``mean_gain`` (nats), ``mean_slope``, ``median_df``.
    """
    truth = truth_of(config["model"])
    rows = []
    for slope in (0.0, truth.slope):
        task = partial(gains_of, truth, slope, config)
        with get_context("spawn").Pool(processes) as pool:
            found = pool.map(task, range(config["n_sets"]), chunksize=5)
        every = pd.DataFrame([row for of_set in found for row in of_set])
        for baseline, part in every.groupby("baseline", sort=False):
            above = part["low"] > 0
            share = above.mean()
            rows.append(
                {
                    "effect": slope,
                    "baseline": baseline,
                    "n_sets": len(part),
                    "share_above": share,
                    "standard_error": np.sqrt(share * (1 - share) / len(part)),
                    "share_above_by_right_sign": (above & (part["slope"] > 0)).mean(),
                    "mean_gain": part["value"].mean(),
                    "mean_slope": part["slope"].mean(),
                    "median_df": part["df"].median(),
                }
            )
    about = {"correlation": truth.correlation, "trials_sd": truth.trials_sd}
    return pd.DataFrame(rows).assign(**about, people_sd=truth.people_sd)
