"""How the trials of one person become a text that a language model reads.

Trials are sequences of keys numbered from 1. A transcript names the keys and puts separators
between them. Nothing here needs a tokenizer or a model.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from hvm.errors import InputError

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


def checked_trials(trials: Trials, n_keys: int, whose: str) -> list[list[int]]:
    """Trials as lists of int.

    Parameters
    ----------
    trials : sequence of sequences of int
        Keys, numbered from 1.
    n_keys : int
        The highest key.
    whose : str
        What a message calls the trials.

    Returns
    -------
    list of list of int

    Raises
    ------
    InputError
        A trial or a key cannot be used; the message says where it stands.
    """
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
