"""Morfessor Baseline: its morphs as units under the coder of HVM.

Creutz & Lagus 2002, doi 10.3115/1118647.1118650.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import lru_cache, partial

from hvm.rivals.rival import Rival, optional_package
from hvm.rivals.units import LONGEST_UNIT, MOST_UNITS, paid_for, text_lines, unit_bits

_WORDS = re.compile(rf" ?\w{{1,{LONGEST_UNIT}}}| ?[^\w\s]{{1,{LONGEST_UNIT}}}|\s")


def morphs(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """The most frequent morphs of two letters or more.

    Learned from words with the space before them, each counted as often as it occurs.
    """
    return [morph.encode() for morph in _morphs(data)[:most]]


@lru_cache(maxsize=1)  # it takes a minute for a megabyte, and knows no number of units
def _morphs(data: bytes) -> list[str]:
    """All morphs of two letters or more, the most frequent first."""
    package = optional_package("morfessor")
    words = Counter(word for line in text_lines(data) for word in _WORDS.findall(line))
    model = package.BaselineModel()
    model.load_data([(count, word) for word, count in words.items()])
    state = random.getstate()
    random.seed(0)  # it visits words in an order that it draws from this
    package.utils.show_progress_bar = False
    try:
        model.train_batch()
    finally:
        random.setstate(state)
    morphs = [(-count, morph) for morph, count in model.get_constructions() if len(morph) > 1]
    return [morph for _, morph in sorted(morphs)]


RIVAL = Rival(paid_for("units"), partial(unit_bits, morphs))
