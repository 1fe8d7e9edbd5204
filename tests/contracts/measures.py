"""What every measure of a pass keeps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.measures import Measure
from hvm.lexicon.parsing import Parse, parse
from naive.lexicon import random_lexicon


def passes() -> Iterator[tuple[Lexicon, Parse]]:
    """Lexicons of atoms, and of chunks and variables, with parses of nothing and of a text."""
    rng = np.random.default_rng(5)
    lexicons = [Lexicon.of_atoms(2), random_lexicon(rng, 3, 12)]
    texts = [rng.integers(-1, 2, n).astype(np.int32) for n in (0, 60)]
    for lexicon, text in itertools.product(lexicons, texts):
        cut = parse(lexicon, text, np.zeros(1, np.int64))
        units, fillers = count_units(lexicon, cut), count_fillers(lexicon, cut)
        yield lexicon.with_counts(units, fillers), cut


def check_measure(measure: Measure) -> None:
    """It has a unit and a line about it, is finite, and changes neither lexicon nor parse."""
    assert measure.unit and measure.doc and "\n" not in measure.doc
    for lexicon, cut in passes():
        before = [_bytes(lexicon), _bytes(cut)]
        value = measure.value(lexicon, cut, int(cut.unit_starts[-1]))
        assert isinstance(value, float)
        assert math.isfinite(value)
        assert [_bytes(lexicon), _bytes(cut)] == before


def _bytes(value: Lexicon | Parse) -> list[bytes]:
    return [np.asarray(getattr(value, field.name)).tobytes() for field in fields(value)]
