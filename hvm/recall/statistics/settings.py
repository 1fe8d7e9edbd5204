"""How much the statistics draw, from which seed, and which recall times count."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvm.recall.statistics.rows import CUTS, Cuts

THOROUGH_FOLD_SEEDS = 20


class StatisticsSettings(NamedTuple):
    """How much is drawn, and from which seed.

    Attributes
    ----------
    cuts : Cuts
        Recall times that count, ms. Means by group and trial know the upper one only.
    n_draws, n_splits, n_folds : int
        Bootstrap samples of people; splits into halves; folds of people.
    seed : int
        Of every generator.
    reference : str, optional
        The group that others are compared with; without, the last by name. See
        :mod:`hvm.recall.statistics.contrasts`.
    n_fold_seeds : int
        How often people are dealt to folds anew: cross-validated gains are means over the deals.
    flexible : bool
        Also ask what boosted trees reach; see :mod:`hvm.recall.statistics.ceiling`.
    """

    cuts: Cuts = CUTS
    n_draws: int = 2000
    n_splits: int = 2000
    n_folds: int = 10
    seed: int = 0
    reference: str | None = None
    n_fold_seeds: int = 1
    flexible: bool = False

    @property
    def thorough(self) -> StatisticsSettings:
        """The same with 20 deals of folds, and the flexible learner."""
        return self._replace(n_fold_seeds=THOROUGH_FOLD_SEEDS, flexible=True)

    @property
    def cuts_of_means(self) -> Cuts:
        """Any time above 0 that is not above the upper cut."""
        return self.cuts._replace(shortest_ms=float(np.nextafter(0, 1)))


SETTINGS = StatisticsSettings()
