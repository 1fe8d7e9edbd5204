"""The one exception family: what was wrong, where, and what to do."""

from __future__ import annotations


class HvmError(Exception):
    """Base of every error that hvm raises on purpose; its text is one line."""


class InputError(HvmError):
    """Symbols, text or arguments that cannot be used."""


class ModelFileError(HvmError):
    """A model file that is missing, damaged, from a newer version, or not a model at all."""


class OutputError(HvmError):
    """An output path that cannot be written."""


class DataError(HvmError):
    """Data that cannot be fetched: no connection, no such file, another hash than the known one."""
