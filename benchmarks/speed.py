"""Time and memory on one thread, beside references of the same run and a stored table.

python -m benchmarks.speed [--only PART ...] [--all] [--runs N] [--store]

``make bench`` runs the parts that need no data; ``--all`` also those on the texts of the folder
that HVM_DATA names. Nothing else should be running. Ratios can be compared between machines,
seconds cannot.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.parts import PARTS
from benchmarks.processes import run_python
from benchmarks.rows import Row, as_csv, read_rows, table

BASELINE = Path(__file__).with_name("baseline.csv")


def measured(part: str, runs: int) -> list[Row]:
    """Rows of a part, from a process of its own."""
    print(f"{part} ...", file=sys.stderr)
    printed = run_python("-m", "benchmarks.speed", "--child", part, "--runs", str(runs))
    return [Row(*row) for row in json.loads(printed.splitlines()[-1])]


def store(rows: Sequence[Row]) -> None:
    """Put rows into the stored table; those of parts that did not run stay."""
    kept = {row.name: row for row in read_rows(BASELINE)}
    BASELINE.write_bytes(as_csv({**kept, **{row.name: row for row in rows}}.values()))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--all", action="store_true", help="also what needs HVM_DATA")
    parser.add_argument("--runs", type=int, default=3, help="of each timing, the least is taken")
    parser.add_argument("--store", action="store_true", help=f"rows go into {BASELINE.name}")
    parser.add_argument("--child", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(list(PARTS[options.child].rows(options.runs))))
        return
    without_data = [name for name, part in PARTS.items() if not part.needs_data]
    parts = options.only or (list(PARTS) if options.all else without_data)
    rows = [row for part in parts for row in measured(part, options.runs)]
    print(table(rows, {row.name: row.ratio for row in read_rows(BASELINE)}))
    if options.store:
        store(rows)


if __name__ == "__main__":
    main()
