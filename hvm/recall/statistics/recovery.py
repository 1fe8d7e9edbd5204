"""Whether a fit finds the truth: it is repeated on simulated people, where the truth is known.

No claim from a fit before :func:`parameter_recovery`, and none from a choice between models before
:func:`model_recovery`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.errors import HvmError, InputError
from hvm.recall.statistics import reliability as means

if TYPE_CHECKING:
    import pandas as pd


N_DRAWS = 1000
"""Bootstrap samples of simulated people."""


def parameter_recovery(
    simulate: Callable[[Mapping[str, float], np.random.Generator], Any],
    fit: Callable[[Any], Mapping[str, float]],
    truths: Sequence[Mapping[str, float]],
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate a person by each truth, fit them, and see what comes back.

    Parameters
    ----------
    simulate : callable
        ``simulate(constants, rng)`` gives one person's data, of whatever kind ``fit`` reads.
    fit : callable
        ``fit(data)`` gives the constants. An ``HvmError`` counts as a fit that failed.
    truths : sequence of mapping
        The constants of each simulated person.
    seed : int
        Person i is simulated by the generator of (seed, i).
    progress : callable, optional
        Called with the index of each person.

    Returns
    -------
    people : pandas.DataFrame
        ``person, parameter, true, fitted``.
    summary : pandas.DataFrame
        One row a constant: ``parameter, rank_correlation`` (Spearman), ``low, high`` (bootstrap
        over simulated people), ``bias`` (mean of fitted less true), ``n`` fits, ``n_failed``,
        ``reason`` where it is not defined.

    Raises
    ------
    InputError
        There are no truths, or the fit lacks a constant.
    """
    import pandas as pd

    if not len(truths):
        raise InputError("parameter recovery: there are no truths to simulate")
    records = []
    for person, truth in enumerate(truths):
        if progress is not None:
            progress(person)
        data = simulate(dict(truth), np.random.default_rng([seed, person]))
        fitted = _try_fit(fit, data, truth)
        records += [(person, name, float(truth[name]), fitted[name]) for name in truth]
    people = pd.DataFrame(records, columns=["person", "parameter", "true", "fitted"])
    rows = [_recovered(str(name), each, seed) for name, each in people.groupby("parameter")]
    columns = ["parameter", "rank_correlation", "low", "high", "bias", "n", "n_failed", "reason"]
    return people, pd.DataFrame(rows, columns=columns)


def _try_fit(
    fit: Callable[[Any], Mapping[str, float]], data: Any, truth: Mapping[str, float]
) -> dict[str, float]:
    try:
        constants = fit(data)
    except HvmError:
        return dict.fromkeys(truth, np.nan)
    missing = [name for name in truth if name not in constants]
    if missing:
        raise InputError(f"parameter recovery: the fit gives no {missing[0]!r}")
    return {name: float(constants[name]) for name in truth}


def _recovered(name: str, people: pd.DataFrame, seed: int) -> tuple[Any, ...]:
    pairs = people[["true", "fitted"]].to_numpy()
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    n, failed = len(pairs), len(people) - len(pairs)
    if n == 0:
        return name, np.nan, np.nan, np.nan, np.nan, n, failed, "no fit succeeded"
    drawn = np.random.default_rng([seed, 2]).integers(n, size=(N_DRAWS, n))
    value = means.spearman(pairs[None, :, 0], pairs[None, :, 1])[0]
    draws = means.spearman(pairs[drawn, 0], pairs[drawn, 1])
    reason = "the truths or the fits are all equal, or fewer than three"
    each = means.estimate(value, draws, np.zeros(n, np.int64), reason)
    bias = float((pairs[:, 1] - pairs[:, 0]).mean())
    return name, each.value, each.low, each.high, bias, n, failed, each.reason


def model_recovery(
    simulators: Mapping[str, Callable[[np.random.Generator], Any]],
    choose: Callable[[Any], str],
    n_each: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """How often data simulated by one model are taken for each model's: a confusion matrix.

    Parameters
    ----------
    simulators : mapping of str to callable
        By name: ``simulate(rng)`` gives the data of one simulated person or sample.
    choose : callable
        ``choose(data)`` names the model that explains them best. An ``HvmError`` counts as
        ``undecided``.
    n_each, seed : int
        Simulations a model; number i of model m is made by the generator of (seed, m, i).

    Returns
    -------
    pandas.DataFrame
        Counts; rows are true, columns chosen models, and ``undecided`` last.

    Raises
    ------
    InputError
        ``choose`` names a model that does not exist.
    """
    import pandas as pd

    names = list(simulators)
    counts = pd.DataFrame(0, index=names, columns=[*names, "undecided"])
    counts.index.name, counts.columns.name = "true", "chosen"
    for m, (true, simulate) in enumerate(simulators.items()):
        for i in range(n_each):
            chosen = _try_choose(choose, simulate(np.random.default_rng([seed, m, i])))
            if chosen not in counts.columns:
                raise InputError(f"model recovery: {chosen!r} is none of {', '.join(names)}")
            counts.loc[true, chosen] += 1
    return counts


def _try_choose(choose: Callable[[Any], str], data: Any) -> str:
    try:
        return choose(data)
    except HvmError:
        return "undecided"
