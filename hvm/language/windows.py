"""Windows: what a model reads of a transcript in one go, and which keys are scored there.

A transcript longer than the model's window is read in overlapping windows: BOS and opening stand
first in each, every ``stride`` tokens a new one begins, and a key is scored in the first window
that holds it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.language.tokens import Encoded


class Row(NamedTuple):
    """What the model reads in one go: tokens int64[n], and the keys (of one person) scored there.

    ``scored``: the slice of the person's keys; ``offset``: a key's position there less that here.
    """

    tokens: NDArray[np.int64]
    scored: slice
    offset: int

    @property
    def n_scored(self) -> int:
        """How many keys are scored here."""
        return int(self.scored.stop - self.scored.start)


def windows(encoded: Encoded, head: int, window: int | None, stride: int | None) -> list[Row]:
    """Cut a transcript into rows of at most ``window`` tokens, the head first in each.

    Parameters
    ----------
    encoded : Encoded
        One person's transcript.
    head : int
        Tokens of BOS and opening.
    window : int or None
        Tokens that the model can read at once; None: no bound.
    stride : int or None
        Tokens from the beginning of one window to that of the next; None: half of what a window
        holds after the head.

    Returns
    -------
    list of Row
        In order; every key is scored in one of them.

    Raises
    ------
    InputError
        The stride leaves a key without context.
    """
    n = len(encoded.tokens)
    if window is None or n <= window:
        return [Row(encoded.tokens, slice(0, len(encoded.keys)), 0)]
    capacity = window - head
    step = checked_stride(window, head, stride)
    rows, done = [], 0
    for begin in range(head, n, step):
        end = min(begin + capacity, n)
        tokens = np.concatenate([encoded.tokens[:head], encoded.tokens[begin:end]])
        upto = int(np.searchsorted(encoded.positions, end))
        rows.append(Row(tokens, slice(done, upto), begin - head))
        done = upto
        if end == n:
            break
    return rows


def checked_stride(window: int, head: int, stride: int | None) -> int:
    """The stride, checked: a key that a window adds must see a token besides the head.

    Parameters
    ----------
    window : int
        Tokens read at once.
    head : int
        How many of them are BOS and opening.
    stride : int or None
        Tokens from one window to the next; None: half of what a window holds after the head.

    Returns
    -------
    int

    Raises
    ------
    InputError
        It is out of range.
    """
    capacity = window - head
    step = capacity // 2 if stride is None else stride
    if not 1 <= step < capacity:
        raise InputError(
            f"a window of {window} tokens, {head} of them BOS and opening, "
            f"takes a stride from 1 to {capacity - 1}, not {step}"
        )
    return step
