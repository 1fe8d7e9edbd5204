"""One file over HTTP: what was cut goes on where it stopped, and only the right hash is kept."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hvm.errors import DataError

if TYPE_CHECKING:
    from requests import Response

ATTEMPTS = 3
RETRY_PAUSE_S = 1.0
"""Before the second attempt; each later pause is twice as long."""

TIMEOUTS_S = (10.0, 60.0)
"""To connect; between two pieces of a file."""

_BLOCK_BYTES = 1 << 16
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
_TRY_AGAIN = {408, 425, 429}


class _Interrupted(Exception):
    """A transfer that may succeed when it is tried again."""


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def download(url: str, target: Path, part: Path, sha256: str | None = None) -> str:
    """Fetch ``url`` into ``target``, which then is whole and, where a hash is known, right.

    What has arrived waits in ``part``. The next attempt, of this call or a later one, asks
    for the rest if the server gives ranges, and else begins anew. Without a known hash it always
    begins anew, because nothing would tell whether the two parts belong to one file.

    Parameters
    ----------
    url : str
        Where the file is.
    target : Path
        Where it goes.
    part : Path
        What has arrived of it, in the same folder, which exists.
    sha256 : str, optional
        What the file must hash to.

    Returns
    -------
    str
        The sha256 of the file.

    Raises
    ------
    DataError
        No connection, no such file, a transfer cut in every attempt, or another hash. A file of
        another hash is not kept.
    """
    was_resumed = _complete(url, part, can_resume=sha256 is not None)
    received = file_sha256(part)
    if was_resumed and received != sha256:  # the file behind the address changed in between
        part.unlink()
        _complete(url, part, can_resume=True)
        received = file_sha256(part)
    if sha256 not in (None, received):
        part.unlink()
        raise DataError(f"{url}: its sha256 is {received}, not {sha256}: the file is not kept")
    os.replace(part, target)
    return received


def _complete(url: str, part: Path, can_resume: bool) -> bool:
    """Fetch all of ``url`` in some attempts; say whether more than one transfer made the file."""
    was_resumed = False
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(RETRY_PAUSE_S * 2 ** (attempt - 1))
        if not can_resume:
            part.unlink(missing_ok=True)
        try:
            return _transfer(url, part) or was_resumed
        except _Interrupted as error:
            reason = str(error)
    raise DataError(f"{url}: {reason}")


def _transfer(url: str, part: Path) -> bool:
    """Make one request for what is missing of ``part``; say whether it was added to a beginning."""
    import requests

    held = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity", "User-Agent": "hvm"}
    if held:
        headers["Range"] = f"bytes={held}-"
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS_S) as response:
            is_rest = _check_answer(url, response, part, held)
            if is_rest is not None:
                _receive(response, part, held if is_rest else 0)
            return is_rest is not False
    except requests.exceptions.ChunkedEncodingError:
        raise _Interrupted(_cut(part)) from None
    except requests.exceptions.SSLError as error:
        raise DataError(f"{url}: the certificate of the server fails: {_why(error)}") from None
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        if part.exists() and part.stat().st_size > held:
            raise _Interrupted(_cut(part)) from None
        raise _Interrupted(
            f"cannot be reached ({_why(error)}): without a connection, let HVM_DATA name a folder "
            "that holds the file"
        ) from None
    except requests.exceptions.RequestException as error:
        raise DataError(f"{url}: cannot be fetched: {_why(error)}") from None


def _check_answer(url: str, response: Response, part: Path, held: int) -> bool | None:
    """Tell the rest of the file (True) from all of it (False); None where nothing is missing."""
    status = response.status_code
    content_range = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if status == 200:
        return False
    if status == 206 and content_range and content_range[1] == str(held):
        return True
    if status == 416 and content_range and content_range[2] == str(held):
        return None
    if status in (206, 416):  # another part than was asked for
        part.unlink(missing_ok=True)
        raise _Interrupted(f"the server gave a wrong part of the file (HTTP {status})")
    reason = f"HTTP {status} {response.reason or ''}".strip()
    if status >= 500 or status in _TRY_AGAIN:
        raise _Interrupted(f"the server fails: {reason}")
    if status in (404, 410):
        raise DataError(f"{url}: no such file on the server ({reason})")
    raise DataError(f"{url}: the server refuses ({reason})")


def _receive(response: Response, part: Path, held: int) -> None:
    """Write what comes behind the ``held`` bytes that stay."""
    with open(part, "r+b" if held else "wb") as file:
        file.seek(held)
        for block in response.iter_content(_BLOCK_BYTES):
            file.write(block)
        n_received = file.tell() - held
    expected = response.headers.get("Content-Length", "")
    if expected.isdecimal() and n_received < int(expected):
        raise _Interrupted(_cut(part))


def _cut(part: Path) -> str:
    n_bytes = part.stat().st_size
    return f"the transfer was cut after {n_bytes:,} bytes: the same command goes on from there"


def _why(error: BaseException) -> str:
    """What lies at the bottom of an error, in a few words."""
    reason: BaseException = error
    for _ in range(10):
        inner = getattr(reason, "reason", None) or next(
            (one for one in reason.args if isinstance(one, BaseException)), reason.__context__
        )
        if not isinstance(inner, BaseException):
            break
        reason = inner
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return " ".join(str(text).split())[:120]
