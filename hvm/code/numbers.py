"""Single numbers of a lexicon, by the range coder.

>>> writer = NumberWriter()
>>> writer.gamma(5), writer.delta(300), writer.choose(2, 3)
(None, None, None)
>>> reader = NumberReader(writer.code())
>>> reader.gamma(), reader.delta(), reader.choose(3)
(5, 300, 2)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.code.symbols import empty_writer, reader_of
from hvm.kernels.code.coder import (
    finish,
    past_end,
    take,
    target,
    with_capacity,
    write,
)
from hvm.kernels.code.twopart import CHOICE_BYTES, read_counts, write_counts

_MOST_DIGITS = 40  # after the first, of a number: more than any lexicon or count has


class NumberWriter:
    """Writes choices among equals, numbers and counts, one after the other."""

    def __init__(self) -> None:
        self._writer = empty_writer()

    def choose(self, value: int, n_values: int) -> None:
        """Write one of so many values."""
        data = with_capacity(self._writer, CHOICE_BYTES)
        self._writer = self._writer._replace(data=data)
        write(self._writer, value, 1, n_values)

    def gamma(self, number: int) -> None:
        """Write a number, 1 or more, as its Elias gamma code."""
        size = number.bit_length() - 1
        for _ in range(size):
            self.choose(0, 2)
        self.choose(1, 2)
        self._low(number, size)

    def delta(self, number: int) -> None:
        """Write a number, 1 or more, as its Elias delta code."""
        self.gamma(number.bit_length())
        self._low(number, number.bit_length() - 1)

    def _low(self, number: int, size: int) -> None:
        for place in range(size - 1, -1, -1):
            self.choose(number >> place & 1, 2)

    def counts(self, counts: NDArray[np.int64]) -> None:
        """Write counts whose sum is known."""
        if len(counts):
            data = write_counts(self._writer, counts)
            self._writer = self._writer._replace(data=data)

    def code(self) -> bytes:
        """Return all that was written."""
        return finish(self._writer).tobytes()


class NumberReader:
    """Reads what a writer wrote, or raises ValueError where the code holds no such thing."""

    def __init__(self, code: bytes) -> None:
        self._reader = reader_of(code)

    def choose(self, n_values: int) -> int:
        """Read one of so many values."""
        if n_values < 2:  # one takes no bits: a damaged code could ask for any number of them
            raise ValueError("a choice where there is none")
        value = int(target(self._reader, n_values))
        take(self._reader, value, 1, n_values)
        if past_end(self._reader):
            raise ValueError("cut short")
        return value

    def gamma(self) -> int:
        """Read a number, 1 or more, as its Elias gamma code."""
        size = 0
        while not self.choose(2):
            size += 1
        return self._low(size)

    def delta(self) -> int:
        """Read a number, 1 or more, as its Elias delta code."""
        return self._low(self.gamma() - 1)

    def _low(self, size: int) -> int:
        if size > _MOST_DIGITS:
            raise ValueError("too large a number")
        number = 1
        for _ in range(size):
            number = number << 1 | self.choose(2)
        return number

    def counts(self, total: int, n_counts: int) -> NDArray[np.int64]:
        """Read counts whose sum is known; a large sum takes long, whatever the code holds."""
        counts = read_counts(self._reader, total, n_counts)
        if len(counts) < n_counts:
            raise ValueError("cut short")
        return counts
