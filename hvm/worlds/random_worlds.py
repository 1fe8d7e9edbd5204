"""Random worlds: a lexicon grown step by step, and flat probabilities for its units and fillers."""

from __future__ import annotations

import numpy as np

from hvm.errors import InputError
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.worlds.world import World

MIN_SIZE, MAX_SIZE = 2, 5  # parts of a drawn chunk, members of a variable (paper, appendix)
MIN_ENTROPY_BITS = 0.2  # a symbol; worlds below this are redrawn
WORLD_SYMBOLS = 25_000  # over these, a world must emit a slot on average, or it is redrawn


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

    Returns
    -------
    World

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

    Parameters
    ----------
    depth, alphabet_size, p_variable : int, int, float
        As for :func:`make_world`.
    seed : int
        Of the first draw; the n-th redrawn world has randomness of its own.
    max_draws : int
        After which there is no more hope.

    Returns
    -------
    world : World
    n_redrawn : int

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
