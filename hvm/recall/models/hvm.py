"""HVM and HCM as models of trials: settings, memory and bits are those of ``HVM.observe``.

Only codes come in, so nothing is encoded; and a symbol outside is never learned, where ``HVM``
would widen its alphabet.

Wu, Thalmann, Dayan, Akata & Schulz (2025, ICLR, arXiv 2410.21332) for chunks and variables; Wu,
Elteto, Dasgupta & Schulz (2022, NeurIPS) for chunks alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hvm.learn.online import OnlineMemory
from hvm.learn.settings import OnlineSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.recall.models.base import Bits, Codes, TrialModelBase
from hvm.recall.models.factory import Factory, Grid


@dataclass
class OnlineHVM(TrialModelBase):
    r"""Chunks and variables that are learned trial by trial and forgotten.

    With c(u) the decayed count of a unit, N their sum, c(w, u) that of u behind w, n(w) the sum of
    these over u, and K units::

        P(u)     = (c(u) + smoothing) / (N + smoothing (K + 1))
        P(u | w) = (c(w, u) + s P(u)) / (n(w) + s)          s = context_strength

    and of the fillers of a variable likewise, but without the one more, which is for a symbol
    outside the alphabet; the bits of a key sum over all ways to cut the trial into units. A trial
    is cut greedily and counted, all counts times ``theta`` after each unit. A pair becomes a chunk
    when it and both of its parts count for more than ``chunk_min`` and a chi-square test rejects
    their independence; a frame (w, _, u) that counts for more than ``frame_min`` gets a variable
    when ``fillers_min`` units stand in it. New entries count for nothing at first. After a symbol
    outside the alphabet a trial begins anew.

    Attributes
    ----------
    variables : bool
        False is HCM.
    theta : float
        Published: 0.996.
    chunk_min : float
        Published: 6.
    frame_min : float
        Published: 3.
    fillers_min : int
        Published: 4.
    p_value : float
        Published: 0.05.
    smoothing : float
    context_strength : float or None
        Not in the paper, where units do not depend on the one before: that is None.

    Raises
    ------
    InputError
        A setting is out of range.
    """

    variables: bool = True
    theta: float = OnlineSettings.theta
    chunk_min: float = OnlineSettings.chunk_min
    frame_min: float = OnlineSettings.frame_min
    fillers_min: int = OnlineSettings.fillers_min
    p_value: float = OnlineSettings.p_value
    smoothing: float = OnlineSettings.smoothing
    context_strength: float | None = OnlineSettings.context_strength

    def __post_init__(self) -> None:
        self._settings = OnlineSettings(**self.get_params())

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {
            "theta": (0.99, 0.996, 0.999),
            "chunk_min": (3.0, 6.0, 10.0),
            "frame_min": (3.0, 6.0, 12.0, 25.0),
            "context_strength": (30.0, 80.0),
        }

    def _forget(self) -> None:
        self._memory = OnlineMemory.of(Lexicon.of_atoms(self.n_symbols, self.smoothing))

    def surprisal(self, sequence: Any) -> Bits:
        """Bits of each symbol given those before it in the sequence, and all that was observed.

        A symbol outside costs what one more unit would that never occurred, here and not the same
        for all models.
        """
        codes = self._read(sequence)
        return self._memory.bits(codes, np.zeros(1, np.int64), self._settings)

    def observe(self, sequence: Any) -> None:
        """Learn from a sequence; see :meth:`hvm.HVM.observe`."""
        self._memory.observe(self._read(sequence), self._settings)

    def recall(self, cue: Any, length: int, rng: np.random.Generator | int = 0) -> Codes:
        """Go on from a cue with what is expected; see :meth:`hvm.HVM.recall`.

        Parameters
        ----------
        cue : int32[n]
            Codes of the beginning; may be empty.
        length : int
            Symbols of the whole, the cue included.
        rng : numpy.random.Generator or int

        Returns
        -------
        int32[length]
            The cue and what was drawn.
        """
        return self._memory.go_on(self._checked(cue), length, self._settings, rng)

    def lexicon(self) -> Lexicon:
        """What is known now, with counts rounded to whole ones."""
        return self._memory.whole_counts()


ONLINE_HCM = Factory(OnlineHVM, {"variables": False})
"""Chunks alone."""
