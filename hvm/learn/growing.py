"""Growing chunks: the arrays that the kernels of growth work in, and more room when they ask."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.learn.distinct import between_borders
from hvm.kernels.learn.growth import DONE, PAIRS, UNITS, Rule, grow_on
from hvm.kernels.learn.growth_state import (
    BORDER,
    NO_KEY,
    Beside,
    Pairs,
    UnitCells,
    Units,
    count_pairs_of_cells,
    count_places,
    insert_each,
    keep_pairs,
    label_hashes,
    write_first_places,
)
from hvm.kernels.learn.queue import Queue
from hvm.kernels.lexicon.patterns import flatten
from hvm.kernels.table import FREE, ROWS_MIN, Table, insert_all, items
from hvm.lexicon.lexicon import CHUNK, Lexicon

ROOM = 1 << 12
"""Rows to begin with."""

Scalar = TypeVar("Scalar", bound=np.generic)


def grown(
    lexicon: Lexicon,
    units: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.int64],
    rule: Rule,
) -> Lexicon:
    """Return a lexicon with chunks of the pairs of a parse that are worth it, and of these.

    Parameters
    ----------
    lexicon : Lexicon
    units : int32[m]
        Of the parse.
    starts, weights : int64[s]
        First unit of each sequence, and times it stands; these never ascend.
    rule : Rule

    Returns
    -------
    Lexicon
        With the counts that growing leaves.
    """
    growth = _Growth(lexicon, units, starts, weights, rule)
    growth.run()
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


def empty_table(n_keys: int) -> Table:
    """A table with capacity for so many keys, as :func:`hvm.kernels.table.make_table` makes it.

    Examples
    --------
    >>> len(empty_table(9).cells)
    64
    """
    n_rows = max(ROWS_MIN, 1 << (2 * n_keys - 1).bit_length())
    return Table(np.full(2 * n_rows, FREE, np.int64), np.zeros(1, np.int64))


def _table(keys: NDArray[np.int64], n_keys: int) -> Table:
    """A table of the places of some keys, with capacity for so many."""
    table = empty_table(n_keys)
    insert_each(table, keys)
    return table


def beside_of(n_units: int) -> Beside:
    """No neighbours.

    Examples
    --------
    >>> beside_of(2).used
    array([0])
    """
    numbers = np.zeros((3, n_units), np.int64)
    ends = np.full(n_units, -1, np.int64)
    return Beside(numbers[0], numbers[1], ends, numbers[2], np.zeros(1, np.int64))


class _Growth:
    """The state of growing: ``run`` ends when nothing is worth it any more."""

    def __init__(
        self,
        lexicon: Lexicon,
        units: NDArray[np.int32],
        starts: NDArray[np.int64],
        weights: NDArray[np.int64],
        rule: Rule,
    ) -> None:
        self.rule = rule
        changes = np.flatnonzero(np.diff(weights)) + 1
        run_ends = np.append(starts[changes] + changes + 1, len(units) + len(starts) + 2)
        run_weights = weights[np.append(0, changes)]
        self.cells = UnitCells(between_borders(units, starts, BORDER), run_ends, run_weights)
        self.units = self._units(lexicon)
        hashes = self.units.hashes[: len(lexicon)] >> np.uint64(1)
        self.by_hash = _table(hashes.astype(np.int64), self.n_rows)
        self.before, self.behind = beside_of(self.n_rows), beside_of(self.n_rows)
        self.pairs = self._pairs()
        n_waiting = max(ROOM, 4 * int(self.pairs.used[0]))
        self.queue = Queue(
            np.empty(n_waiting), np.empty(n_waiting, np.int64), np.zeros(1, np.int64)
        )

    @property
    def n_rows(self) -> int:
        return len(self.units.counts)

    def run(self) -> None:
        while True:
            halt = grow_on(
                self.cells,
                self.units,
                self.pairs,
                self.queue,
                self.before,
                self.behind,
                self.by_hash,
                self.rule,
            )
            if halt == DONE:
                break
            if halt == UNITS:
                self._more_units()
            elif halt == PAIRS:
                self._more_pairs()
            else:
                self._more_waiting(len(self.queue.keys))

    def _units(self, lexicon: Lexicon) -> Units:
        n = len(lexicon)
        rows = max(ROOM, 2 * n)
        offsets, labels, _ = flatten(lexicon.entries)
        hashes, powers = label_hashes(offsets, labels)
        used = np.array([n, lexicon.unit_counts.sum(), 0])
        return Units(
            _longer(lexicon.unit_counts, rows),
            np.ones(rows, np.int64),
            _longer(np.diff(offsets), rows),
            _longer(hashes, rows),
            _longer(powers, rows),
            np.full((rows, 2), -1, np.int32),
            used,
        )

    def _more_units(self) -> None:
        n = 2 * self.n_rows
        units = self.units
        self.units = Units(
            _longer(units.counts, n),
            np.ones(n, np.int64),
            _longer(units.lengths, n),
            _longer(units.hashes, n),
            _longer(units.powers, n),
            _longer(units.halves, n),
            units.used,
        )
        self.units.widths[: n // 2] = units.widths
        self.before, self.behind = beside_of(n), beside_of(n)
        by_hash, self.by_hash = self.by_hash, empty_table(n)
        insert_all(by_hash, self.by_hash)

    def _pairs(self) -> Pairs:
        """The pairs of the text that stand there often enough, with their places."""
        table = empty_table(ROOM)
        while not count_pairs_of_cells(self.cells, table):
            table = empty_table(len(table.cells))
        codes, counts = items(table)
        codes = np.sort(codes[counts >= self.rule.count_min])
        n = len(codes)
        rows = max(ROOM, 2 * n)
        counts, sizes, firsts = np.zeros((3, rows), np.int64)
        table = _table(codes, 2 * rows)
        count_places(self.cells, table, counts, sizes)
        firsts[:n] = np.cumsum(sizes[:n]) - sizes[:n]
        n_places = int(sizes.sum())
        places = np.empty(n_places + n_places // 2 + ROOM, np.int32)
        used = np.array([n, n_places, 0, 0])
        pairs = Pairs(
            table, _longer(codes, rows), counts, firsts, sizes, np.full(rows, NO_KEY), places, used
        )
        write_first_places(self.cells, pairs)
        return pairs

    def _more_pairs(self) -> None:
        """Follow rare pairs no longer, forget places where a pair stands no more, or make room."""
        pairs = self.pairs
        n_live = int((pairs.counts[: pairs.used[0]] >= self.rule.count_min).sum())
        rows = max(len(pairs.codes), 2 * (n_live + int(pairs.used[2])))
        counts, sizes, firsts, codes = np.zeros((4, rows), np.int64)
        kept = Pairs(
            empty_table(rows),
            codes,
            counts,
            firsts,
            sizes,
            np.full(rows, NO_KEY),
            pairs.places,
            np.array([0, 0, 0, 0]),
        )
        moved = np.empty(pairs.used[0], np.int64)
        keep_pairs(self.cells, self.units, pairs, self.rule.count_min, kept, moved)
        n_places = int(kept.used[1] + pairs.used[3])
        if n_places + n_places // 4 > len(kept.places):
            kept = kept._replace(places=_longer(kept.places, n_places + n_places // 2))
        self.pairs = kept
        self._more_waiting(len(self.queue.keys), moved)

    def _more_waiting(self, n_rows: int, moved: NDArray[np.int64] | None = None) -> None:
        """A queue with so many rows or more, without what is out of date in it.

        ``moved``: the row where each pair of the old queue is by now.
        """
        n = int(self.queue.length[0])
        keys, rows = self.queue.keys[:n], self.queue.pairs[:n]
        rows = rows if moved is None else moved[rows]
        is_valid = (rows >= 0) & (keys == self.pairs.keys[rows])
        keys, rows = keys[is_valid], rows[is_valid]
        order = np.lexsort((self.pairs.codes[rows], -keys))  # what is sorted is a heap
        n_needed = 4 * (len(rows) + int(self.pairs.used[2])) + 2 * int(self.pairs.used[0])
        n_rows = max(n_rows, n_needed)
        self.queue = Queue(
            _longer(keys[order], n_rows), _longer(rows[order], n_rows), np.array([len(rows)])
        )
