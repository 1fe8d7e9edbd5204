"""Strong compressors that a machine may have as programs: they are run on a file, and back.

None is needed: ``hvm compare`` takes those that it finds, by the names of their commands.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import which
from typing import NamedTuple

from hvm.errors import one_line_path
from hvm.rivals.rival import Cost, Rival, UnavailableError, added_cost

LIMIT_SECONDS = 1800
"""Of one run of a program: paq8 takes some 20 s for a megabyte of text and a level of memory."""
_SAID_CHARACTERS = 200


class Program(NamedTuple):
    """A compressor on the command line.

    Attributes
    ----------
    names : tuple of str
        Of the command, the one that is tried first in front.
    pack, unpack : tuple of str
        Arguments after the name; ``{file}`` is what is packed, ``{packed}`` what it becomes, and
        ``{back}`` where unpacking puts the file.
    """

    names: tuple[str, ...]
    pack: tuple[str, ...]
    unpack: tuple[str, ...]


ZPAQ = Program(
    ("zpaq",),
    ("add", "{packed}.zpaq", "{file}", "-method", "5", "-threads", "1"),
    ("extract", "{packed}.zpaq", "{file}", "-to", "{back}", "-threads", "1"),
)
LPAQ = Program(
    ("lpaq9m", "lpaq8", "lpaq1"), ("7", "{file}", "{packed}"), ("d", "{packed}", "{back}")
)
PAQ8 = Program(("paq8px", "paq8pxd"), ("-7", "{file}", "{packed}"), ("-d", "{packed}", "{back}"))


def program_bits(
    program: Program, data: bytes, before: bytes, limit_seconds: float = LIMIT_SECONDS
) -> Cost:
    """Bits of a file that a program packs, and unpacks again to the same bytes.

    Parameters
    ----------
    program : Program
    data : bytes
        What is packed.
    before : bytes
        What is packed before it, and not paid for.
    limit_seconds : float
        Of each run.

    Returns
    -------
    Cost
        The frame is what the program makes of a file without a byte.

    Raises
    ------
    UnavailableError
        There is no such program, it fails, takes too long, or does not give the bytes back.
    """
    path = next(filter(None, map(which, program.names)), None)
    if path is None:
        raise UnavailableError(f"no program {' or '.join(program.names)} is on the path")
    frame_bytes = _packed_bytes(program, path, b"", limit_seconds)

    def cost_of(content: bytes) -> Cost:
        n_bytes = _packed_bytes(program, path, content, limit_seconds)
        return Cost(8.0 * (n_bytes - frame_bytes), 8.0 * frame_bytes)

    return added_cost(cost_of, data, before)


def _packed_bytes(program: Program, path: str, content: bytes, limit_seconds: float) -> int:
    """Size of the one file that a program makes of some bytes, once it has given them back."""
    with tempfile.TemporaryDirectory(prefix="hvm-") as name:
        folder = Path(name)
        (folder / "file").write_bytes(content)
        os.utime(folder / "file", (0, 0))  # archives hold it, and it changes their size
        places = {"file": "file", "packed": "packed", "back": "back"}
        _run(path, [part.format(**places) for part in program.pack], folder, limit_seconds)
        made = [each for each in sorted(folder.iterdir()) if each.name != "file"]
        if len(made) != 1:
            raise UnavailableError(f"{one_line_path(path)}: wrote {len(made)} files, not one")
        n_bytes = made[0].stat().st_size
        if content:
            _run(path, [part.format(**places) for part in program.unpack], folder, limit_seconds)
            if not _holds(folder / "back", content):
                raise UnavailableError(f"{one_line_path(path)}: does not give the bytes back")
    return n_bytes


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _run(path: str, arguments: Sequence[str], folder: Path, limit_seconds: float) -> None:
    try:
        done = subprocess.run(
            [path, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(
            f"{one_line_path(path)}: took more than {limit_seconds:g} seconds"
        ) from None
    except OSError as error:
        raise UnavailableError(f"{one_line_path(path)}: {error.strerror}") from None
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).decode("utf-8", "replace").split())
        raise UnavailableError(
            f"{one_line_path(path)}: ended with status {done.returncode}: "
            f"{said[-_SAID_CHARACTERS:]}"
        )


def _rival(program: Program, about: str) -> Rival:
    return Rival(
        f"a file that {about} unpacks again, less what it makes of a file without a byte",
        partial(program_bits, program),
        program.names,
    )


ZPAQ_RIVAL = _rival(ZPAQ, "zpaq (method 5)")
LPAQ_RIVAL = _rival(LPAQ, "lpaq (level 7)")
PAQ8_RIVAL = _rival(PAQ8, "paq8px (level 7)")
