"""How far levels lie above the rate-distortion curve of the world that made the symbols."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from experiments.common import Config, Row
from hvm import HVM, Alphabet, Lexicon, Symbols, as_symbols
from hvm.curve.abstraction import drop_order, drop_rows, rate_distortion
from hvm.errors import InputError
from hvm.worlds.random_worlds import draw_world
from hvm.worlds.rate_distortion import source_curve

LEAST_DISTORTION = 0.01
"""Edits a symbol; with fewer all ways are near the entropy."""


def bound_rows(seed: int, config: Config) -> list[Row]:
    """Rate, distortion and least rate of levels and of variables dropped by bits per edit.

    Of the learned lexicon and of the true one; none of a world with too many strings.
    """
    settings = config["bounds"]
    size = settings["alphabet_size"]
    world, _ = draw_world(settings["depth"], size, config["p_variable"], seed)
    try:
        bound = source_curve(world)
    except InputError:
        return []
    codes = world.sample(settings["training_symbols"], np.random.default_rng([seed, 4])).codes
    symbols = as_symbols(codes, "int", alphabet=Alphabet("int", tuple(range(size))))
    learned = HVM(context="unigram").fit(symbols).lexicon_
    rows = []
    for name, lexicon in (("learned", learned), ("true", world.as_lexicon())):
        for way, points in _ways(lexicon, symbols):
            rows += [_row(point, bound) | {"lexicon": name, "way": way} for point in points]
    return [{"seed": seed, **row} for row in rows]


def _ways(lexicon: Lexicon, symbols: Symbols) -> Iterator[tuple[str, list[Row]]]:
    alphabet = symbols.alphabet
    yield "levels", rate_distortion(lexicon, alphabet, symbols)
    order = drop_order(lexicon, alphabet, symbols)
    yield "bits per edit", drop_rows(lexicon, alphabet, symbols, order)


def _row(point: Row, bound: pd.DataFrame) -> Row:
    lost = point["distortion_most_probable"]
    least = np.interp(lost, bound["distortion"], bound["rate_bits_per_symbol"])
    rate = point["rate_bits_per_symbol"]
    return {"level": point["level"], "distortion": lost, "rate": rate, "least_rate": float(least)}


def bound_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rate over the least rate: median, and the middle 90% of points that lose something."""
    lossy = rows[(rows.distortion >= LEAST_DISTORTION) & (rows.least_rate > 0)]
    ratio = lossy.assign(ratio=lossy.rate / lossy.least_rate)
    found = []
    for (lexicon, way), group in ratio.groupby(["lexicon", "way"]):
        low, median, high = group.ratio.quantile([0.05, 0.5, 0.95])
        row = {"lexicon": lexicon, "way": way, "worlds": group.seed.nunique()}
        row |= {"points": len(group), "median": median, "5%": low, "95%": high}
        found.append(row)
    return pd.DataFrame(found)
