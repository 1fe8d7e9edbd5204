"""Bytes as text: encodings, byte-order marks, and files that hold no text at all."""

from __future__ import annotations

from hvm.errors import InputError

MARK = "\ufeff"
"""The byte-order mark: at the very start of a text it is no symbol."""

_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = {_UTF8_MARK: "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF32_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")

_AS_TEXT = "save what it says as plain text, or read it by --unit byte"
_NO_TEXT = {
    b"\x89PNG\r\n\x1a\n": ("a picture (PNG)", "read it by --unit byte"),
    b"\xff\xd8\xff": ("a picture (JPEG)", "read it by --unit byte"),
    b"GIF87a": ("a picture (GIF)", "read it by --unit byte"),
    b"GIF89a": ("a picture (GIF)", "read it by --unit byte"),
    b"%PDF-": ("a PDF document", _AS_TEXT),
    b"{\\rtf": ("an RTF document", _AS_TEXT),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("an old Office document (doc, xls)", _AS_TEXT),
    b"PK\x03\x04": ("a zip archive (zip, docx, xlsx, odt, npz)", f"unpack it, or {_AS_TEXT}"),
    b"\x93NUMPY": ("a numpy array", "--unit int reads it"),
    b"SQLite format 3\0": ("a database (SQLite)", "export it as text"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it"),
}
"""How files begin that hold no text: what they are, and what to do."""


def without_mark(text: str) -> str:
    """A text without the byte-order mark that it may begin with."""
    return text.removeprefix(MARK)


def decode(data: bytes, errors: str, where: str, first_byte: int = 0) -> str:
    """Text of UTF-8, or of UTF-16 that begins with its mark; the mark itself is dropped.

    Parameters
    ----------
    data : bytes
        The encoded text.
    errors : {"strict", "replace", "ignore"}
        What invalid UTF-8 does.
    where : str
        What a message begins with: the file.
    first_byte : int
        Where in the file the data begin: a mark stands at its start alone.

    Returns
    -------
    str

    Raises
    ------
    InputError
        No text, or invalid UTF-8; the message has the offset of the first wrong byte.
    """
    mark, encoding = b"", "utf-8"
    if first_byte == 0:
        _refuse_no_text(data, where)
        marked = (each for each in _MARKS.items() if data.startswith(each[0]))
        mark, encoding = next(marked, (mark, encoding))
    try:
        return data[len(mark) :].decode(encoding, errors)
    except UnicodeDecodeError as error:
        at = len(mark) + error.start
        offset = first_byte + at
        if not mark and b"\0" in data:
            raise InputError(
                f"{where}is no text: it holds zero bytes, and byte {offset} is no UTF-8: {_AS_TEXT}"
            ) from None
        raise InputError(
            f"{where}invalid {encoding[:6].rstrip('-').upper()} at byte offset {offset} "
            f"(0x{data[at]:02x}): --encoding-errors replace puts U+FFFD there, "
            "--unit byte reads anything"
        ) from None


def is_of_wide_characters(beginning: bytes) -> bool:
    """Whether a file that begins so is UTF-16 or UTF-32, where a byte 10 is no end of a line."""
    return beginning.startswith((*_MARKS, *_UTF32_MARKS)) and not beginning.startswith(_UTF8_MARK)


def integers_as_bytes(data: bytes, where: str) -> bytes:
    """A text of integers as UTF-8 without a mark."""
    if data.startswith((*_MARKS, *_NO_TEXT)) and not data.startswith(_UTF8_MARK):
        return decode(data, "strict", where).encode()
    return data.removeprefix(_UTF8_MARK)


def _refuse_no_text(data: bytes, where: str) -> None:
    for beginning, (what, hint) in _NO_TEXT.items():
        if data.startswith(beginning):
            raise InputError(f"{where}is {what}, not text: {hint}")
    if data.startswith(_UTF32_MARKS):
        raise InputError(f"{where}begins with the mark of UTF-32: save it as UTF-8")
