"""How much of a text is cut otherwise by each parse of a fit than by the one before.

python -m benchmarks.touched TEXT

What a rule could save at most that parsed again only what an edit of the lexicon changes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from hvm import HVM
from hvm.kernels.lexicon.cut import ParsedUnits
from hvm.learn.shard import Counts, Shard, Starts
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Compiled
from hvm.symbols.sequences import Codes


class WatchedShard(Shard):
    """Tells of each parse how much is cut otherwise than by the one before."""

    _hashes: NDArray[np.uint64] | None = None

    def parse(self, number: int, lexicon: Lexicon, compiled: Compiled | None) -> Counts:
        """Parse and tell."""
        self._found = list[NDArray[np.uint64]]()
        counts = super().parse(number, lexicon, compiled)
        if compiled is None:
            return counts
        before, self._hashes = self._hashes, np.concatenate(self._found)
        lengths = np.diff(np.append(self._starts, len(self._codes)))
        differs = np.ones(len(lengths)) if before is None else before != self._hashes
        share = differs @ lengths / lengths.sum()
        print(f"{len(self._codes):>12,} {len(lexicon):>10,} {differs.mean():>10.2f} {share:>11.2f}")
        return counts

    def _cut(
        self, compiled: Compiled, codes: Codes, starts: Starts, is_open: bool = False
    ) -> ParsedUnits:
        cut = super()._cut(compiled, codes, starts, is_open)
        begins = cut[1][cut[1] < len(codes)]
        owners = np.searchsorted(starts, begins, side="right") - 1
        places = (begins - starts[owners] + 1).astype(np.uint64)
        hashes = np.zeros(len(starts), np.uint64)
        np.add.at(hashes, owners, places * places * np.uint64(0x9E3779B97F4A7C15))
        self._found.append(hashes)
        return cut


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    path = parser.parse_args().text
    print("  characters    entries  sequences  characters cut otherwise")
    with mock.patch("hvm.learn.crew.Shard", WatchedShard):
        HVM(context="unigram").fit(path.read_text("utf-8").splitlines())


if __name__ == "__main__":
    main()
