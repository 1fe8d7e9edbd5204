"""Entry point of ``hvm`` and of ``python -m hvm``."""

from __future__ import annotations

import os
import sys

EXIT_INTERRUPTED = 130


def main() -> int:
    """Run the command line; return its exit status, 130 when interrupted even while loading."""
    try:
        occupy_standard_streams()
        from hvm.cli.app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def occupy_standard_streams() -> None:
    """Open nothing in place of standard streams that are closed.

    A file opened later would get the number of standard output, and what is printed with it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


if __name__ == "__main__":
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[
            0
        ]  # the working folder, as for the command ``hvm``: no file here stands in for a module
    sys.exit(main())
