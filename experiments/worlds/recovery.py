"""Which entries of a true lexicon are found again: those that expand to the same strings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hvm import Alphabet, Lexicon
from hvm.lexicon.lexicon import ATOM, CHUNK, VARIABLE
from hvm.worlds.emission import Sample

Strings = frozenset[tuple]

KINDS = {"chunk": CHUNK, "variable": VARIABLE}


class Uses(NamedTuple):
    """A lexicon, the strings of each entry, and how often it is a unit or, a variable, filled.

    ``shown`` says whether each filler of each variable inside an entry filled a slot at all: what
    never occurred cannot be learned.
    """

    lexicon: Lexicon
    strings: list[Strings | None]
    counts: np.ndarray
    shown: list[bool]


def uses_of_truth(lexicon: Lexicon, alphabet: Alphabet, sample: Sample, cap: int) -> Uses:
    size = len(lexicon)
    counts = np.bincount(sample.units, minlength=size)
    counts += np.bincount(sample.slot_variables, minlength=size)
    return Uses(lexicon, expansions(lexicon, alphabet, cap), counts, shown_in_full(lexicon, sample))


def shown_in_full(lexicon: Lexicon, sample: Sample) -> list[bool]:
    """Whether a sample fills the variables inside each entry with every one of their fillers."""
    filled = set(zip(sample.slot_variables.tolist(), sample.slot_fillers.tolist(), strict=True))
    shown: list[bool] = []
    for entry in range(len(lexicon)):
        parts = lexicon.parts_of(entry).tolist()
        whole = all(shown[part] for part in parts)
        if lexicon.kinds[entry] == VARIABLE:
            whole = whole and all((entry, part) in filled for part in parts)
        shown.append(whole)
    return shown


def uses_of_learned(lexicon: Lexicon, alphabet: Alphabet, cap: int) -> Uses:
    counts = lexicon.unit_counts.copy()
    for variable in lexicon.variables.tolist():
        counts[variable] = lexicon.filler_counts_of(variable).sum()
    return Uses(lexicon, expansions(lexicon, alphabet, cap), counts, [True] * len(lexicon))


def expansions(lexicon: Lexicon, alphabet: Alphabet, cap: int) -> list[Strings | None]:
    """The set of strings that each entry stands for, None where it may exceed ``cap``."""
    strings: list[Strings | None] = []
    for entry in range(len(lexicon)):
        if lexicon.kinds[entry] == ATOM:
            strings.append(frozenset([(alphabet.symbols[entry],)]))
            continue
        parts = [strings[part] for part in lexicon.parts_of(entry).tolist()]
        combine = _union if lexicon.kinds[entry] == VARIABLE else _product
        strings.append(combine(parts, cap))
    return strings


def _union(parts: list[Strings | None], cap: int) -> Strings | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or sum(map(len, known)) > cap:
        return None
    return frozenset().union(*known)


def _product(parts: list[Strings | None], cap: int) -> Strings | None:
    strings: Strings = frozenset([()])
    for part in parts:
        if part is None or len(strings) * len(part) > cap:
            return None
        strings = frozenset(left + right for left in strings for right in part)
    return strings


def compare(truth: Uses, learned: Uses, kind: str, settings: dict[str, Any]) -> dict[str, int]:
    """Count true entries of a kind that are found, and learned ones that are true.

    Returns
    -------
    dict
        Of true entries used ``uses_min`` times: ``n_true``, ``n_over_cap``, ``n_recovered``,
        ``n_jaccard``, and of those shown in full ``n_shown`` and ``n_shown_recovered``. Of
        learned entries in use: ``n_learned``, and ``n_learned_true`` that stand for the strings
        of a true entry of the kind, used or not.
    """
    used = _used(truth, kind, settings["uses_min"])
    true_sets = [truth.strings[e] for e in used]
    learned_sets = [learned.strings[e] for e in _used(learned, kind, 1)]
    every_true = {truth.strings[e] for e in _used(truth, kind, 0)} - {None}
    known = {learned.strings[e] for e in _used(learned, kind, 0)} - {None}
    close = [_best_jaccard(strings, known) >= settings["jaccard_min"] for strings in true_sets]
    return {
        "n_true": len(true_sets),
        "n_over_cap": true_sets.count(None),
        "n_recovered": sum(strings in known for strings in true_sets),
        "n_jaccard": sum(close),
        "n_shown": sum(truth.shown[e] for e in used),
        "n_shown_recovered": sum(truth.shown[e] and truth.strings[e] in known for e in used),
        "n_learned": len(learned_sets),
        "n_learned_true": sum(strings in every_true for strings in learned_sets),
    }


def _used(uses: Uses, kind: str, at_least: int) -> list[int]:
    of_kind = uses.lexicon.kinds == KINDS[kind]
    return np.flatnonzero(of_kind & (uses.counts >= at_least)).tolist()


def _best_jaccard(strings: Strings | None, others: set[Strings | None]) -> float:
    if strings is None:
        return 0.0
    return max((_jaccard(strings, other) for other in others if other is not None), default=0.0)


def _jaccard(a: Strings, b: Strings) -> float:
    common = len(a & b)
    return common / (len(a) + len(b) - common)
