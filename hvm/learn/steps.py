"""The search in arrays as steps from one position to the next: grow, then variables, and again.

A position is all that the rest of a search depends on, so a search that was ended anywhere goes on
from a :class:`~hvm.learn.checkpoint.Checkpoint` of the last one as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hvm.learn.array_search import (
    FIRST_MIN_BITS,
    GROWTH_MIN_SHARE,
    ROUND_MIN_SHARE,
    exponent_of,
    grow_from_parse,
    grown_from,
    pruned,
    pruned_by_counts,
    shorter,
    trace_growth,
    was_worth_it,
)
from hvm.learn.checkpoint import END, Standing
from hvm.learn.edits import drop_unused
from hvm.learn.evaluation import Counted, Evaluation
from hvm.learn.limits import Stopped
from hvm.learn.variable_search import align_in_batch, frame_in_batch

ALIGNING_MAX = 1_000_000_000
"""Entries times symbols for which chunks are aligned: that takes long and pays in what has few
entries for its size, as a world has, and next to nothing in text."""


class Position(NamedTuple):
    """Where a search stands.

    Attributes
    ----------
    step : str
        The next one, a name in `STEPS` or `END`.
    state : Counted
        The best so far.
    exponent : float
        Of the gain by occurrence in what ranks pairs.
    round_bits : float or None
        Description length when the present round of variables began; None before the first.
    """

    step: str
    state: Counted
    exponent: float
    round_bits: float | None = None


def run_in_steps(search: Evaluation, position: Position) -> Counted:
    """Go on from a position until nothing pays; write a checkpoint after each step.

    Parameters
    ----------
    search : Evaluation
    position : Position

    Returns
    -------
    Counted
        The best state.
    """
    _write(search, position)
    while position.step != END and not search.is_exhausted:
        search.check()
        position = STEPS[position.step](search, position)
        _write(search, position)
    return position.state


def begun(search: Evaluation, state: Counted, step: str) -> Position:
    """Return the position before a step, the first of a search.

    Parameters
    ----------
    search : Evaluation
    state : Counted
    step : str

    Returns
    -------
    Position
    """
    return Position(step, state, exponent_of(search))


def read_position(search: Evaluation) -> Position | None:
    """Return the position of the checkpoint, the search being as it was then; None without one.

    Parameters
    ----------
    search : Evaluation

    Returns
    -------
    Position or None
    """
    checkpoint = search.options.checkpoint
    standing = None if checkpoint is None else checkpoint.read(STEPS)
    if standing is None:
        return None
    state = search.counted(standing.lexicon)
    search.resume(state, standing.rows)
    exponent = standing.numbers["exponent"]
    assert exponent is not None
    return Position(standing.step, state, exponent, standing.numbers["round_bits"])


def _write(search: Evaluation, position: Position) -> None:
    if search.options.checkpoint is not None:
        numbers = {"exponent": position.exponent, "round_bits": position.round_bits}
        lexicon = position.state.parse.lexicon
        search.options.checkpoint.write(Standing(position.step, lexicon, numbers, search.rows))


# -- the steps ------------------------------------------------------------------------------


def grow(search: Evaluation, position: Position) -> Position:
    """From the atoms: grow far more chunks than pay, parse with them, prune."""
    state, exponent = position.state, position.exponent
    lexicon = grown_from(search, state, exponent, FIRST_MIN_BITS)
    if search.options.trace:
        trace_growth(search, len(state.lexicon), lexicon)
    try:
        reached = pruned(search, search.counted(lexicon).lexicon)
    except Stopped:  # the units that growing leaves are a parse as well, if not the best
        search.keep_counts(pruned_by_counts(search, lexicon))
        raise
    return position._replace(step="grow_again", state=shorter(search, reached, state))


def grow_again(search: Evaluation, position: Position) -> Position:
    """Grow from the parse, prune and parse, while that pays."""
    before = position.state
    state = grow_from_parse(search, before, position.exponent)
    if was_worth_it(before.description_bits, state, GROWTH_MIN_SHARE):
        return position._replace(state=state)
    has_room = search.settings.variables and search.capacity(len(state.lexicon)) > 0
    bits = state.description_bits
    return position._replace(step="frame" if has_room else END, state=state, round_bits=bits)


def frame(search: Evaluation, position: Position) -> Position:
    """Make variables of frames in the parse."""
    state = frame_in_batch(search, search.editable(position.state))
    small = len(state.lexicon) * search.text.n_symbols <= ALIGNING_MAX
    return position._replace(step="align" if small else "tidy", state=state)


def align(search: Evaluation, position: Position) -> Position:
    """Make variables of aligned chunks."""
    state = align_in_batch(search, search.editable(position.state))
    return position._replace(step="tidy", state=state)


def tidy(search: Evaluation, position: Position) -> Position:
    """Drop what is out of use; end unless the round of variables was worth it."""
    state: Counted = position.state
    if len(state.lexicon.variables):
        tidied = search.better(search.editable(state), drop_unused)
        state = state if tidied is None else search.keep(tidied)
    assert position.round_bits is not None
    pays = was_worth_it(position.round_bits, state, ROUND_MIN_SHARE)
    return position._replace(step="grow_again" if pays else END, state=state)


STEPS: dict[str, Callable[[Evaluation, Position], Position]] = {
    step.__name__: step for step in (grow, grow_again, frame, align, tidy)
}
