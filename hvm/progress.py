"""What a user sees on stderr while something takes its time."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_SILENT_S = 1.0  # what ends within it needs no word
_REFRESH_S = 0.5
_CLEARED = "\r\x1b[K"  # the line that a terminal is at
_COMPILING = "hvm: compiling for this machine, up to a minute the first time"


@contextmanager
def progress(message: str, most_s: float | None = None) -> Iterator[Callable[[str], None]]:
    """Say on stderr what is going on once it has taken a second; count seconds on a terminal.

    What it yields is called with how far it is, which a terminal shows instead.

    Parameters
    ----------
    message : str
    most_s : float, optional
        Seconds after which it is to end, if it does not end before.
    """
    done, news = threading.Event(), [""]
    arguments = (message, most_s, news, done)
    thread = threading.Thread(target=_count_seconds, args=arguments, daemon=True)
    thread.start()
    try:
        yield lambda so_far: news.__setitem__(0, so_far)
    finally:
        done.set()
        thread.join()


def _count_seconds(
    message: str, most_s: float | None, news: list[str], done: threading.Event
) -> None:
    begin = time.monotonic()
    if done.wait(_SILENT_S):
        return
    if not sys.stderr.isatty():
        print(f"hvm: {message}", file=sys.stderr, flush=True)
        return
    while not done.wait(_REFRESH_S):
        line = progress_line(message, news[0], time.monotonic() - begin, most_s)
        # A line that a narrow terminal breaks could not be written over.
        line = line[: shutil.get_terminal_size().columns - 1]
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
    print(_CLEARED, end="", file=sys.stderr, flush=True)


def progress_line(message: str, so_far: str, seconds: float, most_s: float | None = None) -> str:
    """Return what a terminal shows of something that takes its time.

    Parameters
    ----------
    message, so_far : str
        What is going on, and how far it is, if that is known.
    seconds : float
        Since it began.
    most_s : float, optional
        Seconds after which it is to end, if it does not end before.

    Returns
    -------
    str

    Examples
    --------
    >>> progress_line("learning", "", 1.2)
    'hvm: learning, 1 s'
    >>> progress_line("learning", "pass 3, 700 entries", 62.4, 600)
    'hvm: pass 3, 700 entries, 62 s, about 538 s left'
    """
    parts = [so_far or message, f"{seconds:.0f} s"]
    if most_s is not None:
        left = most_s - seconds
        parts.append(f"about {left:.0f} s left" if left > 0 else "time is up, ending")
    return f"hvm: {', '.join(parts)}"


@contextmanager
def bar(message: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal's stderr how many parts are done, of how many; elsewhere as `progress`.

    What it yields is called with both numbers whenever one more part is done.
    """
    if not sys.stderr.isatty():
        with progress(message):
            yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("hvm: {task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True, markup=False)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as shown:
        task = shown.add_task(message, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


@contextmanager
def reading_bar(
    message: str, n_bytes: int | None, prints: bool = False
) -> Iterator[Callable[[int], None]]:
    """Show on a terminal's stderr how much was read, how fast, and the time left.

    Elsewhere, and where results are printed on a terminal meanwhile, as `progress`. What it yields
    is called with the bytes that were read since.

    Parameters
    ----------
    message : str
    n_bytes : int, optional
        To be read; None where that is not known.
    prints : bool
        Whether results are printed meanwhile.
    """
    if not sys.stderr.isatty() or (prints and sys.stdout.isatty()):
        with progress(message):
            yield lambda n_read: None
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        *(rich.TextColumn("hvm: {task.description}"), rich.BarColumn(), rich.DownloadColumn()),
        *(rich.TransferSpeedColumn(), rich.TimeRemainingColumn()),
    )
    console = Console(stderr=True, markup=False)
    # Results go where stdout leads, not above the bar.
    with rich.Progress(*columns, console=console, transient=True, redirect_stdout=False) as shown:
        task = shown.add_task(message, total=n_bytes)
        yield lambda n_read: shown.advance(task, n_read)


@contextmanager
def compile_notice() -> Iterator[None]:
    """Say on stderr that kernels are being compiled, if they are: once on each machine."""
    from numba.core import event

    def on_start(listener: Any, _: Any) -> None:
        if not listener.is_printed:
            cleared = _CLEARED if sys.stderr.isatty() else ""
            print(f"{cleared}{_COMPILING}", file=sys.stderr, flush=True)
        listener.is_printed = True

    handlers = {"is_printed": False, "on_start": on_start, "on_end": lambda *_: None}
    listener = type("CompileNotice", (event.Listener,), handlers)()
    with event.install_listener("numba:compile", listener):
        yield
