"""Model files: fields changed and the hash put right again, or bytes changed."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzzing import require
from benchmarks.fuzzing.damage import NASTY_VALUES, choice, damaged
from hvm import HVM, as_symbols
from hvm.learn.model import Model

TEXT = "where is the dog now ?\nwhere is the cat now ?\ni see the dog there .\n" * 12
DEEP = 3000
"""Brackets within brackets: more than Python's parser of JSON takes."""


def fitted_models() -> list[Model]:
    """Models of every unit and way to learn."""
    return [
        HVM(restarts=1).fit(as_symbols(TEXT, "char", "line")),
        HVM(restarts=1).fit(as_symbols(TEXT, "word", "line")),
        HVM(restarts=1, variables=False).fit(TEXT.encode()),
        HVM(restarts=1).fit([3, -1, 2, 3, -1, 2, 2**40] * 20),
        HVM.paper().fit(TEXT),
        HVM().begin("abc").observe("abcabc").observe("cab"),
    ]


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and payload of a model file."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def joined(header: dict[str, Any], payload: bytes) -> bytes:
    """A model file of a header without its hash, and a payload."""

    def as_bytes() -> bytes:
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text

    about = header["__metadata__"]
    about.pop("sha256", None)
    header["__metadata__"] = dict(sorted(about.items()))
    digest = hashlib.sha256(as_bytes() + payload).hexdigest()
    header["__metadata__"] = dict(sorted({**about, "sha256": digest}.items()))
    return as_bytes() + payload


def change_json(text: str, rng: np.random.Generator) -> str:
    """A JSON object with a value, a name or its way of writing changed."""
    held = json.loads(text)
    kind = int(rng.integers(6))
    if kind == 0:
        return "[" * DEEP + "]" * DEEP
    if kind == 1:
        return damaged(text.encode(), rng).decode("utf-8", "replace")
    if kind == 2:
        return json.dumps(held, indent=1)
    name = choice([*held, "n_symbols", "data_bits", "smoothing", "another"], rng)
    held[name] = choice(NASTY_VALUES, rng)
    text = json.dumps(held, sort_keys=True, separators=(",", ":"))
    return text.replace("null", choice(("NaN", "Infinity", "null", "1e400"), rng))


class Models:
    """Files of ``model.save``."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name, "model.hvm")
        self._files: list[bytes] = []
        for model in fitted_models():
            model.save(self._path)
            self._files.append(self._path.read_bytes())

    def attempt(self, rng: np.random.Generator) -> None:
        """Load a changed file; what loads must save as the same bytes and give finite bits."""
        content = choice(self._files, rng)
        changed = damaged(content, rng) if rng.random() < 0.2 else self._changed(content, rng)
        self._path.write_bytes(changed)
        model = Model.load(self._path)
        unit = model.alphabet_.unit
        text: Any = [1, 3, -1] if unit == "int" else b"dog" if unit == "byte" else "the dog ?"
        for bits in (model.surprisal(text), model.bits_per_symbol(text)):
            require(bool(np.isfinite(bits).all() and np.all(bits >= 0)), f"bits of {bits}")
        model.parse(text)
        model.save(self._path)
        require(self._path.read_bytes() == changed, "it saves as other bytes than it was loaded")

    def _changed(self, content: bytes, rng: np.random.Generator) -> bytes:
        header, payload = split(content)
        about, kind = header["__metadata__"], int(rng.integers(6))
        if kind == 0:
            payload = damaged(payload, rng)
        elif kind == 1:
            place = int(rng.integers(len(payload)))
            number = int(rng.choice([0, 1, 2**31, 2**62, 2**63 - 1])).to_bytes(8, "little")
            payload = payload[:place] + number + payload[place + 8 :]
        elif kind == 2:
            about[choice(list(about), rng)] = choice(NASTY_VALUES, rng)
        elif kind == 3:
            tensor = header[choice([name for name in header if name != "__metadata__"], rng)]
            tensor[choice(list(tensor), rng)] = choice(NASTY_VALUES, rng)
        else:
            name = choice(("params", "metadata"), rng)
            about[name] = change_json(about[name], rng)
        return joined(header, payload)


def make() -> Models:
    """Return the kind."""
    return Models()
