"""What statistics rest on, checked once: trials, and the bits of trials.

:class:`CheckedTrials` and :class:`Surprisals` are the proofs: whatever takes them checks nothing
again. A program may hand over tables instead, which :func:`checked_trials` and
:func:`checked_surprisals` turn into proofs at the border.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hvm.errors import InputError
from hvm.recall.task import design
from hvm.recall.task.checks import Place
from hvm.recall.task.frames import cell_of_frame, names, numbers, require_columns, require_once
from hvm.recall.task.schema import COLUMNS, TRIAL_KEY
from hvm.recall.task.trials import Trials

if TYPE_CHECKING:
    import pandas as pd

SURPRISAL_COLUMNS = ("model", *TRIAL_KEY, "surprisal_bits")
"""One row a model and trial; see :class:`Surprisals`."""

PEOPLE = "people"
"""What tables of statistics call the participants, where a model could stand."""

PLAIN = (
    "repeat_count",
    "log_lag_since_same_sequence",
    "pattern_count",
    "log_lag_since_same_pattern",
    "edit_distance_to_previous",
    "least_edit_distance",
    "n_distinct_keys",
    "n_runs",
    "group_x_practice",
)
"""Predictors that any account of learning has to beat, by the names that tables give them; see
:func:`~hvm.recall.statistics.plain.plain_predictors`."""

_PLACE = Place("trials", "row", lambda position: position + 1)


@dataclass(frozen=True)
class CheckedTrials:
    """Trials of any number of groups and blocks, in the order of participants and trials.

    Attributes
    ----------
    table : pandas.DataFrame
        :data:`~hvm.recall.task.schema.COLUMNS`; trials, times and accuracies are float64. Symbols
        of a sequence stand apart by single spaces, or are one character each. Of
        :class:`~hvm.recall.task.trials.Trials` also ``n_keys``, how many they are.
    groups, blocks : tuple
        Names of groups in ascending order; of blocks in the order in which participants come to
        them.
    """

    table: pd.DataFrame
    groups: tuple[Any, ...]
    blocks: tuple[Any, ...]

    def block_named(self, name: str | None = None) -> Any:
        """A block by its name; without a name, the first.

        Raises
        ------
        InputError
            There is no such block.
        """
        if name is not None and name not in self.blocks:
            there = ", ".join(repr(block) for block in self.blocks[:12])
            raise InputError(f"trials: there is no block {name!r:.60}: there are {there}")
        return self.blocks[0] if name is None else name

    def places_of(self, blocks: pd.Series[Any]) -> pd.Series[Any]:
        """Where each block stands in the order of blocks."""
        return blocks.map(self.blocks.index)


@dataclass(frozen=True)
class Surprisals:
    """Bits of trials, each trial of a model once.

    Attributes
    ----------
    table : pandas.DataFrame
        :data:`SURPRISAL_COLUMNS`; trials and bits are float64. A model may lack trials.
    """

    table: pd.DataFrame

    def by_model(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Go through the models in the order of the table."""
        for model, table in self.table.groupby("model", sort=False):
            yield cast(str, model), table


def checked_trials(trials: pd.DataFrame | Trials | CheckedTrials) -> CheckedTrials:
    """Trials with the proof that statistics can rest on them.

    A table of its own need not hold every trial that a participant saw.

    Raises
    ------
    InputError
        A column is missing or holds text where numbers belong, a trial is there twice, a
        participant is in two groups, or participants come to blocks in different orders.
    """
    if isinstance(trials, CheckedTrials):
        return trials
    table = _of_trials(trials) if isinstance(trials, Trials) else _of_table(trials)
    people, blocks, number = (table[x].to_numpy() for x in ("participant", "block", "trial"))
    groups = tuple(sorted(table["group"].unique()))
    return CheckedTrials(table, groups, design.block_order(people, blocks, number, _PLACE))


def checked_surprisals(surprisals: pd.DataFrame | Surprisals) -> Surprisals:
    """Bits of trials with the proof that statistics can rest on them.

    Raises
    ------
    InputError
        A column is missing or holds text where numbers belong, a trial is there twice, or a model
        has a name of the statistics.
    """
    if isinstance(surprisals, Surprisals):
        return surprisals
    require_columns(surprisals, SURPRISAL_COLUMNS, "surprisals")
    cell = cell_of_frame("surprisals")
    table = surprisals[list(SURPRISAL_COLUMNS)].copy()
    for column in ("model", "participant"):
        table[column] = names(table, column, "surprisals")
    for column in ("trial", "surprisal_bits"):
        table[column] = numbers(table, column, cell)
    require_once(table, ["model", *TRIAL_KEY], cell)
    taken = sorted({PEOPLE, *PLAIN} & set(table["model"].astype(str)))
    if taken:
        raise InputError(f"surprisals: {taken[0]!r} is a name that the statistics use themselves")
    return Surprisals(table)


def _of_trials(trials: Trials) -> pd.DataFrame:
    table = trials.table[list(COLUMNS)]
    return table.assign(
        trial=table["trial"].astype(float),
        sequence=trials.plain_sequences(),
        n_keys=trials.n_keys.astype(float),
    )


def _of_table(trials: pd.DataFrame) -> pd.DataFrame:
    require_columns(trials, COLUMNS, "trials")
    cell = cell_of_frame("trials")
    table = trials[list(COLUMNS)].copy()
    for column in ("participant", "group", "block"):
        table[column] = names(table, column, "trials")
    for column in ("group", "block"):
        _PLACE.fail_where((table[column] == "").to_numpy(), column, lambda _: "is empty")
    design.check_names(table["group"].to_numpy(object), table["block"].to_numpy(object), _PLACE)
    for column in ("trial", "recall_time_ms", "accuracy"):
        table[column] = numbers(table, column, cell)
    _require_whole_trials(table)
    require_once(table, TRIAL_KEY, cell)
    groups = table.groupby("participant", sort=False)["group"].nunique(dropna=False)
    if (groups > 1).any():
        raise InputError(f"trials: participant {groups.idxmax()} is in more than one group")
    return table.sort_values(list(TRIAL_KEY), kind="stable").reset_index(drop=True)


def _require_whole_trials(table: pd.DataFrame) -> None:
    trials = table["trial"].to_numpy()
    wrong = ~((trials >= 1) & (trials == np.floor(trials)) & np.isfinite(trials))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{cell_of_frame('trials')(row, 'trial')}: {trials[row]:g} is not a trial number from 1"
        )
