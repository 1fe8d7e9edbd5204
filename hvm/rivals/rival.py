"""What a rival is: something that says how many bits some bytes take, primed by others or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from hvm.errors import InputError

A_FILE = "everything: a file that decodes"
EVERY_BYTE = "every byte, as -log2 of a probability"


@dataclass(frozen=True)
class Rival:
    """A compressor or predictor of bytes.

    Attributes
    ----------
    pays_for : str
        What its bits include; a table says so beside them.
    bits : callable
        ``bits(data, before)`` is the bits of ``data`` after ``before`` has been seen. For a code
        it is by how much ``data`` makes the code of ``before`` longer, and all of its code where
        ``before`` is empty: :func:`added_bits`. A function of a module, so that it can be sent
        to another process.
    """

    pays_for: str
    bits: Callable[[bytes, bytes], float]

    def measure(self, data: bytes, before: bytes = b"") -> float:
        """Bits of ``data`` after ``before`` has been seen, which is not paid for.

        Raises
        ------
        InputError
            Either is no bytes, or the rival lacks its package.
        """
        return float(self.bits(as_bytes(data), as_bytes(before)))


def as_bytes(data: bytes) -> bytes:
    """Return bytes or a bytearray as bytes, or raise :class:`InputError`."""
    if not isinstance(data, (bytes, bytearray)):
        raise InputError(f"this takes bytes, not {type(data).__name__}: encode text first")
    return bytes(data)


def optional_package(package: str) -> ModuleType:
    """Return a package of the extra ``rivals``, or raise :class:`InputError` that names it."""
    try:
        return import_module(package)
    except ImportError:
        raise InputError(f"{package} is not installed: pip install hvm-learn[rivals]") from None


def added_bits(code_bits: Callable[[bytes], float], data: bytes, before: bytes) -> float:
    """Bits by which some bytes make the code of others longer.

    Parameters
    ----------
    code_bits : callable
        Bits of the code of some bytes.
    data : bytes
        What is coded.
    before : bytes
        What both sides know; without it, all of the code is paid for.

    Returns
    -------
    float

    Examples
    --------
    >>> added_bits(lambda data: 16.0 + 8 * len(data), b"abc", b"ab")
    24.0
    >>> added_bits(lambda data: 16.0 + 8 * len(data), b"abc", b"")
    40.0
    """
    known_bits = code_bits(before) if before else 0.0
    return code_bits(before + data) - known_bits


def file_bits(compress: Callable[[bytes], bytes], data: bytes, before: bytes) -> float:
    """Bits by which some bytes make the compressed file of others longer.

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
    return added_bits(lambda content: 8.0 * len(compress(content)), data, before)
