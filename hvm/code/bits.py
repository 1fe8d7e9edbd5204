"""Bits alone, without a file: what bytes cost after others."""

from __future__ import annotations

from hvm.code.mixed import mixed_bits
from hvm.code.stages import LEARNING
from hvm.code.symbols import numbers_of
from hvm.code.units import CHAR
from hvm.errors import require
from hvm.learn.hvm import HVM
from hvm.predict.context import ContextModel
from hvm.symbols.convert import as_symbols


def primed_bits(data: bytes, before: bytes = b"", method: str = "mixed") -> float:
    """Bits of bytes after others were learned: the code alone, not its length or its check.

    Parameters
    ----------
    data : bytes
        What is scored.
    before : bytes
        What is learned from first, chunks included.
    method : {"mixed", "mixed-symbols", "hvm"}
        The second is `mixed` without chunks and variables.

    Returns
    -------
    float

    Raises
    ------
    InputError
        There is no such method, or nothing before, which ``hvm`` needs.
    """
    if method in ("mixed", "mixed-symbols"):
        return float(mixed_bits(data, before, method == "mixed").sum())
    require(method == "hvm", "method", "mixed, mixed-symbols or hvm", method)
    is_text = numbers_of(before)[0] == numbers_of(data)[0] == CHAR
    model = HVM(max_entries=LEARNING.max_entries, iterations=LEARNING.iterations, context="unigram")
    model.fit(as_symbols(before, "char" if is_text else "byte"))
    return float(ContextModel(model).fit(before).surprisal(data).sum())
