"""The log of what parts were told, so that one that is read again can be told the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hvm.lexicon.lexicon import Lexicon


class EditLog:
    """What a part must be told to be where the others are, and nothing else.

    Examples
    --------
    >>> log = EditLog()
    >>> log.note("ask", "begin_growth", 0)
    >>> log.note("ask", "merge", [1], 5, False)
    >>> list(log.replay())
    [('ask', (), 'begin_growth', 0), ('ask', (), 'merge', [1], 5, False)]
    >>> log.note("ask", "end_growth")
    >>> list(log.replay())
    []
    """

    def __init__(self) -> None:
        self._before: list[tuple[Any, ...]] = []
        self._parses: dict[int, Lexicon] = {}
        self._growth: list[tuple[Any, ...]] = []

    def note(self, verb: str, *arguments: Any) -> None:
        """Log what all parts have answered; see :class:`hvm.cluster.part.Part` for the verbs."""
        if verb in ("read", "settle"):
            self._before.append((verb, *arguments))
        elif verb == "parse":
            number, lexicon = arguments
            self._parses[number] = lexicon
        elif arguments[0] == "begin_growth":
            self._growth = [arguments]
        elif arguments[0] == "merge":
            self._growth.append(arguments)
        elif arguments[0] == "end_growth":
            self._growth = []

    def forget(self, numbers: Iterable[int]) -> None:
        """Parses are asked for no longer."""
        for number in numbers:
            self._parses.pop(number, None)

    def replay(self) -> Iterator[tuple[Any, ...]]:
        """Questions that bring a new part to where the others are, in order."""
        yield from self._before
        for number, lexicon in self._parses.items():
            yield "parse", (), number, lexicon
        for arguments in self._growth:
            yield "ask", (), *arguments
