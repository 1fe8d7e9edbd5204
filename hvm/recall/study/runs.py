"""Runs that are kept: what a model said of every symbol of a table of trials, one file a model.

A run is two files, ``NAME-HASH.csv`` and ``NAME-HASH.json``. The hash is of all that the numbers
depend on: the participants' names and sequences, the model and its settings, and the version of
hvm. So a run is found again whatever runs beside it, and never answers another question. The second
file is written last and holds the sha256 of the first: what is cut or damaged is made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.data.files import make_folder, write_atomic
from hvm.errors import InputError, OutputError
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import COLUMNS, run_model, symbol_rows
from hvm.recall.study.tables import json_bytes
from hvm.recall.task.cells import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from hvm.language.transcripts import Transcript
    from hvm.recall.task.trials import Trials

KEYS_ONLY = "keys only"
PARTICIPANTS_FOLDER = "people"
"""The folder beside the runs in which language models keep each participant's numbers."""

_LLM_COLUMNS = ("surprisal_bits", "surprisal_six_keys_bits", "six_keys_mass")
_TRANSCRIPTS = ("letters", "digits")
Progress = Callable[[int, int], None]


class Run(NamedTuple):
    """What a model said.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a symbol: :data:`~hvm.recall.models.running.COLUMNS`, of a language model also
        ``surprisal_six_keys_bits`` and ``six_keys_mass``.
    about : dict
        What it was run with: ``model``, ``settings`` or ``language_model``, ``file``, ...
    is_new : bool
        Whether it was computed now.
    """

    table: pd.DataFrame
    about: dict[str, Any]
    is_new: bool

    def series(self) -> dict[str, pd.DataFrame]:
        """Bits of every symbol by the name that tables give them; language models have two."""
        name = self.about["model"]
        series = {name: self.table[list(COLUMNS)]}
        if "surprisal_six_keys_bits" in self.table:
            renamed = self.table.assign(surprisal_bits=self.table["surprisal_six_keys_bits"])
            series[f"{name}, {KEYS_ONLY}"] = renamed[list(COLUMNS)]
        return series


@dataclass(frozen=True)
class Runs:
    """A folder of runs of one table of trials.

    Attributes
    ----------
    folder : Path
        Made if it is not there.
    trials : Trials
    fresh : bool
        Compute everything again, whatever is kept.
    """

    folder: Path
    trials: Trials
    fresh: bool = False

    def __post_init__(self) -> None:
        make_folder(self.folder)
        if self.fresh:
            _remove_kept(self.folder / PARTICIPANTS_FOLDER)

    def of_model(self, name: str, settings: Mapping[str, Any], progress: Progress) -> Run:
        """What a model of trials says; computed if it is not kept.

        Parameters
        ----------
        name, settings
            As for :func:`~hvm.recall.models.registry.make_model`.
        progress : callable
            Called with how many participants are done, and of how many.

        Returns
        -------
        Run

        Raises
        ------
        InputError
            There is no such model or setting.
        OutputError
            The run cannot be written.
        """
        model = make_model(name, **settings)
        about = {"model": name, "settings": model.get_params()}

        def compute() -> tuple[pd.DataFrame, dict[str, Any]]:
            return run_model(model, self.trials, progress)[["surprisal_bits"]], {}

        return self._run(about, {}, compute)

    def of_language_model(
        self, source: str, device: str, transcript: Transcript, progress: Progress
    ) -> Run:
        """What a language model says; participants that are kept are not computed again.

        Parameters
        ----------
        source, device
            As for :func:`~hvm.language.models.load_language_model`.
        transcript : Transcript
            How trials are written; see :func:`transcript_of`.
        progress : callable
            As for :meth:`of_model`.

        Returns
        -------
        Run

        Raises
        ------
        InputError
            The model cannot be loaded, or cannot read the trials.
        OutputError
            The run cannot be written.
        """
        from hvm.language.models import identify, load_language_model

        name, files_sha256 = identify(source)
        # What a name of the hub stands for is known when it is loaded.
        loaded = None if files_sha256 else load_language_model(source, device)
        written = {**asdict(transcript), "key_names": list(transcript.key_names)}
        about = {"model": name, "device": device, "transcript": written}
        identity = {"files": files_sha256, "weights": loaded.sha256 if loaded else None}

        def compute() -> tuple[pd.DataFrame, dict[str, Any]]:
            model = loaded or load_language_model(source, device)
            surprisals = model.surprisals(
                self.trials.numbered(),
                transcript,
                cache=self.folder / PARTICIPANTS_FOLDER,
                on_done=progress,
            )
            mass = float(surprisals.table["six_keys_mass"].mean())
            metadata = {**surprisals.metadata, "six_keys_mass_mean": mass}
            return surprisals.table[list(_LLM_COLUMNS)], {"language_model": metadata}

        return self._run(about, identity, compute)

    def _run(
        self,
        about: dict[str, Any],
        identity: dict[str, Any],
        compute: Callable[[], tuple[pd.DataFrame, dict[str, Any]]],
    ) -> Run:
        """Find a run by what it depends on, or make it and keep it."""
        key = {**about, **identity, **_versions(), "trials": trials_sha256(self.trials)}
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        path = self.folder / f"{_slug(about['model'])}-{digest[:16]}.csv"
        earlier = None if self.fresh else self._kept(path)
        if earlier is not None:
            return earlier
        bits, more = compute()
        table = symbol_rows(self.trials)
        for column in bits:
            table[column] = bits[column].to_numpy()
        content = csv_bytes(table)
        written = {**about, **more, **_versions(), "trials_sha256": key["trials"]}
        written |= {"file": path.name, "sha256": hashlib.sha256(content).hexdigest()}
        write_atomic(path, content)
        write_atomic(path.with_suffix(".json"), json_bytes(written))
        return Run(table, written, is_new=True)

    def _kept(self, path: Path) -> Run | None:
        """A run that was kept; None if there is none, or it is not whole."""
        import pandas as pd

        try:
            about = json.loads(path.with_suffix(".json").read_bytes())
            content = path.read_bytes()
        except (OSError, ValueError):
            return None
        if (
            not isinstance(about, dict)
            or about.get("sha256") != hashlib.sha256(content).hexdigest()
        ):
            return None
        bits = pd.read_csv(
            io.BytesIO(content), usecols=lambda name: name in _LLM_COLUMNS, dtype=str
        )
        table = symbol_rows(self.trials)
        for column in bits:
            table[column] = bits[column].astype(float).to_numpy()  # from text: every digit counts
        return Run(table, about, is_new=False)


def trials_sha256(trials: Trials) -> str:
    """Of what models are shown: who, in which order, and every sequence; not times or groups."""
    table = trials.table
    firsts = trials.bounds[:-1]
    names = table["participant"].iloc[firsts].map(str).tolist()
    about = json.dumps([names, np.diff(trials.bounds).tolist(), list(trials.symbols)])
    digest = hashlib.sha256(about.encode())
    digest.update(np.ascontiguousarray(trials.starts, "<i8").tobytes())
    digest.update(np.ascontiguousarray(trials.codes, "<i4").tobytes())
    return digest.hexdigest()


def language_model_name(source: str) -> str:
    """What results call a language model.

    Raises
    ------
    InputError
        There is no such folder or file.
    """
    from hvm.language.models import identify

    return identify(source)[0]


def transcript_of(trials: Trials, kind: str) -> Transcript:
    """How a language model reads the trials.

    Parameters
    ----------
    trials : Trials
    kind : str
        ``letters``: a, b, c, ..., a space between two keys. ``digits``: 1, 2, 3, ... without a
        space, as tables of trials often hold them.

    Raises
    ------
    InputError
        There is no such kind, or too few names for the symbols of the trials.
    """
    from hvm.language.transcripts import Transcript

    if kind not in _TRANSCRIPTS:
        raise InputError(f"a transcript is of {' or '.join(_TRANSCRIPTS)}, not {kind!r:.40}")
    names, separator = (ascii_lowercase, " ") if kind == "letters" else ("123456789", "")
    n_symbols = len(trials.symbols)
    if not 2 <= n_symbols <= len(names):
        raise InputError(
            f"a transcript in {kind} has room for 2 to {len(names)} symbols: "
            f"these trials have {n_symbols}"
        )
    return Transcript(key_names=tuple(names[:n_symbols]), key_separator=separator)


def _versions() -> dict[str, str]:
    from hvm.version import __version__

    return {"hvm": __version__}


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60].lower() or "model"


def _remove_kept(folder: Path) -> None:
    for file in folder.glob("*.npy") if folder.is_dir() else ():
        try:
            with suppress(FileNotFoundError):
                file.unlink()
        except OSError as error:
            raise OutputError(f"{file}: cannot be removed: {error.strerror}") from None
