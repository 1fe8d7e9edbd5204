"""Data that are published elsewhere: where they are, their hashes and licences, and fetching them.

Nothing is fetched unless it is asked for. A file is taken from the first of these that holds it:

1. the folder that the environment variable ``HVM_DATA`` names, for machines without a connection;
2. the cache, which is the folder given, or ``HVM_CACHE``, or the user's cache folder;
3. its address.

Wherever it comes from, its sha256 is checked. Where no hash is known, that of the first download
is written to ``hashes.json`` in the cache and checked from then on.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvm.data import paradigms
from hvm.data.archives import unzip
from hvm.data.download import download, file_sha256
from hvm.data.files import make_folder, write_atomic
from hvm.data.task_sources import TASK_SOURCES, TaskSource
from hvm.errors import DataError, one_line_path

HASHES = "hashes.json"

_RECALL = (
    "https://raw.githubusercontent.com/swu32/motif_learning/"
    "3c9c70db1cf5dd1a2fbd2ca8558ec24786ca52c1/data/simonsays_ex2/"
)
_BABYLM_LICENCE = (
    "differs by source: BNC (BNC User Licence), CHILDES and Switchboard (TalkBank rules), "
    "Project Gutenberg (public domain in the USA; its trademark licence), OpenSubtitles and QED "
    "(terms of OPUS), Wikipedia (Wikimedia: CC BY-SA); read them before you pass texts on"
)


_BLIMP = (
    "https://raw.githubusercontent.com/alexwarstadt/blimp/3e56b06fcabca9b30822fc66435fca6b1aa40bb1/"
)
_ZORRO = "https://github.com/phueb/Zorro/raw/687ba433/"  # takes a commit cut short


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    Attributes
    ----------
    name : str
        Its path in the cache and in the folder that ``HVM_DATA`` names.
    url : str
        Where it is published.
    sha256 : str or None
        None where no hash is known.
    folder : str or None
        Of an archive: the folder, beside it in the cache, that its texts go into.
    """

    name: str
    url: str
    sha256: str | None
    folder: str | None = None


@dataclass(frozen=True)
class Dataset:
    """A data set that ``hvm data fetch`` knows by ``name``.

    Attributes
    ----------
    name, about, licence : str
    files : tuple of DataFile
    tidy : str or None
        The module whose ``write_tidy(files, folder)`` makes tables of them that hvm reads.
    """

    name: str
    about: str
    licence: str
    files: tuple[DataFile, ...]
    tidy: str | None = None


@dataclass(frozen=True)
class Fetched:
    """A file that is here now.

    Attributes
    ----------
    path : Path
        The file.
    sha256 : str
        Its hash.
    n_bytes : int
        Its size.
    origin : str
        ``"HVM_DATA"``, ``"cache"`` or ``"download"``.
    is_first : bool
        No hash was known, and this one was recorded.
    folder : Path or None
        Of an archive: where its texts are.
    """

    path: Path
    sha256: str
    n_bytes: int
    origin: str
    is_first: bool
    folder: Path | None


def _files(folder: str, url: str, names: str, suffix: str) -> tuple[DataFile, ...]:
    """Files of a folder by their stems; their hashes are not known, the first are recorded."""
    return tuple(
        DataFile(f"{folder}/{name}{suffix}", f"{url}{name}{suffix}", None) for name in names.split()
    )


def _of_task(source: TaskSource) -> Dataset:
    """Files of a task of :mod:`hvm.recall.tasks`; their hashes are not known either."""
    files = tuple(DataFile(name, url, None) for name, url in source.urls())
    return Dataset(source.name, f"{source.about} ({source.place})", source.licence, files)


DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "recall",
            "human recall task: trials and shown keys (doi 10.1038/s44271-024-00180-8)",
            "MIT (github swu32/motif_learning); please cite the article",
            (
                DataFile(
                    "raw/recall_exp2_accdata.csv",
                    f"{_RECALL}accdata.csv",
                    "b34445358f17ed96cc0719b095f9d811740ec1043a53886d8579b1b3de2d6705",
                ),
                DataFile(
                    "raw/recall_exp2_individualkey.csv",
                    f"{_RECALL}simulation_data_model_transition_recall_individualkey.csv",
                    "832cafc29cbfec553dec5b2bc4a0501eb12fe1af883f5199d1fb590270d53591",
                ),
            ),
            "hvm.data.recall",
        ),
        Dataset(
            "babylm",
            "BabyLM 2023: 10 and 100 million words, dev and test (253 MB)",
            _BABYLM_LICENCE,
            (
                DataFile(
                    "babylm/babylm_data.zip",
                    "https://github.com/babylm/babylm.github.io/raw/main/babylm_data.zip",
                    "1337771192c61fa38c7eca2ef535f568c19270789b114fe7c60fe23e4314ab57",
                    "babylm/2023",
                ),
            ),
        ),
        Dataset(
            "babylm-2024",
            "BabyLM 2024: 10 million words and dev; no hash is published, so the first is recorded",
            _BABYLM_LICENCE,
            (
                DataFile(
                    "babylm/train_10M.zip",
                    "https://osf.io/download/y7djq/",
                    None,
                    "babylm/2024/train_10M",
                ),
                DataFile(
                    "babylm/dev.zip", "https://osf.io/download/uyd7v/", None, "babylm/2024/dev"
                ),
            ),
        ),
        Dataset(
            "blimp",
            "BLiMP: 67 paradigms of 1000 minimal pairs (doi 10.1162/tacl_a_00321)",
            "CC BY 4.0 by its data card (github alexwarstadt/blimp); please cite the article",
            _files("blimp", f"{_BLIMP}data/", paradigms.BLIMP, ".jsonl"),
        ),
        Dataset(
            "zorro",
            "Zorro: 23 paradigms of minimal pairs in child-directed vocabulary "
            "(doi 10.18653/v1/2021.conll-1.49)",
            "MIT (github phueb/Zorro); please cite the article",
            _files("zorro", f"{_ZORRO}sentences/babyberta/", paradigms.ZORRO, ".txt"),
        ),
        *(_of_task(source) for source in TASK_SOURCES.values() if source.files),
    )
}


# -- where things are -------------------------------------------------------------------------


def cache_folder() -> Path:
    """Return the folder for fetched files: ``HVM_CACHE``, or else the user's cache folder."""
    import pooch

    return Path(os.environ.get("HVM_CACHE") or pooch.os_cache("hvm"))


def dataset(name: str) -> Dataset:
    """Return a data set by its name.

    Raises
    ------
    DataError
        There is none; the message suggests the closest.
    """
    if name in DATASETS:
        return DATASETS[name]
    close = difflib.get_close_matches(name, DATASETS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(DATASETS)}"
    raise DataError(f"no data set is called {name!r}: {hint}")


def offline_folder() -> Path | None:
    """The folder that ``HVM_DATA`` names, None where it is not set.

    Raises
    ------
    DataError
        There is no such folder.
    """
    named = os.environ.get("HVM_DATA")
    if not named:
        return None
    if not os.path.isdir(named):
        raise DataError(f"HVM_DATA={one_line_path(named)}: is no folder: correct it, or unset it")
    return Path(named)


def _offline_copy(file: DataFile) -> Path | None:
    folder = offline_folder()
    path = folder / file.name if folder else None
    return path if path and path.is_file() else None


# -- fetching ---------------------------------------------------------------------------------


def fetch(name: str, folder: Path | None = None, base_url: str | None = None) -> list[Fetched]:
    """Make the files of a data set be here, and right.

    Parameters
    ----------
    name : str
        A key of ``DATASETS``.
    folder : Path, optional
        Where the files go; by default :func:`cache_folder`. A file that ``HVM_DATA`` holds is used
        where it is, or copied if a folder is given.
    base_url : str, optional
        Another address for all files, which have the names there that they have here.

    Returns
    -------
    list of Fetched
        One for each file.

    Raises
    ------
    DataError
        Unknown name, no connection, no such file, another hash, or a bad archive.
    OutputError
        The folder cannot be written.
    """
    wanted = dataset(name)
    cache = (folder or cache_folder()).expanduser()
    return [_fetch_file(file, cache, folder is not None, base_url) for file in wanted.files]


def _fetch_file(file: DataFile, cache: Path, must_copy: bool, base_url: str | None) -> Fetched:
    hashes = _recorded(cache)
    known = file.sha256 or hashes.get(file.name)
    offline = _offline_copy(file)
    try:
        if offline and not must_copy:
            path, origin = offline, "HVM_DATA"
            sha256 = _checked(offline, known)
        else:
            make_folder((cache / file.name).parent)
            path, origin = _into_cache(file, cache, known, offline, base_url)
            sha256 = file_sha256(path)
        if known is None:
            make_folder(cache)
            _record(cache, {**hashes, file.name: sha256})
        texts = unzip(path, cache / file.folder) if file.folder else None
    except OSError as error:
        raise DataError(f"{error.filename or cache}: {error.strerror or error}") from None
    return Fetched(path, sha256, path.stat().st_size, origin, known is None, texts)


def _into_cache(
    file: DataFile, cache: Path, known: str | None, offline: Path | None, base_url: str | None
) -> tuple[Path, str]:
    """Let pooch look into the cache, and bring the file where it is missing or not what it was."""
    import pooch

    origin = "cache"

    def bring(url: str, target: str, _: Any) -> None:
        nonlocal origin
        if offline:
            origin = "HVM_DATA"
            _checked(offline, known)
            shutil.copyfile(offline, target)
            return
        origin = "download"
        download(url, Path(target), cache / f"{file.name}.part", known)

    url = f"{base_url.rstrip('/')}/{file.name}" if base_url else file.url
    pooch.get_logger().setLevel("ERROR")
    registry = pooch.create(cache, "", registry={file.name: known}, urls={file.name: url})
    return Path(registry.fetch(file.name, downloader=bring)), origin


def _checked(path: Path, known: str | None) -> str:
    """Return the hash of a file of the user's, which must be the known one."""
    sha256 = file_sha256(path)
    if known not in (None, sha256):
        raise DataError(f"{path}: its sha256 is {sha256}, not {known}: remove it or unset HVM_DATA")
    return sha256


# -- hashes of first downloads ----------------------------------------------------------------


def _recorded(cache: Path) -> dict[str, str]:
    path = cache / HASHES
    try:
        hashes = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}): remove it to record anew") from None
    if not isinstance(hashes, dict):
        raise DataError(f"{path}: holds no JSON object: remove it to record anew")
    return hashes


def _record(cache: Path, hashes: dict[str, str]) -> None:
    write_atomic(cache / HASHES, (json.dumps(hashes, indent=1, sort_keys=True) + "\n").encode())
