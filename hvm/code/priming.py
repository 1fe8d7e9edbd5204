"""Priming: what a fitted model tells a compressor of bytes before the first of them."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import numpy as np

from hvm.errors import InputError
from hvm.kernels.entries import CHUNK, VARIABLE
from hvm.learn.model import Model
from hvm.lexicon.lexicon import N_BYTES, Definition, Lexicon
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols

NAME_BYTES = 8  # of a model in a file: by chance one pair in 2**64 shares them
MOST_TEXT_BYTES = 1 << 22  # that both sides read before the first byte: 40 seconds or so


class Priming(NamedTuple):
    """A model by bytes.

    Attributes
    ----------
    name : bytes
        The first ``NAME_BYTES`` of the SHA-256 of the model's file.
    lexicon : Lexicon
        Its atoms are the 256 bytes, in their order.
    text : bytes
        What the model learned from, its last part, if it holds that; else its units, spelled with
        the most frequent fillers, those met most often last.
    """

    name: bytes
    lexicon: Lexicon
    text: bytes


def priming_of(model: Model) -> Priming:
    """Spell a model of characters or bytes by bytes.

    Raises
    ------
    InputError
        Its symbols are words or integers, or it has learned nothing.
    """
    name = sha256(model.file_bytes()).digest()[:NAME_BYTES]
    if model.alphabet_.unit not in ("char", "byte"):
        raise InputError(
            f"a model of {model.alphabet_.unit}s cannot compress bytes: fit characters"
        )
    atoms = _as_bytes(model.alphabet_)
    lexicon, state = _by_bytes(model.lexicon_, atoms), model.experts_state
    text = _training(state.training, atoms) if state else _units(model.lexicon_, atoms)
    return Priming(name, lexicon, text[-MOST_TEXT_BYTES:])


def _as_bytes(alphabet: Alphabet) -> list[bytes]:
    if alphabet.unit == "byte":
        return [bytes([symbol]) for symbol in alphabet.symbols]
    return [symbol.encode("utf-8") for symbol in alphabet.symbols]


def _by_bytes(lexicon: Lexicon, atoms: list[bytes]) -> Lexicon:
    """The same entries; a character of several bytes is a chunk."""
    renamed = np.empty(len(lexicon), np.int64)
    definitions: list[Definition] = []
    for entry, spelled in enumerate(atoms):
        renamed[entry] = spelled[0]
        if len(spelled) > 1:
            renamed[entry] = N_BYTES + len(definitions)
            definitions.append(Definition(CHUNK, tuple(spelled)))
    for entry in range(lexicon.n_atoms, len(lexicon)):
        renamed[entry] = N_BYTES + len(definitions)
        parts = tuple(int(part) for part in renamed[lexicon.parts_of(entry)])
        definitions.append(Definition(int(lexicon.kinds[entry]), parts))
    return Lexicon.from_definitions(N_BYTES, definitions, lexicon.smoothing)


def _units(lexicon: Lexicon, atoms: list[bytes]) -> bytes:
    spelled = list(atoms)
    for entry in range(lexicon.n_atoms, len(lexicon)):
        parts = lexicon.parts_of(entry)
        if lexicon.kinds[entry] == VARIABLE:
            begin, end = lexicon.offsets[entry], lexicon.offsets[entry + 1]
            parts = parts[[np.argmax(lexicon.filler_counts[begin:end])]]
        spelled.append(b"".join(spelled[part] for part in parts)[:MOST_TEXT_BYTES])
    used = np.flatnonzero(lexicon.unit_counts)
    used = used[np.argsort(lexicon.unit_counts[used], kind="stable")]
    return b"".join(spelled[unit] for unit in used)


def _training(training: Symbols, atoms: list[bytes]) -> bytes:
    """Sequences as they were; lines end."""
    ends = np.append(training.starts[1:], len(training))
    end = b"\n" if training.mode == "line" else b""
    return b"".join(
        b"".join(map(atoms.__getitem__, training.codes[begin:last].tolist())) + end
        for begin, last in zip(training.starts, ends, strict=True)
    )
