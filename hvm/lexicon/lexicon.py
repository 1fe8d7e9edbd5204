"""The lexicon: atoms, chunks and variables as arrays, with the counts that give every probability.

Invariants, checked by :meth:`Lexicon.validate`:

- entries ``0 .. n_atoms - 1`` are the atoms, and an atom's id is its symbol code;
- every part has a lower id than the entry that holds it, so containment is acyclic by construction;
- a chunk has two or more parts, each an atom, a chunk or a variable;
- a variable has two or more distinct members, each an atom or a chunk, and is never a unit itself;
- no two chunks flatten to the same pattern.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import HvmError
from hvm.kernels.entries import ATOM, CHUNK, VARIABLE, Entries, entries_of
from hvm.kernels.lexicon.patterns import flatten, levels_of

__all__ = [
    "ATOM",
    "CHUNK",
    "DEFAULT_SMOOTHING",
    "KIND_NAMES",
    "MAX_COUNT",
    "MAX_PATTERN_SYMBOLS",
    "N_BYTES",
    "SMOOTHING_RANGE",
    "VARIABLE",
    "Definition",
    "Lexicon",
    "LexiconError",
]

KIND_NAMES = ("atom", "chunk", "variable")

N_BYTES = 256
"""Atoms of a lexicon over bytes."""

MAX_COUNT = 1 << 53
"""Largest sum of counts: floats beyond it are no longer exact."""

MAX_PATTERN_SYMBOLS = 1 << 28
"""Most symbols of all patterns together: they are held in memory, and nesting doubles them fast."""

_HASH_MODULUS = (1 << 127) - 1
_HASH_BASE = 0x9E3779B97F4A7C15F39CC0605CEDC834 % _HASH_MODULUS


DEFAULT_SMOOTHING = 0.1
SMOOTHING_RANGE = (1e-9, 1e9)
"""Within it no probability of a unit or filler is so small that bits become infinite, nor any count
without weight."""
"""Counts that every entry has beforehand: little beside one, so that what was met counts."""


class LexiconError(HvmError):
    """A lexicon that breaks an invariant."""


class Definition(NamedTuple):
    """What an entry is made of: its kind and its parts, by id."""

    kind: int
    parts: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Entries in an order that puts parts before wholes.

    Attributes
    ----------
    n_atoms : int
        Alphabet size; ids below it are the atoms.
    kinds : uint8[K]
        ``ATOM``, ``CHUNK`` or ``VARIABLE``.
    offsets : int64[K + 1]
        Entry ``e`` owns ``parts[offsets[e]:offsets[e + 1]]``; atoms own none.
    parts : int32[P]
        Components of chunks, members of variables.
    unit_counts : int64[K]
        Times each entry was a unit of the parse that the counts come from; 0 for variables.
    filler_counts : int64[P]
        Times each member filled a slot of its variable; 0 beside components.
    smoothing : float
        alpha of ``P(u) = (c(u) + alpha) / (N + alpha K)``, K = atoms + chunks + the escape.

    Examples
    --------
    >>> from hvm import HVM
    >>> lexicon = HVM(context="unigram").fit(["abab", "ab"] * 20).lexicon_
    >>> lexicon.n_atoms, len(lexicon), len(lexicon.chunks), len(lexicon.variables)
    (2, 3, 1, 0)
    >>> lexicon.unit_counts  # a, b, ab
    array([ 0,  0, 60])
    """

    n_atoms: int
    kinds: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    parts: NDArray[np.int32]
    unit_counts: NDArray[np.int64]
    filler_counts: NDArray[np.int64]
    smoothing: float = DEFAULT_SMOOTHING

    # -- making ---------------------------------------------------------------------------

    @classmethod
    def of_atoms(cls, n_atoms: int, smoothing: float = DEFAULT_SMOOTHING) -> Lexicon:
        """Return the lexicon that holds the alphabet alone, every count zero."""
        return cls(
            n_atoms,
            np.zeros(n_atoms, np.uint8),
            np.zeros(n_atoms + 1, np.int64),
            np.zeros(0, np.int32),
            np.zeros(n_atoms, np.int64),
            np.zeros(0, np.int64),
            smoothing,
        )

    @classmethod
    def from_definitions(
        cls,
        n_atoms: int,
        definitions: Iterable[Definition],
        smoothing: float = DEFAULT_SMOOTHING,
    ) -> Lexicon:
        """Return a lexicon of atoms followed by some entries, every count zero.

        Parameters
        ----------
        n_atoms : int
            Alphabet size.
        definitions : iterable of Definition
            Of the entries from ``n_atoms`` on.
        smoothing : float
            Added to every count.

        Returns
        -------
        Lexicon

        Raises
        ------
        LexiconError
            An entry breaks an invariant.

        Examples
        --------
        >>> lexicon = Lexicon.from_definitions(
        ...     3, [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2, 3, 2))])
        >>> lexicon.pattern(4)
        (2, 3, 2)
        """
        kinds, offsets, parts, _ = entries_of(n_atoms, list(definitions))
        unit_counts, filler_counts = np.zeros(len(kinds), np.int64), np.zeros(len(parts), np.int64)
        lexicon = cls(n_atoms, kinds, offsets, parts, unit_counts, filler_counts, smoothing)
        lexicon.validate()
        return lexicon

    def with_counts(
        self, unit_counts: NDArray[np.int64], filler_counts: NDArray[np.int64]
    ) -> Lexicon:
        """Return the same entries with other counts."""
        return replace(self, unit_counts=unit_counts, filler_counts=filler_counts)

    def extend(self, definitions: Sequence[Definition]) -> Lexicon:
        """Return the lexicon with ``definitions`` appended, their counts zero; ids stay."""
        sizes = np.array([len(d.parts) for d in definitions], np.int64)
        new_parts = np.array([p for d in definitions for p in d.parts], np.int32)
        return Lexicon(
            self.n_atoms,
            np.append(self.kinds, np.array([d.kind for d in definitions], np.uint8)),
            np.append(self.offsets, self.offsets[-1] + np.cumsum(sizes)),
            np.append(self.parts, new_parts),
            np.append(self.unit_counts, np.zeros(len(definitions), np.int64)),
            np.append(self.filler_counts, np.zeros(len(new_parts), np.int64)),
            self.smoothing,
        )

    # -- reading --------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def entries(self) -> Entries:
        """The entries without their counts, as kernels take them."""
        return Entries(self.kinds, self.offsets, self.parts, self.n_atoms)

    @property
    def chunks(self) -> NDArray[np.int64]:
        """Ids of the chunks, ascending."""
        return np.flatnonzero(self.kinds == CHUNK)

    @property
    def variables(self) -> NDArray[np.int64]:
        """Ids of the variables, ascending."""
        return np.flatnonzero(self.kinds == VARIABLE)

    def parts_of(self, entry: int) -> NDArray[np.int32]:
        """Components of a chunk or members of a variable, int32[size]."""
        return self.parts[self.offsets[entry] : self.offsets[entry + 1]]

    def filler_counts_of(self, variable: int) -> NDArray[np.int64]:
        """Times each member filled a slot of ``variable``, int64[size]."""
        return self.filler_counts[self.offsets[variable] : self.offsets[variable + 1]]

    def definition(self, entry: int) -> Definition:
        """What a chunk or variable is made of."""
        return Definition(int(self.kinds[entry]), tuple(self.parts_of(entry).tolist()))

    @cached_property
    def patterns(self) -> list[tuple[int, ...]]:
        """Every entry flattened to atoms and variables, by id; a variable stands for itself."""
        offsets, labels, _ = flatten(self.entries)
        flat = labels.tolist()
        return [tuple(flat[first:last]) for first, last in pairwise(offsets.tolist())]

    def pattern(self, entry: int) -> tuple[int, ...]:
        """The entry flattened to symbol codes (below ``n_atoms``) and variable ids."""
        return self.patterns[entry]

    @cached_property
    def levels(self) -> NDArray[np.int32]:
        """int32[K]: 0 for atoms, the maximum over components, 1 + the maximum over members."""
        return levels_of(self.entries)

    # -- probabilities --------------------------------------------------------------------

    @cached_property
    def unit_probabilities(self) -> NDArray[np.float64]:
        """float64[K]: P(entry as a unit), the same on every processor; 0 for variables."""
        smoothed = (self.unit_counts + self.smoothing) / self._smoothed_total
        return np.where(self.kinds == VARIABLE, 0.0, smoothed)

    @cached_property
    def filler_probabilities(self) -> NDArray[np.float64]:
        """float64[P]: P(member | its variable), the same on every processor; 1 at components."""
        probabilities = np.ones(len(self.parts))
        for variable in self.variables:
            counts = self.filler_counts_of(variable) + self.smoothing
            where = slice(self.offsets[variable], self.offsets[variable + 1])
            probabilities[where] = counts / counts.sum()
        return probabilities

    @cached_property
    def unit_bits(self) -> NDArray[np.float64]:
        """float64[K]: -log2 P(entry as a unit); infinite for variables."""
        total = self._smoothed_total
        with np.errstate(divide="ignore"):
            bits: NDArray[np.float64] = np.log2(total) - np.log2(self.unit_counts + self.smoothing)
        bits[self.kinds == VARIABLE] = np.inf
        return bits

    @property
    def escape_bits(self) -> float:
        """-log2 P(escape), paid by a symbol outside the alphabet before its code space."""
        return float(np.log2(self._smoothed_total) - np.log2(self.smoothing))

    @property
    def _smoothed_total(self) -> float:
        n_units = len(self) - len(self.variables) + 1
        return float(self.unit_counts.sum() + self.smoothing * n_units)

    @cached_property
    def filler_bits(self) -> NDArray[np.float64]:
        """float64[P]: -log2 P(member | its variable); 0 beside components."""
        bits = np.zeros(len(self.parts))
        for variable in self.variables:
            counts = self.filler_counts_of(variable) + self.smoothing
            where = slice(self.offsets[variable], self.offsets[variable + 1])
            bits[where] = np.log2(counts.sum()) - np.log2(counts)
        return bits

    # -- checking -------------------------------------------------------------------------

    def validate(self) -> None:
        """Raise :class:`LexiconError` naming the first entry that breaks an invariant."""
        size, n_parts = len(self.kinds), len(self.parts)
        fit = len(self.offsets) == size + 1 and len(self.unit_counts) == size
        if not fit or len(self.filler_counts) != n_parts or not 0 <= self.n_atoms <= size:
            raise LexiconError("lexicon arrays have lengths that do not fit together")
        least, most = SMOOTHING_RANGE
        if not least <= self.smoothing <= most:
            raise LexiconError(f"smoothing must be {least:g} to {most:g}, not {self.smoothing}")
        if self.offsets[0] != 0 or self.offsets[-1] != n_parts or _descends(self.offsets):
            raise LexiconError("lexicon offsets do not ascend from 0 to the number of parts")
        if (self.unit_counts < 0).any() or (self.filler_counts < 0).any():
            raise LexiconError("lexicon holds a negative count")
        if max(_total(self.unit_counts), _total(self.filler_counts)) > MAX_COUNT:
            raise LexiconError("lexicon counts add up to more than 2 ** 53")
        if (self.kinds > VARIABLE).any() or (self.kinds[: self.n_atoms] != ATOM).any():
            raise LexiconError("lexicon holds an entry of unknown kind")
        if (self.kinds[self.n_atoms :] == ATOM).any() or self.offsets[self.n_atoms] != 0:
            raise LexiconError("lexicon atoms do not come first or own parts")
        for entry in self._suspects():
            self._validate_entry(entry)
        self._validate_patterns()

    def _suspects(self) -> list[int]:
        """Entries that break an invariant of their own, ascending."""
        sizes = np.diff(self.offsets)
        owners = np.repeat(np.arange(len(self)), sizes)
        in_variable = self.kinds[owners] == VARIABLE
        cyclic = (self.parts < 0) | (self.parts >= owners)
        holds_variable = in_variable & (self.kinds[np.where(cyclic, 0, self.parts)] == VARIABLE)
        counted = ~in_variable & (self.filler_counts != 0)
        # A member twice: equal neighbours once the members of each variable are in order.
        order = np.lexsort((self.parts, owners))
        again = (np.diff(owners[order]) == 0) & (np.diff(self.parts[order]) == 0)
        again &= in_variable[order][1:]
        broken = (sizes < 2) | ((self.kinds == VARIABLE) & (self.unit_counts != 0))
        broken[: self.n_atoms] = False
        by_part = owners[cyclic | holds_variable | counted]
        twice = owners[order][1:][again]
        entries = np.unique(np.concatenate([np.flatnonzero(broken), by_part, twice]))
        return [int(entry) for entry in entries]

    def _validate_entry(self, entry: int) -> None:
        parts = self.parts_of(entry)
        name = f"{KIND_NAMES[self.kinds[entry]]} {entry}"
        if len(parts) < 2:
            raise LexiconError(f"{name} has fewer than two parts")
        if (parts < 0).any() or (parts >= entry).any():
            raise LexiconError(f"{name} refers to itself, to a later entry or to none: a cycle")
        if self.kinds[entry] == VARIABLE:
            if len(np.unique(parts)) != len(parts):
                raise LexiconError(f"{name} holds a member twice")
            if (self.kinds[parts] == VARIABLE).any() or self.unit_counts[entry] != 0:
                raise LexiconError(f"{name} holds a variable or is counted as a unit")
        elif self.filler_counts[self.offsets[entry] : self.offsets[entry + 1]].any():
            raise LexiconError(f"{name} has filler counts")

    def _validate_patterns(self) -> None:
        # Polynomial hashes, each put together from those of the parts: equal patterns have equal
        # hashes, unequal ones by chance in 2 ** 127, and no pattern need be written out.
        hashes = [(entry + 1, _HASH_BASE, 1) for entry in range(len(self))]
        first_of: dict[tuple[int, int, int], int] = {}
        total = 0
        for chunk in self.chunks.tolist():
            value, power, length = 0, 1, 0
            for part in self.parts_of(chunk).tolist():
                part_value, part_power, part_length = hashes[part]
                value = (value * part_power + part_value) % _HASH_MODULUS
                power = power * part_power % _HASH_MODULUS
                length += part_length
            hashes[chunk] = value, power, length
            total += length
            if total > MAX_PATTERN_SYMBOLS:
                raise LexiconError(
                    f"patterns up to chunk {chunk} hold more than {MAX_PATTERN_SYMBOLS} symbols"
                )
            first = first_of.setdefault(hashes[chunk], chunk)
            if first != chunk:
                raise LexiconError(f"chunks {first} and {chunk} have the same pattern")


def _descends(offsets: NDArray[np.int64]) -> bool:
    return bool((offsets[1:] < offsets[:-1]).any())


def _total(counts: NDArray[np.int64]) -> float:
    return float(counts.sum(dtype=np.float64))  # integers would wrap
