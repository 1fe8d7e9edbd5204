"""Transcripts as tokens: which token every key is where it stands, and where the keys are.

Each key must be one token where it stands, so that its probability is one number of the model.
That is checked with the tokenizer; the tokens are built piece by piece, and a transcript is
refused if the tokenizer reads the whole otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.language.transcripts import Transcript, Trials, checked_trials

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

FIRST, WITHIN, BETWEEN = range(3)  # where a key stands: first of all, in a trial, opening one

Ids = tuple[int, ...]


class KeyTokens(NamedTuple):
    """The tokens that a transcript is made of.

    ``head``: BOS and opening. ``separators`` and ``keys`` by where a key stands (first of all,
    within a trial, first of a later trial): the tokens before it, and int64[3, K] the key's own.
    """

    head: Ids
    separators: tuple[Ids, Ids, Ids]
    keys: NDArray[np.int64]


class Encoded(NamedTuple):
    """One person's transcript as tokens int64[n], and where its keys are.

    ``positions`` int64[k]: the index of each key's token; ``keys`` int64[k]: the key, from 0;
    ``places`` int64[k]: 0 first of all, 1 within a trial, 2 first of a later trial.
    """

    tokens: NDArray[np.int64]
    positions: NDArray[np.int64]
    keys: NDArray[np.int64]
    places: NDArray[np.int64]


def bos_token(tokenizer: PreTrainedTokenizerBase, name: str) -> int:
    """The token that begins a text: the tokenizer's own, or else the one that ends texts.

    Raises
    ------
    InputError
        The tokenizer has neither.
    """
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    raise InputError(
        f"{name}: the tokenizer has no token that begins or ends a text: "
        "take bos=False and an opening"
    )


class TranscriptTokenizer:
    """A tokenizer asked about transcripts.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    name : str
        The model that a message names.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        self.tokenizer, self.name = tokenizer, name

    def bos(self, transcript: Transcript) -> Ids:
        """The token that begins the transcript, or none.

        Raises
        ------
        InputError
            The transcript asks for one and the tokenizer has none.
        """
        return (bos_token(self.tokenizer, self.name),) if transcript.bos else ()

    def key_tokens(self, transcript: Transcript) -> KeyTokens:
        """Check that every key is one token wherever it may stand, and say which.

        Raises
        ------
        InputError
            A key is not one token, or nothing stands before the first key.
        """
        opening, first = self._keys_after("", transcript.opening, transcript)
        head = (*self.bos(transcript), *opening)
        if not head:
            raise InputError(
                "nothing stands before the first key, so that it has no surprisal: "
                "take an opening, or bos=True"
            )
        within = self._keys_anywhere(transcript.key_separator, transcript)
        between = self._keys_anywhere(transcript.trial_separator, transcript)
        keys = np.array([first, within[1], between[1]], np.int64)
        return KeyTokens(head, ((), within[0], between[0]), keys)

    def encode(
        self, trials: Trials, transcript: Transcript, tokens: KeyTokens, whose: str
    ) -> Encoded:
        """One person's transcript as tokens, built piece by piece.

        Parameters
        ----------
        trials : sequence of sequences of int
            Keys, numbered from 1.
        transcript : Transcript
            How they are written.
        tokens : KeyTokens
            Of this transcript, by :meth:`key_tokens`.
        whose : str
            What a message calls the trials.

        Returns
        -------
        Encoded

        Raises
        ------
        InputError
            A key cannot be used, or the tokenizer reads the whole text otherwise.
        """
        trials = checked_trials(trials, len(transcript.key_names), whose)
        ids, positions = list(tokens.head), []
        keys = np.array([key - 1 for trial in trials for key in trial], np.int64)
        places = np.array([WITHIN if i else BETWEEN for t in trials for i in range(len(t))])
        places[:1] = FIRST
        for place, key in zip(places.tolist(), keys.tolist(), strict=True):
            ids += tokens.separators[place]
            positions.append(len(ids))
            ids.append(int(tokens.keys[place, key]))
        if ids[len(self.bos(transcript)) :] != self._ids(transcript.text(trials)):
            raise InputError(
                f"{self.name}: the tokenizer reads the transcript of {whose} otherwise than piece "
                "by piece: choose other key names or separators"
            )
        return Encoded(np.array(ids, np.int64), np.array(positions, np.int64), keys, places)

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def _keys_anywhere(self, separator: str, transcript: Transcript) -> tuple[Ids, Ids]:
        """Tokens of a separator, and of each key after it, whatever the key before."""
        befores = [transcript.opening + name for name in transcript.key_names]
        readings = {self._keys_after(before, separator, transcript) for before in befores}
        if len(readings) > 1:
            raise InputError(
                f"{self.name}: how keys after {separator!r} are read depends on the key before: "
                "choose other key names or separators"
            )
        return readings.pop()

    def _keys_after(self, before: str, separator: str, transcript: Transcript) -> tuple[Ids, Ids]:
        """Tokens of a separator, and of each key after it; each key must be one token."""
        prefix = self._ids(before)
        readings = {name: self._ids(before + separator + name) for name in transcript.key_names}
        for name, ids in readings.items():
            if not self._is_apart(ids, prefix, before + separator):
                self._refuse_key(name, before + separator + name, ids)
        separators = {tuple(ids[len(prefix) : -1]) for ids in readings.values()}
        keys = tuple(ids[-1] for ids in readings.values())
        if len(separators) > 1 or len(set(keys)) < len(keys):
            raise InputError(
                f"{self.name}: the tokenizer does not tell the keys after "
                f"{before + separator!r} apart: choose other key names or separators"
            )
        return separators.pop(), keys

    def _is_apart(self, ids: list[int], prefix: list[int], before: str) -> bool:
        """Whether the last token is the key alone: those before it spell the text before it."""
        if len(ids) <= len(prefix) or ids[: len(prefix)] != prefix:
            return False
        spelled = self.tokenizer.decode(ids[:-1], clean_up_tokenization_spaces=False)
        return "".join(spelled.split()) == "".join(before.split())

    def _refuse_key(self, name: str, text: str, ids: list[int]) -> NoReturn:
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        raise InputError(
            f"{self.name}: key {name!r} is not a token of its own: {text!r} is read as {tokens}; "
            "choose other key names or separators"
        )
