"""Files as blocks of whole lines, so that no more of one than a block need be held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from hvm.data.sources import AnyPath, unpacked_parts
from hvm.symbols.decoding import is_of_wide_characters

_LEAST_BYTES = 64
"""Of a part: the first tells what a file is."""


def line_blocks(
    path: AnyPath,
    n_bytes: int | None = None,
    on_read: Callable[[int], None] | None = None,
    whole: tuple[bytes, ...] = (),
) -> Iterator[bytes]:
    """What a file holds, unpacked, by blocks that end where a line does.

    Parameters
    ----------
    path : path
    n_bytes : int, optional
        Of a block, about, where lines are short; None for all at once.
    on_read : callable, optional
        As of :func:`hvm.data.sources.unpacked_parts`.
    whole : tuple of bytes
        How files begin that come at once, as UTF-16 does too.

    Yields
    ------
    bytes
        At least one block, all but the last with a line end at its end.

    Raises
    ------
    InputError
        As :func:`hvm.data.sources.unpacked_parts`.
    """
    size = None if n_bytes is None else max(n_bytes, _LEAST_BYTES)
    parts = unpacked_parts(path, size, on_read)
    first = next(parts, b"")
    if size is None or is_of_wide_characters(first) or first.startswith(whole):
        yield b"".join([first, *parts])
    else:
        yield from _cut_at_lines(chain([first], parts))


def _cut_at_lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts put together and cut, each after its last line end."""
    held: list[bytes] = []
    is_first = True
    for part in parts:
        cut = part.rfind(b"\n") + 1
        if cut:
            yield b"".join([*held, part[:cut]])
            is_first = False
            held = []
        held.append(part[cut:])
    rest = b"".join(held)
    if rest or is_first:
        yield rest
