"""Files behind URLs, which fsspec reads: ``https://``, ``s3://`` and what else it knows."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO, Any

from hvm.errors import InputError

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/+(.*)", re.DOTALL | re.IGNORECASE)  # no drive: two letters


def url_of(path: str | bytes | os.PathLike[str]) -> str | None:
    """The URL that a name is, or None; a Path has lost a slash of it.

    Parameters
    ----------
    path : path

    Returns
    -------
    str or None

    Examples
    --------
    >>> from pathlib import Path
    >>> url_of(Path("s3://corpora/a.txt")), url_of("corpora/a.txt")
    ('s3://corpora/a.txt', None)
    """
    name = os.fsdecode(path)
    match = _URL.fullmatch(name)
    if match is None or os.path.lexists(name):
        return None
    scheme, rest = match.groups()
    return f"{scheme}://{'/' if scheme == 'file' else ''}{rest}"


def urls_of(url: str) -> list[Path]:
    """The files that a URL stands for: itself, or with ``*``, ``?`` or ``[`` those that match.

    Parameters
    ----------
    url : str

    Returns
    -------
    list of Path
        At least one, sorted.

    Raises
    ------
    InputError
        No file matches, or the place cannot be reached.
    """
    if not re.search(r"[*?[]", url):
        return [Path(url)]
    try:
        files, pattern = _fsspec(url).core.url_to_fs(url)
        found = sorted(files.unstrip_protocol(name) for name in files.glob(pattern))
    except Exception as error:  # each kind of place raises its own kinds
        raise _unreadable(url, error) from None
    if not found:
        raise InputError(f"{url}: no file matches this pattern")
    return list(map(Path, found))


def open_url(url: str) -> IO[bytes]:
    """Open a file behind a URL to be read, here and there if need be.

    Raises
    ------
    InputError
        It cannot be opened; the message names it.
    """
    try:
        file: IO[bytes] = _fsspec(url).open(url, "rb").open()
        return file
    except Exception as error:
        raise _unreadable(url, error) from None


def read_url(url: str) -> bytes:
    """What a file behind a URL holds.

    Raises
    ------
    InputError
        It cannot be read; the message names it.
    """
    with open_url(url) as file:
        try:
            return file.read()
        except Exception as error:
            raise _unreadable(url, error) from None


def _fsspec(url: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise InputError(f"{url}: URLs need fsspec: pip install 'hvm-learn[cluster]'") from None
    return fsspec


def _unreadable(url: str, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    reason = " ".join(str(error).split()) or type(error).__name__
    return InputError(f"{url}: cannot be read: {reason}")
