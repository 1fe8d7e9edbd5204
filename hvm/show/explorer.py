"""A lexicon to walk through: one page that holds all it needs and asks nobody for anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.lexicon.lexicon import VARIABLE, Lexicon
from hvm.lexicon.parsing import Parse, compile_lexicon, parse, quanta
from hvm.show.hierarchy import hierarchy_rows
from hvm.show.html import asset

if TYPE_CHECKING:
    from hvm.learn.model import Model
    from hvm.symbols.alphabet import Alphabet
    from hvm.symbols.sequences import Symbols

PLACES_MAX = 3
"""Of an entry in the text, each in another line."""
PLACES_TRIED = 12
LINES_CHARACTERS_MAX = 1_000_000
"""Of all places together."""
AROUND = 30
"""Symbols shown before and after a place, at most."""

_SCRIPTS = ("lexicon.js", "viterbi.js", "page.js")
_MEMBERS_SHOWN = 8
_SENTENCE_SYMBOLS = 40


def explorer_page(model: Model, text: Symbols | None = None, title: str = "lexicon") -> str:
    """Return a page of a model's lexicon: entries, what holds them, what they hold, and a parser.

    Parameters
    ----------
    model : Model
        Fitted.
    text : Symbols, optional
        In the alphabet of the model; of each entry the first places in it are shown.
    title : str

    Returns
    -------
    str
        HTML. Styles, scripts and the lexicon are in it; it fetches nothing.
    """
    from jinja2 import Environment

    environment = Environment(autoescape=False, keep_trailing_newline=True)
    escaped = Environment(autoescape=True).from_string("{{ text }}").render(text=title)
    # In a script that is no script only `</` would end it.
    data = json.dumps(explorer_data(model, text), ensure_ascii=False, separators=(",", ":"))
    return environment.from_string(asset("explorer.html")).render(
        title=escaped,
        style=asset("explorer.css"),
        data=data.replace("<", "\\u003c"),
        script="\n".join(map(asset, _SCRIPTS)),
    )


def explorer_data(model: Model, text: Symbols | None = None) -> dict[str, Any]:
    """Return what the page knows.

    Parameters
    ----------
    model : Model
    text : Symbols, optional

    Returns
    -------
    dict
        ``kinds``, ``sizes`` and ``parts`` of all entries but atoms; ``unit_costs``, for each entry
        a place in ``costs`` (quanta of 2**-20 bit) and ``counts``; ``filler_quanta`` and
        ``filler_counts`` of members in order; ``places`` by entry, each a line, start and end in
        its characters; ``hierarchy`` of the experts, and ``facts`` to read.
    """
    lexicon, alphabet = model.lexicon_, model.alphabet_
    compiled = compile_lexicon(lexicon)
    is_member = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
    pairs, kinds_of_cost = np.unique(
        np.stack([compiled.unit_cost, lexicon.unit_counts]), axis=1, return_inverse=True
    )
    lines, places = _places(lexicon, alphabet, text) if text is not None else ([], {})
    return {
        "unit": alphabet.unit,
        "separator": alphabet.separator,
        "symbols": list(alphabet.symbols),
        "shown": list(alphabet.rendered),
        "kinds": "".join(map(str, lexicon.kinds[lexicon.n_atoms :].tolist())),
        "sizes": np.diff(lexicon.offsets)[lexicon.n_atoms :].tolist(),
        "parts": lexicon.parts.tolist(),
        "costs": pairs[0].tolist(),
        "counts": pairs[1].tolist(),
        "unit_costs": kinds_of_cost.reshape(-1).tolist(),
        "escape_quanta": compiled.escape_cost,
        "filler_quanta": quanta(lexicon.filler_bits[is_member]).tolist(),
        "filler_counts": lexicon.filler_counts[is_member].tolist(),
        "lines": lines,
        "places": places,
        "hierarchy": _hierarchy(model),
        "sentence": _sentence(text),
        "facts": _facts(model),
    }


def _facts(model: Model) -> list[tuple[str, str]]:
    lexicon = model.lexicon_
    facts = [
        ("symbols of the alphabet", f"{lexicon.n_atoms:,}, each a {model.alphabet_.unit}"),
        ("chunks", f"{len(lexicon.chunks):,}"),
        ("variables", f"{len(lexicon.variables):,}"),
        ("learned from", f"{model.n_symbols_:,} symbols"),
    ]
    bits = getattr(model, "bits_per_symbol_", None)
    if bits is not None:
        facts.append(("the lexicon's code", f"{bits:.3f} bits a symbol, the lexicon included"))
    return facts


def _sentence(text: Symbols | None) -> str:
    if text is None or not len(text):
        return ""
    first, last = next(iter(text.bounds()))
    return text.text(first, min(last, first + _SENTENCE_SYMBOLS))


def _hierarchy(model: Model) -> list[dict[str, Any]]:
    state = model.experts_state
    if state is None or not len(state.variables):
        return []
    codes = {text: code for code, text in enumerate(model.alphabet_.rendered)}
    n_grains = len(state.variables)
    return [
        {
            "depth": n_grains - row["grain"],
            "members": [codes[filler["text"]] for filler in row["fillers"][:_MEMBERS_SHOWN]],
            "more": max(0, row["n_fillers"] - _MEMBERS_SHOWN),
            "tokens": row["count"],
        }
        for row in hierarchy_rows(state, top=len(model.alphabet_))
    ]


# -- places -------------------------------------------------------------------------------


def _places(
    lexicon: Lexicon, alphabet: Alphabet, text: Symbols
) -> tuple[list[str], dict[int, list[tuple[int, int, int]]]]:
    """Lines of the text, and by entry where it stands in them: a line, start and end."""
    best = parse(lexicon, text.codes, text.starts, "viterbi")
    bounds = np.append(text.starts, len(text))
    lines, numbers = list[str](), dict[str, int]()
    n_characters = 0
    places: dict[int, list[tuple[int, int, int]]] = {}
    for entry, start, end in _spans(best):
        sequence = int(np.searchsorted(text.starts, start, "right")) - 1
        first, last = int(bounds[sequence]), int(bounds[sequence + 1])
        if last - first > 2 * AROUND:
            # A long sequence is cut into windows that many places share.
            window = start // AROUND * AROUND
            first, last = max(first, window - AROUND), min(last, max(end, window + 2 * AROUND))
        line = _shown(alphabet, text, first, last)
        if line not in numbers:
            if n_characters > LINES_CHARACTERS_MAX:
                continue
            numbers[line] = len(lines)
            lines.append(line)
            n_characters += len(line)
        own, number = places.setdefault(entry, []), numbers[line]
        if len(own) < PLACES_MAX and all(other != number for other, *_ in own):
            before = _characters(alphabet, text, first, start)
            own.append((number, before, before + len(_shown(alphabet, text, start, end))))
    return lines, places


def _spans(best: Parse) -> Iterator[tuple[int, int, int]]:
    """Yield entry, start and end, at most `PLACES_TRIED` of each entry, from the left."""
    entries = np.concatenate([best.units, best.slot_fillers, best.slot_variables]).astype(np.int64)
    starts = np.concatenate([best.unit_starts[:-1], best.slot_starts, best.slot_starts])
    ends = np.concatenate([best.unit_starts[1:], best.slot_ends, best.slot_ends])
    order = np.lexsort((ends, starts, entries))
    order = order[entries[order] >= 0]
    firsts = np.searchsorted(entries[order], entries[order])
    kept = order[np.arange(len(order)) - firsts < PLACES_TRIED]
    kept = kept[np.lexsort((entries[kept], starts[kept]))]
    yield from zip(entries[kept].tolist(), starts[kept].tolist(), ends[kept].tolist(), strict=True)


def _shown(alphabet: Alphabet, text: Symbols, first: int, last: int) -> str:
    rendered = alphabet.rendered
    codes: Sequence[int] = text.codes[first:last].tolist()
    return alphabet.separator.join(rendered[code] if code >= 0 else "�" for code in codes)


def _characters(alphabet: Alphabet, text: Symbols, first: int, start: int) -> int:
    """Characters before a place in its line."""
    if first == start:
        return 0
    return len(_shown(alphabet, text, first, start)) + len(alphabet.separator)
