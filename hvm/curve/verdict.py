"""What a curve says in words: at which level each text takes the fewest bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hvm.show.levels import MEASURED

if TYPE_CHECKING:
    import pandas as pd

_TRAINING = "bits_per_symbol"


class BestLevel(NamedTuple):
    """The level at which a text takes the fewest bits, and how sure it is that level 0 does not."""

    text: str
    level: int
    bits_per_symbol: float
    whole_bits_per_symbol: float
    interval: tuple[float, float] | None
    """95% of the difference from level 0, bits a symbol."""

    def __str__(self) -> str:
        said = f"{self.text.capitalize()}: the fewest at level {self.level}"
        said += f" ({self.bits_per_symbol:.3f} a symbol)"
        if self.level == 0:
            return f"{said}."
        said += f", level 0 takes {self.whole_bits_per_symbol:.3f}"
        if self.interval is not None:
            low, high = self.interval
            said += f"; difference {low:+.3f} to {high:+.3f} (95%)"
        return f"{said}{self.doubt}."

    @property
    def doubt(self) -> str:
        """Says so where the difference from level 0 may be chance."""
        return ", which may be chance" if self.interval and self.interval[1] >= 0 else ""


def verdict(table: pd.DataFrame) -> str:
    """Say at which level by grains generalization is best, and whether compression is best there.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`hvm.curve.curve.measure_curve`.

    Returns
    -------
    str
        A line for the training text, one for each other text, and one in the end.
    """
    rows = table[table["abstraction"] == "grains"]
    rows = rows[rows["iteration"] == rows["iteration"].max()].set_index("level").sort_index()
    if len(rows) < 2:
        return "There is one level by grains: nothing to compare.\n"
    bits = rows[_TRAINING]
    compressed = int(bits.idxmin())
    best = [found for name in MEASURED if (found := _best(rows, name))]
    apart = [
        f"{one.text} at level {one.level}{one.doubt}" for one in best if one.level != compressed
    ]
    last = f"Compression and generalization are best at one level, {compressed}."
    if apart:
        last = f"Compression is best at level {compressed}, generalization elsewhere: "
        last += f"{'; '.join(apart)}."
    first = (
        f"Training text: the fewest bits at level {compressed} ({bits[compressed]:.3f} a symbol)."
    )
    return "\n".join([first, *map(str, best), last]) + "\n"


def _best(rows: pd.DataFrame, name: str) -> BestLevel | None:
    """Of a text whose bits are known at every level, None of another."""
    column = f"{name}_bits_per_symbol"
    if column not in rows or rows[column].isna().any():
        return None
    level = int(rows[column].idxmin())
    bounds = [f"{name}_over_level_0_{side}" for side in ("low", "high")]
    interval = None
    if level and all(bound in rows for bound in bounds):
        low, high = (float(rows[bound][level]) for bound in bounds)
        interval = low, high
    return BestLevel(MEASURED[name], level, rows[column][level], rows[column][0], interval)
