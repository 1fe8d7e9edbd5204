"""How a search goes about it, apart from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hvm.learn.checkpoint import Checkpoint
from hvm.learn.limits import Limits
from hvm.lexicon.lexicon import Lexicon


@dataclass(frozen=True)
class SearchOptions:
    """What one call of ``fit`` asks for.

    Attributes
    ----------
    trace : bool
        Whether the lexicon of each row of the history stays, and between these those that merging
        pairs leads over, whenever there are a fifth more entries.
    limits : Limits
        When it ends early.
    first : Lexicon, optional
        Where it begins, instead of the atoms.
    checkpoint : Checkpoint, optional
        What it writes after each step, and goes on from.
    report : callable, optional
        Called with each row of the history once it is written, for who waits.
    """

    trace: bool = False
    limits: Limits = field(default_factory=Limits)
    first: Lexicon | None = None
    checkpoint: Checkpoint | None = None
    report: Callable[[dict[str, float]], object] | None = None
