"""What a user names to be read: files, folders, patterns, standard input; packed or not."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TypeAlias

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
    try:
        return bytes(_standard_input().read())
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
    """What a source holds, unpacked where it is packed by gzip, bz2, xz or zstd.

    Raises
    ------
    InputError
        It cannot be read, or the archive is damaged or cut; the message names it.
    """
    return b"".join(unpacked_parts(path))


def unpacked_parts(
    path: AnyPath, n_bytes: int | None = None, on_read: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """What a source holds, unpacked as by :func:`read_unpacked`, part by part.

    Parameters
    ----------
    path : path
        A file, standard input, or a URL, which is read whole before the first part.
    n_bytes : int, optional
        Of a part, about; what is packed by zstd comes in parts of its own. None for all at once.
    on_read : callable, optional
        Called with the number of bytes, still packed, that were read since it was called last.

    Yields
    ------
    bytes

    Raises
    ------
    InputError
        As :func:`read_unpacked`, when what is wrong is reached.
    """
    with _opened(path) as file:
        source = _Source(file, path, on_read)
        kind = _kind_of_archive(source.beginning, path)
        size = -1 if n_bytes is None else n_bytes
        if kind is None:
            yield from _parts(io.BufferedReader(source), size)
        else:
            yield from _unpacked(io.BufferedReader(source), source_name(path), kind, size)


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


# -- parts --------------------------------------------------------------------------------

_BEGINNING_BYTES = 16
"""Enough to tell what has packed a file."""


class _Source(io.RawIOBase):
    """A file of which the beginning was looked at; what is read is counted."""

    def __init__(
        self, file: IO[bytes], path: AnyPath, on_read: Callable[[int], None] | None
    ) -> None:
        self._file, self._path, self._on_read = file, path, on_read
        self.beginning = self._ahead = self._next(_BEGINNING_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._ahead[: len(buffer)] if self._ahead else self._next(len(buffer))
        self._ahead = self._ahead[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def readall(self) -> bytes:
        ahead, self._ahead = self._ahead, b""
        return ahead + self._next(-1)

    def _next(self, size: int) -> bytes:
        try:
            part = self._file.read(size)
        except (OSError, ValueError) as error:
            name = source_name(self._path)
            raise InputError(why_unreadable(os.fsdecode(self._path), name, error)) from None
        if self._on_read is not None:
            self._on_read(len(part))
        return part


@contextmanager
def _opened(path: AnyPath) -> Iterator[IO[bytes]]:
    if is_standard_input(path):
        yield _standard_input()
    elif (url := url_of(path)) is not None:
        yield io.BytesIO(read_url(url))
    else:
        with open_source(path) as file:
            yield file


def _standard_input() -> IO[bytes]:
    stream: IO[bytes] | None = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise InputError("standard input: there is none to read")
    return stream


def _parts(file: Any, size: int) -> Iterator[bytes]:
    while part := file.read(size):
        yield part


# -- packed files -------------------------------------------------------------------------


def _kind_of_archive(beginning: bytes, path: AnyPath) -> str | None:
    """What has packed a file that begins so, if anything has."""
    suffix = os.path.splitext(os.fsdecode(path))[1].lower()
    for kind, (ending, _, beginnings) in _PACKERS.items():
        if beginning.startswith(beginnings):
            return kind
        # The name tells a file that was cut within its first bytes.
        if suffix == ending and any(whole.startswith(beginning) for whole in beginnings):
            raise InputError(f"{source_name(path)}: is a cut {kind} file: copy it again")
    return None


def _unpacked(file: io.BufferedReader, name: str, kind: str, size: int) -> Iterator[bytes]:
    module = _PACKERS[kind][1]
    try:
        if kind == "zstd":
            yield from _unzstd(file)
        else:
            yield from _parts(import_module(module).open(file), size)
    except ImportError:
        fix = "pip install zstandard" if kind == "zstd" else f"this Python has no module {module}"
        raise InputError(f"{name}: is packed by {kind}: {fix}, or unpack it yourself") from None
    except (MemoryError, InputError):
        raise
    except Exception as error:  # each decoder raises its own kinds
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{name}: is a damaged or cut {kind} file: {reason}") from None


def _unzstd(file: io.BufferedReader) -> Iterator[bytes]:
    import zstandard

    frame = None
    while data := file.read(io.DEFAULT_BUFFER_SIZE):
        while data:  # frame by frame, and not at once: a frame's header may claim any size
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(data)
            data, frame = (frame.unused_data, None) if frame.eof else (b"", frame)
    if frame is not None:
        raise ValueError("its last frame has no end")


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
