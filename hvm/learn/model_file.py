"""The model file.

A model file is one safetensors file: the length of the header (8 bytes, little-endian), the header
(JSON, padded with spaces to a multiple of 8), the payload. The tensors are the arrays of
:class:`~hvm.lexicon.lexicon.Lexicon`, its smoothing, and the alphabet. The header's
``__metadata__`` holds:

- ``format`` and ``format_version``;
- ``unit`` and ``mode``, how text was read;
- ``params`` and ``metadata``, JSON objects as strings;
- ``sha256``: of the header as it would be without this entry, then the payload.

Keys are sorted and the layout follows from the sizes, so equal models are equal bytes, and a
reader accepts only the header that it would have written itself. What foretells symbols, if not
the lexicon alone, makes the file one of version 2, with the tensors of
:mod:`hvm.learn.experts_file` besides; a checkpoint of a search by rows is of version 3, with those
of :mod:`hvm.learn.row_state`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.files import write_atomic
from hvm.errors import HvmError, InputError, ModelFileError, one_line_path
from hvm.learn.experts_file import EXPERT_DTYPES, FittedState, expert_arrays, experts_state
from hvm.learn.row_state import ROW_DTYPES, RowState, row_arrays, row_state
from hvm.lexicon.lexicon import ATOM, VARIABLE, Lexicon
from hvm.symbols.alphabet import UNITS, Alphabet
from hvm.symbols.sequences import SEQUENCE_MODES

FORMAT = "hvm-model"
FORMAT_VERSION, WITH_EXPERTS, WITH_ROWS = "1", "2", "3"
MAX_HEADER_BYTES = 1 << 24

_DTYPES = {
    "filler_counts": "I64",
    "offsets": "I64",
    "smoothing": "F64",
    "unit_counts": "I64",
    "parts": "I32",
    "kinds": "U8",
}
"""Tensors of the lexicon; see :func:`_layout` for their order."""

_MORE_DTYPES = {FORMAT_VERSION: {}, WITH_EXPERTS: EXPERT_DTYPES, WITH_ROWS: ROW_DTYPES}
"""Other tensors, by version."""

_ALPHABET_DTYPES = {"char": "U32", "word": "U8", "byte": "U8", "int": "I64"}
_NUMPY_DTYPES = {"I64": "<i8", "F64": "<f8", "I32": "<i4", "U32": "<u4", "U8": "|u1"}


# -- fields -------------------------------------------------------------------------------------


_Tensor = NDArray[Any]  # of the dtype that its name has in ``_layout``


class ModelFields(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    lexicon : Lexicon
    alphabet : Alphabet
        One symbol an atom.
    mode : {"file", "line"}
        How texts are cut into sequences.
    params, metadata : dict
        Settings of the learner, and facts about the fit; what JSON holds. Keep times, hosts
        and paths out.
    experts : FittedState, optional
        What foretells symbols, if not the lexicon alone, and words.
    search : RowState, optional
        Where a search by rows stands, of a checkpoint; then there are no experts.
    """

    lexicon: Lexicon
    alphabet: Alphabet
    mode: str
    params: dict[str, Any]
    metadata: dict[str, Any]
    experts: FittedState | None = None
    search: RowState | None = None

    @property
    def version(self) -> str:
        """Format of their file."""
        if self.search is not None:
            return WITH_ROWS
        return WITH_EXPERTS if self.experts else FORMAT_VERSION


def write_fields(path: str | os.PathLike[str], fields: ModelFields) -> None:
    """Write a model file, atomically: equal fields, equal bytes.

    Raises
    ------
    HvmError
        The fields break an invariant, or ``params`` or ``metadata`` are not JSON.
    OutputError
        The file cannot be written.
    """
    write_atomic(path, fields_bytes(fields))


def read_fields(path: str | os.PathLike[str]) -> ModelFields:
    """Read a model file and check all of it; nothing in it is run.

    Raises
    ------
    ModelFileError
        The file is missing, damaged, from a newer version, or no model; the message names it.
    """
    name = one_line_path(path)
    try:
        header, payload = _read(path)
        return _fields_of(header, payload)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise ModelFileError(f"{name}: {reason}") from None
    except (HvmError, ValueError) as error:
        raise ModelFileError(f"{name}: {error}") from None


def fields_bytes(fields: ModelFields) -> bytes:
    """Return the content of the file of these fields; the fields are checked."""
    _check_fields(fields)
    tensors = _tensors(fields)
    payload = b"".join(tensor.tobytes() for tensor in tensors.values())
    about = {
        "format": FORMAT,
        "format_version": fields.version,
        "metadata": _json_of("metadata", fields.metadata),
        "mode": fields.mode,
        "params": _json_of("params", fields.params),
        "unit": fields.alphabet.unit,
    }
    sizes = {name: len(tensor) for name, tensor in tensors.items()}
    about["sha256"] = _sha256(_header_bytes(about, sizes), payload)
    return _header_bytes(about, sizes) + payload


def _tensors(fields: ModelFields) -> dict[str, _Tensor]:
    """Arrays in the order of the payload."""
    arrays: dict[str, Any] = {name: getattr(fields.lexicon, name) for name in _DTYPES}
    arrays["smoothing"] = [fields.lexicon.smoothing]
    unit = fields.alphabet.unit
    if unit == "word":
        arrays["alphabet"] = np.frombuffer(_words_bytes(fields.alphabet.symbols), np.uint8)
    else:
        arrays["alphabet"] = fields.alphabet.numbers
    arrays |= expert_arrays(fields.experts) if fields.experts else {}
    arrays |= row_arrays(fields.search) if fields.search else {}
    return {
        name: np.ascontiguousarray(arrays[name], _NUMPY_DTYPES[dtype])
        for name, dtype in _layout(unit, fields.version).items()
    }


def _words_bytes(words: Sequence[Any]) -> bytes:
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def _layout_of(about: dict[str, str]) -> dict[str, str]:
    return _layout(about["unit"], about["format_version"])


def _layout(unit: str, version: str) -> dict[str, str]:
    """Name -> dtype of every tensor in payload order: the widest first, so that all are aligned."""
    dtypes = {**_DTYPES, "alphabet": _ALPHABET_DTYPES[unit], **_MORE_DTYPES[version]}
    return dict(sorted(dtypes.items(), key=lambda item: (-_width(item[1]), item[0])))


def _width(dtype: str) -> int:
    return np.dtype(_NUMPY_DTYPES[dtype]).itemsize


def _header_bytes(about: dict[str, str], sizes: dict[str, int]) -> bytes:
    """The length, and the only header that a model of these facts and sizes can have."""
    header: dict[str, Any] = {"__metadata__": dict(sorted(about.items()))}
    offset = 0
    for name, dtype in _layout_of(about).items():
        end = offset + sizes[name] * _width(dtype)
        header[name] = {"dtype": dtype, "shape": [sizes[name]], "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _sha256(header: bytes, payload: bytes) -> str:
    digest = hashlib.sha256(header)
    digest.update(payload)
    return digest.hexdigest()


def _json_of(name: str, value: dict[str, Any]) -> str:
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
        same = json.loads(text) == value
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{name} cannot be stored in a model file: {error}") from None
    if not same:
        raise InputError(
            f"{name} cannot be stored in a model file: JSON changes it (a tuple, or a key that is "
            "no string)"
        )
    return text


# -- checking what was read ---------------------------------------------------------------------


def _read(path: str | os.PathLike[str]) -> tuple[bytes, bytes]:
    """Header with its length, and payload; reads no more than a header and then a file's size."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or not 2 <= length <= MAX_HEADER_BYTES:
            raise ModelFileError("is not an hvm model file, or is cut short")
        if length > size - 8:
            raise ModelFileError("is cut short, or not an hvm model file")
        return start + file.read(length), file.read(size)


def _fields_of(header: bytes, payload: bytes) -> ModelFields:
    about, tensors = _parse_header(header)
    layout = _layout_of(about)
    sizes = _sizes(tensors, layout)
    if _header_bytes(about, sizes) != header:
        raise ModelFileError("is damaged: its header is not as hvm writes it")
    expected = about.pop("sha256")
    if _sha256(_header_bytes(about, sizes), payload) != expected:
        raise ModelFileError("is damaged or cut short: its sha256 does not match")
    arrays = _arrays(payload, sizes, layout)
    alphabet = _alphabet(about["unit"], arrays.pop("alphabet"))
    smoothing = arrays.pop("smoothing")
    if len(smoothing) != 1:
        raise ModelFileError("is damaged: smoothing must be one number")
    others = {name: arrays.pop(name) for name in _MORE_DTYPES[about["format_version"]]}
    lexicon = Lexicon(len(alphabet), **arrays, smoothing=float(smoothing[0]))
    params, metadata = (_json_object(name, about[name]) for name in ("params", "metadata"))
    fields = ModelFields(lexicon, alphabet, about["mode"], params, metadata)
    _check_fields(fields)
    if about["format_version"] == WITH_ROWS:
        return fields._replace(search=row_state(others, len(alphabet)))
    if about["format_version"] == WITH_EXPERTS:
        return fields._replace(experts=experts_state(others, alphabet, about["mode"]))
    return fields


def _parse_header(header: bytes) -> tuple[dict[str, str], dict[str, Any]]:
    try:
        tensors = json.loads(header[8:])
    except (ValueError, RecursionError):
        raise ModelFileError("is not an hvm model file, or is damaged: no JSON header") from None
    about = tensors.pop("__metadata__", None) if isinstance(tensors, dict) else None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise ModelFileError("is not an hvm model file")
    _check_version(about.get("format_version"))
    known = {"format", "format_version", "metadata", "mode", "params", "sha256", "unit"}
    if about.keys() != known or not all(isinstance(value, str) for value in about.values()):
        raise ModelFileError("is damaged: its metadata are not those of a model")
    if about["unit"] not in UNITS:
        raise ModelFileError(f"holds symbols of an unknown unit, {about['unit']!r:.40}")
    return about, tensors


def _check_version(version: Any) -> None:
    if version in _MORE_DTYPES:
        return
    if isinstance(version, str) and version.isdecimal() and version.isascii():
        raise ModelFileError(
            f"was written by a newer hvm (format {version:.20}, this one reads {WITH_ROWS}): "
            "upgrade hvm"
        )
    raise ModelFileError(f"is damaged: its format version is {version!r:.40}")


def _sizes(tensors: dict[str, Any], layout: dict[str, str]) -> dict[str, int]:
    if tensors.keys() != layout.keys():
        raise ModelFileError("is damaged: its tensors are not those of a model")
    sizes = {}
    for name, tensor in tensors.items():
        shape = tensor.get("shape") if isinstance(tensor, dict) else None
        if not isinstance(shape, list) or len(shape) != 1 or type(shape[0]) is not int:
            raise ModelFileError(f"is damaged: tensor {name} must have one dimension")
        sizes[name] = shape[0]
    return sizes


def _arrays(payload: bytes, sizes: dict[str, int], layout: dict[str, str]) -> dict[str, _Tensor]:
    n_bytes = sum(sizes[name] * _width(dtype) for name, dtype in layout.items())
    if min(sizes.values()) < 0 or n_bytes != len(payload):
        raise ModelFileError("is damaged: its tensors and its length do not agree")
    arrays, offset = dict[str, _Tensor](), 0
    for name, dtype in layout.items():
        stored = np.frombuffer(payload, _NUMPY_DTYPES[dtype], sizes[name], offset)
        # A copy in native order: a view of bytes is read-only, another type to a compiled kernel.
        arrays[name] = stored.astype(stored.dtype.newbyteorder("="))
        offset += stored.nbytes
    return arrays


def _alphabet(unit: str, stored: _Tensor) -> Alphabet:
    if unit == "word":
        words = _parse_json("the alphabet", stored.tobytes())
        if not isinstance(words, list):
            raise ModelFileError("is damaged: the alphabet must be a list of words")
        alphabet = Alphabet(unit, tuple(words))
        if _words_bytes(words) != stored.tobytes():
            raise ModelFileError("is damaged: the alphabet is not as hvm writes it")
        return alphabet
    if unit == "char":
        if len(stored) and stored.max() > 0x10FFFF:
            raise ModelFileError(f"the alphabet holds {stored.max()}, which is no character")
        return Alphabet(unit, tuple(map(chr, stored.tolist())))
    return Alphabet(unit, tuple(stored.tolist()))


def _json_object(name: str, text: str) -> dict[str, Any]:
    value = _parse_json(name, text)
    if not isinstance(value, dict) or _json_of(name, value) != text:
        raise ModelFileError(f"is damaged: {name} must be a JSON object with sorted keys")
    return value


def _parse_json(name: str, text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ModelFileError(f"is damaged: {name} must be JSON") from None


def _check_fields(fields: ModelFields) -> None:
    """Invariants of a model, to be written or read."""
    lexicon = fields.lexicon
    if fields.mode not in SEQUENCE_MODES:
        raise ModelFileError(f"sequences must be by file or line, not {fields.mode!r:.40}")
    n_atoms = int((lexicon.kinds == ATOM).sum())
    if not len(fields.alphabet) == lexicon.n_atoms == n_atoms:
        raise ModelFileError(f"has {n_atoms} atoms for {len(fields.alphabet)} symbols")
    lexicon.validate()
    _check_probabilities(lexicon)


def _check_probabilities(lexicon: Lexicon) -> None:
    """Finite and normalised, whatever the counts and the smoothing."""
    is_variable = lexicon.kinds == VARIABLE
    owners = np.repeat(np.arange(len(lexicon)), np.diff(lexicon.offsets))
    with np.errstate(all="ignore"):
        units = lexicon.unit_bits[~is_variable]
        of_units = np.exp2(-units).sum() + np.exp2(-lexicon.escape_bits)
        of_fillers = np.bincount(owners, np.exp2(-lexicon.filler_bits), len(lexicon))[is_variable]
    finite = np.isfinite(units).all() and np.isfinite(lexicon.filler_bits).all()
    if not finite or not np.allclose([of_units, *of_fillers], 1.0, rtol=0, atol=1e-6):
        raise ModelFileError("its probabilities are not finite or do not add up to 1")
