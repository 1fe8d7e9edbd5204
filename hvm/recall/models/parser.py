"""PARSER: units form in what is perceived together, fade, and interfere with each other.

Perruchet & Vinter 1998, Journal of Memory and Language 39(2), 246-263, doi
10.1006/jmla.1998.2576. Where the paper leaves a choice, the authors' program is followed as
described by those who reimplemented it: a unit does not fade in the step that made it, and a single
symbol that was forgotten does not come back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from hvm.errors import require_number, require_positive, require_whole
from hvm.recall.models.base import LARGEST, Bits, Codes, TrialModelBase
from hvm.recall.models.factory import Grid

Unit = tuple[int, ...]


@dataclass
class Parser(TrialModelBase):
    """Units with weights (the percept shaper), and what they say about the next symbol.

    It begins with every symbol as a unit. One step perceives the next 1 to 3 units of a trial,
    drawn at random: each is the longest unit of ``threshold`` or more that comes next, or else one
    symbol. Then:

    - what was perceived, as one unit, joins with weight ``new_weight``. If it is there it gains
      ``gain``, or ``new_weight`` while it is below the threshold; so do its parts;
    - every unit loses ``forgetting``, except new ones;
    - every unit loses ``interference`` for each of its symbols that is in a part just perceived,
      other than itself;
    - a unit whose weight falls to 0 is forgotten.

    PARSER itself gives no probabilities. Here a trial is read as units drawn independently, each by
    its weight, where every single symbol weighs floor / A more; all ways to cut the trial are
    summed and the last unit may go on, so that the next symbols' probabilities sum to 1::

        q(u) = (w(u) + [u is one symbol] floor / A) / (sum of w + floor)
        F(0) = 1, F(i) = sum over b < i of F(b) q(x_b+1..x_i)
        P(x1..xn) = sum over b < n of F(b) (sum of q(u) over units that begin with x_b+1..x_n)

    Attributes
    ----------
    most_units : int
        The most units perceived at once. Published: 3.
    threshold : float
        Weight from which a unit shapes perception. Published: 1.
    new_weight, gain : float
        Published: 1 and 0.5.
    forgetting, interference : float
        Published: 0.05 and 0.005.
    floor : float
        Weight of any symbol at any time, above 0. Not part of PARSER.
    seed : int
        Of the numbers of units perceived. They are the same for every participant.

    Raises
    ------
    InputError
        A setting is out of range.

    Examples
    --------
    >>> model = Parser()
    >>> model.begin(4)
    >>> for _ in range(30): model.observe([0, 1, 2, 3])
    >>> max(model.units, key=model.units.get)
    (0, 1, 2, 3)
    """

    most_units: int = 3
    threshold: float = 1.0
    new_weight: float = 1.0
    gain: float = 0.5
    forgetting: float = 0.05
    interference: float = 0.005
    floor: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        require_whole("most_units", self.most_units, 1)
        require_whole("seed", self.seed, 0)
        for name in ("threshold", "new_weight", "gain", "floor"):
            setattr(self, name, require_positive(name, getattr(self, name), LARGEST))
        for name in ("forgetting", "interference"):
            setattr(self, name, require_number(name, getattr(self, name), 0, LARGEST))

    @classmethod
    def param_grid(cls) -> Grid:
        """Return values worth trying, by the name of the setting."""
        return {
            "forgetting": (0.01, 0.02, 0.05, 0.1),
            "interference": (0.0, 0.005, 0.02),
            "floor": (0.3, 1.0, 3.0),
        }

    @property
    def units(self) -> dict[Unit, float]:
        """The percept shaper: weights by unit, in order of creation."""
        return dict(self._weights)

    def _forget(self) -> None:
        self._weights: dict[Unit, float] = {(s,): self.new_weight for s in range(self.n_symbols)}
        self._lost: set[Unit] = set()
        self._rng = np.random.default_rng(self.seed)
        self._index()

    # -- learning ---------------------------------------------------------------------------

    def _learn(self, codes: Codes) -> None:
        for stretch in self._stretches(codes):
            begin = 0
            while begin < len(stretch):
                begin += self._step(stretch, begin)
        self._index()

    def _step(self, stretch: Unit, begin: int) -> int:
        """Perceive what comes next and learn from it; returns its length."""
        parts = self._perceive(stretch, begin)
        percept = tuple(symbol for part in parts for symbol in part)
        reached = [percept, *parts] if len(parts) > 1 else [percept]
        new = {unit for unit in reached if unit not in self._weights and unit not in self._lost}
        changes = self._losses(parts)
        for unit in reached:
            if unit in self._weights:
                is_known = self._weights[unit] >= self.threshold
                changes[unit] += self.gain if is_known else self.new_weight
        self._weights = self._changed(changes, new)
        self._longest_length = max(map(len, self._weights), default=1)
        return len(percept)

    def _perceive(self, stretch: Unit, begin: int) -> list[Unit]:
        parts = []
        for _ in range(int(self._rng.integers(1, self.most_units + 1))):
            if begin < len(stretch):
                parts.append(self._longest(stretch, begin))
                begin += len(parts[-1])
        return parts

    def _longest(self, stretch: Unit, begin: int) -> Unit:
        for end in range(min(begin + self._longest_length, len(stretch)), begin + 1, -1):
            unit = stretch[begin:end]
            if self._weights.get(unit, 0.0) >= self.threshold:
                return unit
        return stretch[begin : begin + 1]

    def _losses(self, parts: list[Unit]) -> dict[Unit, float]:
        """What every unit loses to time, and to each part perceived, other than itself."""
        touched = Counter(symbol for part in parts for symbol in set(part))
        times = Counter(parts)
        return defaultdict(
            float,
            {
                unit: -self.forgetting
                - self.interference * (sum(touched[s] for s in unit) - times[unit] * len(unit))
                for unit in self._weights
            },
        )

    def _changed(self, changes: dict[Unit, float], new: set[Unit]) -> dict[Unit, float]:
        weights = {unit: weight + changes[unit] for unit, weight in self._weights.items()}
        self._lost |= {unit for unit, weight in weights.items() if weight <= 0 and len(unit) == 1}
        left = {unit: weight for unit, weight in weights.items() if weight > 0}
        return left | dict.fromkeys(sorted(new), self.new_weight)

    # -- reading out ------------------------------------------------------------------------

    def _index(self) -> None:
        """Weights by beginning, so that reading out need not look through all units."""
        beginnings: dict[Unit, float] = defaultdict(float)
        for unit, weight in self._weights.items():
            for end in range(1, len(unit) + 1):
                beginnings[unit[:end]] += weight
        self._beginnings = dict(beginnings)
        self._total = sum(self._weights.values()) + self.floor
        self._longest_length = max(map(len, self._weights), default=1)

    def _bits(self, codes: Codes) -> Bits:
        shares: list[float] = []
        for is_outside, group in groupby(codes.tolist(), lambda code: code == self.n_symbols):
            symbols = tuple(group)
            shares += [1.0] * len(symbols) if is_outside else self._shares(symbols)
        bits: Bits = -np.log2(np.array(shares))
        return bits

    def _shares(self, symbols: Unit) -> list[float]:
        """Probability of each symbol given those before it.

        ``ends`` holds F over P of what was read, of the places where the unit that reaches the
        present may have begun.
        """
        ends, shares = [1.0], []
        floor = self.floor / self.n_symbols
        for i in range(1, len(symbols) + 1):
            spans = [symbols[i - back : i] for back in range(len(ends), 0, -1)]
            units = [self._weights.get(span, 0.0) for span in spans]
            begun = [self._beginnings.get(span, 0.0) for span in spans]
            share = (sum(map(float.__mul__, ends, begun)) + ends[-1] * floor) / self._total
            end = (sum(map(float.__mul__, ends, units)) + ends[-1] * floor) / self._total
            ends = [value / share for value in [*ends, end]][-self._longest_length :]
            shares.append(share)
        return shares

    def _stretches(self, codes: Codes) -> list[Unit]:
        """The trial, cut where a symbol is outside."""
        groups = groupby(codes.tolist(), lambda code: code == self.n_symbols)
        return [tuple(group) for is_outside, group in groups if not is_outside]
