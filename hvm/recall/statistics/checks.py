"""Whether times are as a baseline says: simulated from its fit, beside people's.

Posterior predictive checks at the estimates (Gelman, Meng & Stern 1996, Statistica Sinica 6(4),
733-760): what lies outside the simulated interval, the baseline does not know. What it does not
know may show as a gain of a model that knows nothing either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.statistics import mixed_models
from hvm.recall.statistics import reliability as means
from hvm.recall.statistics.baselines import choose_knots, practice_columns, require_baselines
from hvm.recall.statistics.checked import CheckedTrials, checked_trials
from hvm.recall.statistics.comparisons import folds_by_name
from hvm.recall.statistics.densities import NO_MAXIMUM, data_of, standardised, why_not
from hvm.recall.statistics.mixed_models import Floats
from hvm.recall.statistics.rows import block_trials, outcome_rows
from hvm.recall.statistics.settings import SETTINGS, StatisticsSettings

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials

CHECK_COLUMNS = (
    "block",
    "baseline",
    "statistic",
    "observed",
    "expected",
    "low",
    "high",
    "n",
    "n_participants",
    "reason",
)

CHECKED_BASELINES = ("b", "e", "f")

N_SIMULATED = 400
"""Sets of times simulated from each fit."""


class RowLayout(NamedTuple):
    """Rows sorted by participant: whose they are, their cell of group and trial, and neighbours."""

    people: NDArray[np.int64]
    cells: NDArray[np.int64]
    after: NDArray[np.int64]


def checks_table(
    trials: pd.DataFrame | Trials | CheckedTrials,
    *,
    baselines: Sequence[str] = CHECKED_BASELINES,
    settings: StatisticsSettings = SETTINGS,
) -> pd.DataFrame:
    """What the residuals of baselines are like, and what the baselines say they are like.

    Parameters
    ----------
    trials : Trials, CheckedTrials or pandas.DataFrame
        As in :func:`~hvm.recall.statistics.table.statistics_table`.
    baselines : sequence of str
        Of :data:`~hvm.recall.statistics.baselines.BASELINES`, without ``c`` and ``d``.
    settings : StatisticsSettings
        Cuts, folds and seed.

    Returns
    -------
    pandas.DataFrame
        :data:`CHECK_COLUMNS`. Of residuals of ``log_time``, fixed effects taken off:
        ``sd_of_trial_means`` (over means by group and trial), ``sd_between_people`` (over
        participants' means), ``sd_within_people``, ``spread_of_sd`` (standard deviation over
        participants of the logarithm of theirs) and ``autocorrelation`` (of neighbouring trials
        that count, participants' means taken off). ``expected``, ``low`` and ``high`` are the mean
        and the central 95% of :data:`N_SIMULATED` simulations.

    Raises
    ------
    InputError
        The trials cannot be used, or there is no such baseline.
    """
    import pandas as pd

    require_baselines(baselines)
    counted = checked_trials(trials)
    folds = folds_by_name(counted.table, settings)[0]
    rows: list[tuple[Any, ...]] = []
    for block in counted.blocks:
        of_block = outcome_rows(counted.table, block, "log_time", settings.cuts)
        every = block_trials(counted.table[counted.table["block"] == block])
        there = np.array([folds[name] for name in of_block["participant"].unique()], np.int64)
        knots = choose_knots(of_block, "log_time", there, every)
        for baseline in baselines:
            columns = practice_columns(of_block, baseline, knots) if len(of_block) else None
            rng = np.random.default_rng([settings.seed, 5])
            for values in _checks(of_block, columns, baseline, rng):
                sizes = len(of_block), of_block["participant"].nunique()
                rows.append((block, baseline, *values[:-1], *sizes, values[-1]))
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS))


def _checks(
    rows: pd.DataFrame, columns: Floats | None, baseline: str, rng: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    """Name, observed, expected, low, high and reason of each statistic."""
    reason = why_not(rows, baseline, "log_time")
    if reason or columns is None:
        yield from ((name, *[np.nan] * 4, reason) for name in STATISTICS)
        return
    data = data_of(rows, columns, baseline, "log_time")
    assert isinstance(data, mixed_models.Sums)  # of times
    fitted = mixed_models.fit(data)
    if not np.isfinite(fitted.log_likelihood):
        yield from ((name, *[np.nan] * 4, NO_MAXIMUM) for name in STATISTICS)
        return
    layout = layout_of(rows)
    log_times = np.log(rows["recall_time_ms"].to_numpy(float))
    fixed = np.column_stack([np.ones(len(rows)), standardised(columns)])
    residuals = log_times - log_times.mean() - fixed @ fitted.coefficients
    noise = rng.standard_normal((N_SIMULATED, len(rows)))
    levels = rng.standard_normal((N_SIMULATED, data.n_people)) * fitted.factor[0, 0]
    simulated = np.sqrt(fitted.variance) * (noise + levels[:, layout.people])
    for name, statistic in STATISTICS.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            observed, draws = statistic(residuals[None], layout)[0], statistic(simulated, layout)
        defined = draws[np.isfinite(draws)]
        expected = defined.mean() if len(defined) else np.nan
        reason = "" if np.isfinite(observed) else "too few trials of a participant"
        yield name, observed, expected, *means.interval(draws), reason


def layout_of(rows: pd.DataFrame) -> RowLayout:
    """Whose rows are, in which cells of group and trial, and which follow their neighbour."""
    import pandas as pd

    people = pd.factorize(rows["participant"], sort=True)[0].astype(np.int64)
    cells = rows.groupby(["group", "trial"], sort=True).ngroup().to_numpy(np.int64)
    step = np.diff(rows["block_trial"].to_numpy(float)) == 1
    after = np.flatnonzero((np.diff(people) == 0) & step) + 1
    return RowLayout(people, cells, after)


def _means(values: Floats, labels: NDArray[np.int64]) -> Floats:
    """Means by label, float64[draws, labels]."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.add.reduceat(values[:, order], begins, axis=1) / counts, np.float64)


def _centred(values: Floats, layout: RowLayout) -> Floats:
    return np.asarray(values - _means(values, layout.people)[:, layout.people], np.float64)


def _sd_of_trial_means(values: Floats, layout: RowLayout) -> Floats:
    return np.asarray(_means(values, layout.cells).std(axis=1), np.float64)


def _sd_between_people(values: Floats, layout: RowLayout) -> Floats:
    return np.asarray(_means(values, layout.people).std(axis=1), np.float64)


def _sd_within_people(values: Floats, layout: RowLayout) -> Floats:
    return np.asarray(np.sqrt((_centred(values, layout) ** 2).mean(axis=1)), np.float64)


def _spread_of_sd(values: Floats, layout: RowLayout) -> Floats:
    squares = _means(_centred(values, layout) ** 2, layout.people)
    several = np.bincount(layout.people) > 2
    if not several.any():
        return np.full(len(values), np.nan)
    return np.asarray((0.5 * np.log(squares[:, several])).std(axis=1), np.float64)


def _autocorrelation(values: Floats, layout: RowLayout) -> Floats:
    centred = _centred(values, layout)
    left, right = centred[:, layout.after - 1], centred[:, layout.after]
    scale = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    return np.asarray((left * right).sum(axis=1) / scale, np.float64)


STATISTICS = {
    "sd_of_trial_means": _sd_of_trial_means,
    "sd_between_people": _sd_between_people,
    "sd_within_people": _sd_within_people,
    "spread_of_sd": _spread_of_sd,
    "autocorrelation": _autocorrelation,
}
