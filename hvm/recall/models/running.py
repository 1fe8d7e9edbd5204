"""Models of trials run over people: what a model answers, and bits by symbol.

A model knows nothing at the beginning of a participant, and then goes from trial to trial: it is
asked for the bits of every symbol first, and learns from the trial after that. The same settings
hold for all participants, and no model is told a participant's group, block or name.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.recall.task.schema import TRIAL_KEY

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Participant, Trials

COLUMNS = (*TRIAL_KEY, "position", "symbol", "surprisal_bits")
"""One row a symbol; see :func:`run_model`."""


class TrialModel(Protocol):
    """What every model of trials answers. Symbols are 0 to ``n_symbols - 1``, or -1 outside."""

    def begin(self, n_symbols: int) -> None:
        """Know nothing; equal to a new model of the same settings."""
        ...

    def surprisal(self, sequence: NDArray[np.int32]) -> NDArray[np.float64]:
        """Bits of each symbol given those before it in the sequence, and all that was observed.

        The model does not change. At every step, the probabilities of all symbols and of a symbol
        outside sum to 1.
        """
        ...

    def observe(self, sequence: NDArray[np.int32]) -> None:
        """Learn from a sequence."""
        ...

    def get_params(self) -> dict[str, Any]:
        """Return the settings by name."""
        ...


def grid_settings(grid: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of the values of a grid, the last setting changing fastest.

    Examples
    --------
    >>> grid_settings({"theta": (0.99, 1.0), "alpha": (0.5,)})
    [{'theta': 0.99, 'alpha': 0.5}, {'theta': 1.0, 'alpha': 0.5}]
    """
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def run_model(
    model: TrialModel, trials: Trials, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """Ask a model for the bits of every symbol, participant by participant, trial by trial.

    Parameters
    ----------
    model : TrialModel
        It begins anew with each participant; afterwards it knows the last one.
    trials : Trials
    progress : callable, optional
        Called after every participant with the number done and the number of all.

    Returns
    -------
    pandas.DataFrame
        One row a symbol, in the order of ``trials``: ``participant``, ``trial``, ``position``
        (1, 2, 3, ... in the trial), ``symbol`` (text, empty for one outside the alphabet),
        ``surprisal_bits``.

    Raises
    ------
    InputError
        The model returned something else than a number of bits for every symbol.
    """
    people = list(trials.participants())
    bits: list[NDArray[np.float64]] = []
    for done, person in enumerate(people, start=1):
        bits += _run_participant(model, person, len(trials.symbols))
        if progress is not None:
            progress(done, len(people))
    return symbol_rows(trials).assign(surprisal_bits=np.concatenate(bits))


def symbol_rows(trials: Trials) -> pd.DataFrame:
    """One row a symbol, in the order of ``trials``: :data:`COLUMNS` without the bits."""
    import pandas as pd

    lengths = np.diff(trials.starts)
    names = np.array([*trials.symbols, ""], object)  # -1 is the last
    table = trials.table
    columns = (
        np.repeat(table["participant"].to_numpy(), lengths),
        np.repeat(table["trial"].to_numpy(), lengths),
        np.arange(len(trials.codes)) - np.repeat(trials.starts[:-1], lengths) + 1,
        names[trials.codes],
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=False)))


def sum_trials(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the bits of each trial.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`run_model` returned.

    Returns
    -------
    pandas.DataFrame
        ``participant``, ``trial``, ``surprisal_bits``, in the same order.
    """
    groups = table.groupby(list(TRIAL_KEY), sort=False)
    return groups["surprisal_bits"].sum().reset_index()


def _run_participant(
    model: TrialModel, person: Participant, n_symbols: int
) -> Iterator[NDArray[np.float64]]:
    """Bits of each trial; the model sees symbols and nothing else."""
    model.begin(n_symbols)
    for trial, sequence in enumerate(person.sequences, start=1):
        bits = np.asarray(model.surprisal(sequence), float)
        if bits.shape != sequence.shape or not (np.isfinite(bits) & (bits >= 0)).all():
            raise InputError(
                f"{type(model).__name__}: participant {person.name}, trial {trial}: "
                f"gave no number of bits for each of {len(sequence)} symbols"
            )
        yield bits
        model.observe(sequence)
