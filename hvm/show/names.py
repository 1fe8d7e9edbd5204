"""Variables by their first fillers, as people read them: ``{dog|cat|…}`` in place of ``[V12]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hvm.lexicon.graph import entry_text
from hvm.lexicon.lexicon import Lexicon

if TYPE_CHECKING:
    import networkx as nx

    from hvm.symbols.alphabet import Alphabet

FILLERS_NAMED = 3
_SLOT = re.compile(r"\[V(\d+)\]")
_WITHIN = "{…}"


def name_of(fillers: Sequence[str]) -> str:
    """Name a variable by the texts of its fillers, the likeliest first.

    Parameters
    ----------
    fillers : sequence of str

    Returns
    -------
    str

    Examples
    --------
    >>> name_of(["dog", "cat"]), name_of(["dog", "a [V3]", "cat", "cow"])
    ('{dog|cat}', '{dog|a {…}|cat|…}')
    """
    shown = [_SLOT.sub(_WITHIN, filler) for filler in fillers[:FILLERS_NAMED]]
    return "{" + "|".join([*shown, *(["…"] if len(fillers) > FILLERS_NAMED else [])]) + "}"


def variable_names(lexicon: Lexicon, alphabet: Alphabet) -> dict[int, str]:
    """Return the names of all variables by their ids.

    Parameters
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        Of its atoms.

    Returns
    -------
    dict of int to str
    """
    names = {}
    for variable in lexicon.variables.tolist():
        members, counts = lexicon.parts_of(variable), lexicon.filler_counts_of(variable)
        likely = members[np.lexsort((members, -counts))[: FILLERS_NAMED + 1]]
        names[variable] = name_of([entry_text(lexicon, alphabet, x) for x in likely.tolist()])
    return names


def with_names(text: str, names: Mapping[int, str]) -> str:
    """Return a text of an entry with the names of the variables that it holds.

    Parameters
    ----------
    text : str
        As :func:`hvm.lexicon.graph.entry_text` writes it.
    names : mapping of int to str
        By id; a variable without one keeps its id.

    Returns
    -------
    str

    Examples
    --------
    >>> with_names("a [V12] sat.", {12: "{dog|cat}"})
    'a {dog|cat} sat.'
    """
    return _SLOT.sub(lambda found: names.get(int(found[1]), found[0]), text)


def named_part(part: nx.DiGraph, graph: nx.DiGraph) -> nx.DiGraph:
    """Return a copy of a part of a lexicon's graph whose texts have the names of variables.

    Parameters
    ----------
    part : networkx.DiGraph
    graph : networkx.DiGraph
        All of it, as :func:`hvm.lexicon.graph.to_networkx` returns it: a variable has its fillers
        there, whether the part holds them or not.

    Returns
    -------
    networkx.DiGraph
    """
    names = {}
    for node, kind in graph.nodes(data="kind"):
        if kind == "variable":
            members = graph.out_edges(node, data=True)
            likely = sorted(members, key=lambda edge: (-edge[2]["probability"], edge[1]))
            names[node] = name_of([graph.nodes[member]["text"] for _, member, _ in likely])
    named = part.copy()
    for _, attributes in named.nodes(data=True):
        attributes["text"] = with_names(attributes["text"], names)
    return named
