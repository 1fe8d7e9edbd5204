"""Experts as tensors of a model file: training symbols, variables, and what weights follow from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.errors import ModelFileError
from hvm.predict.chain import FEWEST_ITEMS, MOST_ITEMS
from hvm.predict.experts import ExpertsState
from hvm.predict.plan import chosen_experts
from hvm.predict.weighing import first_numbers
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols


class FittedState(NamedTuple):
    """What a file holds of it.

    Attributes
    ----------
    experts : ExpertsState
    cuts : bool[n] or None
        Where words begin in the training symbols, if words were sought there.
    """

    experts: ExpertsState
    cuts: NDArray[np.bool_] | None


EXPERT_DTYPES = {
    "expert_numbers": "F64",
    "expert_variables": "I32",
    "longest_chain": "I64",
    "training_codes": "U8",
    "training_starts": "I64",
    "word_starts": "I64",
}
"""Tensors beside those of the lexicon; codes are little-endian numbers of :func:`code_bytes`."""


def code_bytes(n_symbols: int) -> int:
    """Bytes of a code of so many: 1, 2 or 4.

    Examples
    --------
    >>> code_bytes(256), code_bytes(257), code_bytes(1 << 20)
    (1, 2, 4)
    """
    return 1 if n_symbols <= 1 << 8 else 2 if n_symbols <= 1 << 16 else 4


def expert_arrays(state: FittedState) -> dict[str, NDArray[Any]]:
    """Return what the file holds of a state, by name.

    Parameters
    ----------
    state : FittedState

    Returns
    -------
    dict of str to array of one dimension
    """
    (experts, cuts), no_words = state, np.zeros(0, np.int64)
    training = experts.training
    width = code_bytes(len(training.alphabet))
    return {
        "expert_numbers": experts.numbers.ravel(),
        "expert_variables": experts.variables.ravel(),
        "longest_chain": np.array([experts.n_items]),
        "training_codes": training.codes.astype(f"<u{width}").view(np.uint8),
        "training_starts": training.starts,
        "word_starts": no_words if cuts is None else np.flatnonzero(cuts),
    }


def experts_state(arrays: dict[str, NDArray[Any]], alphabet: Alphabet, mode: str) -> FittedState:
    """Make a state of what a file holds, checked.

    Parameters
    ----------
    arrays : dict of str to array
        As `expert_arrays` made them.
    alphabet : Alphabet
    mode : str
        How texts are cut into sequences.

    Returns
    -------
    FittedState

    Raises
    ------
    ModelFileError
        They are not what any fit leaves.
    """
    n_symbols, width = len(alphabet), code_bytes(len(alphabet))
    stored, starts = arrays["training_codes"], arrays["training_starts"]
    _require(len(stored) % width == 0, "codes are cut short")
    codes = stored.view(f"<u{width}").astype(np.int64)
    _require(len(codes) > 0 and codes.max() < n_symbols, "training codes outside the alphabet")
    is_cut = len(starts) and starts[0] == 0 and starts[-1] <= len(codes)
    _require(bool(is_cut and (np.diff(starts) >= 0).all()), "sequences that do not begin in order")
    variables, numbers = _variables(arrays, n_symbols), arrays["expert_numbers"]
    longest = arrays["longest_chain"]
    is_known = len(longest) == 1 and FEWEST_ITEMS <= longest[0] <= MOST_ITEMS
    _require(is_known, "a chain that no fit makes")
    training = Symbols(codes.astype(np.int32), starts, alphabet, mode)
    chains = chosen_experts(training, len(variables), int(longest[0]))
    n_columns = first_numbers(chains, False).shape[1]
    n_rows = len(numbers) // n_columns
    is_of_these = len(numbers) == n_rows * n_columns and n_rows - len(chains) in (0, 1)
    _require(is_of_these, "weights of other experts")
    _require(bool(np.isfinite(numbers).all()), "weights that are no numbers")
    experts = ExpertsState(training, variables, numbers.reshape(n_rows, -1), int(longest[0]))
    return FittedState(experts, _cuts(arrays["word_starts"], training))


def _cuts(word_starts: NDArray[np.int64], training: Symbols) -> NDArray[np.bool_] | None:
    if not len(word_starts):
        return None
    cuts = np.zeros(len(training) + 1, np.bool_)
    is_ordered = (np.diff(word_starts) > 0).all() and word_starts[0] >= 0
    _require(
        bool(is_ordered and word_starts[-1] < len(training)), "words that do not begin in order"
    )
    cuts[word_starts] = cuts[-1] = True
    _require(bool(cuts[training.starts].all()), "words that go from one sequence to the next")
    return cuts[:-1]


def _variables(arrays: dict[str, NDArray[Any]], n_symbols: int) -> NDArray[np.int32]:
    stored = arrays["expert_variables"]
    _require(len(stored) % n_symbols == 0, "variables of another alphabet")
    variables: NDArray[np.int32] = stored.reshape(-1, n_symbols)
    finer = np.arange(n_symbols)
    for grain in variables:
        _require(grain.min() >= 0 and grain.max() < n_symbols, "variables out of range")
        of_finer = np.zeros(n_symbols, np.int32)
        of_finer[finer] = grain
        _require(np.array_equal(of_finer[finer], grain), "variables that are not nested")
        finer = grain
    return variables


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise ModelFileError(f"is damaged: its experts have {otherwise}")
