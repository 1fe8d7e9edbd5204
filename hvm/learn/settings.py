"""Settings of the learners: frozen, checked once when they are made, defaults written once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from hvm.errors import (
    HvmWarning,
    require_choice,
    require_flag,
    require_number,
    require_positive,
    require_whole,
)
from hvm.lexicon.lexicon import SMOOTHING_RANGE

CRITERIA = ("gain", "count")

TINY_SYMBOLS, SMALL_SYMBOLS = 30_000, 100_000
"""Up to so many symbols a search takes seconds, and up to so many a minute or two: the fewer there
are, the more variants of it are worth their time, and above the second edits come in batches."""

HASTY_BATCH = 0.2
"""Share of a lexicon that one pass of a hasty search adds."""

OF_THE_RUN = ("n_jobs", "engine", "time_limit")
"""Parameters that say how to learn, not what: a model file does not hold them."""

S = TypeVar("S", bound="LearnerSettings")


@dataclass(frozen=True)
class LearnerSettings:
    """What every learner takes.

    Attributes
    ----------
    variables : bool
        False learns chunks alone.
    smoothing : float
        Added to every count; within :data:`~hvm.lexicon.lexicon.SMOOTHING_RANGE`.
    p_value : float
        Level at which a pair must be associated.

    Raises
    ------
    InputError
        A setting is out of range; so for every class of settings.
    """

    variables: bool = True
    smoothing: float = 0.1
    p_value: float = 0.05

    def __post_init__(self) -> None:
        require_flag("variables", self.variables)
        require_number("smoothing", self.smoothing, *SMOOTHING_RANGE)
        require_number("p_value", self.p_value, 0, 1, above=True)

    @classmethod
    def of(cls: type[S], parameters: Mapping[str, Any]) -> S:
        """Return the settings that stand among the parameters of a model."""
        return cls(
            **{one.name: parameters[one.name] for one in fields(cls) if one.name in parameters}
        )


@dataclass(frozen=True)
class SearchSettings(LearnerSettings):
    """What an offline search may do; see :class:`hvm.learn.hvm.HVM` for all but the last.

    Attributes
    ----------
    patience : int
        Edits of one kind that are tried in vain before another kind comes.
    """

    criterion: str = "gain"
    max_entries: int | None = None
    iterations: int | None = None
    pair_count_min: int = 2
    filler_count_min: int = 2
    batch: float = 0.0
    max_chunk_symbols: int = 400
    restarts: int = 1
    seed: int = 0
    n_jobs: int = 1
    patience: int = 12

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice("criterion", self.criterion, CRITERIA)
        for name in ("max_entries", "iterations"):
            if getattr(self, name) is not None:
                require_whole(name, getattr(self, name), 1)
        for name in ("pair_count_min", "filler_count_min", "restarts", "patience", "n_jobs"):
            require_whole(name, getattr(self, name), 1)
        require_number("batch", self.batch, 0, 1)
        require_whole("max_chunk_symbols", self.max_chunk_symbols, 2)
        require_whole("seed", self.seed, 0)

    def warn_without_room(self, n_atoms: int) -> None:
        """Warn, as from the call of ``fit``, where atoms are as many entries as there may be."""
        if self.max_entries is not None and self.max_entries <= n_atoms:
            warnings.warn(
                f"max_entries {self.max_entries} leaves no room for a chunk: the alphabet has "
                f"{n_atoms} symbols, which are entries too",
                HvmWarning,
                stacklevel=3,
            )

    @classmethod
    def for_size(cls, n_symbols: int, parameters: Mapping[str, Any]) -> SearchSettings:
        """Return the settings for an input, where None stands for what suits its size."""
        is_small = n_symbols <= SMALL_SYMBOLS
        suitable = {
            "restarts": 4 if n_symbols <= TINY_SYMBOLS else 2 if is_small else 1,
            "pair_count_min": 2,
            "batch": 0.0 if is_small else HASTY_BATCH,
        }
        open_ = {name: value for name, value in suitable.items() if parameters[name] is None}
        return cls.of({**parameters, **open_})


@dataclass(frozen=True)
class OnlineSettings(LearnerSettings):
    """Constants of the online learner; see :class:`hvm.learn.hvm.HVM`.

    All as published but ``context_strength``, which the paper lacks. With 20, 30 and 40 the
    training block of the human recall data is told apart little (experiments/human_recall); it was
    chosen there.
    """

    theta: float = 0.996
    chunk_min: float = 6.0
    frame_min: float = 3.0
    fillers_min: int = 4
    context_strength: float | None = 30.0  # None, infinity: units do not depend on the one before

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("theta", self.theta, 1)
        require_number("chunk_min", self.chunk_min, 0)
        require_number("frame_min", self.frame_min, 0)
        require_whole("fillers_min", self.fillers_min, 2)
        if self.context_strength is not None:
            require_positive("context_strength", self.context_strength, finite=False)


@dataclass(frozen=True)
class PaperSettings(LearnerSettings):
    """Constants of the published algorithm; see :class:`hvm.learn.paper.PaperHVM`."""

    iterations: int = 25
    pair_count_min: int = 6
    frame_count_min: int = 6
    fillers_min: int = 2
    fillers_max: int = 4
    chi2_df: int = 2
    cumulative_p: float = 0.01
    prune_count_max: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("cumulative_p", self.cumulative_p, 0, 1, above=True)
        for name in ("iterations", "chi2_df"):
            require_whole(name, getattr(self, name), 1)
        require_whole("fillers_min", self.fillers_min, 2)
        require_whole("fillers_max", self.fillers_max, self.fillers_min)
        for name in ("pair_count_min", "frame_count_min", "prune_count_max"):
            require_whole(name, getattr(self, name), 0)
