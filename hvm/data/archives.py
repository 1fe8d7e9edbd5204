"""Archives from elsewhere: every member stays inside the folder, or nothing is unpacked."""

from __future__ import annotations

import lzma
import os
import secrets
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from hvm.errors import DataError

MAX_UNZIPPED_BYTES = 1 << 32
"""More than any archive of the registry holds; a file of zeros could claim terabytes."""

_IS_ENCRYPTED = 1
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)
"""What zipfile raises where an archive is not whole: a broken name is a UnicodeDecodeError."""


def unzip(archive: Path, folder: Path) -> Path:
    """Unpack an archive into a folder, whole or not at all; a folder that is there is left alone.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataError
        No zip archive, a damaged or encrypted one, one whose members would lie outside the folder,
        be links, or stand in each other's place, or one that unpacks to more than
        ``MAX_UNZIPPED_BYTES``.
    """
    if folder.is_dir():
        return folder
    unfinished = folder.with_name(f".hvm-{secrets.token_hex(8)}.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(archive) as opened:
            members = _members(archive, opened)
            unfinished.mkdir()
            for member, path in members:
                _unpack(opened, member, unfinished / path)
        os.replace(unfinished, folder)
    except _DAMAGE as error:
        raise DataError(f"{archive}: is no zip archive, or a damaged one: {error}") from None
    except OSError as error:
        raise DataError(f"{archive}: cannot be unpacked: {_reason(error, unfinished)}") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _members(archive: Path, opened: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, Path]]:
    """Files to unpack and where to, checked before anything is written."""
    members = [(member, _path(archive, member)) for member in opened.infolist()]
    n_bytes = sum(member.file_size for member, _ in members)
    if n_bytes > MAX_UNZIPPED_BYTES:
        raise DataError(f"{archive}: would unpack to {n_bytes:,} bytes: not unpacked")
    wanted = [
        (member, path)
        for member, path in members
        if not member.is_dir() and path.parts[0] != "__MACOSX"
    ]
    _require_apart(archive, [path for _, path in wanted])
    return wanted


def _require_apart(archive: Path, paths: list[Path]) -> None:
    """No file may stand where another one stands, or where another one's folder does."""
    files = set[Path]()
    for path in paths:
        if path in files:
            raise DataError(f"{archive}: holds {str(path)!r:.80} twice: not unpacked")
        files.add(path)
    for path in paths:
        inside = files.intersection(path.parents)
        if inside:
            held = str(inside.pop())
            raise DataError(f"{archive}: holds {held!r:.80} as a file and as a folder")


def _reason(error: OSError, unfinished: Path) -> str:
    """What went wrong, the name without the folder that is gone by then."""
    name = os.path.relpath(error.filename, unfinished) if error.filename else ""
    return f"{name!r:.80}: {error.strerror}" if name else str(error.strerror or error)


def _path(archive: Path, member: zipfile.ZipInfo) -> Path:
    name = PurePosixPath(member.filename)
    is_odd = name.is_absolute() or ".." in name.parts or not name.parts
    if is_odd or any(sign in member.filename for sign in "\\:\0"):
        raise DataError(f"{archive}: holds {member.filename!r:.80}, which lies outside the folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DataError(f"{archive}: holds a link, {member.filename!r:.80}: not unpacked")
    if member.flag_bits & _IS_ENCRYPTED:
        raise DataError(f"{archive}: holds {member.filename!r:.80}, which is encrypted")
    return Path(*name.parts)


def _unpack(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(member) as source, open(path, "xb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
