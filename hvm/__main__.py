"""Entry point of ``hvm`` and of ``python -m hvm``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; return its exit status, 130 when interrupted even while loading."""
    try:
        from hvm.cli.app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
