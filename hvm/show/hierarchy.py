"""The hierarchy of variables of a fitted model, to read: what fills each, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.predict.experts import ExpertsState
from hvm.symbols.sequences import Symbols

if TYPE_CHECKING:
    from rich.table import Table

FILLERS, FRAMES = 20, 4
"""Of a variable, at most."""
_FILLERS_SHOWN, _CHILDREN_SHOWN = 8, 4  # of a row, and of a variable


def hierarchy_rows(
    state: ExpertsState, top: int = 20, tags: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Return the most frequent variables of the coarsest grain, each before those that it holds.

    Parameters
    ----------
    state : ExpertsState
    top : int
        Variables of the coarsest grain.
    tags : mapping of str to str, optional
        Of symbols, as a person reads them: parts of speech, say.

    Returns
    -------
    list of dict
        ``variable``, as ``grain.number``; ``grain``, 1 the finest; ``parent`` (None at the
        coarsest) and ``children``; ``count`` and ``share`` of the training symbols; ``n_fillers``
        and the most frequent ``fillers``, each with ``text``, ``count`` and ``probability``;
        ``frames``, what stands before and after most often, with ``before``, ``after`` (None at
        an end of the sequence) and ``count``; and with tags ``purity``: of its tokens with a tag,
        the share with the most frequent one, and ``tag``.
    """
    if not len(state.variables):
        return []
    tables = [_Grain(state, grain) for grain in range(1, len(state.variables) + 1)]
    of_symbols = _tags(state.training, tags) if tags is not None else None
    rows: list[dict[str, Any]] = []

    def add(grain: int, variable: int, parent: str | None) -> None:
        row = tables[grain - 1].row(variable, of_symbols)
        children = []
        if grain > 1:
            inside = state.variables[grain - 2][state.variables[grain - 1] == variable]
            children = _by_count(np.unique(inside), tables[grain - 2].counts)
        rows.append(
            {**row, "parent": parent, "children": [f"{grain - 1}.{child}" for child in children]}
        )
        for child in children:
            add(grain - 1, child, row["variable"])

    coarsest = tables[-1]
    for variable in _by_count(np.arange(len(coarsest.counts)), coarsest.counts)[:top]:
        add(len(tables), variable, None)
    return rows


class _Grain:
    """Variables of one grain: their counts, fillers and frames."""

    def __init__(self, state: ExpertsState, grain: int) -> None:
        self.grain, self.training = grain, state.training
        codes, self.of_symbol = state.training.codes, state.variables[grain - 1]
        self.symbol_counts = np.bincount(codes, minlength=len(self.of_symbol))
        self.counts = np.bincount(self.of_symbol, self.symbol_counts).astype(np.int64)
        self._frames = _frames(self.of_symbol[codes], codes, state.training.starts)

    def row(self, variable: int, tags: list[str | None] | None) -> dict[str, Any]:
        rendered = self.training.alphabet.rendered
        members, count = np.flatnonzero(self.of_symbol == variable), int(self.counts[variable])
        likely = _by_count(members, self.symbol_counts)
        fillers = [
            {
                "text": rendered[member],
                "count": int(self.symbol_counts[member]),
                "probability": float(self.symbol_counts[member] / max(count, 1)),
            }
            for member in likely[:FILLERS]
        ]
        row: dict[str, Any] = {
            "variable": f"{self.grain}.{variable}",
            "grain": self.grain,
            "count": count,
            "share": count / len(self.training),
            "n_fillers": len(members),
            "fillers": fillers,
            "frames": [self._frame(*frame) for frame in self._frames.get(variable, [])],
        }
        return row if tags is None else {**row, **self._purity(likely, tags)}

    def _frame(self, before: int, after: int, count: int) -> dict[str, Any]:
        rendered = [*self.training.alphabet.rendered, None]
        return {"before": rendered[before], "after": rendered[after], "count": count}

    def _purity(self, members: list[int], tags: list[str | None]) -> dict[str, Any]:
        by_tag: dict[str, int] = {}
        for member in members:
            tag = tags[member]
            if tag is not None:
                by_tag[tag] = by_tag.get(tag, 0) + int(self.symbol_counts[member])
        if not by_tag:
            return {"tag": None, "purity": None}
        tag = min(by_tag, key=lambda name: (-by_tag[name], name))
        return {"tag": tag, "purity": by_tag[tag] / sum(by_tag.values())}


def _by_count(numbers: NDArray[np.integer[Any]], counts: NDArray[np.int64]) -> list[int]:
    """Numbers that were counted, the most frequent first."""
    order = np.lexsort((numbers, -counts[numbers]))
    return [int(number) for number in numbers[order] if counts[number]]


def _frames(
    variables: NDArray[np.int32], codes: NDArray[np.int32], starts: NDArray[np.int64]
) -> dict[int, list[tuple[int, int, int]]]:
    """By variable what stands before and after most often, and how often; -1 is an end."""
    before = np.concatenate([[-1], codes[:-1]]).astype(np.int64)
    after = np.append(codes[1:], -1).astype(np.int64)
    inner = starts[(starts > 0) & (starts < len(codes))]
    before[inner] = after[inner - 1] = -1
    size = int(codes.max(initial=0)) + 2
    keys = (variables.astype(np.int64) * size + before + 1) * size + after + 1
    kinds, counts = np.unique(keys, return_counts=True)
    order = np.lexsort((kinds, -counts, kinds // size**2))
    frames: dict[int, list[tuple[int, int, int]]] = {}
    for key, count in zip(kinds[order].tolist(), counts[order].tolist(), strict=True):
        own = frames.setdefault(key // size**2, [])
        if len(own) < FRAMES:
            own.append((key // size % size - 1, key % size - 1, count))
    return frames


def _tags(training: Symbols, tags: Mapping[str, str]) -> list[str | None]:
    return [tags.get(name) for name in training.alphabet.rendered]


def hierarchy_table(rows: list[dict[str, Any]]) -> Table:
    """Lay the rows of :func:`hierarchy_rows` out: two grains, the most frequent children alone.

    Parameters
    ----------
    rows : list of dict

    Returns
    -------
    rich.table.Table
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    title = "Variables of one symbol, and the variables that they hold (^ $: ends of a sequence)"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("variable")
    table.add_column("% of text", justify="right")
    has_tags = bool(rows) and "purity" in rows[0]
    if has_tags:
        table.add_column("tag, purity")
    table.add_column("fillers", overflow="fold", ratio=3)
    table.add_column("frames", overflow="fold", ratio=2)
    by_name = {row["variable"]: row for row in rows}
    for row in rows:
        if row["parent"] is None:
            shown = [row, *(by_name[child] for child in row["children"][:_CHILDREN_SHOWN])]
            for each in shown:
                table.add_row(*map(Text, _cells(each, has_tags)))
    return table


def _cells(row: dict[str, Any], has_tags: bool) -> list[str]:
    indent = "" if row["parent"] is None else "  "
    words = [filler["text"] for filler in row["fillers"][:_FILLERS_SHOWN]]
    rest = row["n_fillers"] - len(words)
    frames = "  ".join(
        f"{frame['before'] or '^'} _ {frame['after'] or '$'}" for frame in row["frames"][:2]
    )
    tagged = "-" if row.get("purity") is None else f"{row['tag']} {row['purity']:.2f}"
    cells = [indent + row["variable"], f"{100 * row['share']:.1f}"]
    cells += [tagged] if has_tags else []
    return [*cells, indent + " ".join(words) + (f" and {rest} more" if rest else ""), frames]
