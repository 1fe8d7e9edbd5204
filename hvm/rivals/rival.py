"""What a rival is: something that says how many bits some bytes take, primed by others or not.

Bits are of two kinds. The **payload** is what names these bytes and no others: code words, and what
was learned from the bytes and is written down (dictionary, alphabet, the best of several settings).
The **frame** is what a file holds beside it, whatever the bytes: magic numbers, headers, lengths,
checks. A -log2 of a probability has no frame, so payloads compare and whole files do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from shutil import which
from types import ModuleType
from typing import NamedTuple

from hvm.errors import InputError

A_FILE = "a file that decodes, all but its frame"
EVERY_BYTE = "every byte, as -log2 of a probability"


class UnavailableError(InputError):
    """A method that this machine cannot run: a package or a program is missing, or it fails."""


class Cost(NamedTuple):
    """What bytes take.

    Attributes
    ----------
    payload_bits : float
        What names these bytes and no others.
    frame_bits : float
        What a file holds beside it.
    """

    payload_bits: float
    frame_bits: float = 0.0

    @property
    def bits(self) -> float:
        """Both together: a whole file."""
        return self.payload_bits + self.frame_bits


@dataclass(frozen=True)
class Rival:
    """A compressor or predictor of bytes.

    Attributes
    ----------
    pays_for : str
        What its payload includes; a table says so beside it.
    bits : callable
        ``bits(data, before)`` is the bits of ``data`` after ``before`` has been seen, or a
        :class:`Cost`, where some of them are a file's frame. For a code it is by how much ``data``
        makes the code of ``before`` longer, and all of its code where ``before`` is empty:
        :func:`added_cost`, :func:`file_cost`. A function of a module, so that it can be sent to
        another process.
    programs : tuple of str
        Names of programs that it runs, any of which will do; none for a rival of Python.
    """

    pays_for: str
    bits: Callable[[bytes, bytes], float | Cost]
    programs: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether the machine has one of its programs; of Python's packages nothing is said."""
        return not self.programs or any(map(which, self.programs))

    def cost(self, data: bytes, before: bytes = b"") -> Cost:
        """Payload and frame of ``data`` after ``before`` has been seen, which is not paid for.

        Raises
        ------
        InputError
            Either is no bytes, or the rival lacks its package or its program.
        """
        bits = self.bits(as_bytes(data), as_bytes(before))
        return bits if isinstance(bits, Cost) else Cost(float(bits))

    def measure(self, data: bytes, before: bytes = b"") -> float:
        """Bits of ``data`` after ``before`` has been seen, a file's frame included.

        Raises
        ------
        InputError
            As for :meth:`cost`.
        """
        return self.cost(data, before).bits


def as_bytes(data: bytes) -> bytes:
    """Return bytes or a bytearray as bytes, or raise :class:`InputError`."""
    if not isinstance(data, (bytes, bytearray)):
        raise InputError(f"this takes bytes, not {type(data).__name__}: encode text first")
    return bytes(data)


def optional_package(package: str) -> ModuleType:
    """Return a package of the extra ``rivals``, or raise :class:`UnavailableError`."""
    try:
        return import_module(package)
    except ImportError:
        raise UnavailableError(
            f"{package} is not installed: pip install hvm-learn[rivals]"
        ) from None


def added_cost(code_cost: Callable[[bytes], Cost], data: bytes, before: bytes) -> Cost:
    """By how much some bytes make the code of others longer.

    Parameters
    ----------
    code_cost : callable
        Cost of the code of some bytes.
    data : bytes
        What is coded.
    before : bytes
        What both sides know; without it, all of the code is paid for.

    Returns
    -------
    Cost

    Examples
    --------
    >>> added_cost(lambda data: Cost(8.0 * len(data), 16.0), b"abc", b"ab")
    Cost(payload_bits=24.0, frame_bits=0.0)
    >>> added_cost(lambda data: Cost(8.0 * len(data), 16.0), b"abc", b"")
    Cost(payload_bits=24.0, frame_bits=16.0)
    """
    if not before:
        return code_cost(data)
    whole, known = code_cost(before + data), code_cost(before)
    return Cost(whole.payload_bits - known.payload_bits, whole.frame_bits - known.frame_bits)


def file_bits(compress: Callable[[bytes], bytes], data: bytes, before: bytes) -> float:
    """Bits by which some bytes make the compressed file of others longer, frames included.

    Parameters
    ----------
    compress : callable
        From bytes to the file that they decode from.
    data : bytes
        What is compressed.
    before : bytes
        What is compressed before it, and not paid for.

    Returns
    -------
    float
    """
    return file_cost(compress, no_frame, data, before).bits


def file_cost(
    compress: Callable[[bytes], bytes],
    frame_bytes: Callable[[bytes], int],
    data: bytes,
    before: bytes,
) -> Cost:
    """Payload and frame by which some bytes make the compressed file of others longer.

    Parameters
    ----------
    compress : callable
        From bytes to the file that they decode from.
    frame_bytes : callable
        From a file to the number of its bytes that are its frame.
    data : bytes
        What is compressed.
    before : bytes
        What is compressed before it, and not paid for.

    Returns
    -------
    Cost

    Examples
    --------
    >>> file_cost(lambda data: b"magic" + data, lambda file: 5, b"abc", b"")
    Cost(payload_bits=24.0, frame_bits=40.0)
    >>> file_cost(lambda data: b"magic" + data, lambda file: 5, b"abc", b"ab")
    Cost(payload_bits=24.0, frame_bits=0.0)
    """

    def cost_of(content: bytes) -> Cost:
        file = compress(content)
        n_frame = frame_bytes(file)
        return Cost(8.0 * (len(file) - n_frame), 8.0 * n_frame)

    return added_cost(cost_of, data, before)


def no_frame(file: bytes) -> int:
    """Number of bytes of the frame of a file that has none: 0."""
    return 0
