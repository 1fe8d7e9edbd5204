"""Growing chunks: round by round, pairs are chosen here and merged where the text is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.growth import (
    Pairs,
    Rule,
    Units,
    choose,
    follow,
    label_hashes,
    rank_all,
    settle,
)
from hvm.kernels.lexicon.patterns import flatten
from hvm.kernels.table import FREE, ROWS_MIN, Table, insert_all, insert_each
from hvm.learn.crew import TextParse
from hvm.learn.memory import give_back
from hvm.lexicon.lexicon import CHUNK, Lexicon

ROOM = 1 << 12
"""Rows to begin with."""

MANY = 1 << 16
"""Pairs, for which it is worth the time to give memory back: some megabytes."""

RANKED_AGAIN = 1.1
"""In units, between two times that all pairs are ranked."""

RARE_SHARE = 0.01
"""Of the units of the text: the time is the same for .005 to .02, a tenth more for .05 (5 MB of
literature)."""

Scalar = TypeVar("Scalar", bound=np.generic)


def grown(
    lexicon: Lexicon, parse: TextParse, rule: Rule, is_over: Callable[[], bool] = lambda: False
) -> Lexicon:
    """Return a lexicon with chunks of the pairs of a parse that are worth it, and of these.

    Parameters
    ----------
    lexicon : Lexicon
        With the counts of the parse.
    parse : TextParse
    rule : Rule
    is_over : callable
        Asked before each round; growing ends where it says so.

    Returns
    -------
    Lexicon
        With the counts that growing leaves.
    """
    growth = _Growth(lexicon, parse, rule)
    growth.run(is_over)
    n_first, n = len(lexicon), int(growth.units.used[0])
    halves = growth.units.halves[n_first:n]
    return Lexicon(
        lexicon.n_atoms,
        np.append(lexicon.kinds, np.full(n - n_first, CHUNK, np.uint8)),
        np.append(lexicon.offsets, lexicon.offsets[-1] + 2 * np.arange(1, n - n_first + 1)),
        np.append(lexicon.parts, halves.ravel()),
        growth.units.counts[:n].copy(),
        np.append(lexicon.filler_counts, np.zeros(2 * (n - n_first), np.int64)),
        lexicon.smoothing,
    )


def _longer(values: NDArray[Scalar], n_rows: int) -> NDArray[Scalar]:
    longer = np.zeros((n_rows, *values.shape[1:]), values.dtype)
    longer[: len(values)] = values
    return longer


def _empty_table(n_keys: int) -> Table:
    """A table with capacity for so many keys, as :func:`hvm.kernels.table.make_table` makes it."""
    n_rows = max(ROWS_MIN, 1 << (2 * n_keys - 1).bit_length())
    return Table(np.full(2 * n_rows, FREE, np.int64), np.zeros(1, np.int64))


class _Growth:
    """The state of growing: ``run`` ends when nothing is worth it any more."""

    def __init__(self, lexicon: Lexicon, parse: TextParse, rule: Rule) -> None:
        self.parse, self.rule = parse, rule
        self.units = self._units(lexicon)
        self.by_hash = _empty_table(len(self.units.counts))
        hashes = self.units.hashes[: len(lexicon)] >> np.uint64(1)
        insert_each(self.by_hash, hashes.astype(np.int64))
        self.pairs = _empty_pairs(ROOM)

    def run(self, is_over: Callable[[], bool]) -> None:
        used, rule = self.units.used, self.rule
        with self.parse.growth() as growth:
            codes, counts = growth.pairs(rule.count_min)
            self._make_room_for_pairs(len(codes), np.zeros(0, np.int64))
            follow(self.pairs, codes, counts, rule.count_min)
            n_ranked, are_rare, n_alone = 0, False, int(used[0]) + rule.n_alone
            while used[0] < rule.most_units and not is_over():
                if used[0] >= RANKED_AGAIN * n_ranked:
                    rank_all(self.units, self.pairs, rule)
                    n_ranked = int(used[0])
                now = rule._replace(share=1.0) if used[0] < n_alone else rule
                chosen = choose(self.units, self.pairs, now, self.by_hash)
                if not len(chosen):
                    break
                codes = self.pairs.codes[chosen]
                are_rare = are_rare or self._are_rare(codes)
                merged = growth.merge(codes, int(used[0]), are_rare)
                self._make_room_for_units(len(chosen))
                chosen = self._make_room_for_pairs(len(merged.born), chosen)
                settle(self.units, self.pairs, chosen, merged, rule, self.by_hash)

    def _are_rare(self, codes: NDArray[np.int64]) -> bool:
        """Whether the rarer units of some pairs stand in few places of the text."""
        counts = self.units.counts
        rarer = np.minimum(counts[codes >> 32], counts[codes & 0xFFFFFFFF])
        return bool(rarer.sum() < RARE_SHARE * self.units.used[1])

    @staticmethod
    def _units(lexicon: Lexicon) -> Units:
        n = len(lexicon)
        rows = max(ROOM, 2 * n)
        offsets, labels, _ = flatten(lexicon.entries)
        hashes, powers = label_hashes(offsets, labels)
        return Units(
            _longer(lexicon.unit_counts, rows),
            _longer(np.diff(offsets), rows),
            _longer(hashes, rows),
            _longer(powers, rows),
            np.full((rows, 2), -1, np.int32),
            np.zeros(rows, np.uint8),
            np.array([n, lexicon.unit_counts.sum()]),
        )

    def _make_room_for_units(self, n_more: int) -> None:
        units = self.units
        n = int(units.used[0]) + n_more
        if n <= len(units.counts):
            return
        self.units = Units(
            _longer(units.counts, 2 * n),
            _longer(units.lengths, 2 * n),
            _longer(units.hashes, 2 * n),
            _longer(units.powers, 2 * n),
            _longer(units.halves, 2 * n),
            _longer(units.roles, 2 * n),
            units.used,
        )
        by_hash, self.by_hash = self.by_hash, _empty_table(2 * n)
        insert_all(by_hash, self.by_hash)

    def _make_room_for_pairs(self, n_more: int, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Follow rare pairs no longer where room is short; where chosen ones are then."""
        pairs = self.pairs
        n = int(pairs.used[0])
        if n + n_more <= len(pairs.codes):
            return chosen
        kept = np.flatnonzero(pairs.counts[:n] >= self.rule.count_min)
        codes, counts, keys = pairs.codes[kept], pairs.counts[kept], pairs.keys[kept]
        del pairs, self.pairs
        if len(codes) > MANY:
            give_back()  # what was there, before there is more
        self.pairs = _empty_pairs(max(ROOM, 3 * (len(kept) + n_more) // 2))
        follow(self.pairs, codes, counts, self.rule.count_min)
        self.pairs.keys[: len(kept)] = keys
        return np.searchsorted(kept, chosen)


def _empty_pairs(n_rows: int) -> Pairs:
    """Room for so many pairs."""
    codes, counts, near = np.zeros((3, n_rows), np.int64)
    keys, is_near = np.zeros(n_rows), np.zeros(n_rows, np.bool_)
    bar, used = np.full(1, np.inf), np.zeros(2, np.int64)
    return Pairs(_empty_table(n_rows), codes, counts, keys, near, is_near, bar, used)
