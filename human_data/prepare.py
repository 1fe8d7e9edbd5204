"""Make the tidy tables of the recall task from the two files as published.

python human_data/prepare.py FOLDER              fetches them, or finds them in HVM_DATA
python human_data/prepare.py FOLDER --raw DIR    takes them from DIR

Writes FOLDER/recall_trials.csv and FOLDER/recall_participants.csv, as ``hvm data fetch recall``
does into the cache; :mod:`hvm.data.recall` says how.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hvm.data.recall import ACCURACY_FILE, KEY_FILE, tidy, write_tables
from hvm.data.registry import fetch
from hvm.errors import HvmError


def raw_files(folder: Path | None) -> tuple[Path, Path]:
    if folder is None:
        accuracy, keys = fetch("recall")
        return accuracy.path, keys.path
    return folder / ACCURACY_FILE, folder / KEY_FILE


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the tidy tables of the recall task.")
    parser.add_argument("folder", type=Path, help="where the two tables go")
    parser.add_argument("--raw", type=Path, help="folder of the two published files")
    options = parser.parse_args(arguments)
    try:
        write_tables(tidy(*raw_files(options.raw)), options.folder)
    except HvmError as error:
        print(f"prepare.py: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
