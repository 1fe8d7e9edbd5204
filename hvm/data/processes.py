"""Processes of our own: no file of the working folder stands in for a module there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def isolated_children() -> Iterator[None]:
    """Keep the working folder off the path of the interpreters that are started meanwhile.

    A spawned interpreter looks there first: a user's ``signal.py`` or ``types.py`` would be taken
    for Python's own. The path of this process is handed over afterwards, so that its modules are
    found. Python 3.10 knows no such setting.
    """
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def how_it_ended(exit_code: int | None) -> str:
    """What a message says of a process that gave no result.

    Examples
    --------
    >>> how_it_ended(-9), how_it_ended(1)
    ('was killed by signal 9: memory may not suffice', 'ended with exit status 1')
    """
    if exit_code is not None and exit_code < 0:
        return f"was killed by signal {-exit_code}: memory may not suffice"
    return f"ended with exit status {exit_code}"
