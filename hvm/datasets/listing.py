"""What data there are: those that come along, and those that are fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvm.data.registry import DATASETS

if TYPE_CHECKING:
    import pandas as pd

_ALONG = (
    ("load_rhymes", "traditional English rhymes", "public domain"),
    ("load_help", "Python's own help texts", "PSF, with Python"),
    ("load_speech", "made speech to a child, by a grammar", "MIT, made"),
    ("load_tags", "classes of its words", "MIT, made"),
    ("load_pairs", "minimal pairs in its words", "MIT, made"),
    ("load_world", "a random world of known entropy", "MIT, made"),
    ("load_synthetic_recall", "made participants of the recall task", "MIT, made"),
    ("load_spreadsheet", "the same with a laboratory's column names", "MIT, made"),
)


def listing() -> pd.DataFrame:
    """Return a row a data set: its name, what it is, its licence, where it comes from.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``about``, ``licence`` and ``source``: ``along`` for a function of
        :mod:`hvm.datasets`, ``fetched`` for what ``hvm data fetch NAME`` gets.
    """
    import pandas as pd

    along = [(*row, "along") for row in _ALONG]
    fetched = [(name, each.about, each.licence, "fetched") for name, each in DATASETS.items()]
    return pd.DataFrame(along + fetched, columns=["name", "about", "licence", "source"])
