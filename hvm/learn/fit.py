"""What any learner hands to the model that it is of."""

from __future__ import annotations

from typing import NamedTuple

from hvm.learn.row_code import RowBits
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
    code_bits : RowBits, optional
        Of the code of rows, if it was learned by that.
    """

    lexicon: Lexicon
    data_bits: float
    rows: list[dict[str, float]]
    lexicons: list[Lexicon]
    code_bits: RowBits | None = None
