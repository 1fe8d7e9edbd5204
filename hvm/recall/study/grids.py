"""Grids: bits of every trial at each point of a model's grid, kept in a file.

A nested fit (:func:`hvm.recall.statistics.fitting.nested_fit`) asks for the same bits fold after
fold, and for each objective again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import write_atomic
from hvm.recall.models.registry import model_factory
from hvm.recall.models.running import grid_settings
from hvm.recall.study.series import Variant, series_table, trial_bits_of_all

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.task.trials import Trials


class BitsGrid(NamedTuple):
    """Points of a model's grid and the bits of every trial at each.

    Attributes
    ----------
    trials : Trials
    points : list of dict
        Settings.
    bits : float64[points, trials]
        In the order of the table of trials.
    """

    trials: Trials
    points: list[dict[str, Any]]
    bits: NDArray[np.float64]

    def at(self, point: Mapping[str, Any], people: Sequence[Any]) -> pd.DataFrame:
        """Everybody's bits at a point, as a nested fit asks for them."""
        return series_table(self.trials, "", self.bits[self.points.index(dict(point))])


def grid_points(
    model: str, grid: Mapping[str, Sequence[Any]] | None = None
) -> list[dict[str, Any]]:
    """The settings of a grid, the defaults first, so that they win ties.

    Parameters
    ----------
    model : str
        As for :func:`~hvm.recall.models.registry.make_model`.
    grid : mapping, optional
        Values by setting; without, those that the model offers.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> grid_points("bigram", {"theta": (0.99, 0.996)})
    [{'theta': 0.996}, {'theta': 0.99}]
    """
    factory = model_factory(model)
    grid = grid or factory.param_grid()
    defaults = {name: factory.defaults()[name] for name in grid}
    return [defaults, *(point for point in grid_settings(grid) if point != defaults)]


def kept_grid(
    path: Path,
    trials: Trials,
    model: str,
    points: list[dict[str, Any]],
    processes: int = 1,
) -> BitsGrid:
    """Bits at every point, from a file where it holds the same points.

    Parameters
    ----------
    path : Path
        An ``.npz`` file, which is written if it does not answer.
    trials : Trials
        Those of the file, if there is one: name it after them.
    model : str
        As for :func:`~hvm.recall.models.registry.make_model`.
    points : list of dict
        Of :func:`grid_points`.
    processes : int
        Among which the points are dealt.

    Returns
    -------
    BitsGrid

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    question = json.dumps(points)
    if path.exists():
        with np.load(path) as kept:
            if str(kept["points"]) == question and kept["bits"].shape[1:] == (len(trials),):
                return BitsGrid(trials, points, kept["bits"])
    variants = [Variant(model, point) for point in points]
    bits = trial_bits_of_all(trials, variants, processes)
    content = io.BytesIO()
    np.savez(content, points=np.array(question), bits=bits)
    write_atomic(path, content.getvalue())
    return BitsGrid(trials, points, bits)
