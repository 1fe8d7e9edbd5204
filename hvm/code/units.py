"""What the low four bits of a file's fourth byte say: how its symbols are written."""

from __future__ import annotations

STORED, BYTE, CHAR, MIXED = range(4)
"""The bytes as they are; symbols are bytes; symbols are characters; bytes by the mixer."""

TWO_PART = 4
"""Beside BYTE or CHAR: a lexicon and a parse."""

PRIMED = 8
"""Beside BYTE or MIXED: a fitted model is needed."""
