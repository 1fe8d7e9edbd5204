"""Data on disk: what can be downloaded, and how files are written.

Here live the registry of data sets, the downloader, the reader of archives, the tidy tables of the
recall data, and atomic writes. Comes in: the name of a data set, or bytes and a path. Goes out:
checked files, whole or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvm.data.recall import load_recall

__all__ = ["load_recall"]


def __getattr__(name: str) -> Any:
    if name != "load_recall":
        raise AttributeError(f"module 'hvm.data' has no attribute {name!r}")
    from hvm.data.recall import load_recall

    return load_recall
