"""Compiled kernels on disk: one file for each kernel, source and signature.

numba keeps an index and numbered files, the index written first: a process that is killed between
the two leaves an index that names older code, two that compile at once may take each other's, and
a file that is cut short is a traceback. Here a file's name says all that its code follows from, its
first bytes say whether it is whole, and what cannot be read or written is compiled instead.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
from numba.core.serialize import dumps

_CHECK_BYTES = 32


class KernelFiles:
    """The files of one kernel; numba calls ``load``, ``save`` and ``flush``.

    Parameters
    ----------
    folder : Path
        Where they lie.
    name : str
        Begins their names: the kernel's, and the version of Python.
    stamp : str
        Of all sources that the code follows from.
    """

    def __init__(self, folder: Path, name: str, stamp: str) -> None:
        self._folder, self._name, self._stamp = folder, name, stamp

    def load(self, key: object) -> Any:
        """What was saved for a signature and a processor; None where it is not there, whole."""
        try:
            content = self._path(key).read_bytes()
        except OSError:
            return None
        check, code = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
        return pickle.loads(code) if sha256(code).digest() == check else None

    def save(self, key: object, compiled: object) -> None:
        """Keep compiled code, if the disk takes it."""
        code = dumps(compiled)
        path = self._path(key)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
        try:
            unfinished.write_bytes(sha256(code).digest() + code)
            os.replace(unfinished, path)
            self._remove_older()
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()

    def has_any(self) -> bool:
        """Whether code of these sources is there, for some signature and processor."""
        return any(self._folder.glob(f"{self._name}.{self._stamp[:8]}-*.nbc"))

    def flush(self) -> None:
        """Forget what is there."""
        for path in self._folder.glob(f"{self._name}.*.nbc"):
            path.unlink(missing_ok=True)

    def _path(self, key: object) -> Path:
        """The file of a signature and a processor: the same name in every process."""
        digest = sha256(repr((numba.__version__, self._stamp, key)).encode()).hexdigest()
        return self._folder / f"{self._name}.{self._stamp[:8]}-{digest[:24]}.nbc"

    def _remove_older(self) -> None:
        """Remove code of other sources, and what numba itself kept."""
        for path in self._folder.glob(f"{self._name}.*nb[ci]"):
            if not path.name.startswith(f"{self._name}.{self._stamp[:8]}-"):
                path.unlink(missing_ok=True)
