"""What a model learned, as rows to read: the chunks and variables worth seeing, with fillers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hvm.learn.row_code import RowBits
from hvm.lexicon.graph import entry_count, entry_text, visible
from hvm.lexicon.lexicon import CHUNK, KIND_NAMES, VARIABLE, Lexicon
from hvm.lexicon.parsing import Parse
from hvm.show.names import variable_names, with_names

if TYPE_CHECKING:
    from rich.table import Table

    from hvm.symbols.alphabet import Alphabet
    from hvm.symbols.sequences import Symbols

_FRAMES_SHOWN = 4  # lines of a row
_FILLERS_SHOWN = 8  # of a row; the rest is counted
_MAX_TEXT = 60  # characters of an entry in a table


def top_chunks(lexicon: Lexicon, alphabet: Alphabet, top: int = 20) -> list[dict[str, Any]]:
    """Return the chunks that cover most of the text, most first: count times length.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        Of its atoms.
    top : int
        Most rows.

    Returns
    -------
    list of dict
        ``entry``, ``text``, ``name`` (the text with variables by their first fillers), ``count``,
        ``length`` (symbols, a slot counted as one), ``level``.
    """
    chunks = [int(chunk) for chunk in lexicon.chunks if lexicon.unit_counts[chunk] > 0]
    chunks.sort(key=lambda c: (-lexicon.unit_counts[c] * len(lexicon.pattern(c)), c))
    names = variable_names(lexicon, alphabet)
    return [
        {
            "entry": chunk,
            "text": (text := entry_text(lexicon, alphabet, chunk)),
            "name": with_names(text, names),
            "count": entry_count(lexicon, chunk),
            "length": len(lexicon.pattern(chunk)),
            "level": int(lexicon.levels[chunk]),
        }
        for chunk in chunks[:top]
    ]


def top_variables(lexicon: Lexicon, alphabet: Alphabet, top: int = 20) -> list[dict[str, Any]]:
    """Return the variables that fill most slots, most first, with all their fillers.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        Of its atoms.
    top : int
        Most rows.

    Returns
    -------
    list of dict
        ``entry``, ``text``, ``name``, ``count`` (slots filled), ``level``, ``frames`` (texts of the
        chunks that hold it, most used first), ``frame_names`` and ``fillers``, likeliest first,
        each with ``entry``, ``text``, ``name``, ``count`` and ``probability``.
    """
    counts = {int(v): entry_count(lexicon, int(v)) for v in lexicon.variables}
    ranked = sorted(counts, key=lambda variable: (-counts[variable], variable))[:top]
    frames, names = _frames(lexicon, ranked), variable_names(lexicon, alphabet)
    return [
        {
            "entry": variable,
            "text": entry_text(lexicon, alphabet, variable),
            "name": names[variable],
            "count": counts[variable],
            "level": int(lexicon.levels[variable]),
            "frames": (held := [entry_text(lexicon, alphabet, c) for c in frames[variable]]),
            "frame_names": [with_names(frame, names) for frame in held],
            "fillers": _fillers(lexicon, alphabet, variable, names),
        }
        for variable in ranked
    ]


def _frames(lexicon: Lexicon, variables: list[int]) -> dict[int, list[int]]:
    frames: dict[int, list[int]] = {variable: [] for variable in variables}
    for chunk in sorted(lexicon.chunks.tolist(), key=lambda c: (-lexicon.unit_counts[c], c)):
        for part in frames.keys() & set(lexicon.pattern(chunk)):
            frames[part].append(chunk)
    return {variable: chunks[:_FRAMES_SHOWN] for variable, chunks in frames.items()}


def _fillers(
    lexicon: Lexicon, alphabet: Alphabet, variable: int, names: dict[int, str]
) -> list[dict[str, Any]]:
    bits = lexicon.filler_bits[lexicon.offsets[variable] : lexicon.offsets[variable + 1]]
    rows = [
        {
            "entry": member,
            "text": (text := entry_text(lexicon, alphabet, member)),
            "name": with_names(text, names),
            "count": count,
            "probability": probability,
        }
        for member, count, probability in zip(
            lexicon.parts_of(variable).tolist(),
            lexicon.filler_counts_of(variable).tolist(),
            (2.0**-bits).tolist(),
            strict=True,
        )
    ]
    return sorted(rows, key=lambda row: (-row["probability"], row["entry"]))


def kind_counts(lexicon: Lexicon) -> dict[str, int]:
    """Return the number of entries, and of chunks and variables among them."""
    kinds = lexicon.kinds
    return {
        "entries": len(lexicon),
        f"{KIND_NAMES[CHUNK]}s": int((kinds == CHUNK).sum()),
        f"{KIND_NAMES[VARIABLE]}s": int((kinds == VARIABLE).sum()),
    }


def code_report(code: RowBits | None, n_symbols: int) -> dict[str, float]:
    """Return the bits by the code of rows, by part and a symbol; nothing without such a code.

    Parameters
    ----------
    code : RowBits, optional
    n_symbols : int

    Returns
    -------
    dict of str to float
    """
    if code is None:
        return {}
    parts = {f"code_{name}_bits": bits for name, bits in asdict(code).items()}
    return {**parts, "code_bits_per_symbol": code.total / n_symbols}


# -- tables for a terminal ----------------------------------------------------------------


def chunk_table(rows: list[dict[str, Any]]) -> Table:
    """Lay the rows of :func:`top_chunks` out as a rich table."""
    from rich.text import Text  # text is never markup: a symbol may be a bracket

    table = _table("Chunks that cover most of the text")
    for name in ("id", "times", "length"):
        table.add_column(name, justify="right")
    table.add_column("chunk", overflow="fold")
    for row in rows:
        numbers = (str(row[key]) for key in ("entry", "count", "length"))
        table.add_row(*numbers, Text(quoted(row["name"])))
    return table


def variable_table(rows: list[dict[str, Any]]) -> Table:
    """Lay the rows of :func:`top_variables` out as a rich table."""
    from rich.text import Text

    table = _table("Variables that fill most slots")
    table.add_column("variable", justify="right")
    table.add_column("slots", justify="right")
    table.add_column("fillers, with their probabilities", overflow="fold", ratio=3)
    table.add_column("frames", overflow="fold", ratio=2)
    for row in rows:
        frames = "\n".join(map(quoted, row["frame_names"]))
        cells = (row["text"], str(row["count"]), _filler_text(row["fillers"]), frames)
        table.add_row(*map(Text, cells))
    return table


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _filler_text(fillers: list[dict[str, Any]]) -> str:
    shown = [f"{quoted(f['name'])} {f['probability']:.2f}" for f in fillers[:_FILLERS_SHOWN]]
    rest = len(fillers) - len(shown)
    return "  ".join(shown) + (f"  and {rest} more" if rest > 0 else "")


def quoted(text: str) -> str:
    """Put a text in quotes, so that spaces at its ends are seen; cut what is very long."""
    return f"‘{text}’" if len(text) <= _MAX_TEXT else f"‘{text[:_MAX_TEXT]}…"


# -- texts --------------------------------------------------------------------------------


def parsed_sequences(parsed: Parse, symbols: Symbols) -> Iterator[list[dict[str, Any]]]:
    """Yield the units of each sequence, offsets counted from the start of that sequence.

    Yields
    ------
    list of dict
        One a unit: ``entry`` (None for an unknown symbol), ``start``, ``end``, ``text`` and
        ``slots``, depth first, each with ``variable``, ``start``, ``end``, ``filler``, ``depth``.
    """
    units, edges = parsed.units.tolist(), parsed.unit_starts.tolist()
    slots = _slots(parsed)
    first_slot = parsed.slot_units.searchsorted(range(len(units) + 1)).tolist()
    unit_bounds = [*parsed.sequence_starts.tolist(), len(units)]
    sequences = zip(unit_bounds, unit_bounds[1:], symbols.bounds(), strict=False)
    for first, last, (origin, _) in sequences:
        yield [
            {
                "entry": units[u] if units[u] >= 0 else None,
                "start": edges[u] - origin,
                "end": edges[u + 1] - origin,
                "text": symbols.text(edges[u], edges[u + 1]),
                "slots": [_slot_row(s, origin) for s in slots[first_slot[u] : first_slot[u + 1]]],
            }
            for u in range(first, last)
        ]


def _slots(parsed: Parse) -> list[tuple[int, ...]]:
    """Variable, start, end, filler and depth of every slot."""
    columns = (
        parsed.slot_variables,
        parsed.slot_starts,
        parsed.slot_ends,
        parsed.slot_fillers,
        parsed.slot_depths,
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _slot_row(slot: tuple[int, ...], origin: int) -> dict[str, int]:
    variable, start, end, filler, depth = slot
    return {
        "variable": variable,
        "start": start - origin,
        "end": end - origin,
        "filler": filler,
        "depth": depth,
    }


def sequence_line(units: list[dict[str, Any]], symbols: Symbols, origin: int) -> str:
    """Write the units of one sequence on a line: ``|`` between them, ``[V12:dog]`` for a slot.

    Parameters
    ----------
    units : list of dict
        As :func:`parsed_sequences` yields them.
    symbols : Symbols
        What was parsed.
    origin : int
        First symbol of this sequence.

    Returns
    -------
    str
    """
    gap = symbols.alphabet.separator

    def text(start: int, end: int) -> str:
        return visible(symbols.text(origin + start, origin + end))

    return f"{gap}|{gap}".join(_unit_line(unit, text, gap) for unit in units)


def _unit_line(unit: dict[str, Any], text: Callable[[int, int], str], gap: str) -> str:
    pieces = []
    at = unit["start"]
    for slot in (slot for slot in unit["slots"] if slot["depth"] == 0):
        pieces.append(text(at, slot["start"]))
        pieces.append(f"[V{slot['variable']}:{text(slot['start'], slot['end'])}]")
        at = slot["end"]
    pieces.append(text(at, unit["end"]))
    return gap.join(piece for piece in pieces if piece)
