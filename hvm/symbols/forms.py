"""One character in several forms: Unicode normalization, and texts that mix composed and not."""

from __future__ import annotations

import warnings
from collections import Counter
from unicodedata import is_normalized, normalize

from hvm.errors import HvmWarning
from hvm.symbols.alphabet import Alphabet

NORMAL_FORMS = ("none", "NFC", "NFD", "NFKC", "NFKD")

_SHOWN = 3


def normalized(text: str, form: str) -> str:
    """A text in one of :data:`NORMAL_FORMS`."""
    return text if form == "none" or text.isascii() else normalize(form, text)  # type: ignore[arg-type]


class Forms:
    """The characters of some texts that stand composed, and those written by other code points."""

    def __init__(self) -> None:
        self._composed: set[str] = set()
        self._apart: dict[str, str] = {}  # and where first

    def add(self, text: str, name: str) -> None:
        """Look through a text."""
        if text.isascii():
            return
        self._composed.update(filter(_is_composed, set(text)))
        if is_normalized("NFC", text):
            return
        before, after = Counter(text), Counter(normalize("NFC", text))
        for character in after:
            if after[character] > before[character] and _is_composed(character):
                self._apart.setdefault(character, name)

    def add_alphabet(self, alphabet: Alphabet) -> None:
        """Look through the symbols of a model, after all texts."""
        if alphabet.unit == "word":
            self.add("\n".join(alphabet.symbols), "the model")
            return
        known = set(alphabet.symbols)
        for character in self._composed - known:
            if known.issuperset(normalize("NFD", character)):
                self._apart.setdefault(character, "the model")
        self._composed.update(filter(_is_composed, known))

    def unite(self, other: Forms) -> None:
        """Know what was found in other texts, which come after."""
        self._composed |= other._composed
        self._apart = {**other._apart, **self._apart}

    def warn(self) -> None:
        """Warn where a character stands in two forms: they are different symbols."""
        both = sorted(self._composed.intersection(self._apart))
        if not both:
            return
        first, others = both[0], len(both) - _SHOWN
        shown = ", ".join(map(repr, both[:_SHOWN])) + (f" and {others} more" if others > 0 else "")
        warnings.warn(
            f"{self._apart[first]}: {shown}: written in two forms, such as {_points(first)} and "
            f"{_points(normalize('NFD', first))}, which are different symbols: "
            "--normalize NFC makes them one",
            HvmWarning,
            stacklevel=3,
        )


def _is_composed(character: str) -> bool:
    return (
        not character.isascii()
        and is_normalized("NFC", character)
        and not is_normalized("NFD", character)
    )


def _points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text)
