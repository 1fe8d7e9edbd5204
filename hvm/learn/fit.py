"""What any learner hands to the model that it is of."""

from __future__ import annotations

from typing import NamedTuple

from hvm.lexicon.lexicon import Lexicon


class Fit(NamedTuple):
    """What a learner learned from some symbols.

    Attributes
    ----------
    lexicon : Lexicon
        With the counts of its parse.
    data_bits : float
        Bits of that parse.
    rows : list of dict of str to float
        One row of ``history_`` for each iteration.
    lexicons : list of Lexicon
        Those on the way; empty unless they are traced.
    """

    lexicon: Lexicon
    data_bits: float
    rows: list[dict[str, float]]
    lexicons: list[Lexicon]
