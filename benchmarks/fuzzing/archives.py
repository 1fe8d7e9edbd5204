"""Zip archives with names that lead elsewhere, meet each other, or do not fit."""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.fuzzing import require
from benchmarks.fuzzing.damage import choice, damaged
from hvm.data.archives import unzip

NAMES = (
    "a.txt", "b/a.txt", "b", "b/", "a.txt/c", "./a.txt", "b/./a.txt", "../out.txt", "/out.txt",
    "b/../../out.txt", "c:\\out.txt", "b\\a.txt", "", ".", "..", "x" * 300,
    "d/" * 60 + "e", "é.txt", "\u202e.txt", "con", "a.txt ", "A.TXT",
    "__MACOSX/a", "n\u0000l", "\udcff.txt",
)  # fmt: skip
LINK, ENCRYPTED = 0.05, 0.03


class Archives:
    """What ``hvm data fetch`` unpacks."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name, "given.zip")
        self._inside = Path(self._folder.name, "inside")

    def attempt(self, rng: np.random.Generator) -> None:
        """Unpack an archive; all of it is where it should be, or nothing is there at all."""
        content, members = self._archive(rng)
        changed = damaged(content, rng) if rng.random() < 0.5 else content
        self._path.write_bytes(changed)
        shutil.rmtree(self._inside, ignore_errors=True)
        self._inside.mkdir()
        try:
            unzip(self._path, self._inside / "held")
        finally:
            there = {path.name for path in self._inside.iterdir()}
            beside = {path.name for path in Path(self._folder.name).iterdir()}
            require(beside == {"given.zip", "inside"}, "something was written elsewhere")
            require(there <= {"held"}, f"left behind: {there}")
        if changed is content:
            for name, data in members:
                if not name.startswith("__MACOSX") and not name.endswith("/"):
                    held = (self._inside / "held" / name).read_bytes()
                    require(held == data, f"{name!r} holds something else")

    def _archive(self, rng: np.random.Generator) -> tuple[bytes, list[tuple[str, bytes]]]:
        buffer, members = io.BytesIO(), []
        with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
            warnings.simplefilter("ignore")  # of a name that is there twice
            for _ in range(int(rng.integers(0, 4))):
                name = choice(NAMES, rng) if rng.random() < 0.5 else f"f{rng.integers(9)}.txt"
                data = rng.bytes(int(rng.integers(0, 40)))
                if rng.random() < 0.02:
                    data = bytes(1 << 20)
                info = zipfile.ZipInfo(name or "empty")
                info.compress_type = choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), rng)
                if rng.random() < LINK:
                    info.external_attr = (stat.S_IFLNK | 0o777) << 16
                try:
                    archive.writestr(info, data)
                except (UnicodeEncodeError, ValueError):
                    continue
                members.append((info.filename, data))
        return buffer.getvalue(), members


def make() -> Archives:
    """Return the kind."""
    return Archives()
