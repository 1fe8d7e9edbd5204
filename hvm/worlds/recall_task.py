"""Sequences of the human recall task, for one made-up participant each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require_choice

RECALL_SLOTS = (1, 5, 9)  # positions 2, 6 and 10, counted from 0
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

    sequences: NDArray[np.int32]
    is_transfer: NDArray[np.bool_]


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
    n_training, n_transfer : int
        Trials; the experiment had 40 and 24.

    Returns
    -------
    RecallSequences

    Raises
    ------
    InputError
        An unknown group.
    """
    require_choice("group", group, RECALL_GROUPS)
    rng = np.random.default_rng(seed)
    old = new = _draw_skeleton(rng)
    while (new == old).all():
        new = _draw_skeleton(rng)
    training = _fill_skeleton(old, n_training, rng)
    if group == "control":
        training[:] = training[:1]
    sequences = np.concatenate([training, _fill_skeleton(new, n_transfer, rng)])
    return RecallSequences(sequences, np.arange(len(sequences)) >= n_training)


def _draw_skeleton(rng: np.random.Generator) -> NDArray[np.int32]:
    blocks: list[int] = []
    for first in rng.permutation(RECALL_SKELETON_KEYS).tolist():
        blocks += [first, *rng.permutation([k for k in RECALL_SKELETON_KEYS if k != first])]
    return np.array(blocks, np.int32)


def _fill_skeleton(
    skeleton: NDArray[np.int32], n_trials: int, rng: np.random.Generator
) -> NDArray[np.int32]:
    slots = list(RECALL_SLOTS)
    sequences = np.empty((n_trials, len(skeleton) + len(slots)), np.int32)
    sequences[:, np.setdiff1d(np.arange(sequences.shape[1]), slots)] = skeleton
    keys = previous = rng.permutation(RECALL_SLOT_KEYS)
    for trial in range(n_trials):
        while trial > 0 and (keys == previous).all():
            keys = rng.permutation(RECALL_SLOT_KEYS)
        sequences[trial, slots] = previous = keys
    return sequences
