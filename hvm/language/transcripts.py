"""How the trials of one person become a text that a language model reads, and its windows.

Trials are sequences of keys numbered from 1. A transcript names the keys and puts separators
between them; encoded, it is tokens that know where the keys are. Nothing here needs a model.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import NamedTuple

import numpy as np

from hvm.errors import InputError

FIRST, WITHIN, BETWEEN = range(3)  # where a key stands: first of all, in a trial, opening one
Trials = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Transcript:
    r"""How the trials of one person become one text.

    Attributes
    ----------
    opening : str
        Stands before the first key; the default is nothing.
    key_names : tuple of str
        What is written for keys 1, 2, ...; the default is the letters a to f, which with a space
        before them are single tokens of nearly every tokenizer; digits often are not.
    key_separator : str
        Between two keys of a trial.
    trial_separator : str
        Between the last key of a trial and the first of the next.
    bos : bool
        Whether the token that begins a text (of a tokenizer without one: the token that ends a
        text) stands before everything.

    Examples
    --------
    >>> Transcript().text([[1, 2, 6], [2, 1, 6]])
    'a b f\nb a f'
    """

    opening: str = ""
    key_names: tuple[str, ...] = ("a", "b", "c", "d", "e", "f")
    key_separator: str = " "
    trial_separator: str = "\n"
    bos: bool = True

    def __post_init__(self) -> None:
        """Refuse names that do not tell keys apart."""
        names = self.key_names
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise InputError("key names must be a tuple of texts, one a key")
        object.__setattr__(self, "key_names", tuple(names))
        if len(names) < 2 or len(set(names)) < len(names) or not all(map(str.strip, names)):
            raise InputError(f"key names must be two or more, none blank, all different: {names}")

    def text(self, trials: Trials) -> str:
        """The whole transcript; keys are numbered from 1."""
        lines = (self.key_separator.join(self.key_names[key - 1] for key in t) for t in trials)
        return self.opening + self.trial_separator.join(lines)


def shuffled(people: Mapping[Hashable, Trials], seed: int) -> dict[Hashable, list[list[int]]]:
    """The control: each trial keeps its keys and loses their order, anew in every trial.

    What a model gains over these from practice it owes to how often keys occur, not to sequence.
    A person's order depends on the seed and the person alone, not on who else is there.

    Examples
    --------
    >>> shuffled({"ann": [[1, 2, 3], [1, 2, 3]]}, seed=1)
    {'ann': [[2, 3, 1], [3, 1, 2]]}
    """
    return {
        person: [
            _rng(seed, person, trial).permutation(keys).tolist() for trial, keys in enumerate(t)
        ]
        for person, t in people.items()
    }


def _rng(seed: int, person: Hashable, trial: int) -> np.random.Generator:
    return np.random.default_rng([seed, trial, *str(person).encode()])


# -- tokens -------------------------------------------------------------------------------------


class KeyTokens(NamedTuple):
    """The tokens that a transcript is made of.

    ``head``: BOS and opening. ``given`` and ``keys`` by where a key stands (first of all, within a
    trial, first of a later trial): the tokens of the separator, and int64[3, K] the key's own.
    """

    head: tuple[int, ...]
    given: tuple[tuple[int, ...], ...]
    keys: np.ndarray


class Encoded(NamedTuple):
    """One person's transcript as tokens int64[n], and where its keys are.

    ``positions`` int64[k]: the index of each key's token; ``keys`` int64[k]: the key, from 0;
    ``places`` int64[k]: 0 first of all, 1 within a trial, 2 first of a later trial.
    """

    tokens: np.ndarray
    positions: np.ndarray
    keys: np.ndarray
    places: np.ndarray


class Row(NamedTuple):
    """What the model reads in one go: tokens, and the keys (of one person) scored there.

    ``scored``: the slice of the person's keys; ``offset``: a key's position there less that here.
    """

    tokens: np.ndarray
    scored: slice
    offset: int


def windows(encoded: Encoded, head: int, window: int | None, stride: int | None) -> list[Row]:
    """Cut a transcript into rows of at most ``window`` tokens, the head first in each.

    Parameters
    ----------
    encoded : Encoded
        One person's transcript.
    head : int
        Tokens of BOS and opening.
    window : int or None
        Tokens that the model can read at once; None: no bound.
    stride : int or None
        Tokens from the beginning of one window to that of the next; None: half of the window's
        room after the head.
    """
    n = len(encoded.tokens)
    if window is None or n <= window:
        return [Row(encoded.tokens, slice(0, len(encoded.keys)), 0)]
    room = window - head
    step = checked_stride(window, head, stride)
    rows, done = [], 0
    for begin in range(head, n, step):
        end = min(begin + room, n)
        tokens = np.concatenate([encoded.tokens[:head], encoded.tokens[begin:end]])
        upto = int(np.searchsorted(encoded.positions, end))
        rows.append(Row(tokens, slice(done, upto), begin - head))
        done = upto
        if end == n:
            break
    return rows


def checked_stride(window: int, head: int, stride: int | None) -> int:
    """The stride, checked: a key that a window adds must see a token besides the head."""
    room = window - head
    chosen = room // 2 if stride is None else stride
    if not 1 <= chosen < room:
        raise InputError(
            f"a window of {window} tokens, {head} of them BOS and opening, "
            f"takes a stride from 1 to {room - 1}, not {chosen}"
        )
    return chosen


def checked_trials(trials: Trials, n_keys: int, whose: str) -> list[list[int]]:
    """Trials as lists of int; the message says where one cannot be used."""
    if len(trials) == 0:
        raise InputError(f"{whose}: no trials")
    for number, trial in enumerate(trials, 1):
        if len(trial) == 0:
            raise InputError(f"{whose}, trial {number}: no keys")
        for position, key in enumerate(trial, 1):
            if isinstance(key, bool) or not isinstance(key, Integral) or not 1 <= key <= n_keys:
                raise InputError(
                    f"{whose}, trial {number}, position {position}: "
                    f"a key must be a number from 1 to {n_keys}, not {key!r:.40}"
                )
    return [[int(key) for key in trial] for trial in trials]
