"""HCM: chunks of HVM without variables, as units under the coder of HVM."""

from __future__ import annotations

from functools import partial

from hvm.rivals.rival import Rival
from hvm.rivals.units import MOST_UNITS, paid_for, unit_bits

ITERATIONS = 4  # of the search; text of a megabyte has reached ``MOST_UNITS`` by then


def chunks(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Chunks of HVM without variables."""
    from hvm.learn.hvm import HVM
    from hvm.symbols.convert import as_symbols

    model = HVM(variables=False, max_entries=most, iterations=ITERATIONS, context="unigram")
    lexicon = model.fit(as_symbols(data, "byte")).lexicon_
    symbols = model.alphabet_.symbols
    return [bytes(symbols[code] for code in lexicon.pattern(chunk)) for chunk in lexicon.chunks]


RIVAL = Rival(paid_for("chunks"), partial(unit_bits, chunks))
