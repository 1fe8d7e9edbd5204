"""Made-up participants of the recall task: to try programs on; they show nothing about people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvm.recall.task.simulate import synthetic_trials

if TYPE_CHECKING:
    import pandas as pd

_NAMES = {
    "participant": "Subject",
    "group": "Condition",
    "block": "Phase",
    "trial": "Trial No",
    "sequence": "Shown",
    "recall_time_ms": "RT (ms)",
    "accuracy": "Acc",
}


def load_synthetic_recall(n_participants: int = 12, seed: int = 1) -> pd.DataFrame:
    """Return trials of made-up participants, as ``hvm recall`` reads them.

    Times follow practice and nothing of the sequences.

    Parameters
    ----------
    n_participants : int
        64 rows each: 40 in training, 24 in transfer; every other one is in the control group.
    seed : int

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        Fewer than one participant.

    Examples
    --------
    >>> load_synthetic_recall(2)["block"].value_counts().tolist()
    [80, 48]
    """
    return synthetic_trials(n_participants, seed)


def load_spreadsheet(n_participants: int = 12, seed: int = 1) -> pd.DataFrame:
    """Return the same trials with the names that a laboratory gave its columns.

    Parameters
    ----------
    n_participants : int
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns ``Subject``, ``Condition``, ``Phase``, ``Trial No``, ``Shown``, ``RT (ms)`` and
        ``Acc``.

    Raises
    ------
    InputError
        Fewer than one participant.

    Examples
    --------
    >>> load_spreadsheet(1).columns[0]
    'Subject'
    """
    table = load_synthetic_recall(n_participants, seed)
    return table.rename(columns=_NAMES)[list(_NAMES.values())]
