"""What every measure of a pass promises; ``check_measure`` holds anybody's to it."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import cache

import numpy as np

from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.measures import Measure
from hvm.lexicon.parsing import Parse, parse
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


@cache
def passes() -> list[tuple[Lexicon, Parse]]:
    """Lexicons with parses under them: of nothing, of atoms, of chunks and variables."""
    rng = np.random.default_rng(5)
    lexicons = [Lexicon.of_atoms(2), naive.random_lexicon(rng, 3, 12)]
    texts = [rng.integers(-1, 2, n).astype(np.int32) for n in (0, 60)]
    cases = [
        (lexicon, parse(lexicon, text, ONE_SEQUENCE)) for lexicon in lexicons for text in texts
    ]
    return [
        (lexicon.with_counts(count_units(lexicon, cut), count_fillers(lexicon, cut)), cut)
        for lexicon, cut in cases
    ]


def field_bytes(value: Lexicon | Parse) -> list[bytes]:
    return [np.asarray(getattr(value, field.name)).tobytes() for field in fields(value)]


def check_measure(measure: Measure) -> None:
    """A finite number with a unit and a meaning, which changes neither lexicon nor parse."""
    assert measure.name and measure.unit and measure.doc
    for lexicon, cut in passes():
        before = [field_bytes(value) for value in (lexicon, cut)]
        value = measure.value(lexicon, cut, int(cut.unit_starts[-1]))
        assert isinstance(value, float)
        assert math.isfinite(value)
        assert [field_bytes(value) for value in (lexicon, cut)] == before
