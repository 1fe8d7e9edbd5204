"""Files: read whole with messages that name them, written whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvm.errors import HvmError, InputError, OutputError, one_line_path
from hvm.version import __version__

if TYPE_CHECKING:
    import pandas as pd


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return what a file holds.

    Raises
    ------
    InputError
        It cannot be read; the message names it.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise InputError(why_unreadable(path, one_line_path(path), error)) from None


def read_tags(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read tags of symbols: lines of a symbol, a tab and its tag; of two lines the last counts.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict of str to str

    Raises
    ------
    InputError
        The file cannot be read, is not UTF-8, or a line is not of two fields.
    """
    name, tags = one_line_path(path), dict[str, str]()
    try:
        lines = read_bytes(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: is not UTF-8, at offset {error.start}") from None
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        if line and (len(fields) != 2 or not fields[1]):
            raise InputError(
                f"{name}, line {number}: not a symbol, a tab and its tag: {line!r:.60}"
            )
        if line:
            tags[fields[0]] = fields[1]
    return tags


def why_unreadable(path: str | os.PathLike[str], name: str, error: Exception) -> str:
    """What a message says of a file that cannot be read.

    Parameters
    ----------
    path : path
        The file.
    name : str
        What the message calls it.
    error : Exception
        What reading it raised.

    Returns
    -------
    str
        One line.
    """
    if isinstance(error, FileNotFoundError):
        return f"{name}: no such file"
    if isinstance(error, OSError) and os.path.isdir(path):
        return f"{name}: is a directory, not a file"
    reason = (isinstance(error, OSError) and error.strerror) or error
    return f"{name}: cannot be read: {reason}"


def require_writable(path: str | os.PathLike[str]) -> None:
    """Raise :class:`OutputError` if ``path`` can be seen to be unwritable, before long work."""
    name = one_line_path(path)
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise OutputError(f"{name}: is a directory: name a file in it")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise OutputError(f"{name}: {one_line_path(folder)} is a file, not a folder")
    if not os.path.isdir(folder):
        raise OutputError(f"{name}: the folder {one_line_path(folder)} does not exist")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise OutputError(f"{name}: cannot be written: permission denied")


def write_atomic(path: str | os.PathLike[str], data: bytes | Iterable[bytes]) -> None:
    """Write a file whole or not at all; an older file stays until the new one is complete.

    Parameters
    ----------
    path : path
        The file.
    data : bytes or iterable of bytes
        All of it, or blocks, each written when it is there; what making one raises goes on.

    Raises
    ------
    OutputError
        The file cannot be written; the older file, if any, is as it was.
    """
    name = one_line_path(path)
    try:
        require_writable(path)
        if os.path.exists(path) and not os.path.isfile(path):
            whole = data if isinstance(data, bytes) else b"".join(data)
            Path(path).write_bytes(whole)  # a device or pipe, such as /dev/stdout, must stay one
        else:
            _replace(os.path.realpath(path), data)
    except HvmError:
        raise
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise OutputError(f"{name}: cannot be written: {reason}") from None


def write_table(path: Path, table: pd.DataFrame | Iterable[pd.DataFrame]) -> None:
    """Write a table, or its rows block by block, as CSV, whole or not at all."""
    blocks = [table] if hasattr(table, "to_csv") else table
    write_atomic(path, map(_csv_bytes, blocks, itertools.count()))


def _csv_bytes(table: pd.DataFrame, number: int) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n", header=number == 0)
    return text.encode()


def write_settings(path: Path, settings: Mapping[str, Any]) -> None:
    """Write what something was made with as JSON, the version of hvm first."""
    about = {"version": __version__, **settings}
    write_atomic(path, (json.dumps(about, indent=1) + "\n").encode())


def make_folder(folder: Path) -> None:
    """Make a folder that is not there yet, before anything is computed for it.

    Raises
    ------
    OutputError
        It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror}") from None


def _replace(target: str, data: bytes | Iterable[bytes]) -> None:
    temporary = os.path.join(os.path.dirname(target), f".hvm-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:  # Ctrl-C too leaves nothing behind
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
