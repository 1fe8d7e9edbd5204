"""The least rate at which a known source can be sent at each distortion: Blahut and Arimoto.

The source is the sequence of a world's units, drawn independently and spelled out; the distortion
is Levenshtein's, unit by unit, as :mod:`hvm.curve.abstraction` counts it. What is read for a unit
is a string that the world can emit as one.

Blahut 1972 (doi 10.1109/TIT.1972.1054855).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require
from hvm.kernels.curve.distortion import string_distances
from hvm.lexicon.lexicon import VARIABLE
from hvm.worlds.world import World

if TYPE_CHECKING:
    import pandas as pd

MOST_STRINGS = 1000
"""Of units, in all: the distance of each pair is held, and read in every round."""
SLOPES = tuple(float(slope) for slope in np.geomspace(0.2, 12.0, 16))
"""Bits that an edit less may cost, at the points of a curve."""
_TOLERANCE_BITS, _MOST_ROUNDS = 1e-3, 2_000


class RatePoint(NamedTuple):
    """A point of a rate-distortion curve, bits and distortion of one draw."""

    rate_bits: float
    distortion: float


def least_rate(
    probabilities: NDArray[np.float64], distances: NDArray[np.float64], slope: float
) -> RatePoint:
    """Find the point of the rate-distortion curve that has a slope.

    Parameters
    ----------
    probabilities : float64[n]
        Of what is drawn; they sum to one.
    distances : float64[n, m]
        Distortion of each draw where each of m things is read for it.
    slope : float
        Bits that one unit of distortion less costs there, above 0.

    Returns
    -------
    RatePoint
        On the curve or above it, by a thousandth of a bit where rounds suffice.

    Raises
    ------
    InputError
        The slope is not above 0.

    Examples
    --------
    A fair coin that is read wrong once in ten times takes 1 - h(.1) bits.

    >>> coin, hamming = np.full(2, 0.5), 1.0 - np.eye(2)
    >>> point = least_rate(coin, hamming, np.log2(0.9 / 0.1))
    >>> round(point.rate_bits, 3), round(point.distortion, 3)
    (0.531, 0.1)
    """
    require(slope > 0, "slope", "above 0", slope)
    weights = np.exp2(-slope * distances)
    read = np.full(distances.shape[1], 1.0 / distances.shape[1])
    for _ in range(_MOST_ROUNDS):
        totals = weights @ read
        raised = (probabilities / totals) @ weights
        # The largest factor bounds how far the best is: Blahut's stopping rule.
        gap = np.log2(raised.max()) - float(read @ (raised * np.log2(raised)))
        if gap < _TOLERANCE_BITS:
            break
        read = read * raised
    joint = probabilities[:, None] * weights * read / totals[:, None]
    distortion = float((joint * distances).sum())
    rate = float(-slope * distortion - probabilities @ np.log2(totals))
    return RatePoint(max(rate, 0.0), distortion)


def unit_strings(
    world: World, most: int = MOST_STRINGS
) -> tuple[list[tuple[int, ...]], NDArray[np.float64]]:
    """Spell out every unit that a world can emit, with its probability.

    Parameters
    ----------
    world : World
        Its slots independent.
    most : int
        Strings of one entry, and of all units.

    Returns
    -------
    strings : list of tuple of int
        Symbol codes, in order.
    probabilities : float64[n]

    Raises
    ------
    InputError
        There are more strings than ``most``.
    """
    lexicon = world.lexicon
    of_entry: list[dict[tuple[int, ...], float]] = [{(a,): 1.0} for a in range(lexicon.n_atoms)]
    for entry in range(lexicon.n_atoms, len(lexicon)):
        parts = [of_entry[part] for part in lexicon.parts_of(entry)]
        if lexicon.kinds[entry] == VARIABLE:
            strings = _mixed(world.emitter.fillers_of(entry).tolist(), parts)
        else:
            strings = {(): 1.0}
            for part in parts:
                _require_few(len(strings) * len(part), most)
                strings = _joined(strings, part)
        of_entry.append(strings)
    is_unit = np.flatnonzero(world.unit_probabilities > 0).tolist()
    units = _mixed(world.unit_probabilities[is_unit].tolist(), [of_entry[i] for i in is_unit])
    _require_few(len(units), most)
    ordered = sorted(units)
    return ordered, np.array([units[string] for string in ordered])


def _mixed(
    chances: list[float], choices: list[dict[tuple[int, ...], float]]
) -> dict[tuple[int, ...], float]:
    mixed: dict[tuple[int, ...], float] = {}
    for chance, strings in zip(chances, choices, strict=True):
        for string, probability in strings.items():
            mixed[string] = mixed.get(string, 0.0) + chance * probability
    return mixed


def _joined(
    heads: dict[tuple[int, ...], float], tails: dict[tuple[int, ...], float]
) -> dict[tuple[int, ...], float]:
    joined: dict[tuple[int, ...], float] = {}
    for head, one in heads.items():
        for tail, other in tails.items():
            joined[head + tail] = joined.get(head + tail, 0.0) + one * other
    return joined


def _require_few(n_strings: int, most: int) -> None:
    if n_strings > most:
        raise InputError(
            f"the world's units are {n_strings:,} strings or more, too many for a rate-distortion "
            f"curve (at most {most:,}): take a world of less depth"
        )


def source_curve(world: World, slopes: tuple[float, ...] = SLOPES) -> pd.DataFrame:
    """The rate-distortion curve of a world's units.

    Parameters
    ----------
    world : World
        Its slots independent.
    slopes : tuple of float
        One point each: bits that an edit less costs.

    Returns
    -------
    pandas.DataFrame
        ``rate_bits_per_symbol`` and ``distortion``, edits by symbol, of units over their expected
        length; from nothing lost to nothing sent.

    Raises
    ------
    InputError
        The world's units are too many strings.
    """
    import pandas as pd

    strings, probabilities = unit_strings(world)
    lengths = np.array([len(string) for string in strings])
    codes = np.array([code for string in strings for code in string], np.int32)
    distances = string_distances(codes, np.append(0, np.cumsum(lengths)).astype(np.int64))
    points = [RatePoint(float(-probabilities @ np.log2(probabilities)), 0.0)]
    for slope in sorted(slopes, reverse=True):
        points.append(least_rate(probabilities, distances.astype(np.float64), slope))
    points.append(RatePoint(0.0, float((probabilities @ distances).min())))
    table = pd.DataFrame(_hull(points), columns=["rate_bits_per_symbol", "distortion"])
    return table / float(probabilities @ lengths)


def _hull(points: list[RatePoint]) -> list[RatePoint]:
    """Points that no chord of two others lies below: turns between two codes reach a chord."""
    hull: list[RatePoint] = []
    for point in sorted(points, key=lambda point: (point.distortion, point.rate_bits)):
        while len(hull) > 1 and _is_above(hull[-1], hull[-2], point):
            hull.pop()
        if not hull or point.rate_bits < hull[-1].rate_bits:
            hull.append(point)
    return hull


def _is_above(point: RatePoint, left: RatePoint, right: RatePoint) -> bool:
    run, whole = point.distortion - left.distortion, right.distortion - left.distortion
    return (point.rate_bits - left.rate_bits) * whole >= (right.rate_bits - left.rate_bits) * run
