"""Worlds like another: its frames around other fillers, or its fillers in other frames."""

from __future__ import annotations

import numpy as np

from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.worlds.world import World

RELATIONS = ("new_fillers", "new_frames")


def related_world(world: World, relation: str, rng: np.random.Generator) -> World:
    """The same entries with the same probabilities, of which some parts are others.

    ``new_fillers``: every variable holds other entries, as far as there are any. ``new_frames``:
    in every chunk with a slot all parts but variables are others.
    """
    lexicon = world.lexicon
    definitions: list[Definition] = []
    patterns = {(atom,) for atom in range(lexicon.n_atoms)}
    for entry in range(lexicon.n_atoms, len(lexicon)):
        definition = Definition(int(lexicon.kinds[entry]), tuple(lexicon.parts_of(entry).tolist()))
        kinds = lexicon.kinds[:entry]
        if definition.kind == VARIABLE and relation == "new_fillers":
            definition = Definition(VARIABLE, _other_members(definition.parts, kinds, rng))
        elif definition.kind == CHUNK:
            has_slot = any(kinds[part] == VARIABLE for part in definition.parts)
            if has_slot and relation == "new_frames":
                definition = Definition(CHUNK, _other_frame(definition.parts, kinds, rng))
            definition = _distinct(definition, kinds, patterns, definitions, lexicon.n_atoms, rng)
        definitions.append(definition)
    changed = Lexicon.from_definitions(lexicon.n_atoms, definitions)
    changed.validate()
    return World(changed, world.unit_probabilities, world.filler_probabilities)


def _other_members(
    members: tuple[int, ...], kinds: np.ndarray, rng: np.random.Generator
) -> tuple[int, ...]:
    others = np.setdiff1d(np.flatnonzero(kinds != VARIABLE), members)
    new = rng.permutation(others)[: len(members)].tolist()
    return tuple(sorted([*new, *members[len(new) :]]))


def _other_frame(
    parts: tuple[int, ...], kinds: np.ndarray, rng: np.random.Generator
) -> tuple[int, ...]:
    plain = np.flatnonzero(kinds != VARIABLE)
    return tuple(
        part if kinds[part] == VARIABLE else int(rng.choice(plain[plain != part])) for part in parts
    )


def _distinct(
    definition: Definition,
    kinds: np.ndarray,
    patterns: set[tuple[int, ...]],
    before: list[Definition],
    n_atoms: int,
    rng: np.random.Generator,
) -> Definition:
    """The chunk, or one of other parts as long as another chunk spells the same."""

    def pattern(entry: int) -> tuple[int, ...]:
        if entry < n_atoms or kinds[entry] == VARIABLE:
            return (entry,)
        return tuple(x for part in before[entry - n_atoms].parts for x in pattern(part))

    while (spelled := tuple(x for part in definition.parts for x in pattern(part))) in patterns:
        definition = Definition(CHUNK, _other_frame(definition.parts, kinds, rng))
    patterns.add(spelled)
    return definition
