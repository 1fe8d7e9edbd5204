"""PPM, with and without memory decay: contexts of every length, the longest trusted first.

Prediction by partial matching (Cleary & Witten 1984, doi 10.1109/TCOM.1984.1096090; interpolated
as by Bunton 1996 and Pearce 2005), and PPM-Decay (Harrison, Bianco, Chait & Pearce 2020, PLOS
Computational Biology 16(11), e1008304, doi 10.1371/journal.pcbi.1008304), whose weights depend on
how long ago an n-gram was met. Both follow the authors' R package ``ppm`` and give its numbers.

**Orders.** With w(x) the weight of symbol x after the context of the last k symbols, k(x) that
weight less the discount of the escape method, and n the sum of k(x)::

    P_k(x) = lambda k(x) / n + (1 - lambda) P_{k-1}(x),    P_{-1}(x) = 1 / (A + 1)
    lambda = n / (n + e)

The highest order is the bound, or the symbols there are before x in its trial. The result is
scaled to sum to 1. A context without weight passes on to the one below it.

====== =========== ==================================================
escape discount    e
====== =========== ==================================================
``a``  0           1
``b``  1           number of distinct continuations
``c``  0           number of distinct continuations
``d``  1/2         half the number of distinct continuations
``ax`` 0           1 + number of continuations of weight 1 or less
====== =========== ==================================================

With exclusion, n leaves out what a higher order has seen. Update exclusion is not offered.
The model learns every symbol as soon as it is read, within a trial too; contexts end where a trial
begins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvm.errors import (
    InputError,
    require_choice,
    require_flag,
    require_number,
    require_positive,
    require_whole,
)
from hvm.kernels.recall.models import Decay, Smoothing, ppm_bits
from hvm.recall.models.base import LARGEST, Bits, Codes, TrialModelBase
from hvm.recall.models.factory import Grid

ESCAPES = ("a", "b", "c", "d", "ax")

_PERFECT = Decay(1.0, math.inf, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)


class _History(TrialModelBase):
    """All symbols observed, with the begin of their trial and their time: the whole state."""

    symbol_seconds = 1.0
    gap_seconds = 0.0
    seed = 0

    def _forget(self) -> None:
        self._codes = np.zeros(0, np.int32)
        self._begins = np.zeros(0, np.int64)
        self._times = np.zeros(0)
        self._now = 0.0

    def _with(self, codes: Codes) -> tuple[Codes, NDArray[np.int64], NDArray[np.float64]]:
        """Codes, begins and times with a trial more."""
        times = self._now + self.symbol_seconds * np.arange(len(codes))
        return (
            np.concatenate([self._codes, codes]),
            np.concatenate([self._begins, np.full(len(codes), len(self._codes))]),
            np.concatenate([self._times, times]),
        )

    def _learn(self, codes: Codes) -> None:
        self._codes, self._begins, self._times = self._with(codes)
        self._now += self.symbol_seconds * len(codes) + self.gap_seconds

    def _bits_by(self, codes: Codes, decay: Decay, smoothing: Smoothing) -> Bits:
        first, seed = len(self._codes), np.uint64(self.seed % 2**64)
        bits: Bits = ppm_bits(*self._with(codes), first, self.n_symbols, decay, smoothing, seed)
        return bits


@dataclass
class PPM(_History):
    """PPM that forgets nothing; by default PPM* with escape method C and exclusion.

    The lowest level is 1 / (A + 1 - number of distinct symbols seen).

    Attributes
    ----------
    order_bound : int
        Symbols of the longest context. Published: 10 in the package.
    escape : {"a", "b", "c", "d", "ax"}
        Published: "c".
    exclusion : bool
        Whether lower orders leave out what higher ones have seen. Published: yes.
    shortest_deterministic : bool
        Whether to begin at the shortest context that has had a single continuation, if there is
        one. Published: yes.

    Raises
    ------
    InputError
        A setting is out of range.

    Examples
    --------
    >>> model = PPM()
    >>> model.begin(5)
    >>> (2 ** -model.surprisal([0, 1, 4, 0])).round(4).tolist()   # abra, of a, b, c, d, r
    [0.2, 0.1, 0.1111, 0.25]
    """

    order_bound: int = 10
    escape: str = "c"
    exclusion: bool = True
    shortest_deterministic: bool = True

    def __post_init__(self) -> None:
        require_whole("order_bound", self.order_bound, 0)
        require_choice("escape", self.escape, ESCAPES)
        require_flag("exclusion", self.exclusion)
        require_flag("shortest_deterministic", self.shortest_deterministic)

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {
            "order_bound": (1, 2, 3, 4, 10),
            "escape": ("a", "c", "d"),
            "shortest_deterministic": (False, True),
        }

    def _bits(self, codes: Codes) -> Bits:
        smoothing = Smoothing(
            self.order_bound,
            ESCAPES.index(self.escape),
            int(self.exclusion),
            int(self.shortest_deterministic),
            1,
        )
        return self._bits_by(codes, _PERFECT, smoothing)


@dataclass
class PPMDecay(_History):
    r"""PPM whose n-grams fade: the weight of each occurrence falls with the time since.

    While all symbols of an n-gram of length l are in the buffer, it weighs w0. It leaves the buffer
    t_b seconds after its first symbol, or when the symbol comes that is n_b - l + 1 after its last.
    With t the time since then::

        w(t) = w1 2^(-t / h1),   h1 = t1 ln 2 / ln(w1 / w2)             while t < t1
        w(t) = w_inf + (w2 - w_inf) 2^(-(t - t1) / t2)                  from t1 on

    w(x) is the sum over all occurrences, and with noise plus abs(normal(0, sigma)), drawn anew for
    every context and symbol at every prediction; lambda takes the expected noise off n,
    A sigma sqrt(2 / pi). Numbers of noise come from the seed and the symbols so far, so that
    asking twice gives the same answer.

    Trials carry no times here: symbols come every ``symbol_seconds``, and a trial begins
    ``gap_seconds`` later than the next symbol would.

    The defaults of the memory are those that the paper fitted to listeners in experiment 3 (its
    figure 10: t_b = 2, n_b = 15, w0 = 1, w1 = 0.6, half-life 3.5, w_inf = 0, tones every 0.05 s):
    there, a buffer and then one phase, which is ``stm_seconds=0`` and the long-term phase here.
    Its noise was fitted too, and is off here as in the package's defaults.

    Attributes
    ----------
    order_bound : int
        Symbols of the longest context. Published: 4.
    buffer_weight : float
        w0. Published: 1.
    buffer_seconds : float
        t_b, ``buffer_length_time``. Published: 2.
    buffer_items : int
        n_b, ``buffer_length_items``. Published: 15.
    stm_weight, stm_seconds : float
        w1 and t1 (``stm_duration``) of the short-term phase; none by default.
    ltm_weight, ltm_half_life_seconds, ltm_asymptote : float
        w2, t2 and w_inf of the long-term phase. Published: 0.6, 3.5 and 0.
    noise : float
        sigma. 0: none.
    only_learn_from_buffer, only_predict_from_buffer : bool
        Whether n-grams and contexts that last longer than the buffer are left out. Published: yes.
    escape : {"a", "b", "c", "d", "ax"}
        Published: "a". Noise makes every symbol a continuation, which leaves only "a" meaningful.
    exclusion : bool
        Published: no.
    symbol_seconds, gap_seconds : float
        Time between symbols, and what comes on top between trials. Published: 0.05 in experiment 3.
    seed : int
        Of the noise.

    Raises
    ------
    InputError
        A setting is out of range.

    Examples
    --------
    >>> model = PPMDecay()
    >>> model.begin(6)
    >>> for _ in range(5): model.observe([0, 1, 2, 3])
    >>> bool(model.surprisal([0, 1, 2, 3]).sum() < model.surprisal([3, 2, 1, 0]).sum())
    True
    """

    order_bound: int = 4
    buffer_weight: float = 1.0
    buffer_seconds: float = 2.0
    buffer_items: int = 15
    stm_weight: float = 1.0
    stm_seconds: float = 0.0
    ltm_weight: float = 0.6
    ltm_half_life_seconds: float = 3.5
    ltm_asymptote: float = 0.0
    noise: float = 0.0
    only_learn_from_buffer: bool = True
    only_predict_from_buffer: bool = True
    escape: str = "a"
    exclusion: bool = False
    symbol_seconds: float = 0.05
    gap_seconds: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in (("order_bound", 0), ("buffer_items", 0), ("seed", 0)):
            require_whole(name, getattr(self, name), least)
        for name in ("buffer_seconds", "stm_seconds", "ltm_asymptote"):
            require_number(name, getattr(self, name), 0)
        for name in ("stm_weight", "ltm_weight", "ltm_half_life_seconds", "symbol_seconds"):
            require_positive(name, getattr(self, name))
        for name in ("buffer_weight", "stm_weight", "symbol_seconds", "gap_seconds", "noise"):
            require_number(name, getattr(self, name), 0, LARGEST)
        for name in ("only_learn_from_buffer", "only_predict_from_buffer", "exclusion"):
            require_flag(name, getattr(self, name))
        require_choice("escape", self.escape, ESCAPES)
        self._check_together()

    def _check_together(self) -> None:
        if not self.ltm_asymptote <= self.ltm_weight <= self.stm_weight:
            raise InputError(
                "weights must not rise: ltm_asymptote <= ltm_weight <= stm_weight, not "
                f"{self.ltm_asymptote:g}, {self.ltm_weight:g}, {self.stm_weight:g}"
            )
        if self.only_learn_from_buffer and self.buffer_items <= self.order_bound:
            raise InputError(
                f"buffer_items must be above order_bound ({self.order_bound}), not "
                f"{self.buffer_items}, where only_learn_from_buffer is set"
            )

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {
            "order_bound": (2, 4, 10),
            "ltm_weight": (0.6, 1.0),
            "ltm_half_life_seconds": (1.0, 3.5, 10.0, 40.0),
            "ltm_asymptote": (0.0, 0.1),
            "noise": (0.0, 0.8),
        }

    def _bits(self, codes: Codes) -> Bits:
        escape = ESCAPES.index(self.escape)
        smoothing = Smoothing(self.order_bound, escape, int(self.exclusion), 0, 0)
        return self._bits_by(codes, self._decay(), smoothing)

    def _decay(self) -> Decay:
        fall = math.log2(self.stm_weight / self.ltm_weight)
        numbers = (
            self.buffer_weight,
            self.buffer_seconds,
            min(self.buffer_items, 2**31),
            self.stm_weight,
            self.stm_seconds,
            self.stm_seconds / fall if fall and self.stm_seconds else math.inf,
            self.ltm_weight,
            self.ltm_half_life_seconds,
            self.ltm_asymptote,
            self.only_learn_from_buffer,
            self.only_predict_from_buffer,
            self.noise,
        )
        return Decay(*map(float, numbers))
