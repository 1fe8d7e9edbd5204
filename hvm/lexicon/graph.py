"""The lexicon as a networkx graph, and its entries as text.

Nodes are entries. An edge runs from a whole to its part: ``component`` from a chunk,
``member`` from a variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvm.lexicon.lexicon import KIND_NAMES, VARIABLE, Lexicon

if TYPE_CHECKING:
    import networkx as nx

    from hvm.symbols.alphabet import Alphabet


def to_networkx(lexicon: Lexicon, alphabet: Alphabet) -> nx.DiGraph:
    """Return the lexicon as a directed graph.

    Node attributes: ``kind`` (atom, chunk, variable), ``text``, ``count`` (times a unit; for a
    variable the slots it filled), ``level``, ``probability`` (of being the next unit; 0 for a
    variable, which is never one). Edge attributes: ``kind``, and ``position`` (of the first use)
    with ``positions`` (all of them, separated by spaces) for a component, or ``count`` and
    ``probability`` for a member.

    Examples
    --------
    >>> from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
    >>> from hvm.symbols.sequences import Alphabet
    >>> lexicon = Lexicon.from_definitions(
    ...     3, [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2, 3, 2))])
    >>> graph = to_networkx(lexicon, Alphabet("char", ("a", "b", "c")))
    >>> graph.nodes[4]["text"], graph.edges[4, 2]["positions"]
    ('c[V3]c', '0 2')
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(_nodes(lexicon, alphabet))
    for entry in range(lexicon.n_atoms, len(lexicon)):
        edges_of = _member_edges if lexicon.kinds[entry] == VARIABLE else _component_edges
        graph.add_edges_from(edges_of(lexicon, entry))
    return graph


def _nodes(lexicon: Lexicon, alphabet: Alphabet) -> list[tuple[int, dict[str, Any]]]:
    probabilities = lexicon.unit_probabilities.tolist()
    levels = lexicon.levels.tolist()
    return [
        (
            entry,
            {
                "kind": KIND_NAMES[kind],
                "text": entry_text(lexicon, alphabet, entry),
                "count": entry_count(lexicon, entry),
                "level": levels[entry],
                "probability": probabilities[entry],
            },
        )
        for entry, kind in enumerate(lexicon.kinds.tolist())
    ]


def _component_edges(lexicon: Lexicon, chunk: int) -> list[tuple[int, int, dict[str, Any]]]:
    positions: dict[int, list[int]] = {}
    for position, part in enumerate(lexicon.parts_of(chunk).tolist()):
        positions.setdefault(part, []).append(position)
    return [
        (
            chunk,
            part,
            {
                "kind": "component",
                "position": where[0],
                "positions": " ".join(map(str, where)),
            },
        )
        for part, where in positions.items()
    ]


def _member_edges(lexicon: Lexicon, variable: int) -> list[tuple[int, int, dict[str, Any]]]:
    where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
    probabilities = lexicon.filler_probabilities[where].tolist()
    members = lexicon.parts_of(variable).tolist()
    counts = lexicon.filler_counts_of(variable).tolist()
    return [
        (variable, member, {"kind": "member", "count": count, "probability": probability})
        for member, count, probability in zip(members, counts, probabilities, strict=True)
    ]


# -- text ---------------------------------------------------------------------------------


def entry_count(lexicon: Lexicon, entry: int) -> int:
    """Times an atom or chunk was a unit, or times a variable filled a slot."""
    if lexicon.kinds[entry] == VARIABLE:
        return int(lexicon.filler_counts_of(entry).sum())
    return int(lexicon.unit_counts[entry])


def entry_text(lexicon: Lexicon, alphabet: Alphabet, entry: int) -> str:
    """Return an entry as one line of printable text, its slots as ``[V12]``.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        The symbols that the atoms stand for.
    entry : int

    Returns
    -------
    str
    """
    return pattern_text(lexicon.pattern(entry), lexicon.n_atoms, alphabet)


def pattern_text(pattern: tuple[int, ...], n_atoms: int, alphabet: Alphabet) -> str:
    """Return a pattern as one line of printable text: symbols, and ``[V12]`` for a variable.

    Parameters
    ----------
    pattern : tuple of int
        Symbol codes below ``n_atoms``, ids of variables from there on.
    n_atoms : int
    alphabet : Alphabet

    Returns
    -------
    str
    """
    pieces = (
        alphabet.render(alphabet.symbols[part]) if part < n_atoms else f"[V{part}]"
        for part in pattern
    )
    text = alphabet.separator.join(pieces)
    return text if alphabet.unit == "byte" else visible(text)  # bytes are printable already


def visible(text: str) -> str:
    r"""Return ``text`` with a backslash escape for everything that does not print.

    Line ends, control characters, lone surrogates and the like would break a table, or be
    illegal in XML. A backslash is doubled, so that the text can be read back.

    Examples
    --------
    >>> visible("one\ntwo\x00")
    'one\\ntwo\\x00'
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in text
    )
