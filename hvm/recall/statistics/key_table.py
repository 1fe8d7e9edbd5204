"""Statistics by key: gains in times, accuracy by position, errors that models predict.

Blocks are apart throughout, and intervals are central 95% over participants. Behind it stand
``key_rows`` (which keys count, and the baseline), ``mixed_models`` (the fits) and ``reliability``
(the samples of people).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.recall.models.typed import WrongBits
from hvm.recall.statistics import mixed_models
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.comparisons import NOTHING_ADDED, folds_by_name, summed
from hvm.recall.statistics.densities import densities, standardised
from hvm.recall.statistics.key_rows import KeyDesign, baseline_columns, timed_keys
from hvm.recall.statistics.reliability import (
    Bootstrap,
    Estimate,
    estimate,
    groups_of,
)
from hvm.recall.statistics.settings import SETTINGS, StatisticsSettings
from hvm.recall.task.keys import Keys, rows_of_trials
from hvm.recall.task.trials import Trials

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

KEY_STATISTICS_COLUMNS = (
    *("model", "block", "statistic", "value", "low", "high"),
    *("unit", "n", "n_participants", "reason"),
)
KEY_POSITION_COLUMNS = (
    *("block", "group", "position", "outcome", "value", "low", "high"),
    *("n", "n_participants"),
)

ALONE = "one participant: nobody is held out"
NO_KEYS, NO_ERRORS = "no key whose time counts", "no wrong key that is known"

Row = tuple[Any, ...]


class KeyBits(NamedTuple):
    """What a model gave for each row of a table of keys, bits.

    ``shown`` float64[n]; ``wrong`` of wrong keys, or None of a model that was not asked.
    """

    shown: Floats
    wrong: WrongBits | None = None


def key_statistics(
    keys: Keys,
    trials: Trials,
    bits: Mapping[str, KeyBits],
    design: KeyDesign,
    settings: StatisticsSettings = SETTINGS,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Every statistic by key of every model.

    Parameters
    ----------
    keys : Keys
    trials : Trials
        That the keys are of.
    bits : mapping of str to KeyBits
        By the name of the model.
    design : KeyDesign
    settings : StatisticsSettings
        Draws, folds and seed; its cuts, of trials, do not count here.
    progress : callable, optional
        Called with the block and model whose turn it is.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`KEY_STATISTICS_COLUMNS`; ``value`` is NaN, with a reason, where it is not
        defined. Of each model and block:

        - ``delta_log_likelihood``, ``cv_delta_log_likelihood``: what its surprisal adds to the
          baseline of :mod:`~hvm.recall.statistics.key_rows`, nats, at the estimates and for people
          held out; ``slope``: log ms per bit;
        - ``wrong_log2_probability``: mean log2 of the probability that the model gave to the wrong
          key that was typed; ``wrong_log2_share`` the same among all wrong keys;
          ``wrong_gain_bits``: that, less the log2 of one in all wrong keys, which is chance.
    """
    import pandas as pd

    rows = timed_keys(keys, trials, design)
    bootstrap = Bootstrap(settings.n_draws, settings.seed)
    folds = folds_by_name(keys.table, settings)[0]  # those of trials
    table: list[Row] = []
    for block in checked_trials(trials).blocks:
        timed = rows[rows["block"] == block]
        baseline = _Baseline(timed, design, folds)
        in_block = (keys.table["block"] == block).to_numpy()
        for model, of_model in bits.items():
            if progress is not None:
                progress(f"{block}: {model}")
            begin = (model, block)
            table += [begin + row for row in _gains(baseline, of_model.shown, bootstrap)]
            if of_model.wrong is not None:
                table += [
                    begin + row
                    for row in _errors(keys.table[in_block], of_model, trials, bootstrap)
                ]
    return pd.DataFrame(table, columns=list(KEY_STATISTICS_COLUMNS))


def shown_bits(keys: Keys, trials: Trials, table: pd.DataFrame) -> Floats:
    """Bits of the symbol shown at each key, from those of all symbols of the trials.

    Parameters
    ----------
    keys : Keys
    trials : Trials
    table : pandas.DataFrame
        Of :func:`~hvm.recall.models.running.run_model`: one row a symbol, in the trials' order.

    Returns
    -------
    float64[rows of keys]
    """
    at = trials.starts[rows_of_trials(keys, trials)] + keys.table["position"].to_numpy() - 1
    return np.asarray(table["surprisal_bits"].to_numpy(float)[at], np.float64)


# -- times ------------------------------------------------------------------------------------


class _Baseline:
    """The baseline of a block, fitted once for all models."""

    def __init__(self, rows: pd.DataFrame, design: KeyDesign, folds: Mapping[Any, int]) -> None:
        self.rows = rows
        names = np.unique(rows["participant"].to_numpy())
        self.folds = np.array([folds[name] for name in names.tolist()], np.int64)
        self.groups = groups_of(rows) if len(rows) else np.zeros(0, np.int64)
        self.reason = "" if len(rows) else NO_KEYS
        if not self.reason:
            self.columns = standardised(baseline_columns(rows, design))
            self.inside, (self.held_out,), _ = densities(self.sums(), "log_time", self.folds)

    def sums(self, bits: Floats | None = None) -> mixed_models.Sums:
        """Sums of the baseline, with the bits as last column if they are given."""
        import pandas as pd

        ones = np.ones((len(self.rows), 1))
        added = [] if bits is None else [standardised(bits[:, None])]
        people = pd.factorize(self.rows["participant"], sort=True)[0]
        log_times = self.rows["log_time"].to_numpy()
        fixed = np.column_stack([ones, self.columns, *added])
        return mixed_models.sums_of(log_times - log_times.mean(), fixed, ones, people)


def _gains(baseline: _Baseline, bits: Floats, bootstrap: Bootstrap) -> Iterator[Row]:
    sizes = len(baseline.rows), len(baseline.groups)
    inside = outside = np.full(sizes[1], np.nan)
    slope, reason = Estimate(np.nan), baseline.reason
    if not reason:
        of_rows = bits[baseline.rows.index.to_numpy()]
        sums = baseline.sums(of_rows)
        if sums.independent()[-1]:
            inside, (outside,), slope = densities(sums, "log_time", baseline.folds)
            inside, outside = inside - baseline.inside, outside - baseline.held_out
            slope = slope.per(of_rows.std())
        else:
            inside, outside, reason = np.zeros(sizes[1]), np.zeros(sizes[1]), NOTHING_ADDED
    alone = reason or ("" if len(np.unique(baseline.folds)) > 1 else ALONE)
    for name, by_person, why in (
        ("delta_log_likelihood", inside, reason),
        ("cv_delta_log_likelihood", outside, alone),
    ):
        yield name, *_cells(summed(by_person, baseline.groups, bootstrap, why), "nats", sizes)
    slope = slope._replace(reason=reason or slope.reason)
    yield "slope", *_cells(slope, "log ms per bit", sizes)


def _cells(each: Estimate, unit: str, sizes: tuple[int, int]) -> Row:
    return (each.value, each.low, each.high, unit, *sizes, each.reason)


# -- errors -----------------------------------------------------------------------------------


def _errors(
    table: pd.DataFrame, bits: KeyBits, trials: Trials, bootstrap: Bootstrap
) -> Iterator[Row]:
    assert bits.wrong is not None  # the caller has looked
    rows = table[np.isfinite(bits.wrong.typed[table.index])]
    typed, outside = (each[rows.index] for each in bits.wrong)
    # Rounding must not leave less for all wrong keys than one of them has.
    rest = -np.expm1(-bits.shown[rows.index] * np.log(2)) - 2.0**-outside
    left = np.log2(np.maximum(rest, 2.0**-typed))
    chance = -np.log2(max(len(trials.symbols) - 1, 1))
    values = {
        "wrong_log2_probability": -typed,
        "wrong_log2_share": -typed - left,
        "wrong_gain_bits": -typed - left - chance,
    }
    sizes = len(rows), rows["participant"].nunique()
    for name, each in values.items():
        mean = _mean_over_rows(rows, each, bootstrap) if len(rows) else Estimate(np.nan)
        mean = mean if len(rows) else mean._replace(reason=NO_ERRORS)
        yield name, *_cells(mean, "bits", sizes)


def _mean_over_rows(rows: pd.DataFrame, values: Floats, bootstrap: Bootstrap) -> Estimate:
    """The mean over rows; people are drawn with all of theirs."""
    import pandas as pd

    people = pd.factorize(rows["participant"], sort=True)[0]
    sums, counts = np.bincount(people, values), np.bincount(people)
    groups = groups_of(rows)
    weights = bootstrap.weights(groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = (weights @ sums) / (weights @ counts)
    return estimate(float(values.mean()), draws, groups)


# -- positions --------------------------------------------------------------------------------


def key_positions(
    keys: Keys, design: KeyDesign, settings: StatisticsSettings = SETTINGS
) -> pd.DataFrame:
    """Accuracy and time by position, of each block and group.

    Parameters
    ----------
    keys : Keys
    design : KeyDesign
    settings : StatisticsSettings

    Returns
    -------
    pandas.DataFrame
        Columns :data:`KEY_POSITION_COLUMNS`: ``outcome`` is ``accuracy``, its mean, or
        ``time_ms``, the geometric mean of times that count.
    """
    import pandas as pd

    bootstrap = Bootstrap(settings.n_draws, settings.seed)
    counts = keys.table["time_ms"].between(*design.cuts)
    logs = np.log(keys.table["time_ms"].where(counts))
    table: list[Row] = []
    for outcome, values in (("accuracy", keys.table["accuracy"]), ("time_ms", logs)):
        known = keys.table.assign(outcome=values).dropna(subset="outcome")
        for where, rows in known.groupby(["block", "group", "position"], sort=True):
            mean = _mean_over_rows(rows, rows["outcome"].to_numpy(), bootstrap)
            cells = mean[:3] if outcome == "accuracy" else tuple(np.exp(mean[:3]))
            table.append((*where, outcome, *cells, len(rows), rows["participant"].nunique()))
    return pd.DataFrame(table, columns=list(KEY_POSITION_COLUMNS))
