"""The paper's generative model, with known entropy, and sequences of the human recall task.

A *world* is a lexicon with true probabilities: `make_world` draws one, `World.sample` emits from
it and keeps the true parse. Two entropies: that of derivations (units and fillers; an upper
bound) and that of the symbols, -log2 P(sequence) / n by the forward sum over all parses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hvm.errors import InputError
from hvm.kernels.lexicon.forward import symbol_bits
from hvm.kernels.lexicon.trie import compile_trie
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon

MIN_SIZE, MAX_SIZE = 2, 5  # of a generated chunk or variable
MIN_ENTROPY_BITS = 0.2  # worlds below this are redrawn
WORLD_SYMBOLS = 25_000  # over these, a world must emit a slot on average, or it is redrawn


@dataclass(frozen=True, eq=False)
class Sample:
    """Symbols emitted by a world, with the truth about them.

    The last unit may run past the end: ``unit_starts[-1]`` and slot spans then exceed
    ``len(codes)``.

    Attributes
    ----------
    codes : int32[n]
        Symbol codes.
    units : int32[m]
        Entry id of each unit.
    unit_starts : int64[m + 1]
        First symbol of each unit, then where the last one ends.
    slot_units : int64[k]
        Index in ``units`` of the unit that a slot belongs to; slots run from the left, depth first.
    slot_variables, slot_fillers : int32[k]
        The variable of a slot and the entry that fills it.
    slot_starts, slot_ends : int64[k]
        The filler's span.
    slot_depths : int32[k]
        0 for a slot of the unit, 1 for a slot inside such a filler, and so on.
    """

    codes: np.ndarray
    units: np.ndarray
    unit_starts: np.ndarray
    slot_units: np.ndarray
    slot_variables: np.ndarray
    slot_fillers: np.ndarray
    slot_starts: np.ndarray
    slot_ends: np.ndarray
    slot_depths: np.ndarray


class Entropy(NamedTuple):
    """An estimate and its standard error, bits per symbol."""

    bits_per_symbol: float
    standard_error: float


@dataclass(frozen=True, eq=False)
class World:
    """A lexicon with the true probabilities of its units and fillers.

    Attributes
    ----------
    lexicon : Lexicon
        Atoms, chunks and variables; its counts are zero.
    unit_probabilities : float64[K]
        P(entry as a unit), 0 for variables.
    filler_probabilities : float64[P]
        P(member | its variable), aligned with ``lexicon.parts``; 0 beside components.
    """

    lexicon: Lexicon
    unit_probabilities: np.ndarray
    filler_probabilities: np.ndarray

    # -- what is true of it ---------------------------------------------------------------

    @cached_property
    def expected_lengths(self) -> np.ndarray:
        """float64[K]: expected symbols of each entry."""
        return self._expectations(np.ones(self.lexicon.n_atoms), np.zeros(len(self.lexicon)))

    @cached_property
    def expected_filler_bits(self) -> np.ndarray:
        """float64[K]: expected bits of all fillers of each entry, nested ones included."""
        return self._expectations(np.zeros(self.lexicon.n_atoms), self._variable_entropies)

    @property
    def expected_slots_per_symbol(self) -> float:
        """Expected slots emitted per symbol, nested ones included."""
        is_variable = (self.lexicon.kinds == VARIABLE).astype(float)
        slots = self._expectations(np.zeros(self.lexicon.n_atoms), is_variable)
        return float(self.unit_probabilities @ slots / self._expected_unit_length)

    @cached_property
    def _variable_entropies(self) -> np.ndarray:
        entropies = np.zeros(len(self.lexicon))
        for variable in self.lexicon.variables.tolist():
            entropies[variable] = _entropy_bits(self._fillers(variable))
        return entropies

    @property
    def _expected_unit_length(self) -> float:
        return float(self.unit_probabilities @ self.expected_lengths)

    def _fillers(self, variable: int) -> np.ndarray:
        offsets = self.lexicon.offsets
        return self.filler_probabilities[offsets[variable] : offsets[variable + 1]]

    def _expectations(self, of_atoms: np.ndarray, of_variables: np.ndarray) -> np.ndarray:
        """Sum over components, mean over members, plus each variable's own share."""
        lexicon = self.lexicon
        values = np.zeros(len(lexicon))
        values[: lexicon.n_atoms] = of_atoms
        for entry in range(lexicon.n_atoms, len(lexicon)):
            parts = values[lexicon.parts_of(entry)]
            if lexicon.kinds[entry] == VARIABLE:
                values[entry] = of_variables[entry] + self._fillers(entry) @ parts
            else:
                values[entry] = parts.sum()
        return values

    def derivation_entropy_bits_per_symbol(self, tied_slots: bool = False) -> float:
        """Return the exact entropy of derivations: units and fillers, nested fillers included.

        An upper bound of the symbols' entropy. With ``tied_slots`` each variable that a unit's
        expansion comes to, at whatever depth, pays its filler once a unit.
        """
        bits = self._tied_filler_bits if tied_slots else self.expected_filler_bits
        total = _entropy_bits(self.unit_probabilities) + float(self.unit_probabilities @ bits)
        return total / self._expected_unit_length

    @cached_property
    def _tied_filler_bits(self) -> np.ndarray:
        """float64[K]: expected bits of the distinct variables that a unit's expansion comes to."""
        named = _variable_masks(self.lexicon)
        known: dict[int, float] = {0: 0.0}

        def bits(mask: int) -> float:
            if mask not in known:
                # Only higher ids lead to lower ones, so the highest is decided once and for all.
                variable = mask.bit_length() - 1
                rest = mask ^ (1 << variable)
                members = self.lexicon.parts_of(variable).tolist()
                known[mask] = float(self._variable_entropies[variable]) + sum(
                    p * bits(rest | named[m])
                    for p, m in zip(self._fillers(variable).tolist(), members, strict=True)
                )
            return known[mask]

        return np.array([bits(mask) for mask in named])

    def entropy(
        self, n_symbols: int = 10**6, rng: np.random.Generator | int = 0, n_blocks: int = 25
    ) -> Entropy:
        """Estimate the entropy of the symbols: -log2 P / n by the forward sum, slots independent.

        Parameters
        ----------
        n_symbols : int
            Symbols drawn, in ``n_blocks`` sequences of their own, each beginning with a unit.
        rng : numpy.random.Generator or int
            Randomness or a seed.
        n_blocks : int
            Sequences that the standard error comes from, at least 2.

        Returns
        -------
        Entropy
            Bits per symbol and their standard error.
        """
        rng = np.random.default_rng(rng)
        length = -(-n_symbols // n_blocks)
        bits = [-self.log2_probability(self.sample(length, rng).codes) for _ in range(n_blocks)]
        per_symbol = np.array(bits) / length
        return Entropy(float(per_symbol.mean()), float(per_symbol.std(ddof=1) / n_blocks**0.5))

    def log2_probability(self, codes: np.ndarray) -> float:
        """Return log2 of the probability that emission begins with ``codes``, slots independent.

        The sum over all parses and fillers; -inf where the world cannot emit them.
        """
        lexicon, codes = self.lexicon, np.ascontiguousarray(codes, np.int32)
        trie = compile_trie(lexicon.entries, np.zeros(len(lexicon.parts), np.int64))
        probabilities = (self.unit_probabilities, self.filler_probabilities)
        bits = symbol_bits(trie, *probabilities, codes, np.zeros(1, np.int64), np.inf)
        return -float(bits.sum())

    def as_lexicon(self) -> Lexicon:
        """Return the lexicon with counts in proportion to the true probabilities: the oracle.

        Probabilities above 1e-8 come back within a millionth of their value; none becomes zero.
        """
        lexicon = self.lexicon
        scale = 2**52 // (1 + len(lexicon.variables))  # the counts together stay below 2**53
        is_unit = lexicon.kinds != VARIABLE
        units = np.maximum(np.rint(self.unit_probabilities * scale), 1) * is_unit
        is_member = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
        fillers = np.maximum(np.rint(self.filler_probabilities * scale), 1) * is_member
        return lexicon.with_counts(units.astype(np.int64), fillers.astype(np.int64))

    # -- emission -------------------------------------------------------------------------

    def sample(
        self, n_symbols: int, rng: np.random.Generator | int = 0, tied_slots: bool = False
    ) -> Sample:
        """Emit exactly ``n_symbols``: units are drawn until they suffice, the last is cut.

        Parameters
        ----------
        n_symbols : int
        rng : numpy.random.Generator or int
            Randomness or a seed.
        tied_slots : bool
            Whether all slots of one variable in a unit, at whatever depth, share one filler.
        """
        rng = np.random.default_rng(rng)
        cumulative = np.cumsum(self.unit_probabilities)
        batches: list[np.ndarray] = []
        pieces: list[Spelling] = []
        missing = n_symbols
        while missing > 0:
            size = int(missing / self._expected_unit_length * 1.05) + 16
            draws = rng.random(size) * cumulative[-1]
            batches.append(np.searchsorted(cumulative, draws, side="right").astype(np.int32))
            pieces.append(self.spell(batches[-1], rng, tied_slots))
            missing -= len(pieces[-1].codes)
        return _cut(batches, pieces, n_symbols)

    def spell(
        self, entries: np.ndarray, rng: np.random.Generator, tied_slots: bool = False
    ) -> Spelling:
        """Spell entries out, variables too, with drawn fillers: all slots of one depth at once."""
        n_atoms = self.lexicon.n_atoms
        choices = self._draw_tied(len(entries), rng) if tied_slots else None
        ids, spread = self._patterns_of(entries)
        unit_of = spread
        slot_of = np.full(len(ids), -1)
        slots = _Slots()
        depth = 0
        while True:
            where = np.flatnonzero(ids >= n_atoms)
            if not len(where):
                break
            if choices is None:
                members = self._draw_fillers(ids[where], rng)
            else:
                members = choices[unit_of[where], self._variable_ranks[ids[where]]]
            fillers = self.lexicon.parts[members]
            first = slots.add(unit_of[where], ids[where], fillers, slot_of[where], depth)
            slot_of[where] = np.arange(first, first + len(where))
            ids[where] = fillers
            ids, spread = self._patterns_of(ids)
            unit_of, slot_of = unit_of[spread], slot_of[spread]
            depth += 1
        lengths = np.bincount(unit_of, minlength=len(entries))
        return Spelling(ids, lengths, slots.spans(slot_of))

    def _draw_fillers(self, variables: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Index in ``lexicon.parts`` of one filler for each variable."""
        draws = self._variable_ranks[variables] + rng.random(len(variables))
        places = np.searchsorted(self._filler_ladder, draws, side="right")
        begin, after = self.lexicon.offsets[variables], self.lexicon.offsets[variables + 1]
        # Rounding may put a draw one step off the ladder's end.
        members = self._member_places[np.minimum(places, len(self._member_places) - 1)]
        return np.clip(members, begin, after - 1)

    def _draw_tied(self, n_units: int, rng: np.random.Generator) -> np.ndarray:
        """Place in ``lexicon.parts`` of each unit's filler of each variable, int64[m, V]."""
        variables = self.lexicon.variables
        drawn = self._draw_fillers(np.tile(variables, n_units), rng)
        return drawn.reshape(n_units, len(variables))

    @cached_property
    def _variable_ranks(self) -> np.ndarray:
        return np.cumsum(self.lexicon.kinds == VARIABLE) - 1

    @cached_property
    def _member_places(self) -> np.ndarray:
        sizes = np.diff(self.lexicon.offsets)
        return np.flatnonzero(np.repeat(self.lexicon.kinds == VARIABLE, sizes))

    @cached_property
    def _filler_ladder(self) -> np.ndarray:
        """Cumulative filler probabilities, the variable of rank r between r and r + 1."""
        variables = self.lexicon.variables.tolist()
        steps = [rank + np.cumsum(self._fillers(v)) for rank, v in enumerate(variables)]
        return np.concatenate(steps) if steps else np.zeros(0)

    @cached_property
    def _pattern_table(self) -> tuple[np.ndarray, np.ndarray]:
        patterns = self.lexicon.patterns
        starts = np.zeros(len(patterns) + 1, np.int64)
        np.cumsum([len(pattern) for pattern in patterns], out=starts[1:])
        return np.array([x for pattern in patterns for x in pattern], np.int32), starts

    def _patterns_of(self, entries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Patterns of ``entries`` end to end, and the index of the entry behind each item."""
        items, starts = self._pattern_table
        sizes = starts[entries + 1] - starts[entries]
        spread = np.repeat(np.arange(len(entries)), sizes)
        within = np.arange(len(spread)) - (np.cumsum(sizes) - sizes)[spread]
        return items[starts[entries][spread] + within], spread


class Spelling(NamedTuple):
    """Entries spelled out: codes, symbols of each entry, and slots as rows."""

    codes: np.ndarray
    lengths: np.ndarray
    slots: np.ndarray  # int64[6, k]: unit, variable, filler, start, end, depth


class _Slots:
    """Slots in the order they are filled, one level after the other."""

    def __init__(self) -> None:
        self._levels: list[np.ndarray] = []
        self._size = 0

    def add(
        self,
        units: np.ndarray,
        variables: np.ndarray,
        fillers: np.ndarray,
        outer: np.ndarray,
        depth: int,
    ) -> int:
        """Append one level and return its first number; ``outer`` is the slot around, or -1."""
        first = self._size
        depths = np.full(len(units), depth)
        self._levels.append(np.stack([units, variables, fillers, outer, depths]))
        self._size += len(units)
        return first

    def spans(self, slot_of: np.ndarray) -> np.ndarray:
        """Rows unit, variable, filler, start, end, depth, sorted from the left and depth first.

        ``slot_of`` is the innermost slot of each symbol, -1 for none.
        """
        if not self._size:
            return np.zeros((6, 0), np.int64)
        units, variables, fillers, outer, depths = np.concatenate(self._levels, axis=1)
        inside = np.flatnonzero(slot_of >= 0)
        starts = np.full(self._size, len(slot_of))
        ends = np.zeros(self._size, np.int64)
        np.minimum.at(starts, slot_of[inside], inside)
        np.maximum.at(ends, slot_of[inside], inside + 1)
        last = self._size
        for level in reversed(self._levels[1:]):
            own = slice(last - level.shape[1], last)
            np.minimum.at(starts, outer[own], starts[own])
            np.maximum.at(ends, outer[own], ends[own])
            last = own.start
        rows = np.stack([units, variables, fillers, starts, ends, depths])
        return rows[:, np.lexsort((depths, starts))]


def _cut(batches: list[np.ndarray], pieces: list[Spelling], n_symbols: int) -> Sample:
    """Join batches and keep the units that begin within ``n_symbols``."""
    if not pieces:
        pieces, batches = [Spelling(np.zeros(0), np.zeros(0), np.zeros((6, 0)))], [np.zeros(0)]
    units = np.concatenate(batches).astype(np.int32)
    codes = np.concatenate([piece.codes for piece in pieces]).astype(np.int32)
    lengths = np.concatenate([piece.lengths for piece in pieces]).astype(np.int64)
    shifted, n_before, n_units_before = [], 0, 0
    for batch, piece in zip(batches, pieces, strict=True):
        rows = piece.slots.astype(np.int64)
        rows[0] += n_units_before
        rows[3:5] += n_before
        shifted.append(rows)
        n_units_before += len(batch)
        n_before += len(piece.codes)
    slots = np.concatenate(shifted, axis=1)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    n_units = int(np.searchsorted(starts[:-1], n_symbols))
    slots = slots[:, slots[0] < n_units]
    return Sample(
        codes[:n_symbols],
        units[:n_units],
        starts[: n_units + 1],
        slots[0],
        slots[1].astype(np.int32),
        slots[2].astype(np.int32),
        slots[3],
        slots[4],
        slots[5].astype(np.int32),
    )


def _entropy_bits(probabilities: np.ndarray) -> float:
    positive = probabilities[probabilities > 0]
    return float(-(positive * np.log2(positive)).sum())


def _variable_masks(lexicon: Lexicon) -> list[int]:
    """The variables that each entry names directly, as bits; a variable names itself."""
    masks = [0] * len(lexicon)
    for entry in range(lexicon.n_atoms, len(lexicon)):
        if lexicon.kinds[entry] == VARIABLE:
            masks[entry] = 1 << entry
        else:
            for part in lexicon.parts_of(entry).tolist():
                masks[entry] |= masks[part]
    return masks


# -- drawing worlds -----------------------------------------------------------------------


def make_world(
    depth: int, alphabet_size: int, p_variable: float, rng: np.random.Generator | int = 0
) -> World:
    """Draw a world: atoms, then ``depth`` steps that each make a variable or a chunk.

    With ``p_variable`` a step makes a variable of 2-5 distinct chunks, atoms included, dropped if
    an existing variable holds them all; else a chunk of 2-5 entries, the first and last not
    variables, drawn again if its pattern exists. Units and fillers then get flat Dirichlet
    probabilities (paper, generative model).

    Parameters
    ----------
    depth : int
        Steps.
    alphabet_size : int
        Atoms, at least 2.
    p_variable : float
        Probability that a step makes a variable.
    rng : numpy.random.Generator or int
        Randomness or a seed.

    Raises
    ------
    InputError
        An argument outside its range.
    """
    if depth < 0 or alphabet_size < 2 or not 0 <= p_variable <= 1:
        raise InputError(
            "a world needs depth >= 0, an alphabet of at least 2 and p_variable from 0 to 1, "
            f"not {depth}, {alphabet_size} and {p_variable}"
        )
    rng = np.random.default_rng(rng)
    lexicon = Lexicon.of_atoms(alphabet_size)
    for _ in range(depth):
        make = _draw_variable if rng.random() < p_variable else _draw_chunk
        definition = make(lexicon, rng)
        if definition is not None:
            lexicon = lexicon.extend([definition])
    lexicon.validate()
    is_unit = lexicon.kinds != VARIABLE
    units = np.zeros(len(lexicon))
    units[is_unit] = rng.dirichlet(np.ones(is_unit.sum()))
    fillers = np.zeros(len(lexicon.parts))
    for variable in lexicon.variables.tolist():
        where = slice(lexicon.offsets[variable], lexicon.offsets[variable + 1])
        fillers[where] = rng.dirichlet(np.ones(where.stop - where.start))
    return World(lexicon, units, fillers)


def _draw_variable(lexicon: Lexicon, rng: np.random.Generator) -> Definition | None:
    chunks = np.flatnonzero(lexicon.kinds != VARIABLE)
    size = min(int(rng.integers(MIN_SIZE, MAX_SIZE + 1)), len(chunks))
    members = frozenset(rng.choice(chunks, size, replace=False).tolist())
    if any(members <= set(lexicon.parts_of(v).tolist()) for v in lexicon.variables):
        return None
    return Definition(VARIABLE, tuple(sorted(members)))


def _draw_chunk(lexicon: Lexicon, rng: np.random.Generator) -> Definition:
    chunks = np.flatnonzero(lexicon.kinds != VARIABLE)
    existing = set(lexicon.patterns)
    while True:
        size = int(rng.integers(MIN_SIZE, MAX_SIZE + 1))
        middle = rng.integers(len(lexicon), size=size - 2).tolist()
        first, last = rng.choice(chunks, 2).tolist()
        parts = (first, *middle, last)
        pattern = tuple(x for part in parts for x in lexicon.patterns[part])
        if pattern not in existing:
            return Definition(CHUNK, parts)


def draw_world(
    depth: int, alphabet_size: int, p_variable: float, seed: int, max_draws: int = 10_000
) -> tuple[World, int]:
    """Draw worlds until one is fit for a test; return it and how many were drawn before it.

    Rule: the derivation entropy is at least 0.2 bits per symbol and, if variables can arise at
    all, 25,000 symbols hold at least one slot on average. The same seed gives the same world.

    Raises
    ------
    InputError
        No such world within ``max_draws``.
    """
    for n_redrawn in range(max_draws):
        rng = np.random.default_rng((seed, n_redrawn))
        world = make_world(depth, alphabet_size, p_variable, rng)
        has_slots = p_variable == 0 or world.expected_slots_per_symbol * WORLD_SYMBOLS >= 1
        if has_slots and world.derivation_entropy_bits_per_symbol() >= MIN_ENTROPY_BITS:
            return world, n_redrawn
    raise InputError(
        f"no usable world of depth {depth}, alphabet {alphabet_size} and p_variable {p_variable} "
        f"in {max_draws} draws: more depth gives variables a chance"
    )


# -- one call for the command line --------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Generated:
    """Symbols of one drawn world and its entropies.

    Attributes
    ----------
    symbols : uint8[n] or int32[n]
        Values 1 to the alphabet's size, code + 1; uint8 where that fits.
    entropy_bits_per_symbol, entropy_standard_error : float or None
        Of the symbols, by the forward sum; None for tied slots, where that sum does not apply.
    derivation_entropy_bits_per_symbol : float
        Of units and fillers, exact: an upper bound.
    world : World
    sample : Sample
    """

    symbols: np.ndarray
    entropy_bits_per_symbol: float | None
    entropy_standard_error: float | None
    derivation_entropy_bits_per_symbol: float
    world: World
    sample: Sample

    @property
    def n_chunks(self) -> int:
        """Chunks of the world, atoms left out."""
        return len(self.world.lexicon.chunks)

    @property
    def n_variables(self) -> int:
        """Variables of the world."""
        return len(self.world.lexicon.variables)


def generate(
    depth: int,
    alphabet_size: int,
    p_variable: float,
    n_symbols: int,
    seed: int,
    tied_slots: bool = False,
    entropy_symbols: int = 10**6,
) -> Generated:
    """Draw a world, emit ``n_symbols`` from it, and work out its entropies.

    The world, the symbols and the entropy's own ``entropy_symbols`` have separate streams of
    randomness, so a longer sample begins with the shorter one's world.

    Raises
    ------
    InputError
        An argument outside its range.
    """
    if n_symbols < 0 or seed < 0:
        raise InputError(f"a length of {n_symbols} and seed {seed}: neither may be negative")
    of_world, of_sample, of_entropy = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)
    )
    world = make_world(depth, alphabet_size, p_variable, of_world)
    sample = world.sample(n_symbols, of_sample, tied_slots)
    entropy = None if tied_slots else world.entropy(entropy_symbols, of_entropy)
    dtype = np.uint8 if alphabet_size < 256 else np.int32
    return Generated(
        (sample.codes + 1).astype(dtype),
        entropy.bits_per_symbol if entropy else None,
        entropy.standard_error if entropy else None,
        world.derivation_entropy_bits_per_symbol(tied_slots),
        world,
        sample,
    )


# -- the human recall task ----------------------------------------------------------------

RECALL_SLOTS = (1, 5, 9)  # counting from 0: positions 2, 6 and 10
RECALL_SLOT_KEYS = (1, 3, 5)
RECALL_SKELETON_KEYS = (2, 4, 6)
RECALL_GROUPS = ("control", "variable")


class RecallSequences(NamedTuple):
    """What one participant of the recall task sees.

    Attributes
    ----------
    sequences : int32[trials, 12]
        Keys 1 to 6, in the order of the participant's key assignment.
    is_transfer : bool[trials]
        False in training, True in transfer.
    """

    sequences: np.ndarray
    is_transfer: np.ndarray


def recall_sequences(
    group: str, seed: int, n_training: int = 40, n_transfer: int = 24
) -> RecallSequences:
    """Return one synthetic participant's trials of the human recall task (design section 8).

    A skeleton is three permutations of three keys, each beginning with another key; the slots,
    positions 2, 6 and 10, hold a permutation of the other three keys. In training the control
    group sees one sequence throughout and the variable group another permutation each trial; in
    transfer both see a new skeleton with another permutation each trial. These are the
    regularities of the recorded sequences: no permutation comes twice in a row.

    Parameters
    ----------
    group : str
        "control" or "variable".
    seed : int
        One participant's seed.

    Raises
    ------
    InputError
        An unknown group.
    """
    if group not in RECALL_GROUPS:
        raise InputError(f"group must be one of {', '.join(RECALL_GROUPS)}, not {group!r}")
    rng = np.random.default_rng(seed)
    old = new = _draw_skeleton(rng)
    while (new == old).all():
        new = _draw_skeleton(rng)
    training = _fill_skeleton(old, n_training, rng)
    if group == "control":
        training[:] = training[:1]
    sequences = np.concatenate([training, _fill_skeleton(new, n_transfer, rng)])
    return RecallSequences(sequences, np.arange(len(sequences)) >= n_training)


def _draw_skeleton(rng: np.random.Generator) -> np.ndarray:
    blocks = []
    for first in rng.permutation(RECALL_SKELETON_KEYS).tolist():
        blocks += [first, *rng.permutation([k for k in RECALL_SKELETON_KEYS if k != first])]
    return np.array(blocks, np.int32)


def _fill_skeleton(skeleton: np.ndarray, n_trials: int, rng: np.random.Generator) -> np.ndarray:
    slots = list(RECALL_SLOTS)
    sequences = np.empty((n_trials, len(skeleton) + len(slots)), np.int32)
    sequences[:, np.setdiff1d(np.arange(sequences.shape[1]), slots)] = skeleton
    keys = previous = rng.permutation(RECALL_SLOT_KEYS)
    for trial in range(n_trials):
        while trial > 0 and (keys == previous).all():
            keys = rng.permutation(RECALL_SLOT_KEYS)
        sequences[trial, slots] = previous = keys
    return sequences
