"""What a user names to be read: files, folders, patterns, standard input; packed or not."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import IO, TypeAlias

from hvm.data.files import read_bytes, why_unreadable
from hvm.data.urls import open_url, read_url, url_of, urls_of
from hvm.errors import InputError, one_line_path

AnyPath: TypeAlias = "str | bytes | os.PathLike[str]"

STANDARD_INPUT = "-"


def expand(paths: AnyPath | Iterable[AnyPath]) -> list[Path]:
    """The files that names stand for, in order.

    Parameters
    ----------
    paths : path or iterable of paths
        A folder stands for all files in it and in its folders, sorted, what is hidden left out; a
        name with ``*``, ``?`` or ``[`` that is no file stands for the files that match it, sorted,
        a URL too (:mod:`hvm.data.urls`); ``-`` for standard input.

    Returns
    -------
    list of Path
        At least one.

    Raises
    ------
    InputError
        Nothing is named, a folder holds no file or cannot be listed, no file matches, or standard
        input is named twice.
    """
    named = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
    if not named:
        raise InputError("no input file was given")
    files = [file for each in named for file in _files_of(Path(os.fsdecode(each)))]
    require_one_standard_input(files)
    return files


def require_one_standard_input(paths: Iterable[AnyPath]) -> None:
    """Raise :class:`InputError` where standard input is named twice: it can be read once."""
    if sum(map(is_standard_input, paths)) > 1:
        raise InputError("standard input (-) can be read once only: name it once")


def is_standard_input(path: AnyPath) -> bool:
    """Whether a name stands for standard input."""
    return os.fsdecode(path) == STANDARD_INPUT


def source_name(path: AnyPath) -> str:
    """What a message calls a source."""
    return "standard input" if is_standard_input(path) else url_of(path) or one_line_path(path)


def read_source(path: AnyPath) -> bytes:
    """What a file, a URL or standard input holds, as it is.

    Raises
    ------
    InputError
        It cannot be read; the message names it.
    """
    url = url_of(path)
    if url is not None:
        return read_url(url)
    if not is_standard_input(path):
        return read_bytes(os.fsdecode(path))
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise InputError("standard input: there is none to read")
    try:
        return bytes(stream.read())
    except (OSError, ValueError) as error:
        raise InputError(f"standard input: cannot be read: {error}") from None


def open_source(path: AnyPath) -> IO[bytes]:
    """Open a file or a URL to be read here and there.

    Raises
    ------
    InputError
        It cannot be opened; the message names it.
    """
    url = url_of(path)
    if url is not None:
        return open_url(url)
    try:
        return open(path, "rb")
    except (OSError, ValueError) as error:
        raise InputError(why_unreadable(os.fsdecode(path), source_name(path), error)) from None


def read_unpacked(path: AnyPath) -> bytes:
    """What a file or standard input holds, unpacked where it is packed by gzip, bz2, xz or zstd.

    Raises
    ------
    InputError
        It cannot be read, or the archive is damaged or cut; the message names it.
    """
    return unpack(read_source(path), source_name(path), os.path.splitext(os.fsdecode(path))[1])


# -- names --------------------------------------------------------------------------------


def _files_of(path: Path) -> list[Path]:
    url = url_of(path)
    if url is not None:
        return urls_of(url)
    if path.is_dir():
        return _files_in(path)
    pattern = str(path)
    if not glob.has_magic(pattern) or os.path.lexists(path):
        return [path]
    found = sorted(glob.glob(pattern, recursive=True))
    files = [Path(name) for name in found if os.path.isfile(name)]
    if not files:
        raise InputError(f"{one_line_path(path)}: no file matches this pattern")
    return files


def _files_in(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        name = one_line_path(error.filename or folder)
        raise InputError(f"{name}: cannot be listed: {error.strerror or error}")

    files = []
    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(where, name) for name in names if not name.startswith(".")]
    files = sorted(filter(Path.is_file, files), key=lambda file: file.relative_to(folder).parts)
    if not files:
        raise InputError(f"{one_line_path(folder)}: this folder holds no file (hidden ones apart)")
    return files


# -- packed files -------------------------------------------------------------------------


def unpack(data: bytes, name: str, suffix: str = "") -> bytes:
    """Unpack what gzip, bz2, xz or zstd have packed; anything else is returned as it is.

    Parameters
    ----------
    data : bytes
        Its first bytes decide.
    name : str
        What a message calls it.
    suffix : str
        Of the file's name: tells a file that was cut within those first bytes.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        It is damaged or cut, or zstd is not installed.
    """
    for kind, (ending, module, beginnings) in _PACKERS.items():
        if data.startswith(beginnings):
            return _unpacked(data, name, kind, module)
        if suffix.lower() == ending and any(whole.startswith(data) for whole in beginnings):
            raise InputError(f"{name}: is a cut {kind} file: copy it again")
    return data


def _unpacked(data: bytes, name: str, kind: str, module: str) -> bytes:
    try:
        decompress = _unzstd if module == "zstandard" else import_module(module).decompress
        return bytes(decompress(data))
    except ImportError:
        fix = "pip install zstandard" if kind == "zstd" else f"this Python has no module {module}"
        raise InputError(f"{name}: is packed by {kind}: {fix}, or unpack it yourself") from None
    except MemoryError:
        raise
    except Exception as error:  # each decoder raises its own kinds
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{name}: is a damaged or cut {kind} file: {reason}") from None


def _unzstd(data: bytes) -> bytes:
    import zstandard

    parts = []
    while data:  # frame by frame, and not at once: a frame's header may claim any size
        frame = zstandard.ZstdDecompressor().decompressobj()
        parts.append(frame.decompress(data))
        if not frame.eof:
            raise ValueError("its last frame has no end")
        data = frame.unused_data
    return b"".join(parts)


_BZ2_NEXT = (b"1AY&SY", b"\x17rE8P\x90")
_PACKERS = {
    "gzip": (".gz", "gzip", (b"\x1f\x8b\x08",)),
    "bz2": (
        ".bz2",
        "bz2",
        tuple(b"BZh%d%b" % (level, after) for level in range(1, 10) for after in _BZ2_NEXT),
    ),
    "xz": (".xz", "lzma", (b"\xfd7zXZ\x00",)),
    "zstd": (".zst", "zstandard", (b"\x28\xb5\x2f\xfd",)),
}
"""By name: the ending of such files, the module that unpacks them, and how they begin."""

PACKED_BEGINNINGS = tuple(start for _, _, starts in _PACKERS.values() for start in starts)
PACKED_SUFFIXES = tuple(ending for ending, _, _ in _PACKERS.values())
