"""Edits: each changes a grammar in place and tells whether there is something to evaluate."""

from __future__ import annotations

from functools import partial

from hvm.learn.evaluation import Edit
from hvm.learn.variables import generalise, overlapping_variables, rare_members, slot_contexts
from hvm.lexicon.grammar import Grammar, Pattern


def add_chunk(pattern: Pattern, count: int) -> Edit:
    """Add a chunk that the grammar lacks."""

    def edit(grammar: Grammar) -> bool:
        if pattern in grammar.chunks:
            return False
        grammar.add_chunk(pattern, count)
        return True

    return edit


def add_chunks(chunks: list[tuple[Pattern, int]]) -> Edit:
    """Add chunks with their counts, perhaps the same one twice."""

    def edit(grammar: Grammar) -> bool:
        for pattern, count in chunks:
            grammar.add_chunk(pattern, count)
        return True

    return edit


def drop_chunks(chunks: list[Pattern]) -> Edit:
    """Drop chunks."""

    def edit(grammar: Grammar) -> bool:
        for pattern in chunks:
            del grammar.chunks[pattern]
        return True

    return edit


def unite_overlapping(grammar: Grammar) -> list[Edit]:
    """Return the edits that put one variable for two that share members."""

    def edit(pair: tuple[int, int], grammar: Grammar) -> bool:
        grammar.unite(*pair)
        return grammar.is_acyclic()

    return [partial(edit, pair) for pair in overlapping_variables(grammar)]


def generalise_slots(grammar: Grammar) -> list[Edit]:
    """Return the edits that put a slot's variable for its fillers between the same neighbours."""
    return [partial(generalise, context) for context in slot_contexts(grammar)]


def drop_rare_members(grammar: Grammar) -> list[Edit]:
    """Return the edits that take one rare member out of its variable."""

    def edit(variable: int, filler: Pattern, grammar: Grammar) -> bool:
        del grammar.variables[variable][filler]
        return True

    return [partial(edit, *member) for member in rare_members(grammar)]


def drop_unused(grammar: Grammar) -> bool:
    """Drop fillers that fill nothing and variables that nothing holds or that hold one filler."""
    changed = False
    in_use = grammar.variables_in_use()
    for variable, members in list(grammar.variables.items()):
        for pattern in [p for p, count in members.items() if count == 0]:
            del members[pattern]
            changed = True
        if variable not in in_use:
            del grammar.variables[variable]
            changed = True
    # Resolving one variable can make two fillers of another equal.
    while small := [key for key, members in grammar.variables.items() if len(members) < 2]:
        grammar.resolve(small[0])
        changed = True
    return changed


def tidy(grammar: Grammar) -> bool:
    """Drop what is out of use, if anything is."""
    drop_unused(grammar)
    return True
