"""When learning ends before nothing pays any more: after a time, or when somebody asks for it."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

TIME_LIMIT, INTERRUPT = "time limit", "interrupt"
"""Why learning ended early."""


class Stopped(Exception):
    """Raised within a search between two pieces of work; the best state so far stands."""


class Limits:
    """When a search ends early.

    Parameters
    ----------
    seconds : float, optional
        From :meth:`begin` on.
    stop : callable, optional
        Asked between two pieces of work; the search ends once it returns something true. Shards
        may ask it from several threads.

    Attributes
    ----------
    reason : str or None
        `TIME_LIMIT` or `INTERRUPT`, once a search is over.

    Examples
    --------
    >>> limits = Limits(stop=lambda: True)
    >>> limits.are_reached, limits.reason
    (True, 'interrupt')
    """

    def __init__(
        self, seconds: float | None = None, stop: Callable[[], object] | None = None
    ) -> None:
        self._seconds, self._stop = math.inf if seconds is None else seconds, stop
        self._end = math.inf
        self.reason: str | None = None

    def begin(self) -> None:
        """Let the time run."""
        self._end = time.monotonic() + self._seconds

    @property
    def are_reached(self) -> bool:
        """Whether a search is to end; once it is, it stays so."""
        if self.reason is None and self._stop is not None and self._stop():
            self.reason = INTERRUPT
        if self.reason is None and time.monotonic() >= self._end:
            self.reason = TIME_LIMIT
        return self.reason is not None


class Interrupts:
    """Ctrl-C as a question that a search asks: ``with Interrupts() as stop: fit(..., stop=stop)``.

    The first one only says so, and no exception comes up in the middle of a kernel or of a file;
    the second one does what Ctrl-C did before, or ends the process at once. Elsewhere than in the
    main thread, where Python lets nobody handle signals, nothing changes.

    Parameters
    ----------
    said : str
        Written to standard error at the first one.
    ends_at_once : bool
        Whether the second one ends the process then and there, as the system does it.

    Attributes
    ----------
    came : bool
        Whether there was one.
    """

    def __init__(self, said: str = "", ends_at_once: bool = False) -> None:
        self._said, self._ends_at_once, self.came = said, ends_at_once, False

    def __call__(self) -> bool:
        """Whether there was one."""
        return self.came

    def __enter__(self) -> Interrupts:
        self._is_heard = current_thread() is main_thread() and _can_be_put_back()
        if self._is_heard:
            self._before: Any = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_heard:
            signal.signal(signal.SIGINT, self._before)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        signal.signal(signal.SIGINT, signal.SIG_DFL if self._ends_at_once else self._before)
        if self._said:
            os.write(2, self._said.encode())  # print may be at work where the signal came in


def _can_be_put_back() -> bool:
    """Whether interrupts are heeded at all, by a handler that Python knows."""
    return signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None)
