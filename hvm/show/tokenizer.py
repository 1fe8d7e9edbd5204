"""The units of a lexicon as a tokenizer.json, which ``tokenizers`` and ``transformers`` load.

The model there is a Unigram: of all ways to cut a text into tokens it takes the one of highest
score, as a parse takes the one of fewest bits. Scores are whole numbers, so that sums are exact and
no rounding decides: minus the cost of a unit in quanta, and a little more for being a unit, so that
of parses of the same bits fewer units win, as in :func:`hvm.parse`. Where these tie too, a parse
takes lower ids from the left, and a Unigram the longer last token.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hvm.data.files import write_atomic
from hvm.errors import InputError, require_whole
from hvm.kernels.lexicon.match import QUANTA_PER_BIT
from hvm.lexicon.lexicon import ATOM, VARIABLE, Lexicon
from hvm.lexicon.parsing import compile_lexicon, quanta

if TYPE_CHECKING:
    from hvm.learn.model import Model

UNITS_PER_QUANTUM = 1 << 12
"""A quantum of cost outweighs so many units; up to 2**16 units of 32 bits, sums are exact."""
SCORES_PER_BIT = QUANTA_PER_BIT * UNITS_PER_QUANTUM
"""A score is minus bits times this."""
MOST_TOKENS = 100_000
"""Unless told otherwise: a frame is a token for every text that it stands for."""


class Filled(NamedTuple):
    """A text that an entry stands for, and what its fillers cost."""

    text: str
    cost: int


def tokenizer_json(model: Model, most_tokens: int = MOST_TOKENS) -> str:
    """Return the content of a tokenizer.json that cuts texts as the best parse does.

    Parameters
    ----------
    model : Model
        Fitted to characters.
    most_tokens : int
        A frame with slots is a token for every way to fill them: more than this are refused.

    Returns
    -------
    str
        JSON. Without variables, ids are those of the lexicon's entries; the last is the unknown
        character's, each of which is a token of its own.

    Raises
    ------
    InputError
        Nothing is learned yet, symbols are no characters, or frames stand for too many texts.

    Examples
    --------
    >>> import json
    >>> from hvm import HVM
    >>> held = json.loads(tokenizer_json(HVM(variables=False).fit("abab" * 20)))
    >>> [text for text, score in held["model"]["vocab"]]
    ['a', 'b', 'ab', '<unk>']
    """
    vocabulary = tokens(model, most_tokens)
    unknown = _unknown_name(vocabulary)
    scores = {text: -float(cost * UNITS_PER_QUANTUM + 1) for text, cost in vocabulary.items()}
    least = min(scores.values())
    known = "".join(f"\\x{{{ord(character):x}}}" for character in model.alphabet_.symbols)
    isolated = {"pattern": {"Regex": f"[^{known}]"}, "behavior": "Isolated", "invert": False}
    held: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Replace", "pattern": {"Regex": "\\A\\x{feff}"}, "content": ""},
        "pre_tokenizer": {"type": "Split", **isolated},
        "post_processor": None,
        "decoder": {"type": "Fuse"},
        "model": {
            "type": "Unigram",
            "unk_id": len(scores),
            "vocab": [*scores.items(), (unknown, least)],
            "byte_fallback": False,
        },
    }
    return json.dumps(held, ensure_ascii=False, indent=1) + "\n"


def to_tokenizer(
    model: Model, path: str | os.PathLike[str] | None = None, most_tokens: int = MOST_TOKENS
) -> str | Path:
    """Return the content of a tokenizer.json, or write it.

    Parameters
    ----------
    model : Model
    path : path, optional
    most_tokens : int
        As of :func:`tokenizer_json`.

    Returns
    -------
    str or Path

    Raises
    ------
    InputError
        As :func:`tokenizer_json`.
    OutputError
        The file cannot be written.
    """
    content = tokenizer_json(model, most_tokens)
    if path is None:
        return content
    write_atomic(Path(path), content.encode())
    return Path(path)


def tokens(model: Model, most_tokens: int = MOST_TOKENS) -> dict[str, int]:
    """Return every text that a unit can be, and its cost.

    Parameters
    ----------
    model : Model
    most_tokens : int
        More are refused.

    Returns
    -------
    dict of str to int
        Quanta of 2**-20 bit, in the order of entries; of a text that several stand for, the least.

    Raises
    ------
    InputError
        As :func:`tokenizer_json`.

    Examples
    --------
    >>> from hvm import HVM
    >>> list(tokens(HVM(variables=False).fit("abab" * 20)))
    ['a', 'b', 'ab']
    """
    require_whole("most_tokens", most_tokens, 1)
    model.require_fit()
    lexicon, alphabet = model.lexicon_, model.alphabet_
    if alphabet.unit != "char":
        raise InputError(
            f"a tokenizer cuts characters, and the symbols of this model are of unit "
            f"{alphabet.unit}: fit characters"
        )
    n_texts = sum(count for count, kind in _counted(lexicon) if kind != VARIABLE)
    if n_texts > most_tokens:
        raise InputError(
            f"the units of this model stand for {n_texts:,} texts, more than the "
            f"{most_tokens:,} tokens allowed: allow more (most_tokens, --most-tokens), or fit "
            "without variables"
        )
    costs: dict[str, int] = {}
    unit_cost = compile_lexicon(lexicon).unit_cost.tolist()
    for entry, filled in enumerate(_filled(lexicon, alphabet.symbols)):
        if lexicon.kinds[entry] != VARIABLE:
            for text, cost in filled:
                whole = cost + unit_cost[entry]
                costs[text] = min(whole, costs.get(text, whole))
    return costs


def _counted(lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """How many texts each entry stands for, of any number of digits, and its kind."""
    counts: list[int] = []
    for entry, kind in enumerate(lexicon.kinds.tolist()):
        of_parts = [counts[part] for part in lexicon.parts_of(entry).tolist()]
        counts.append(sum(of_parts) if kind == VARIABLE else math.prod(of_parts))
        yield counts[-1], kind


def _filled(lexicon: Lexicon, symbols: tuple[str, ...]) -> Iterator[list[Filled]]:
    """The texts that each entry stands for, with the cost of their fillers."""
    costs = quanta(lexicon.filler_bits).tolist()
    texts: list[list[Filled]] = []
    for entry, kind in enumerate(lexicon.kinds.tolist()):
        of_parts = [texts[part] for part in lexicon.parts_of(entry).tolist()]
        first = int(lexicon.offsets[entry])
        if kind == ATOM:
            texts.append([Filled(symbols[entry], 0)])
        elif kind == VARIABLE:
            members = zip(of_parts, costs[first : first + len(of_parts)], strict=True)
            texts.append([Filled(text, cost + own) for of, own in members for text, cost in of])
        else:
            texts.append([_joined(parts) for parts in product(*of_parts)])
        yield texts[-1]


def _joined(parts: tuple[Filled, ...]) -> Filled:
    return Filled("".join(part.text for part in parts), sum(part.cost for part in parts))


def _unknown_name(vocabulary: dict[str, int]) -> str:
    """A name that no unit has."""
    name = "<unk>"
    while name in vocabulary:
        name = f"<{name}>"
    return name
