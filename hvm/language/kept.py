"""Kept scores: a folder with one small file a person, so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hvm.data.files import make_folder, write_atomic
from hvm.language.scoring import Scores
from hvm.language.tokens import Encoded, KeyTokens

CACHE_VERSION = 1
"""Goes up when the same settings begin to mean other numbers."""


class KeptScores:
    """The scores of people, kept in a folder; no folder, nothing kept.

    Parameters
    ----------
    folder : str or path or None
    tokens : KeyTokens
        Of the transcript.
    about : mapping
        All else that the numbers depend on, rounding aside; JSON must hold it.

    Raises
    ------
    OutputError
        The folder cannot be made.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None,
        tokens: KeyTokens,
        about: Mapping[str, str | int | None],
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self._tokens = tokens
        self._about = {"version": CACHE_VERSION, "head": len(tokens.head), **about}
        if self.folder is not None:
            make_folder(self.folder)

    def complete(
        self,
        people: Mapping[Hashable, Encoded],
        read: Callable[[Sequence[Encoded]], list[Scores]],
    ) -> dict[Hashable, Scores]:
        """What is kept for some people, and what is read, and kept, where nothing is.

        Raises
        ------
        OutputError
            A file cannot be written.
        """
        if self.folder is None:
            return dict(zip(people, read(list(people.values())), strict=True))
        paths = {
            person: self.folder / f"{self._key(encoded)}.npy" for person, encoded in people.items()
        }
        kept = {person: _stored(path, len(people[person].keys)) for person, path in paths.items()}
        missing = [person for person, scores in kept.items() if scores is None]
        new = dict(zip(missing, read([people[person] for person in missing]), strict=True))
        for person, scores in new.items():
            write_atomic(paths[person], _npy_bytes(scores))
        return {person: new[person] if old is None else old for person, old in kept.items()}

    def _key(self, person: Encoded) -> str:
        """A hash of all that a person's numbers depend on, rounding aside."""
        digest = hashlib.sha256(json.dumps(self._about, sort_keys=True).encode())
        for array in (self._tokens.keys, *person):
            digest.update(f"{array.shape}".encode() + np.asarray(array, "<i8").tobytes())
        return digest.hexdigest()


def _npy_bytes(scores: Scores) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(scores, "<f8"), (1, 0), allow_pickle=False)
    return buffer.getvalue()


def _stored(path: Path, n_keys: int) -> Scores | None:
    """The numbers of one person; None if there are none, or the file is damaged."""
    try:
        scores = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = scores.shape == (3, n_keys) and scores.dtype == np.float64
    return scores if whole and np.isfinite(scores).all() else None
